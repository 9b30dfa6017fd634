using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Server.Retrieve.Imap.Messages;
using Posthorn.Server.Retrieve.Mailboxes;

namespace Posthorn.Server.Retrieve.Imap.Mailboxes;

/// <summary>Gives a mailbox another name: a new queue with the old one's policy, to which all messages are moved, and the old one is removed when it is empty.</summary>
internal static class MailboxRename
{
    /// <exception cref="Posthorn.Engine.EngineFailedException">The engine is out of service; what was moved is moved.</exception>
    public static async ValueTask RunAsync(ImapContext context, string account, Mailbox from, QueueName to, string newName)
    {
        var policy = context.Engine.Status(from.Queue)?.Policy ?? QueuePolicy.Default;
        if (from.IsInbox)
            policy = QueuePolicy.Default; // its quota and rules are the INBOX's own
        await context.Engine.CommitAsync(new Commit().SetQueue(to, policy), CancellationToken.None);
        await MoveAllAsync(context, from.Queue, to);
        if (from.IsInbox)
            return;
        // What came in meanwhile goes too, and then the queue; what comes in at that very moment would make it anew.
        await MoveAllAsync(context, from.Queue, to);
        await context.Notes.ChangeAsync(account, notes => notes.Renamed(from.Name, newName), commit => commit.DeleteQueue(from.Queue));
    }

    private static async ValueTask MoveAllAsync(ImapContext context, QueueName from, QueueName to)
    {
        for (long next = 0; ;)
        {
            var listed = await context.Engine.ListAsync(from, next, MessageCommits.OperationsMax);
            if (listed.Count == 0)
                return;
            next = listed[^1].Number + 1;
            var messages = await context.Engine.ReadAsync(from, [.. listed.Select(m => m.Number)]);
            await MessageCommits.CommitAsync(context, messages, (commit, message) => commit.Move(message.Id, to, MovedMessage.Changes(message)));
        }
    }
}
