using System.Collections.Frozen;
using Posthorn.Protocols.Aws;
using Posthorn.Protocols.Sqs;

namespace Posthorn.Server.Retrieve.Queues;

/// <summary>Which attributes a receive asks for with its messages.</summary>
internal sealed class WantedAttributes
{
    private static readonly FrozenSet<string> s_system = new[]
    {
        "All", "SenderId", "SentTimestamp", "ApproximateReceiveCount", "ApproximateFirstReceiveTimestamp", "SequenceNumber", "MessageDeduplicationId", "MessageGroupId",
        "AWSTraceHeader", "DeadLetterQueueSourceArn",
    }.ToFrozenSet(StringComparer.Ordinal);

    private readonly IReadOnlyList<string> _names;
    private readonly HashSet<string> _system = new(StringComparer.Ordinal);
    private readonly bool _wantsAll;

    /// <exception cref="AwsException">There is no system attribute of a name.</exception>
    public WantedAttributes(SqsCall call)
    {
        foreach (var name in (call.AttributeNames ?? []).Concat(call.MessageSystemAttributeNames ?? []))
        {
            // Clients of old ask for a queue's attributes here, too: those are passed over.
            if (!s_system.Contains(name) && !Accept.Sqs.Queues.QueueAttributes.IsKnown(name))
                throw SqsErrors.UnknownAttribute(name);
            _system.Add(name);
        }
        _names = call.MessageAttributeNames ?? [];
        _wantsAll = _names.Any(n => n is "All" or ".*" or "*");
    }

    public bool WantsAny => _names.Count > 0;

    public bool WantsSystem(string name) => _system.Contains(name) || _system.Contains("All");

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
