using System.Text;

namespace Posthorn.Protocols.Imap.Commands;

/// <summary>Numbers put together to ranges, as sets are written.</summary>
public static class NumberRanges
{
    /// <summary>Runs of numbers that each are one more than the one before; the order stays.</summary>
    /// <param name="numbers">Each 1 or more.</param>
    public static List<NumberRange> Of(ReadOnlySpan<uint> numbers)
    {
        var ranges = new List<NumberRange>();
        for (var i = 0; i < numbers.Length;)
        {
            var first = i++;
            while (i < numbers.Length && numbers[i] == numbers[i - 1] + 1 && numbers[i - 1] != uint.MaxValue)
                i++;
            ranges.Add(new NumberRange(numbers[first], numbers[i - 1]));
        }
        return ranges;
    }

    /// <summary>As in a set: <c>1:3,7</c>; the order stays. Empty for none.</summary>
    public static string Text(ReadOnlySpan<uint> numbers)
    {
        var text = new StringBuilder();
        foreach (var range in Of(numbers))
        {
            if (text.Length > 0)
                text.Append(',');
            text.Append(range.First);
            if (range.Last != range.First)
                text.Append(':').Append(range.Last);
        }
        return text.ToString();
    }
}
