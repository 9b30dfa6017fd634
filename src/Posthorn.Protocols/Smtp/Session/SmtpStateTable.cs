using Posthorn.Protocols.Smtp.Commands;
using static Posthorn.Protocols.Smtp.Session.SmtpState;
using static Posthorn.Protocols.Smtp.SmtpReplies;

namespace Posthorn.Protocols.Smtp.Session;

/// <summary>
/// Which command may come when, and where it leads: the protocol of RFC 5321 4.1.4 as a table. One row a command, one column a state;
/// a test proves it complete.
/// </summary>
public static class SmtpStateTable
{
    private static readonly SmtpTransition Stay = new((SmtpState)(-1), null);

    private static readonly Dictionary<SmtpVerb, SmtpTransition[]> s_rows = new()
    {
        //                     Connected           Ready               Mail                 Recipients           Chunks               Failed
        [SmtpVerb.Helo] =     [To(Ready),          To(Ready),          To(Ready),           To(Ready),           To(Ready),           To(Ready)],
        [SmtpVerb.Ehlo] =     [To(Ready),          To(Ready),          To(Ready),           To(Ready),           To(Ready),           To(Ready)],
        [SmtpVerb.Lhlo] =     [To(Ready),          To(Ready),          To(Ready),           To(Ready),           To(Ready),           To(Ready)],
        [SmtpVerb.Mail] =     [No(HelloFirst),     To(Mail),           No(NestedMail),      No(NestedMail),      No(InChunks),        No(ChunkFailed)],
        [SmtpVerb.Rcpt] =     [No(HelloFirst),     No(MailFirst),      To(Recipients),      To(Recipients),      No(InChunks),        No(ChunkFailed)],
        // After DATA the mail is read whatever becomes of it; the transaction is over with its end.
        [SmtpVerb.Data] =     [No(HelloFirst),     No(MailFirst),      No(NoRecipients),    To(Ready),           No(InChunks),        No(ChunkFailed)],
        // The bytes of a refused BDAT are read and thrown away; with LAST the transaction is over, refused or not.
        [SmtpVerb.Bdat] =     [No(HelloFirst),     No(MailFirst),      No(NoRecipients),    To(Chunks),          To(Chunks),          No(ChunkFailed)],
        [SmtpVerb.BdatLast] = [No(HelloFirst),     No(MailFirst),      No(NoRecipients, Ready), To(Ready),       To(Ready),           No(ChunkFailed, Ready)],
        [SmtpVerb.Rset] =     [Stay,               Stay,               To(Ready),           To(Ready),           To(Ready),           To(Ready)],
        [SmtpVerb.Noop] =     [Stay,               Stay,               Stay,                Stay,                Stay,                Stay],
        [SmtpVerb.Help] =     [Stay,               Stay,               Stay,                Stay,                Stay,                Stay],
        [SmtpVerb.Vrfy] =     [Stay,               Stay,               Stay,                Stay,                Stay,                Stay],
        [SmtpVerb.Expn] =     [No(NotImplemented), No(NotImplemented), No(NotImplemented),  No(NotImplemented),  No(NotImplemented),  No(NotImplemented)],
        // RFC 3207 4.2: after the handshake the session knows nothing any more.
        [SmtpVerb.StartTls] = [No(HelloFirst),     To(Connected),      No(NotInTransaction), No(NotInTransaction), No(NotInTransaction), No(NotInTransaction)],
        [SmtpVerb.Auth] =     [No(HelloFirst),     Stay,               No(NotInTransaction), No(NotInTransaction), No(NotInTransaction), No(NotInTransaction)],
        [SmtpVerb.Quit] =     [To(Closed),         To(Closed),         To(Closed),          To(Closed),          To(Closed),          To(Closed)],
        [SmtpVerb.Unknown] =  [No(UnknownCommand), No(UnknownCommand), No(UnknownCommand),  No(UnknownCommand),  No(UnknownCommand),  No(UnknownCommand)],
        [SmtpVerb.Foreign] =  [No(NotSmtp, Closed), No(NotSmtp, Closed), No(NotSmtp, Closed), No(NotSmtp, Closed), No(NotSmtp, Closed), No(NotSmtp, Closed)],
    };

    /// <summary>What a command may do in a state.</summary>
    /// <exception cref="InvalidOperationException">The state is <see cref="Closed"/>: no command is read any more.</exception>
    public static SmtpTransition Of(SmtpState state, SmtpVerb verb)
    {
        if (state == Closed)
            throw new InvalidOperationException($"A closed session reads no commands, but got {verb}.");
        var transition = s_rows[verb][(int)state];
        return transition.Next == Stay.Next ? transition with { Next = state } : transition;
    }

    private static SmtpTransition To(SmtpState next) => new(next, null);

    private static SmtpTransition No(SmtpReply reply) => new(Stay.Next, reply);

    private static SmtpTransition No(SmtpReply reply, SmtpState next) => new(next, reply);
}
