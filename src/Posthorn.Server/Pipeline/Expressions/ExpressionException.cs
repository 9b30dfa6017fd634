namespace Posthorn.Server.Pipeline.Expressions;

/// <summary>An expression that cannot be taken; the compiler turns it into a configuration error at its place.</summary>
internal sealed class ExpressionException(int position, string reason) : Exception(reason)
{
    /// <summary>Where in the expression, in characters from 0.</summary>
    public int Position { get; } = position;
}
