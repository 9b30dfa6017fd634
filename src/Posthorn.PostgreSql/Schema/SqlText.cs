using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace Posthorn.PostgreSql.Schema;

/// <summary>Statements as they are written, for the schema that was asked for: they all say <c>posthorn.</c>, which is its name by default.</summary>
internal sealed partial class SqlText
{
    /// <summary>
    /// Makes the statements of a transaction go along the indexes, as each of them can: of a table that was just empty, or has much that is dead, the server's
    /// figures say that reading all of it costs less, and a plan made then stays.
    /// </summary>
    public const string AlongIndexes = "set_config('enable_seqscan', 'off', true)";

    /// <summary>
    /// Makes the statements of a transaction keep the plan that is good for any parameters. For short arrays of ids the server thinks that a plan made for just
    /// them costs less, and makes it each time: 60 µs of a commit that removes one message, which takes 50 to do.
    /// </summary>
    public const string PlannedOnce = "set_config('plan_cache_mode', 'force_generic_plan', true)";

    private const string Written = "posthorn.";
    private readonly ConcurrentDictionary<string, string> _texts = new(StringComparer.Ordinal);
    private readonly string _prefix;

    /// <param name="schema">Lower-case letters, digits and underscores, so that it needs no quotes.</param>
    /// <exception cref="ArgumentException">It has other characters.</exception>
    public SqlText(string schema)
    {
        if (!Name().IsMatch(schema))
            throw new ArgumentException($"A schema's name has 1 to 40 lower-case letters, digits and underscores and begins with a letter; '{schema}' is none.");
        (Schema, _prefix) = (schema, schema + ".");
    }

    /// <summary>The schema's name.</summary>
    public string Schema { get; }

    /// <summary>The channel over which nodes wake each other.</summary>
    public string Channel => $"{Schema}_wake";

    /// <summary>A statement for this schema.</summary>
    public string this[string written] => _prefix == Written ? written : _texts.GetOrAdd(written, static (text, prefix) => text.Replace(Written, prefix, StringComparison.Ordinal), _prefix);

    [GeneratedRegex("^[a-z][a-z0-9_]{0,39}$", RegexOptions.CultureInvariant, 1_000)]
    private static partial Regex Name();
}
