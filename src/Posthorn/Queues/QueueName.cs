using System.Diagnostics.CodeAnalysis;

namespace Posthorn.Queues;

/// <summary>The name of a queue: 1 to 255 characters without control characters and without white space at either end; case matters.</summary>
/// <remarks>
/// A slash makes a hierarchy (<c>spool/outgoing</c>, IMAP's <c>Archive/2026</c>). Names under <c>spool/</c> belong to the mail path.
/// The doors that know fewer characters (SQS: 80 of <c>[A-Za-z0-9_-]</c>) check their own rule.
/// </remarks>
public readonly record struct QueueName : IComparable<QueueName>
{
    /// <summary>Longest name, in UTF-16 characters.</summary>
    public const int LengthMax = 255;

    private readonly string? _value;

    private QueueName(string value) => _value = value;

    /// <summary>The name as text; empty only for <c>default(QueueName)</c>, which no engine accepts.</summary>
    public string Value => _value ?? "";

    /// <summary>Takes a name.</summary>
    /// <exception cref="FormatException">The text is no queue name; the message says why.</exception>
    public static QueueName Parse(string text) =>
        TryParse(text, out var name, out var reason) ? name : throw new FormatException(reason);

    /// <summary>Takes a name, or says in <paramref name="reason"/> why it is none.</summary>
    public static bool TryParse(string? text, out QueueName name, [NotNullWhen(false)] out string? reason)
    {
        name = default;
        reason = text switch
        {
            null or "" => "A queue name has at least one character.",
            { Length: > LengthMax } => $"A queue name has at most {LengthMax} characters; this one has {text.Length}.",
            _ when char.IsWhiteSpace(text[0]) || char.IsWhiteSpace(text[^1]) => $"The queue name '{text}' begins or ends with white space.",
            _ when text.Any(char.IsControl) => "A queue name has no control characters.",
            _ => null,
        };
        if (reason is null)
            name = new QueueName(text!);
        return reason is null;
    }

    /// <summary>Whether this queue lies below <paramref name="prefix"/> in the hierarchy: <c>spool/root</c> is below <c>spool</c>.</summary>
    public bool IsBelow(string prefix) =>
        Value.Length > prefix.Length && Value[prefix.Length] == '/' && Value.StartsWith(prefix, StringComparison.Ordinal);

    /// <inheritdoc/>
    public int CompareTo(QueueName other) => string.CompareOrdinal(Value, other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value;

    /// <summary>The name as text.</summary>
    public static implicit operator string(QueueName name) => name.Value;
}
