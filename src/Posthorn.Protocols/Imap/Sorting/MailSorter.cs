using Posthorn.Protocols.Imap.Searching;
using Posthorn.Protocols.Imap.Structure;

namespace Posthorn.Protocols.Imap.Sorting;

/// <summary>SORT (RFC 5256): takes what was found, keeps only what it is compared by, and gives it in order. Some hundred bytes a message and key.</summary>
public sealed class MailSorter
{
    private readonly SortKey[] _keys;
    private readonly int _messagesMax;
    private readonly List<(uint Number, uint Order, SortValue[] Values)> _messages = [];

    /// <summary>Sorts by these keys.</summary>
    /// <param name="keys">One or more; the first is the first to decide. What is equal by all stays in the order of the mailbox.</param>
    /// <param name="messagesMax">Most messages taken.</param>
    public MailSorter(IReadOnlyList<SortKey> keys, int messagesMax) => (_keys, _messagesMax) = ([.. keys], messagesMax);

    /// <summary>Whether the structure of messages is needed; else it may be null.</summary>
    public bool NeedsStructure => _keys.Any(k => k.Field is not (SortField.Arrival or SortField.Size));

    /// <summary>Takes a message.</summary>
    /// <param name="answer">What it is called in the answer: its number or UID.</param>
    /// <param name="order">Its place in the mailbox.</param>
    /// <param name="internalDate">When it came.</param>
    /// <param name="size">Its bytes.</param>
    /// <param name="structure">Its structure; null when <see cref="NeedsStructure"/> is false.</param>
    /// <returns>False when it would be more than the most taken: answer NO [LIMIT].</returns>
    public bool TryAdd(uint answer, uint order, DateTimeOffset internalDate, long size, MailStructure? structure)
    {
        if (_messages.Count >= _messagesMax)
            return false;
        var values = new SortValue[_keys.Length];
        for (var i = 0; i < values.Length; i++)
            values[i] = Value(_keys[i].Field, internalDate, size, structure);
        _messages.Add((answer, order, values));
        return true;
    }

    /// <summary>All in order.</summary>
    public uint[] Sorted()
    {
        _messages.Sort((a, b) =>
        {
            for (var i = 0; i < _keys.Length; i++)
                if (a.Values[i].CompareTo(b.Values[i]) is not 0 and var difference)
                    return _keys[i].IsReverse ? -difference : difference;
            return a.Order.CompareTo(b.Order);
        });
        return [.. _messages.Select(m => m.Number)];
    }

    private static SortValue Value(SortField field, DateTimeOffset internalDate, long size, MailStructure? structure)
    {
        switch (field)
        {
            case SortField.Arrival:
                return new(internalDate.ToUnixTimeSeconds(), null); // as it is told: those of one second stand by their numbers
            case SortField.Size:
                return new(size, null);
        }
        var envelope = structure?.Envelope ?? throw new ArgumentNullException(nameof(structure), "This sort needs the structure of messages.");
        return field switch
        {
            SortField.Date => new((EnvelopeText.SentAt(envelope) ?? internalDate).UtcTicks, null),
            SortField.Subject => new(0, BaseSubject.Of(EnvelopeText.Decoded(envelope.Subject)).Text),
            SortField.From => Mailbox(envelope.From),
            SortField.To => Mailbox(envelope.To),
            SortField.Cc => Mailbox(envelope.Cc),
            SortField.DisplayFrom => Display(envelope.From),
            _ => Display(envelope.To),
        };
    }

    private static SortValue Mailbox(IReadOnlyList<EnvelopeAddress> addresses) =>
        new(0, addresses.Count == 0 ? "" : (EnvelopeText.Text(addresses[0].Mailbox) ?? "").ToUpperInvariant());

    private static SortValue Display(IReadOnlyList<EnvelopeAddress> addresses) =>
        new(0, addresses.Count == 0 ? "" : EnvelopeText.Display(addresses[0]).ToUpperInvariant());

    /// <summary>A number or a text in upper case; of one key all are the same kind.</summary>
    private readonly record struct SortValue(long Number, string? Text) : IComparable<SortValue>
    {
        public int CompareTo(SortValue other) => Text is null ? Number.CompareTo(other.Number) : string.CompareOrdinal(Text, other.Text);
    }
}
