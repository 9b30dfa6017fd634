using System.Text.Json;

namespace Posthorn.Protocols.Sns.Filters;

/// <summary>An object of a filter policy: all its keys must match, and of each <c>$or</c> one alternative.</summary>
/// <remarks>
/// An array in the message matches when one of its elements does; of an array of objects that is one object for all keys beneath. A name with dots in the
/// message is the same as objects within objects.
/// </remarks>
internal sealed class FilterNode
{
    private static JsonElement Nothing => default;

    /// <summary>Alternatives for the values of a key.</summary>
    public Dictionary<string, IReadOnlyList<FilterRule>> Leaves { get; } = new(StringComparer.Ordinal);

    /// <summary>Objects beneath a key.</summary>
    public Dictionary<string, FilterNode> Children { get; } = new(StringComparer.Ordinal);

    /// <summary>The alternatives of each <c>$or</c>.</summary>
    public List<IReadOnlyList<FilterNode>> Alternatives { get; } = [];

    /// <summary>Whether a JSON object matches.</summary>
    public bool Matches(JsonElement value) => MatchesUnder(value, "");

    /// <summary>Whether attributes match; of each its values, one unless it is an array.</summary>
    public bool Matches(IReadOnlyDictionary<string, IReadOnlyList<FilterValue>> attributes) =>
        Leaves.All(l => MatchesAny(l.Value, attributes.GetValueOrDefault(l.Key) ?? []))
        && Alternatives.All(a => a.Any(n => n.Matches(attributes)));

    private bool MatchesUnder(JsonElement value, string prefix) =>
        Leaves.All(l => MatchesAny(l.Value, LeavesOf(Find(value, prefix + l.Key))))
        && Children.All(c => MatchesChild(c.Value, value, prefix + c.Key))
        && Alternatives.All(a => a.Any(n => n.MatchesUnder(value, prefix)));

    private static bool MatchesChild(FilterNode child, JsonElement value, string name) =>
        Find(value, name) is { ValueKind: not JsonValueKind.Undefined } found ? child.MatchesSome(found) : child.MatchesUnder(value, name + ".");

    private bool MatchesSome(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array when value.GetArrayLength() > 0 => value.EnumerateArray().Any(MatchesSome),
        JsonValueKind.Object => MatchesUnder(value, ""),
        _ => MatchesUnder(Nothing, ""),
    };

    private static JsonElement Find(JsonElement value, string name) => value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out var found) ? found : Nothing;

    private static bool MatchesAny(IReadOnlyList<FilterRule> rules, IReadOnlyCollection<FilterValue> values) =>
        values.Count == 0 ? rules.Any(r => r.MatchesAbsence) : values.Any(v => rules.Any(r => r.Matches(v)));

    private static List<FilterValue> LeavesOf(JsonElement value)
    {
        var leaves = new List<FilterValue>();
        Add(value, leaves);
        return leaves;
    }

    private static void Add(JsonElement value, List<FilterValue> to)
    {
        if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (var element in value.EnumerateArray())
                Add(element, to);
        }
        else if (FilterValue.Of(value) is { } leaf)
        {
            to.Add(leaf);
        }
    }
}
