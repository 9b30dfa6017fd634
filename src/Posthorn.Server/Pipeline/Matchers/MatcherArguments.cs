using System.Globalization;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Pipeline.Expressions;

namespace Posthorn.Server.Pipeline.Matchers;

/// <summary>What stands between a matcher's parentheses, read as its definition wants it.</summary>
internal sealed class MatcherArguments(Expression.Property written, IServiceProvider services)
{
    /// <summary>For the making of <see cref="IMatcher"/>s.</summary>
    public IServiceProvider Services => services;

    public IReadOnlyList<Literal> All => written.Arguments;

    public ExpressionException Refuse(string reason) => new(written.Position, reason);

    public void None()
    {
        if (All.Count > 0)
            throw new ExpressionException(All[0].Position, $"'{written.Name}' takes nothing in parentheses");
    }

    /// <summary>Exactly one.</summary>
    public Literal One(string example) =>
        All.Count == 1 ? All[0] : throw Refuse($"'{written.Name}' takes one value in parentheses, like: {example}");

    /// <summary>One or more.</summary>
    public IReadOnlyList<Literal> Some(string example) =>
        All.Count > 0 ? All : throw Refuse($"'{written.Name}' takes one or more values in parentheses, like: {example}");

    public static long Number(Literal literal) =>
        long.TryParse(literal.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new ExpressionException(literal.Position, $"'{literal.Text}' is no whole number");

    public static long Size(Literal literal) =>
        ConfigScalar.TrySize(literal.Text, out var bytes, out var reason) ? bytes : throw new ExpressionException(literal.Position, reason);

    public static long Ticks(Literal literal) =>
        ConfigScalar.TryDuration(literal.Text, out var duration, out var reason) ? duration.Ticks : throw new ExpressionException(literal.Position, reason);
}
