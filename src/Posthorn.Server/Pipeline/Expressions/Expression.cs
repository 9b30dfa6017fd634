namespace Posthorn.Server.Pipeline.Expressions;

/// <summary>An expression as written. Names mean nothing yet: <see cref="Matchers.ConditionBinder"/> gives them their meaning.</summary>
internal abstract record Expression(int Position)
{
    public sealed record And(Expression Left, Expression Right, int Position) : Expression(Position);

    public sealed record Or(Expression Left, Expression Right, int Position) : Expression(Position);

    public sealed record Not(Expression Inner, int Position) : Expression(Position);

    /// <summary><c>name</c> or <c>name(a, b)</c>, standing alone.</summary>
    public sealed record Property(string Name, IReadOnlyList<Literal> Arguments, int Position) : Expression(Position);

    /// <summary>A property compared with one literal, or after <c>in</c> with several.</summary>
    public sealed record Comparison(Property Left, ComparisonOperator Operator, IReadOnlyList<Literal> Right, int Position) : Expression(Position);
}
