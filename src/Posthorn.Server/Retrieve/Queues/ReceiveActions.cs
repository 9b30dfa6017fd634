using System.Globalization;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Protocols.Aws;
using Posthorn.Protocols.Sqs;
using Posthorn.Queues;
using Posthorn.Server.Accept.Sqs;
using Posthorn.Server.Accept.Sqs.Queues;
using Posthorn.Server.Operate.Timeline;

namespace Posthorn.Server.Retrieve.Queues;

/// <summary>ReceiveMessage. Waiting is the engine's: no request polls, and one that waits holds no buffer but its connection's.</summary>
internal static class ReceiveActions
{
    public static async ValueTask ReceiveAsync(SqsExchange exchange)
    {
        var queue = exchange.Queue();
        var request = RequestOf(exchange.Call, queue);
        var wanted = new WantedAttributes(exchange.Call);
        if (exchange.Call.ReceiveRequestAttemptId is { } id)
            SqsMessageRules.CheckId("ReceiveRequestAttemptId", id);
        var attempt = queue.IsFifo ? exchange.Call.ReceiveRequestAttemptId : null;
        if (attempt is not null && exchange.Context.Attempts.Find(queue.Name, attempt) is { } known)
        {
            if (known.IsTouched)
            {
                exchange.Answer.Begin(SqsAction.ReceiveMessage);
                return;
            }
            if (await RenewAsync(exchange, queue, request, known))
            {
                await AnswerAsync(exchange, queue, known.Messages, wanted, known.LeasedAt, isRepeat: true);
                return;
            }
        }
        var messages = await LeaseAsync(exchange, queue, request);
        if (messages.Count == 0 && request.Wait == TimeSpan.Zero && !queue.IsFifo && exchange.Context.Engine.Status(queue.Name)?.IsAtLeasesMax == true)
            throw new AwsException(SqsErrors.OverLimit, $"The maximum number of in flight messages is reached: {queue.Policy.LeasesMax}.");
        var leasedAt = exchange.Context.Time.GetUtcNow().ToUnixTimeSeconds();
        if (attempt is not null && messages.Count > 0)
            exchange.Context.Attempts.Keep(queue.Name, attempt, messages, leasedAt);
        await AnswerAsync(exchange, queue, messages, wanted, leasedAt, isRepeat: false);
    }

    private static LeaseRequest RequestOf(SqsCall call, SqsQueue queue)
    {
        if (call.MaxNumberOfMessages is < 1 or > SqsLimits.EntriesMax)
            throw SqsErrors.Invalid("MaxNumberOfMessages", call.MaxNumberOfMessages, $"Must be between 1 and {SqsLimits.EntriesMax}, if provided.");
        if (call.WaitTimeSeconds is < 0 or > SqsLimits.WaitSecondsMax)
            throw SqsErrors.Invalid("WaitTimeSeconds", call.WaitTimeSeconds, $"Must be >= 0 and <= {SqsLimits.WaitSecondsMax}, if provided.");
        if (call.Entry.VisibilityTimeout is < 0 or > SqsLimits.VisibilitySecondsMax)
            throw SqsErrors.Invalid("VisibilityTimeout", call.Entry.VisibilityTimeout, $"Must be between 0 and {SqsLimits.VisibilitySecondsMax}, if provided.");
        return new LeaseRequest
        {
            MessagesMax = (int)(call.MaxNumberOfMessages ?? 1),
            Wait = TimeSpan.FromSeconds(call.WaitTimeSeconds ?? queue.WaitSeconds),
            VisibilityTimeout = call.Entry.VisibilityTimeout is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        };
    }

    private static async ValueTask<IReadOnlyList<LeasedMessage>> LeaseAsync(SqsExchange exchange, SqsQueue queue, LeaseRequest request)
    {
        var context = exchange.Context;
        IReadOnlyList<LeasedMessage> messages;
        if (request.Wait == TimeSpan.Zero)
        {
            messages = await context.Engine.LeaseAsync(queue.Name, request, exchange.Aborted);
        }
        else
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(exchange.Aborted, context.Stopping);
            context.Metrics.BeginWait();
            try
            {
                messages = await context.Engine.LeaseAsync(queue.Name, request, either.Token);
            }
            catch (OperationCanceledException) when (context.Stopping.IsCancellationRequested && !exchange.Aborted.IsCancellationRequested)
            {
                return []; // a server that stops lets nobody wait for it
            }
            finally
            {
                context.Metrics.EndWait();
            }
        }
        if (!exchange.Aborted.IsCancellationRequested)
            return messages;
        // Handed out at the moment the caller went away: at once to the next one.
        foreach (var message in messages)
            await context.Engine.ExtendAsync(message.Handle, TimeSpan.Zero);
        throw new OperationCanceledException(exchange.Aborted);
    }

    /// <summary>Begins the leases of an earlier attempt anew; false when they have ended by themselves, so that it is an attempt like any other.</summary>
    private static async ValueTask<bool> RenewAsync(SqsExchange exchange, SqsQueue queue, LeaseRequest request, ReceiveAttempts.Attempt attempt)
    {
        foreach (var message in attempt.Messages)
        {
            if (await exchange.Context.Engine.ExtendAsync(message.Handle, request.VisibilityTimeout ?? queue.Policy.VisibilityTimeout) is null)
                return false;
        }
        return true;
    }

    private static async ValueTask AnswerAsync(
        SqsExchange exchange, SqsQueue queue, IReadOnlyList<LeasedMessage> messages, WantedAttributes wanted, long leasedAt, bool isRepeat)
    {
        var (context, answer) = (exchange.Context, exchange.Answer);
        var received = new List<(LeasedMessage Leased, string Handle, ReceivedContent Content)>(messages.Count);
        using var bodies = ReceivedContent.RoomFor(messages);
        foreach (var leased in messages)
        {
            var handle = new SqsReceipt(queue.Tag, leased.Handle, leasedAt).ToText(context.Secrets.Seal);
            try
            {
                received.Add((leased, handle, await ReceivedContent.OfAsync(exchange, leased.Message, handle, wanted, bodies)));
            }
            catch (BodyLostException e)
            {
                SqsLog.BodyLost(context.Logger, leased.Message.Id, e); // the others are good; this one comes back when its lease ends, and goes the way of what cannot be worked on
            }
        }
        answer.Begin(SqsAction.ReceiveMessage);
        if (received.Count == 0)
            return;
        var now = context.Time.GetUtcNow().ToUnixTimeMilliseconds();
        var detail = $"by sqs to account {exchange.Caller.Account.Name}";
        answer.BeginList("Messages"u8);
        foreach (var (leased, handle, content) in received)
        {
            var firstAt = context.Receives.Note(leased.Message.Id, leased.Handle.Token, now, leased.Message.ReceiveCount == 1);
            Write(exchange, queue, leased.Message, handle, content, wanted, firstAt);
            if (isRepeat)
                continue;
            context.Timeline.RecordStay(leased, context.Time.GetUtcNow());
            exchange.Record(TimelineKind.Leased, leased.Message.Id, leased.Message.Origin, queue.Name, detail);
        }
        answer.EndList();
    }

    private static void Write(SqsExchange exchange, SqsQueue queue, Message message, string handle, ReceivedContent content, WantedAttributes wanted, long firstAt)
    {
        var answer = exchange.Answer;
        answer.BeginItem("Message"u8);
        answer.Text("MessageId"u8, exchange.Context.Secrets.IdOf(message.Id));
        answer.Text("ReceiptHandle"u8, handle);
        answer.Digest("MD5OfBody"u8, content.Body.Span);
        answer.Text("Body"u8, content.Body.Span);
        answer.Map("Attributes"u8, "Attribute"u8, "Name"u8, SystemAttributes(exchange, queue, message, wanted, firstAt));
        answer.TextIfAny("MD5OfMessageAttributes"u8, SqsDigest.OfAttributes(content.Attributes));
        answer.MessageAttributes(content.Attributes);
        answer.EndItem("Message"u8);
    }

    private static List<KeyValuePair<string, string>> SystemAttributes(SqsExchange exchange, SqsQueue queue, Message message, WantedAttributes wanted, long firstAt)
    {
        var attributes = new List<KeyValuePair<string, string>>();
        foreach (var name in wanted.System)
        {
            if (SystemAttribute(exchange, queue, message, name, firstAt) is { } value)
                attributes.Add(KeyValuePair.Create(name, value));
        }
        return attributes;
    }

    private static string? SystemAttribute(SqsExchange exchange, SqsQueue queue, Message message, string name, long firstAt) => name switch
    {
        "SenderId" => message.Text(StoredAttributes.SenderId) ?? message.Text(Spool.MailAttributes.Account) ?? exchange.Context.Urls.Account,
        "SentTimestamp" => Number(message.AcceptedAt.ToUnixTimeMilliseconds()),
        "ApproximateReceiveCount" => Number(message.ReceiveCount),
        "ApproximateFirstReceiveTimestamp" => Number(firstAt),
        "AWSTraceHeader" => message.Text(StoredAttributes.TraceHeader),
        "DeadLetterQueueSourceArn" =>
            QueueName.TryParse(message.Text(MessageAttributes.DeadLetterSource), out var source, out _) ? exchange.ArnOf(source).ToString() : null,
        "MessageGroupId" => message.Group,
        "MessageDeduplicationId" => queue.IsFifo ? message.DeduplicationId : null,
        "SequenceNumber" => queue.IsFifo ? queue.SequenceOf(message.Number) : null,
        _ => throw new InvalidOperationException($"The system attribute {name} has no value."),
    };

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
