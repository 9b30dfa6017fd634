using System.Text.RegularExpressions;
using Posthorn.Server.Pipeline.Expressions;

namespace Posthorn.Server.Pipeline.Matchers;

/// <summary>
/// Regular expressions over what strangers send. They run in linear time; those with look-around or back-references, which cannot,
/// get a second, and then the rule fails instead of the server.
/// </summary>
internal static class Pattern
{
    private const RegexOptions Options = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(1);

    public static Regex Compile(Literal literal)
    {
        try
        {
            return Compile(literal.Text);
        }
        catch (RegexParseException e)
        {
            // The offset counts from behind the opening quote.
            throw new ExpressionException(literal.Position + e.Offset + (literal.IsQuoted ? 1 : 0), $"'{literal.Text}' is no regular expression: {e.Message}");
        }
    }

    /// <exception cref="RegexParseException">It is none.</exception>
    public static Regex Compile(string pattern)
    {
        try
        {
            return new Regex(pattern, Options | RegexOptions.NonBacktracking);
        }
        catch (NotSupportedException)
        {
            return new Regex(pattern, Options, s_timeout);
        }
    }
}
