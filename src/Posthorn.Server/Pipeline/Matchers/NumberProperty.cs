using Posthorn.Server.Pipeline.Expressions;
using Posthorn.Server.Pipeline.Processors;

namespace Posthorn.Server.Pipeline.Matchers;

/// <summary>A number of something: recipients, bytes, ticks of time. Its literals are read by its unit.</summary>
/// <param name="example">How a comparison looks, for messages.</param>
/// <param name="readLiteral">Reads a literal, or says why it is none.</param>
/// <param name="read">The mail's value; null when it must be read first.</param>
internal sealed class NumberProperty(string example, Func<Literal, long> readLiteral, Func<MailContext, long?> read) : Property
{
    public override Condition Alone(Expression.Property written) =>
        throw new ExpressionException(written.Position, $"'{written.Name}' is a number and no condition by itself; compare it, like: {example}");

    public override Condition Compare(Expression.Comparison written, ComparisonOperator by)
    {
        if (by == ComparisonOperator.Matches)
            throw new ExpressionException(written.Position, $"'{written.Left.Name}' is a number, and a regular expression matches text only; compare it, like: {example}");
        var limits = written.Right.Select(readLiteral).ToArray();
        if (by == ComparisonOperator.In)
            return Ask(value => Array.IndexOf(limits, value) >= 0);
        var limit = limits[0];
        return Ask(value => Comparing.Holds(value.CompareTo(limit), by));
    }

    private Test Ask(Func<long, bool> test) => new(isPerRecipient: false, (mail, _) => read(mail) is { } value ? Test.Of(test(value)) : Truth.Unknown);
}
