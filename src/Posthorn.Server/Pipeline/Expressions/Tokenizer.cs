using System.Buffers;
using System.Text;

namespace Posthorn.Server.Pipeline.Expressions;

/// <summary>Cuts an expression into tokens.</summary>
/// <remarks>
/// A bare word goes up to white space, a parenthesis, a bracket, a comma, a quote, <c>= ! &lt; &gt;</c> or a doubled <c>&amp;</c> or <c>|</c>;
/// whatever holds one of these is written in quotes. Between quotes a backslash before that quote takes the quote literally;
/// everywhere else it is itself, so regular expressions are written as they are.
/// </remarks>
internal static class Tokenizer
{
    /// <summary>Longest expression, in characters: more is a mistake in the YAML, and the parser's depth hangs on it.</summary>
    public const int LengthMax = 10_000;

    private static readonly SearchValues<char> s_wordEnds = SearchValues.Create(" \t\r\n()[],\"'=!<>&|");

    public static List<Token> Tokenize(string text)
    {
        if (text.Length > LengthMax)
            throw new ExpressionException(0, $"the expression has {text.Length} characters, more than {LengthMax}");
        var tokens = new List<Token>();
        for (var position = 0; ;)
        {
            while (position < text.Length && char.IsWhiteSpace(text[position]))
                position++;
            var token = Next(text, position, out var length);
            tokens.Add(token);
            if (token.Kind == TokenKind.End)
                return tokens;
            position += length;
        }
    }

    private static Token Next(string text, int at, out int length)
    {
        var rest = text.AsSpan(at);
        length = 2;
        switch (rest)
        {
            case []:
                return new Token(TokenKind.End, "", at);
            case ['&', '&', ..]:
                return new Token(TokenKind.And, "&&", at);
            case ['|', '|', ..]:
                return new Token(TokenKind.Or, "||", at);
            case ['=' or '!' or '<' or '>', '=', ..] or [('=' or '!'), '~', ..]:
                return new Token(TokenKind.Comparison, rest[..2].ToString(), at);
        }

        length = 1;
        switch (rest[0])
        {
            case '!':
                return new Token(TokenKind.Not, "!", at);
            case '<' or '>':
                return new Token(TokenKind.Comparison, rest[..1].ToString(), at);
            case '(':
                return new Token(TokenKind.Open, "(", at);
            case ')':
                return new Token(TokenKind.Close, ")", at);
            case '[':
                return new Token(TokenKind.OpenList, "[", at);
            case ']':
                return new Token(TokenKind.CloseList, "]", at);
            case ',':
                return new Token(TokenKind.Comma, ",", at);
            case '=':
                throw new ExpressionException(at, "'=' compares nothing; write '==', or '=~' for a regular expression");
            case '&' or '|':
                throw new ExpressionException(at, $"'{rest[0]}' stands alone; write '{rest[0]}{rest[0]}'");
            case '"' or '\'':
                return Quoted(text, at, out length);
            default:
                return Word(rest, at, out length);
        }
    }

    private static Token Word(ReadOnlySpan<char> rest, int at, out int length)
    {
        length = 0;
        while (rest[length..].IndexOfAny(s_wordEnds) is >= 0 and var end)
        {
            length += end;
            // A single & or | may stand inside a word, as in a&b@example.test.
            if (rest[length] is not ('&' or '|') || rest[length..].StartsWith("&&") || rest[length..].StartsWith("||"))
                return Word(rest[..length].ToString(), at);
            length++;
        }

        length = rest.Length;
        return Word(rest.ToString(), at);
    }

    private static Token Word(string word, int at) => word switch
    {
        "and" => new Token(TokenKind.And, word, at),
        "or" => new Token(TokenKind.Or, word, at),
        "not" => new Token(TokenKind.Not, word, at),
        "in" => new Token(TokenKind.In, word, at),
        _ => new Token(TokenKind.Word, word, at),
    };

    private static Token Quoted(string text, int at, out int length)
    {
        var quote = text[at];
        var value = new StringBuilder();
        for (var i = at + 1; i < text.Length; i++)
        {
            if (text[i] == quote)
            {
                length = i + 1 - at;
                return new Token(TokenKind.Text, value.ToString(), at);
            }

            if (text[i] == '\\' && i + 1 < text.Length)
            {
                i++;
                if (text[i] != quote)
                    value.Append('\\');
            }

            value.Append(text[i]);
        }

        throw new ExpressionException(at, $"the text that begins with {quote} here has no closing {quote}");
    }
}
