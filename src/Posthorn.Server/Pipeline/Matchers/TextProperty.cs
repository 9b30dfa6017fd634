using System.Globalization;
using Posthorn.Messages;
using Posthorn.Server.Pipeline.Expressions;
using Posthorn.Server.Pipeline.Processors;

namespace Posthorn.Server.Pipeline.Matchers;

/// <summary>
/// A text, or several. Alone it asks whether there is one. Compared without case, as Sieve does unless told otherwise (RFC 5228 2.7.3);
/// a comparison holds when it holds for one of the values. <c>&lt;</c> and its like compare numbers; what is none compares to nothing.
/// </summary>
internal sealed class TextProperty(bool isPerRecipient, Func<MailContext, Recipient?, TextValues> read) : Property
{
    public override Condition Alone(Expression.Property written) => Ask(null);

    public override Condition Compare(Expression.Comparison written, ComparisonOperator by)
    {
        var literal = written.Right[0];
        switch (by)
        {
            case ComparisonOperator.Equal:
                return Ask(value => value.Equals(literal.Text, StringComparison.OrdinalIgnoreCase));
            case ComparisonOperator.In:
                var texts = written.Right.Select(l => l.Text).ToHashSet(StringComparer.OrdinalIgnoreCase);
                return Ask(texts.Contains);
            case ComparisonOperator.Matches:
                return Ask(Pattern.Compile(literal).IsMatch);
            default:
                if (!TryNumber(literal.Text, out var limit))
                    throw new ExpressionException(literal.Position, $"'{literal.Text}' is no number; a text compares with '==', '!=', '=~' or 'in', and with '<' or '>' only as a number");
                return Ask(value => TryNumber(value, out var number) && Comparing.Holds(number.CompareTo(limit), by));
        }
    }

    private Test Ask(Func<string, bool>? test) => new(isPerRecipient, (mail, recipient) =>
    {
        var values = read(mail, recipient);
        return values.IsPending ? Truth.Unknown : Test.Of(test is null ? values.Any : values.AnyIs(test));
    });

    private static bool TryNumber(string text, out decimal number) =>
        decimal.TryParse(text.AsSpan().Trim(), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number);
}
