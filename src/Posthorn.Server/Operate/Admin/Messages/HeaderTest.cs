using System.Text.RegularExpressions;
using Posthorn.Client.Contracts.Messages;
using Posthorn.Protocols.Mime;
using Posthorn.Server.Operate.Admin.Http;

namespace Posthorn.Server.Operate.Admin.Messages;

/// <summary>A condition on a header field, ready to be asked.</summary>
internal sealed class HeaderTest
{
    private readonly HeaderCondition _condition;
    private readonly Regex? _regex;

    /// <exception cref="ProblemException">The regular expression is none.</exception>
    public HeaderTest(HeaderCondition condition)
    {
        _condition = condition;
        try
        {
            // Without backtracking the time is linear in the header's length, whatever expression was given.
            _regex = condition.Regex is { } text ? new Regex(text, RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant) : null;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw Problems.BadRequest($"header {condition.Name}: {e.Message}");
        }
    }

    public bool Holds(HeaderBlock header) => header.All(_condition.Name).Any(Holds);

    private bool Holds(HeaderField field) =>
        (_condition.Value is null || field.Text.Equals(_condition.Value, StringComparison.OrdinalIgnoreCase))
        && (_regex is null || _regex.IsMatch(field.Text));
}
