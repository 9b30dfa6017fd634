using Posthorn.Protocols.Aws;
using Posthorn.Protocols.Sqs;

namespace Posthorn.Server.Retrieve.Queues;

/// <summary>Which attributes a receive asks for with its messages.</summary>
internal sealed class WantedAttributes
{
    private const string All = "All";

    // In the order in which they are answered.
    private static readonly string[] s_system =
    [
        "SenderId", "SentTimestamp", "ApproximateReceiveCount", "ApproximateFirstReceiveTimestamp", "AWSTraceHeader", "DeadLetterQueueSourceArn", "MessageGroupId",
        "MessageDeduplicationId", "SequenceNumber",
    ];

    private readonly IReadOnlyList<string> _names;
    private readonly bool _wantsAll;

    /// <exception cref="AwsException">There is no system attribute of a name.</exception>
    public WantedAttributes(SqsCall call)
    {
        string[] asked = [.. call.AttributeNames ?? [], .. call.MessageSystemAttributeNames ?? []];
        foreach (var name in asked)
        {
            // Clients of old ask for a queue's attributes here, too: those are passed over.
            if (name != All && !s_system.Contains(name) && !Accept.Sqs.Queues.QueueAttributes.IsKnown(name))
                throw SqsErrors.UnknownAttribute(name);
        }
        System = asked.Length == 0 ? [] : asked.Contains(All) ? s_system : [.. s_system.Where(asked.Contains)];
        _names = call.MessageAttributeNames ?? [];
        _wantsAll = _names.Any(n => n is All or ".*" or "*");
    }

    public bool WantsAny => _names.Count > 0;

    /// <summary>System attributes that are asked for.</summary>
    public IReadOnlyList<string> System { get; }

    /// <summary>Whether an attribute of this name is asked for: by name, by the beginning of its name, or with all.</summary>
    public bool Wants(string name)
    {
        if (_wantsAll)
            return true;
        foreach (var wanted in _names)
        {
            if (wanted == name || (wanted.EndsWith(".*", StringComparison.Ordinal) && name.AsSpan().StartsWith(wanted.AsSpan(0, wanted.Length - 2))))
                return true;
        }
        return false;
    }
}
