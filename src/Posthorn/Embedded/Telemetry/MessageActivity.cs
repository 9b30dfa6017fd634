using System.Diagnostics;
using Posthorn.Commits;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Embedded.Telemetry;

/// <summary>
/// The spans of sending, receiving and processing on the source <c>Posthorn</c>, named and tagged as OpenTelemetry's semantic conventions for
/// messaging have it. Trace context travels in the message's attributes as W3C has it in headers.
/// </summary>
internal static class MessageActivity
{
    private const string TraceParent = "traceparent";
    private const string TraceState = "tracestate";

    public static string Version { get; } = typeof(MessageActivity).Assembly.GetName().Version!.ToString(3);

    private static readonly ActivitySource Source = new("Posthorn", Version);

    private static readonly IReadOnlyDictionary<string, AttributeValue> NoAttributes = new Dictionary<string, AttributeValue>(StringComparer.Ordinal);

    /// <summary>A message's attributes with the current trace context among them, unless its sender gave one.</summary>
    public static IReadOnlyDictionary<string, AttributeValue> WithContext(IReadOnlyDictionary<string, AttributeValue>? attributes)
    {
        if (Activity.Current is not { IdFormat: ActivityIdFormat.W3C, Id: { } id } current || attributes?.ContainsKey(TraceParent) == true)
            return attributes ?? NoAttributes;
        var all = new Dictionary<string, AttributeValue>(attributes ?? NoAttributes, StringComparer.Ordinal) { [TraceParent] = id };
        if (current.TraceStateString is { Length: > 0 } state)
            all[TraceState] = state;
        return all;
    }

    public static Activity? StartSend(QueueName queue, int count) => Start("send", queue.Value, ActivityKind.Producer, count);

    public static Activity? StartSend(IReadOnlyList<NewMessage> messages)
    {
        if (messages.Count == 0 || !Source.HasListeners())
            return null;
        var queue = messages.All(m => m.Queue == messages[0].Queue) ? messages[0].Queue.Value : null;
        return Start("send", queue, ActivityKind.Producer, messages.Count);
    }

    public static void Sent(Activity? activity, IReadOnlyList<AddedMessage> added)
    {
        if (added.Count == 1)
            activity?.SetTag("messaging.message.id", added[0].Id.ToString());
    }

    /// <summary>What was received, with a link to the sender of each message: written when it is known, so that waiting for messages is no span.</summary>
    public static void Received(QueueName queue, IReadOnlyList<LeasedMessage> messages)
    {
        if (messages.Count == 0 || !Source.HasListeners())
            return;
        var links = messages.Select(m => ContextOf(m.Message)).Where(c => c != default).Select(c => new ActivityLink(c));
        using var activity = Start("receive", queue.Value, ActivityKind.Client, messages.Count, links: links);
    }

    /// <summary>The work on one message, as a child of what sent it: one trace from the sender to the end.</summary>
    public static Activity? StartProcess(Message message)
    {
        if (!Source.HasListeners())
            return null;
        var parent = ContextOf(message);
        var activity = Start("process", message.Queue.Value, ActivityKind.Consumer, count: 1, parent);
        activity?.SetTag("messaging.message.id", message.Id.ToString());
        activity?.SetTag("messaging.message.body.size", message.Content.Length);
        activity?.SetTag("posthorn.message.attempt", message.ReceiveCount);
        return activity;
    }

    public static void Fail(Activity? activity, Exception failure)
    {
        activity?.SetTag("error.type", failure.GetType().FullName);
        activity?.SetStatus(ActivityStatusCode.Error, failure.Message);
    }

    private static Activity? Start(
        string operation, string? queue, ActivityKind kind, int count, ActivityContext parent = default, IEnumerable<ActivityLink>? links = null)
    {
        var activity = Source.StartActivity(queue is null ? operation : $"{operation} {queue}", kind, parent, links: links);
        if (activity is null)
            return null;
        activity.SetTag("messaging.system", "posthorn");
        activity.SetTag("messaging.operation.name", operation);
        activity.SetTag("messaging.operation.type", operation);
        activity.SetTag("messaging.destination.name", queue);
        if (count > 1)
            activity.SetTag("messaging.batch.message_count", count);
        return activity;
    }

    private static ActivityContext ContextOf(Message message) =>
        message.Text(TraceParent) is { } parent && ActivityContext.TryParse(parent, message.Text(TraceState), isRemote: true, out var context) ? context : default;
}
