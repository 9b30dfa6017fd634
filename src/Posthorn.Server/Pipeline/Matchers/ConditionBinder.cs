using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Pipeline.Expressions;

namespace Posthorn.Server.Pipeline.Matchers;

/// <summary>Gives the names of an expression their meaning.</summary>
internal sealed class ConditionBinder(MatcherCatalog catalog, IServiceProvider services)
{
    /// <summary>Compiles an expression.</summary>
    /// <exception cref="ExpressionException">It is none, or says something that cannot be.</exception>
    public Condition Compile(string text) => Bind(ExpressionParser.Parse(text));

    private Condition Bind(Expression expression) => expression switch
    {
        Expression.And and => Condition.And(Bind(and.Left), Bind(and.Right)),
        Expression.Or or => Condition.Or(Bind(or.Left), Bind(or.Right)),
        Expression.Not not => Condition.Not(Bind(not.Inner)),
        Expression.Property property => Find(property).Alone(property),
        Expression.Comparison comparison => Compare(comparison),
        _ => throw new InvalidOperationException($"{expression.GetType().Name} is no kind of expression."),
    };

    // "a != b" is "not (a == b)" for everything: a header that is absent is not equal, one that stands twice differs when neither is equal.
    private Condition Compare(Expression.Comparison comparison) => comparison.Operator switch
    {
        ComparisonOperator.NotEqual => Condition.Not(Find(comparison.Left).Compare(comparison, ComparisonOperator.Equal)),
        ComparisonOperator.MatchesNot => Condition.Not(Find(comparison.Left).Compare(comparison, ComparisonOperator.Matches)),
        ComparisonOperator.NotIn => Condition.Not(Find(comparison.Left).Compare(comparison, ComparisonOperator.In)),
        var by => Find(comparison.Left).Compare(comparison, by),
    };

    private Property Find(Expression.Property written)
    {
        if (catalog.TryGet(written.Name, out var bind))
            return bind(new MatcherArguments(written, services));
        var hint = char.IsAsciiDigit(written.Name[0])
            ? "; write what is compared first, like: size > 50MB"
            : Spelling.Nearest(written.Name, catalog.Names) is { } near ? $"; did you mean '{near}'?" : $"; there are: {string.Join(", ", catalog.Names.Order(StringComparer.Ordinal))}";
        throw new ExpressionException(written.Position, $"there is no matcher '{written.Name}'{hint}");
    }
}
