using System.Text;
using Posthorn.Messages;
using Posthorn.Protocols.Smtp;

namespace Posthorn.Server.Deliver.Outgoing.Bounces;

/// <summary>The words of a notification: what happened to which mail, who said what, and what its sender can do.</summary>
internal static class BounceText
{
    private const int RecipientsMax = 50;

    public static string Write(
        Message mail, IReadOnlyList<FailedRecipient> recipients, DsnAction action, string? subject, string hostname, (TimeSpan Waited, DateTimeOffset Until) age)
    {
        var text = new StringBuilder()
            .Append($"This is the mail system at {hostname}.\n\n")
            .Append($"You sent a mail on {mail.AcceptedAt.UtcDateTime:yyyy-MM-dd} at {mail.AcceptedAt.UtcDateTime:HH:mm} UTC");
        if (!string.IsNullOrWhiteSpace(subject))
            text.Append($" with the subject\n\n    {Short(subject)}\n\nto");
        else
            text.Append(" to");
        text.Append(Happened(action, recipients.Count, age)).Append('\n');

        foreach (var failed in recipients.Take(RecipientsMax))
        {
            text.Append($"  {failed.Recipient.Address}\n");
            if (action is DsnAction.Failed or DsnAction.Delayed)
                text.Append($"    {Meaning(failed.Reply)}\n    {(failed.RemoteHost is { } host ? $"{host} said" : "In detail")}: {failed.Reply}\n\n");
        }

        if (recipients.Count > RecipientsMax)
            text.Append($"  and {recipients.Count - RecipientsMax} more, all of them in the report below.\n\n");
        return text.Append(Advice(action)).ToString();
    }

    private static string Happened(DsnAction action, int count, (TimeSpan Waited, DateTimeOffset Until) age)
    {
        var whom = count == 1 ? "the address below" : "the addresses below";
        return action switch
        {
            DsnAction.Failed => $" {whom}. It could not be delivered there.\n",
            DsnAction.Delayed => $" {whom}. It could not be delivered there yet, after {Hours(age.Waited)}.\nIt stays in the queue and is tried again until {age.Until.UtcDateTime:yyyy-MM-dd HH:mm} UTC.\n",
            DsnAction.Relayed => $" {whom}. It was passed on to the next mail system,\nwhich does not tell us whether it arrives.\n",
            DsnAction.Expanded => $" {whom}. It was passed on to all members of the list.\n",
            _ => $" {whom}. It was delivered.\n",
        };
    }

    private static string Advice(DsnAction action) => action switch
    {
        DsnAction.Failed => "The mail will not be tried again. If the reason can be mended (a mistyped address, a full\nmailbox, a mail that is too large), mend it and send the mail again.\n",
        DsnAction.Delayed => "You need not do anything, and need not send it again. You will be told if it has to be given up.\n",
        _ => "You asked to be told of this; you need not do anything.\n",
    };

    /// <summary>What a status means, in the words of someone who does not know SMTP (RFC 3463).</summary>
    private static string Meaning(SmtpReply reply) => reply.Status switch
    {
        { Subject: 1, Detail: 1 or 0 or 3 or 6 } => "There is no such address.",
        { Subject: 1, Detail: 2 } => "There is no such mail domain.",
        { Subject: 1, Detail: 10 } => "The domain does not take mail.",
        { Subject: 2, Detail: 1 } => "The mailbox takes no mail.",
        { Subject: 2, Detail: 2 } => "The mailbox is full.",
        { Subject: 2, Detail: 3 } or { Subject: 3, Detail: 4 } => "The mail is too large for it.",
        { Subject: 4, Detail: 1 or 2 } => "The mail system there does not answer.",
        { Subject: 4, Detail: 3 } => "The domain could not be looked up.",
        { Subject: 4, Detail: 4 } => "No mail system is known for it.",
        { Subject: 4, Detail: 6 } => "The mail goes round in circles.",
        { Subject: 4, Detail: 7 } => "It was tried for as long as mail is kept, without success.",
        { Subject: 6, Detail: 7 } => "The mail system there can't take addresses or headers in this script.",
        { Subject: 7, Detail: 30 } => "It may travel encrypted only, which the mail system there can't promise.",
        { Subject: 7 } => "The mail system there refuses it for its policy or for security.",
        _ => reply.IsTransient ? "The mail system there could not take it for the time being." : "The mail system there refuses it.",
    };

    private static string Hours(TimeSpan span) => span.TotalHours >= 2 ? $"{span.TotalHours:0} hours" : span.TotalMinutes >= 2 ? $"{span.TotalMinutes:0} minutes" : "a short time";

    private static string Short(string subject) => subject.Length > 200 ? subject[..200] + "…" : subject;
}
