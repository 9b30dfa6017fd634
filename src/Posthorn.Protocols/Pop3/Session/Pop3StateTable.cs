using Posthorn.Protocols.Pop3.Commands;
using static Posthorn.Protocols.Pop3.Pop3Replies;
using static Posthorn.Protocols.Pop3.Session.Pop3State;

namespace Posthorn.Protocols.Pop3.Session;

/// <summary>Which command may come when, and where it leads: RFC 1939 4 to 7 as a table. One row a command, one column a state; a test proves it complete.</summary>
public static class Pop3StateTable
{
    private static readonly Pop3Transition Stay = new((Pop3State)(-1), null);

    private static readonly Dictionary<Pop3Verb, Pop3Transition[]> s_rows = new()
    {
        //                    Authorization          Named                              Transaction
        [Pop3Verb.Capa] =    [Stay,                  Stay,                              Stay],
        [Pop3Verb.Stls] =    [To(Authorization),     To(Authorization),                 No(LoggedInAlready)],
        [Pop3Verb.Utf8] =    [Stay,                  Stay,                              No(LoggedInAlready)],
        [Pop3Verb.Auth] =    [To(Transaction),       To(Transaction),                   No(LoggedInAlready)],
        [Pop3Verb.User] =    [To(Named),             To(Named),                         No(LoggedInAlready)],
        // After a PASS that fails, USER is to be said again (RFC 1939 7).
        [Pop3Verb.Pass] =    [No(UserFirst),         To(Transaction),                   No(LoggedInAlready)],
        [Pop3Verb.Apop] =    [No(NoApop),            No(NoApop),                        No(NoApop)],
        [Pop3Verb.Stat] =    [No(LoginFirst),        No(LoginFirst, Authorization),     Stay],
        [Pop3Verb.List] =    [No(LoginFirst),        No(LoginFirst, Authorization),     Stay],
        [Pop3Verb.Retr] =    [No(LoginFirst),        No(LoginFirst, Authorization),     Stay],
        [Pop3Verb.Dele] =    [No(LoginFirst),        No(LoginFirst, Authorization),     Stay],
        [Pop3Verb.Noop] =    [No(LoginFirst),        No(LoginFirst, Authorization),     Stay],
        [Pop3Verb.Rset] =    [No(LoginFirst),        No(LoginFirst, Authorization),     Stay],
        [Pop3Verb.Top] =     [No(LoginFirst),        No(LoginFirst, Authorization),     Stay],
        [Pop3Verb.Uidl] =    [No(LoginFirst),        No(LoginFirst, Authorization),     Stay],
        [Pop3Verb.Quit] =    [To(Closed),            To(Closed),                        To(Closed)],
        [Pop3Verb.Unknown] = [No(UnknownCommand),    No(UnknownCommand),                No(UnknownCommand)],
        [Pop3Verb.Foreign] = [No(NotPop3, Closed),   No(NotPop3, Closed),               No(UnknownCommand)],
    };

    /// <summary>What a command may do in a state.</summary>
    /// <exception cref="InvalidOperationException">The state is <see cref="Closed"/>: no command is read any more.</exception>
    public static Pop3Transition Of(Pop3State state, Pop3Verb verb)
    {
        if (state == Closed)
            throw new InvalidOperationException($"A closed session reads no commands, but got {verb}.");
        var transition = s_rows[verb][(int)state];
        return transition.Next == Stay.Next ? transition with { Next = state } : transition;
    }

    private static Pop3Transition To(Pop3State next) => new(next, null);

    private static Pop3Transition No(Pop3Reply reply) => new(Stay.Next, reply);

    private static Pop3Transition No(Pop3Reply reply, Pop3State next) => new(next, reply);
}
