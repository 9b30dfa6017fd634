using System.Security.Cryptography;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Protocols.Aws;
using Posthorn.Protocols.Sqs;
using Posthorn.Server.Accept.Sqs.Queues;
using Posthorn.Server.Operate.Timeline;

namespace Posthorn.Server.Accept.Sqs;

/// <summary>SendMessage and SendMessageBatch: what was answered is on stable storage, a batch as one commit.</summary>
internal static class SendActions
{
    /// <summary>How long a send waits for room in a full queue, before the client is told to try again.</summary>
    private static readonly TimeSpan s_roomWait = TimeSpan.FromSeconds(1);

    public static async ValueTask SendAsync(SqsExchange exchange)
    {
        var queue = exchange.Queue();
        var entry = exchange.Call.Entry;
        var message = MessageOf(exchange, queue, entry, isInBatch: false);
        var added = await CommitAsync(exchange, queue, [message]);
        exchange.Answer.Begin(SqsAction.SendMessage);
        WriteSent(exchange, queue, entry, added[0]);
    }

    public static async ValueTask SendBatchAsync(SqsExchange exchange)
    {
        var queue = exchange.Queue();
        var entries = SqsMessageRules.CheckBatch(exchange.Call);
        var size = entries.Sum(SqsMessageRules.SizeOf);
        if (size > SqsLimits.MessageBytesMax)
            throw new AwsException(SqsErrors.BatchRequestTooLong, $"Batch requests cannot be longer than {SqsLimits.MessageBytesMax} bytes. You have sent {size} bytes.");
        if (queue.IsFifo)
        {
            foreach (var entry in entries)
                CheckFifo(queue, entry, isInBatch: true);
        }
        var (sent, failed) = (new List<(SqsEntry Entry, NewMessage Message)>(entries.Count), new List<(SqsEntry, AwsException)>());
        foreach (var entry in entries)
        {
            try
            {
                sent.Add((entry, MessageOf(exchange, queue, entry, isInBatch: true)));
            }
            catch (AwsException e)
            {
                failed.Add((entry, e));
            }
        }
        var added = sent.Count == 0 ? [] : await CommitAsync(exchange, queue, [.. sent.Select(s => s.Message)]);
        exchange.Answer.Begin(SqsAction.SendMessageBatch);
        if (sent.Count > 0)
        {
            exchange.Answer.BeginList("Successful"u8);
            for (var i = 0; i < sent.Count; i++)
            {
                exchange.Answer.BeginItem("SendMessageBatchResultEntry"u8);
                exchange.Answer.Text("Id"u8, sent[i].Entry.Id);
                WriteSent(exchange, queue, sent[i].Entry, added[i]);
                exchange.Answer.EndItem("SendMessageBatchResultEntry"u8);
            }
            exchange.Answer.EndList();
        }
        BatchFailures.Write(exchange.Answer, failed);
    }

    private static NewMessage MessageOf(SqsExchange exchange, SqsQueue queue, SqsEntry entry, bool isInBatch)
    {
        SqsMessageRules.Check(entry, queue.MessageBytesMax, isInBatch);
        SqsMessageRules.CheckId("MessageGroupId", entry.GroupId);
        SqsMessageRules.CheckId("MessageDeduplicationId", entry.DeduplicationId);
        if (queue.IsFifo)
        {
            CheckFifo(queue, entry, isInBatch);
            if (entry.DelaySeconds is not (null or 0))
                throw SqsErrors.Invalid("DelaySeconds", entry.DelaySeconds, "The request include parameter that is not valid for this queue type.");
        }
        else if (entry.DeduplicationId is { } id)
        {
            throw SqsErrors.Invalid("MessageDeduplicationId", id, "The request includes a parameter that is not valid for this queue type.");
        }
        SqsMessageRules.CheckDelay(entry.DelaySeconds);
        var body = entry.Body!.Value;
        var trace = exchange.Http.Request.Headers["X-Amzn-Trace-Id"].ToString();
        return new NewMessage
        {
            Queue = queue.Name,
            Content = Body.Of(body),
            Attributes = StoredAttributes.Of(entry, trace.Length > 0 ? trace : null, exchange.Caller.Account.Name),
            Group = entry.GroupId,
            DeduplicationId = entry.DeduplicationId ?? (queue.DeduplicatesByContent ? Convert.ToHexStringLower(SHA256.HashData(body.Span)) : null),
            // On a FIFO queue 0 is nothing said: there delays are the queue's.
            DueAt = queue.IsFifo || entry.DelaySeconds is not { } delay ? null : exchange.Context.Time.GetUtcNow().AddSeconds(delay),
        };
    }

    private static void CheckFifo(SqsQueue queue, SqsEntry entry, bool isInBatch)
    {
        if (entry.GroupId is null)
            throw isInBatch ? SqsErrors.Invalid("The request must contain the parameter MessageGroupId.") : SqsErrors.Missing("MessageGroupId");
        if (entry.DeduplicationId is null && !queue.DeduplicatesByContent)
            throw SqsErrors.Invalid("The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly");
    }

    private static async ValueTask<IReadOnlyList<AddedMessage>> CommitAsync(SqsExchange exchange, SqsQueue queue, IReadOnlyList<NewMessage> messages)
    {
        var commit = new Commit { RoomWait = s_roomWait };
        foreach (var message in messages)
            commit.Add(message);
        var result = await exchange.Context.Engine.CommitAsync(commit, exchange.Aborted);
        var detail = $"by sqs from account {exchange.Caller.Account.Name}";
        foreach (var added in result.Added)
        {
            if (!added.IsDuplicate)
                exchange.Record(TimelineKind.Accepted, added.Id, added.Id, queue.Name, detail, exchange.Context.Secrets.IdOf(added.Id));
        }
        return result.Added;
    }

    private static void WriteSent(SqsExchange exchange, SqsQueue queue, SqsEntry entry, in AddedMessage added)
    {
        var answer = exchange.Answer;
        answer.Text("MessageId"u8, exchange.Context.Secrets.IdOf(added.Id));
        answer.Digest("MD5OfMessageBody"u8, entry.Body!.Value.Span);
        answer.TextIfAny("MD5OfMessageAttributes"u8, SqsDigest.OfAttributes(entry.Attributes));
        answer.TextIfAny("MD5OfMessageSystemAttributes"u8, SqsDigest.OfAttributes(entry.SystemAttributes));
        if (queue.IsFifo)
            answer.Text("SequenceNumber"u8, queue.SequenceOf(added.Number));
    }
}
