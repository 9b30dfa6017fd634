using Posthorn.Server.Pipeline.Expressions;

namespace Posthorn.Server.Pipeline.Matchers;

/// <summary>Something that is or is not; compares with nothing.</summary>
internal sealed class FlagProperty(Condition condition) : Property
{
    public override Condition Alone(Expression.Property written) => condition;

    public override Condition Compare(Expression.Comparison written, ComparisonOperator by) =>
        throw new ExpressionException(written.Position, $"'{written.Left.Name}' is true or not and compares with nothing; write it alone, or 'not {written.Left.Name}'");
}
