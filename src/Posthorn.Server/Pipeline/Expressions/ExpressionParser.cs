namespace Posthorn.Server.Pipeline.Expressions;

/// <summary>
/// A Pratt parser: <c>or</c> binds weakest, then <c>and</c>, then <c>not</c>, then a comparison of a property with a literal.
/// Sans I/O; the first error ends it.
/// </summary>
internal sealed class ExpressionParser
{
    /// <summary>How deep parentheses and <c>not</c>s may nest; keeps the recursion within the stack.</summary>
    public const int DepthMax = 100;

    // or < and; not binds tighter than both.
    private const int OrPower = 1;
    private const int AndPower = 2;
    private const int NotPower = 3;

    private readonly List<Token> _tokens;
    private int _next;
    private int _depth;

    private ExpressionParser(List<Token> tokens) => _tokens = tokens;

    /// <summary>Parses a whole expression.</summary>
    /// <exception cref="ExpressionException">It is none; tells where and why.</exception>
    public static Expression Parse(string text)
    {
        var parser = new ExpressionParser(Tokenizer.Tokenize(text));
        if (parser.Peek.Kind == TokenKind.End)
            throw new ExpressionException(0, "the condition is empty; write 'all' to select every mail");
        var expression = parser.ParseExpression(0);
        return parser.Peek.Kind switch
        {
            TokenKind.End => expression,
            TokenKind.Close => throw parser.Unexpected("this ')' closes nothing"),
            _ => throw parser.Unexpected($"{parser.Peek.Shown} is too much here; join conditions with 'and' or 'or'"),
        };
    }

    private Token Peek => _tokens[_next];

    private Expression ParseExpression(int power)
    {
        var left = ParsePrefix();
        while (true)
        {
            var token = Peek;
            var binding = token.Kind switch { TokenKind.Or => OrPower, TokenKind.And => AndPower, _ => 0 };
            if (binding <= power)
                return left;
            _next++;
            var right = ParseExpression(binding);
            left = token.Kind == TokenKind.Or ? new Expression.Or(left, right, token.Position) : new Expression.And(left, right, token.Position);
        }
    }

    private Expression ParsePrefix()
    {
        var token = Take();
        switch (token.Kind)
        {
            case TokenKind.Not:
                return new Expression.Not(Nested(token, () => ParseExpression(NotPower)), token.Position);
            case TokenKind.Open:
                var inner = Nested(token, () => ParseExpression(0));
                if (Peek.Kind != TokenKind.Close)
                    throw Unexpected($"the '(' at character {token.Position + 1} is not closed");
                _next++;
                return inner;
            case TokenKind.Word:
                return ParseComparison(token);
            case TokenKind.Text:
                throw new ExpressionException(token.Position, $"the text {token.Shown} stands where a condition belongs; write what is compared first, like subject == \"{token.Text}\"");
            default:
                throw new ExpressionException(token.Position, $"{token.Shown} stands where a condition belongs");
        }
    }

    private Expression Nested(Token at, Func<Expression> parse)
    {
        if (++_depth > DepthMax)
            throw new ExpressionException(at.Position, $"the condition is nested deeper than {DepthMax}");
        var inner = parse();
        _depth--;
        return inner;
    }

    private Expression ParseComparison(Token name)
    {
        var property = new Expression.Property(name.Text, Peek.Kind == TokenKind.Open ? ParseArguments() : [], name.Position);
        var token = Peek;
        switch (token.Kind)
        {
            case TokenKind.Comparison:
                _next++;
                return new Expression.Comparison(property, OperatorOf(token), [ParseLiteral()], token.Position);
            case TokenKind.In:
                _next++;
                return new Expression.Comparison(property, ComparisonOperator.In, ParseOneOrList(), token.Position);
            case TokenKind.Not when _tokens[_next + 1].Kind == TokenKind.In:
                _next += 2;
                return new Expression.Comparison(property, ComparisonOperator.NotIn, ParseOneOrList(), token.Position);
            default:
                return property;
        }
    }

    private List<Literal> ParseArguments()
    {
        var open = Take();
        var arguments = new List<Literal>();
        if (Peek.Kind == TokenKind.Close)
            throw Unexpected("there is nothing between these parentheses; leave them out or give a value");
        while (true)
        {
            arguments.Add(ParseLiteral());
            var token = Take();
            if (token.Kind == TokenKind.Close)
                return arguments;
            if (token.Kind == TokenKind.End)
                throw new ExpressionException(token.Position, $"the '(' at character {open.Position + 1} is not closed");
            if (token.Kind != TokenKind.Comma)
                throw new ExpressionException(token.Position, $"{token.Shown} stands where ',' or ')' belongs; text with such characters is written in quotes");
        }
    }

    private List<Literal> ParseOneOrList()
    {
        if (Peek.Kind != TokenKind.OpenList)
            return [ParseLiteral()];
        var open = Take();
        var items = new List<Literal>();
        while (true)
        {
            items.Add(ParseLiteral());
            var token = Take();
            if (token.Kind == TokenKind.CloseList)
                return items;
            if (token.Kind == TokenKind.End)
                throw new ExpressionException(token.Position, $"the '[' at character {open.Position + 1} is not closed");
            if (token.Kind != TokenKind.Comma)
                throw new ExpressionException(token.Position, $"{token.Shown} stands where ',' or ']' belongs");
        }
    }

    private Literal ParseLiteral()
    {
        var token = Take();
        return token.Kind switch
        {
            TokenKind.Word or TokenKind.Text => new Literal(token.Text, token.Kind == TokenKind.Text, token.Position),
            // "subject == not" is a word like another; the grammar has no place for an operator here.
            TokenKind.And or TokenKind.Or or TokenKind.Not or TokenKind.In when char.IsLetter(token.Text[0]) => new Literal(token.Text, false, token.Position),
            TokenKind.OpenList => throw new ExpressionException(token.Position, "a list is compared with 'in', like: priority in [7, 8, 9]"),
            _ => throw new ExpressionException(token.Position, $"{token.Shown} stands where a value belongs"),
        };
    }

    private static ComparisonOperator OperatorOf(Token token) => token.Text switch
    {
        "==" => ComparisonOperator.Equal,
        "!=" => ComparisonOperator.NotEqual,
        "<" => ComparisonOperator.Less,
        "<=" => ComparisonOperator.LessOrEqual,
        ">" => ComparisonOperator.Greater,
        ">=" => ComparisonOperator.GreaterOrEqual,
        "=~" => ComparisonOperator.Matches,
        "!~" => ComparisonOperator.MatchesNot,
        _ => throw new InvalidOperationException($"'{token.Text}' is no comparison."),
    };

    private Token Take()
    {
        var token = Peek;
        if (token.Kind != TokenKind.End)
            _next++;
        return token;
    }

    private ExpressionException Unexpected(string reason) => new(Peek.Position, reason);
}
