namespace Posthorn.Server.Pipeline.Expressions;

/// <summary>How a property is compared.</summary>
internal enum ComparisonOperator
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Matches,
    MatchesNot,
    In,
    NotIn,
}
