using System.Globalization;
using Posthorn.Bodies;
using Posthorn.Messages;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Pipeline.Processors;

/// <summary>Everything of a mail that mailets can change, immutable: a branch shares it with the others until it changes something, and a failed mailet is undone by taking the old one.</summary>
internal sealed record MailState
{
    public required Envelope Envelope { get; init; }

    public required IReadOnlyDictionary<string, AttributeValue> Attributes { get; init; }

    public required Priority Priority { get; init; }

    public required Content Content { get; init; }

    /// <summary>How much later than now what comes out of the pipeline is due.</summary>
    public TimeSpan Delay { get; init; }

    public string? Text(string attribute) => Attributes.TryGetValue(attribute, out var value) ? value.Text : null;

    public static MailState Of(Message message) => new()
    {
        Envelope = message.Envelope,
        Attributes = message.Attributes,
        Priority = message.Priority,
        Content = message.Content,
    };

    /// <summary>Due that much later than now; its time to be given up counts from then.</summary>
    public MailState Delayed(TimeSpan delay, DateTimeOffset now) =>
        WithAttribute(MailAttributes.NotBefore, (now + delay).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)) with { Delay = delay };

    public MailState WithAttribute(string name, AttributeValue value) =>
        this with { Attributes = new Dictionary<string, AttributeValue>(Attributes, StringComparer.Ordinal) { [name] = value } };

    /// <summary>Without these attributes; the same object when it has none of them.</summary>
    public MailState Without(params ReadOnlySpan<string> names)
    {
        Dictionary<string, AttributeValue>? left = null;
        foreach (var name in names)
        {
            if (Attributes.ContainsKey(name))
                (left ??= new Dictionary<string, AttributeValue>(Attributes, StringComparer.Ordinal)).Remove(name);
        }

        return left is null ? this : this with { Attributes = left };
    }
}
