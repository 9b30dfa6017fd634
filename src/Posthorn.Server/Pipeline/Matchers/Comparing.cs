using Posthorn.Server.Pipeline.Expressions;

namespace Posthorn.Server.Pipeline.Matchers;

/// <summary>What the order of two values says for an operator.</summary>
internal static class Comparing
{
    public static bool Holds(int order, ComparisonOperator by) => by switch
    {
        ComparisonOperator.Equal => order == 0,
        ComparisonOperator.Less => order < 0,
        ComparisonOperator.LessOrEqual => order <= 0,
        ComparisonOperator.Greater => order > 0,
        ComparisonOperator.GreaterOrEqual => order >= 0,
        _ => throw new InvalidOperationException($"{by} compares no order."),
    };
}
