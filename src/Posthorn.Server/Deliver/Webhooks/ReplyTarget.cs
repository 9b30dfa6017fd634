using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Deliver.Webhooks;

/// <summary>Where a webhook's answers go: to one queue, or to the one that each message names.</summary>
public sealed partial class ReplyTarget
{
    private readonly QueueName? _queue;
    private readonly string? _attribute;

    private ReplyTarget(string text, QueueName? queue, string? attribute) => (Text, _queue, _attribute) = (text, queue, attribute);

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>Reads a queue's name or <c>attribute(name)</c>, or says in <paramref name="reason"/> why it is none.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out ReplyTarget? target, [NotNullWhen(false)] out string? reason)
    {
        target = Attribute().Match(text) is { Success: true } match ? new ReplyTarget(text, null, match.Groups["name"].Value)
            : QueueName.TryParse(text, out var queue, out _) && !queue.IsBelow(SpoolQueues.Prefix) && !text.Contains('(', StringComparison.Ordinal) ? new ReplyTarget(text, queue, null)
            : null;
        reason = target is null ? $"'{text}' is neither a queue for answers nor attribute(name), for the queue that an attribute of the message names" : null;
        return target is not null;
    }

    /// <summary>The queue for the answer to a message; null when the message wants none, or names one that answers may not go to.</summary>
    public QueueName? QueueFor(Message message) => _attribute is null ? _queue
        : QueueName.TryParse(message.Text(_attribute), out var queue, out _) && !queue.IsBelow(SpoolQueues.Prefix) ? queue : null;

    /// <inheritdoc/>
    public override string ToString() => Text;

    [GeneratedRegex(@"^attribute\(\s*(?<name>[^()\s][^()]{0,254}?)\s*\)$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Attribute();
}
