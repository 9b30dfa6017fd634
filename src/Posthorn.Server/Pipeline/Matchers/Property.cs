using Posthorn.Server.Pipeline.Expressions;

namespace Posthorn.Server.Pipeline.Matchers;

/// <summary>What an expression can ask of a mail: something that is or is not, a text, a number, an address. Its kind decides how it compares.</summary>
internal abstract class Property
{
    /// <summary>The condition when it stands alone: <c>has-attachment</c>.</summary>
    /// <exception cref="ExpressionException">It only makes sense compared with something.</exception>
    public abstract Condition Alone(Expression.Property written);

    /// <summary>The condition when it is compared: <c>size &gt; 50MB</c>. <c>!=</c>, <c>!~</c> and <c>not in</c> come here as their opposites.</summary>
    /// <exception cref="ExpressionException">It does not compare so, or not with this.</exception>
    public abstract Condition Compare(Expression.Comparison written, ComparisonOperator by);
}
