using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Server.Retrieve.Imap.Messages;

namespace Posthorn.Server.Retrieve.Imap.Mailboxes;

/// <summary>
/// Gives mailboxes other names: new queues with the old ones' policies, to which all messages are moved, and the old ones are removed. Up to
/// <see cref="MessageCommits.OperationsMax"/> messages that is one commit; more are moved in several, so that others' commits are not held up.
/// </summary>
/// <remarks>A queue is removed only when it holds nothing: a message that comes in meanwhile goes along, and none is lost.</remarks>
internal static class MailboxRename
{
    /// <summary>How often something may come in between.</summary>
    private const int TriesMax = 1_000;

    /// <returns>False when messages came in faster than they could be moved; what was moved is moved.</returns>
    /// <exception cref="Posthorn.Engine.EngineFailedException">The engine is out of service; what was moved is moved.</exception>
    public static async ValueTask<bool> RunAsync(ImapContext context, string account, IReadOnlyList<RenamedMailbox> mailboxes)
    {
        if (await TryAtOnceAsync(context, account, mailboxes))
            return true;
        foreach (var mailbox in mailboxes)
        {
            if (!await InStepsAsync(context, account, mailbox))
                return false;
        }
        return true;
    }

    /// <summary>All in one commit; false when there are too many messages for it.</summary>
    private static async ValueTask<bool> TryAtOnceAsync(ImapContext context, string account, IReadOnlyList<RenamedMailbox> mailboxes)
    {
        for (var tries = 0; tries < TriesMax; tries++)
        {
            if (await AllMessagesAsync(context, mailboxes) is not { } messages)
                return false;
            try
            {
                await context.Notes.ChangeAsync(
                    account,
                    notes => mailboxes.Where(m => !m.From.IsInbox).Aggregate(notes, (changed, m) => changed.Renamed(m.From.Name, m.NewName)),
                    commit => Fill(commit, context, mailboxes, messages));
                return true;
            }
            catch (CommitConflictException e)
            {
                // Some went, or others came in: once more with what is there now.
                if (e.Conflicts.Any(c => c.Reason == ConflictReason.MessageBusy))
                    await Task.Delay(MessageCommits.BusyWait, context.Time);
            }
        }
        return false;
    }

    private static void Fill(Commit commit, ImapContext context, IReadOnlyList<RenamedMailbox> mailboxes, IReadOnlyDictionary<QueueName, IReadOnlyList<Message>> messages)
    {
        foreach (var mailbox in mailboxes)
        {
            commit.MakeQueue(mailbox.To, PolicyOf(context, mailbox));
            foreach (var message in messages[mailbox.From.Queue])
                commit.Move(message.Id, mailbox.To, MovedMessage.Changes(message));
            if (!mailbox.From.IsInbox)
                commit.DeleteEmptyQueue(mailbox.From.Queue);
        }
    }

    /// <summary>The messages of all mailboxes; null when they are too many for one commit.</summary>
    private static async ValueTask<Dictionary<QueueName, IReadOnlyList<Message>>?> AllMessagesAsync(ImapContext context, IReadOnlyList<RenamedMailbox> mailboxes)
    {
        var messages = new Dictionary<QueueName, IReadOnlyList<Message>>();
        var room = MessageCommits.OperationsMax;
        foreach (var mailbox in mailboxes)
        {
            var listed = await context.Engine.ListAsync(mailbox.From.Queue, 0, room + 1);
            if ((room -= listed.Count) < 0)
                return null;
            messages[mailbox.From.Queue] = await context.Engine.ReadAsync(mailbox.From.Queue, [.. listed.Select(m => m.Number)]);
        }
        return messages;
    }

    /// <summary>One mailbox, in commits of bounded size.</summary>
    private static async ValueTask<bool> InStepsAsync(ImapContext context, string account, RenamedMailbox mailbox)
    {
        var from = mailbox.From;
        await context.Engine.CommitAsync(new Commit().MakeQueue(mailbox.To, PolicyOf(context, mailbox)), CancellationToken.None);
        for (var tries = 0; tries < TriesMax; tries++)
        {
            await MoveAllAsync(context, from.Queue, mailbox.To);
            if (from.IsInbox)
                return true;
            try
            {
                await context.Notes.ChangeAsync(account, notes => notes.Renamed(from.Name, mailbox.NewName), commit => commit.DeleteEmptyQueue(from.Queue));
                return true;
            }
            catch (CommitConflictException)
            {
                // What came in meanwhile goes too.
            }
        }
        return false;
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

    /// <summary>Of INBOX, quota and rules are its own.</summary>
    private static QueuePolicy PolicyOf(ImapContext context, RenamedMailbox mailbox) =>
        mailbox.From.IsInbox ? QueuePolicy.Default : context.Engine.Status(mailbox.From.Queue)?.Policy ?? QueuePolicy.Default;
}
