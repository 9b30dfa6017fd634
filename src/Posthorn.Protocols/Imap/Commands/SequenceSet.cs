using System.Text;

namespace Posthorn.Protocols.Imap.Commands;

/// <summary>
/// A set of message numbers or UIDs as a client wrote it (RFC 9051 9, sequence-set): numbers, ranges in either order, <c>*</c> for the last one, or
/// <c>$</c> for the saved result of a search (RFC 5182). It means something only with the last number: see <see cref="Resolve"/>.
/// </summary>
public sealed class SequenceSet
{
    /// <summary>Stands for <c>*</c> in <see cref="_members"/>: no number is 0.</summary>
    private const uint Last = 0;

    private readonly (uint From, uint To)[] _members;

    internal SequenceSet((uint From, uint To)[] members) => _members = members;

    /// <summary>All messages: <c>1:*</c>.</summary>
    public static SequenceSet All { get; } = new([(1, Last)]);

    /// <summary>The saved result: <c>$</c>.</summary>
    public static SequenceSet Saved { get; } = new([]);

    /// <summary>Whether it is <c>$</c>: the session puts in what it saved; <see cref="Resolve"/> gives nothing.</summary>
    public bool IsSaved => ReferenceEquals(this, Saved);

    /// <summary>Whether <c>*</c> stands in it.</summary>
    public bool HasLast => _members.Any(m => m.From == Last || m.To == Last);

    /// <summary>How many numbers and ranges it was written with.</summary>
    public int MemberCount => _members.Length;

    /// <summary>A set of numbers, or ranges, as they are.</summary>
    public static SequenceSet Of(params IEnumerable<NumberRange> ranges) => new([.. ranges.Select(r => (r.First, r.Last))]);

    /// <summary>
    /// The numbers meant, as ranges in ascending order that neither touch nor overlap. They may reach beyond <paramref name="last"/>: UIDs that are not
    /// there are ignored (RFC 9051 6.4.9), message numbers that are not there are the client's fault; see <see cref="Reaches"/>.
    /// </summary>
    /// <remarks><c>5:*</c> means the last message even when its number is below 5 (RFC 9051 9, seq-range).</remarks>
    /// <param name="last">What <c>*</c> is: the greatest number or UID in the mailbox; 0 when it is empty, then <c>*</c> alone means nothing.</param>
    public NumberRange[] Resolve(uint last)
    {
        var ranges = new List<NumberRange>(_members.Length);
        foreach (var (from, to) in _members)
        {
            var first = from == Last ? last : from;
            var second = to == Last ? last : to;
            if (first > second)
                (first, second) = (second, first);
            if (second == 0)
                continue; // an empty mailbox has no last message
            ranges.Add(new NumberRange(Math.Max(first, 1), second));
        }
        return Merge(ranges);
    }

    /// <summary>Whether it names a number above <paramref name="last"/>: of message numbers that is BAD.</summary>
    public bool Reaches(uint last) => _members.Any(m => m.From > last || m.To > last || (last == 0 && (m.From == Last || m.To == Last)));

    /// <inheritdoc/>
    public override string ToString()
    {
        if (IsSaved)
            return "$";
        var text = new StringBuilder();
        foreach (var (from, to) in _members)
        {
            if (text.Length > 0)
                text.Append(',');
            Append(text, from);
            if (from != to)
                Append(text.Append(':'), to);
        }
        return text.ToString();

        static void Append(StringBuilder to, uint number) => _ = number == Last ? to.Append('*') : to.Append(number);
    }

    private static NumberRange[] Merge(List<NumberRange> ranges)
    {
        if (ranges.Count < 2)
            return [.. ranges];
        ranges.Sort((a, b) => a.First.CompareTo(b.First));
        var merged = new List<NumberRange>(ranges.Count) { ranges[0] };
        foreach (var range in ranges)
        {
            var last = merged[^1];
            if (range.First <= (long)last.Last + 1)
                merged[^1] = last with { Last = Math.Max(last.Last, range.Last) };
            else
                merged.Add(range);
        }
        return [.. merged];
    }
}
