using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Protocols.Aws;
using Posthorn.Protocols.Sqs;
using Posthorn.Server.Accept.Sqs;
using Posthorn.Server.Accept.Sqs.Queues;
using Posthorn.Server.Operate.Timeline;

namespace Posthorn.Server.Retrieve.Queues;

/// <summary>
/// DeleteMessage and its batch, as one commit. On a standard queue any handle that was ever given ends the message, on a FIFO queue only one whose lease
/// lasts, and so on any queue for a caller who asks for it (<c>X-Posthorn-Strict-Lease: true</c>); what is gone already is no error.
/// </summary>
internal static class DeleteActions
{
    /// <summary>Another commit on the same message is on its way to the disk: some milliseconds.</summary>
    private static readonly TimeSpan s_busyWait = TimeSpan.FromMilliseconds(2);

    private const int TriesMax = 1_000;

    private const string StrictHeader = "X-Posthorn-Strict-Lease";

    public static async ValueTask DeleteAsync(SqsExchange exchange)
    {
        var queue = exchange.Queue();
        var receipt = SettledBatch.ReceiptOf(exchange, queue, exchange.Call.Entry.ReceiptHandle);
        var failed = await RemoveAsync(exchange, queue, [receipt]);
        if (failed.Count > 0)
            throw Expired(exchange.Call.Entry.ReceiptHandle!);
        exchange.Answer.Begin(SqsAction.DeleteMessage);
    }

    public static async ValueTask DeleteBatchAsync(SqsExchange exchange)
    {
        var queue = exchange.Queue();
        var entries = SqsMessageRules.CheckBatch(exchange.Call);
        var read = new List<(SqsEntry Entry, SqsReceipt? Receipt, AwsException? Error)>(entries.Count);
        foreach (var entry in entries)
        {
            try
            {
                read.Add((entry, SettledBatch.ReceiptOf(exchange, queue, entry.ReceiptHandle), null));
            }
            catch (AwsException e)
            {
                read.Add((entry, null, e));
            }
        }
        var failed = await RemoveAsync(exchange, queue, [.. read.Select(r => r.Receipt).OfType<SqsReceipt>()]);
        SettledBatch.Write(exchange, "DeleteMessageBatchResultEntry"u8,
            [.. read.Select(r => (r.Entry, r.Receipt is { } receipt && failed.Contains(receipt) ? Expired(r.Entry.ReceiptHandle!) : r.Error))]);
    }

    /// <summary>Ends messages; those stay, and are returned, whose lease has ended and whose queue minds.</summary>
    private static async ValueTask<HashSet<SqsReceipt>> RemoveAsync(SqsExchange exchange, SqsQueue queue, IReadOnlyList<SqsReceipt> receipts)
    {
        var context = exchange.Context;
        // Two handles of one message in one batch: of a standard queue either will do, of a FIFO queue the living one is the one to try.
        var last = new Dictionary<MessageId, SqsReceipt>(receipts.Count);
        foreach (var receipt in receipts)
            last[receipt.Message] = receipt;
        var waiting = last.Values.Select(r => (Receipt: r, Reference: (MessageReference)r.Lease)).ToList();
        var (removed, failed) = (new List<MessageId>(), new HashSet<SqsReceipt>());
        for (var tries = 1; waiting.Count > 0; tries++)
        {
            var commit = new Commit();
            foreach (var (_, reference) in waiting)
                commit.Remove(reference);
            try
            {
                await context.Engine.CommitAsync(commit, exchange.Aborted);
                removed.AddRange(waiting.Select(w => w.Receipt.Message));
                break;
            }
            catch (CommitConflictException e) when (tries < TriesMax)
            {
                waiting = await WithoutAsync(exchange, queue, waiting, e.Conflicts, failed);
            }
        }
        foreach (var receipt in receipts)
        {
            context.Attempts.Touch(receipt.Message);
            if (!failed.Contains(receipt))
                context.Receives.Forget(receipt.Message);
        }
        foreach (var message in removed)
            exchange.Record(TimelineKind.Consumed, message, message, queue.Name, $"by sqs, account {exchange.Caller.Account.Name}");
        return failed;
    }

    private static async ValueTask<List<(SqsReceipt, MessageReference)>> WithoutAsync(
        SqsExchange exchange, SqsQueue queue, List<(SqsReceipt Receipt, MessageReference Reference)> waiting, IReadOnlyList<CommitConflict> conflicts, HashSet<SqsReceipt> failed)
    {
        var reasons = conflicts.ToDictionary(c => c.Operation, c => c.Reason);
        if (reasons.ContainsValue(ConflictReason.MessageBusy))
            await Task.Delay(s_busyWait, exchange.Context.Time, exchange.Aborted);
        var rest = new List<(SqsReceipt, MessageReference)>(waiting.Count);
        for (var i = 0; i < waiting.Count; i++)
        {
            var (receipt, reference) = waiting[i];
            switch (reasons.TryGetValue(i, out var reason) ? reason : (ConflictReason?)null)
            {
                case ConflictReason.MessageNotFound:
                    break;
                case ConflictReason.LeaseEnded when queue.IsFifo || exchange.Http.Request.Headers[StrictHeader] == "true":
                    failed.Add(receipt);
                    break;
                case ConflictReason.LeaseEnded:
                    // One that went to another queue meanwhile, a dead letter, is not this handle's any more.
                    if (await exchange.Context.Engine.FindAsync(receipt.Message, exchange.Aborted) is { State: not MessageState.Consumed } message && message.Queue == queue.Name)
                        rest.Add((receipt, receipt.Message));
                    break;
                default:
                    rest.Add((receipt, reference));
                    break;
            }
        }
        return rest;
    }

    private static AwsException Expired(string handle) => SqsErrors.Invalid("ReceiptHandle", handle, "The receipt handle has expired.");
}
