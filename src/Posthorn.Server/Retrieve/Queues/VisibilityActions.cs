using Posthorn.Commits;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Protocols.Aws;
using Posthorn.Protocols.Sqs;
using Posthorn.Server.Accept.Sqs;
using Posthorn.Server.Accept.Sqs.Queues;
using Posthorn.Server.Operate.Timeline;

namespace Posthorn.Server.Retrieve.Queues;

/// <summary>ChangeMessageVisibility and its batch: a lease that ends later, or at once, or after a time in which the message is nobody's.</summary>
internal static class VisibilityActions
{
    public static async ValueTask ChangeAsync(SqsExchange exchange)
    {
        await ChangeAsync(exchange, exchange.Queue(), exchange.Call.Entry);
        exchange.Answer.Begin(SqsAction.ChangeMessageVisibility);
    }

    public static async ValueTask ChangeBatchAsync(SqsExchange exchange)
    {
        var queue = exchange.Queue();
        var outcomes = new List<(SqsEntry, AwsException?)>();
        foreach (var entry in SqsMessageRules.CheckBatch(exchange.Call))
        {
            try
            {
                await ChangeAsync(exchange, queue, entry);
                outcomes.Add((entry, null));
            }
            catch (AwsException e)
            {
                outcomes.Add((entry, e));
            }
        }
        SettledBatch.Write(exchange, "ChangeMessageVisibilityBatchResultEntry"u8, outcomes);
    }

    private static async ValueTask ChangeAsync(SqsExchange exchange, SqsQueue queue, SqsEntry entry)
    {
        var receipt = SettledBatch.ReceiptOf(exchange, queue, entry.ReceiptHandle);
        var seconds = entry.VisibilityTimeout ?? throw SqsErrors.Missing("VisibilityTimeout");
        if (seconds is < 0 or > SqsLimits.VisibilitySecondsMax)
            throw SqsErrors.Invalid("VisibilityTimeout", seconds, $"VisibilityTimeout must be an integer between 0 and {SqsLimits.VisibilitySecondsMax}.");
        var context = exchange.Context;
        if (seconds > 0 && context.Time.GetUtcNow().ToUnixTimeSeconds() + seconds - receipt.LeasedAt > SqsLimits.VisibilitySecondsMax)
            throw SqsErrors.Invalid("VisibilityTimeout", seconds, $"Total VisibilityTimeout for the message is beyond the limit [{SqsLimits.VisibilitySecondsMax} seconds]");
        var timeout = TimeSpan.FromSeconds(seconds);
        context.Attempts.Touch(receipt.Message);
        if (await context.Engine.ExtendAsync(receipt.Lease, timeout) is null)
            await ChangeEndedAsync(exchange, queue, entry, receipt, timeout);
        if (seconds == 0)
            exchange.Record(TimelineKind.Released, receipt.Message, receipt.Message, queue.Name, $"by sqs, account {exchange.Caller.Account.Name}");
    }

    /// <summary>The handle's own lease has ended: on a standard queue it still counts, whoever has the message now.</summary>
    private static async ValueTask ChangeEndedAsync(SqsExchange exchange, SqsQueue queue, SqsEntry entry, SqsReceipt receipt, TimeSpan timeout)
    {
        var context = exchange.Context;
        var message = await context.Engine.FindAsync(receipt.Message, exchange.Aborted);
        if (message is null || message.Queue != queue.Name || message.State == MessageState.Consumed)
            throw SqsErrors.Invalid("ReceiptHandle", entry.ReceiptHandle, "Message does not exist or is not available for visibility timeout change.");
        if (queue.IsFifo)
            throw SqsErrors.Invalid("ReceiptHandle", entry.ReceiptHandle, "The receipt handle has expired.");
        if (message.State == MessageState.Held)
            return;
        if (context.Receives.TokenOf(receipt.Message) is { } token && await context.Engine.ExtendAsync(new ReceiptHandle(receipt.Message, token), timeout) is not null)
            return;
        if (message.State == MessageState.Ready && timeout == TimeSpan.Zero)
            return;
        try
        {
            var due = context.Time.GetUtcNow() + timeout;
            await context.Engine.CommitAsync(new Commit().Change(receipt.Message, new MessageChanges { DueAt = due }), exchange.Aborted);
        }
        catch (CommitConflictException)
        {
            throw SqsErrors.Invalid("ReceiptHandle", entry.ReceiptHandle, "Message does not exist or is not available for visibility timeout change.");
        }
    }
}
