using System.Text;
using System.Text.Json;
using Posthorn.Protocols.Sqs;

namespace Posthorn.Protocols.Sns.Filters;

/// <summary>A filter policy, read once and then tried on every message of its topic.</summary>
public sealed class FilterPolicy
{
    private readonly FilterNode _root;

    private FilterPolicy(FilterNode root, FilterScope scope) => (_root, Scope) = (root, scope);

    /// <summary>What it looks at.</summary>
    public FilterScope Scope { get; }

    /// <summary>Reads a policy.</summary>
    /// <exception cref="FilterPolicyException">It is none, or more than five keys or 150 combinations.</exception>
    public static FilterPolicy Parse(string json, FilterScope scope) => new(FilterPolicyReader.Read(json, scope), scope);

    /// <summary>Whether a message's attributes match; binary ones do not count.</summary>
    public bool Matches(IReadOnlyList<SqsAttribute> attributes)
    {
        var values = new Dictionary<string, IReadOnlyList<FilterValue>>(StringComparer.Ordinal);
        foreach (var attribute in attributes)
            if (!attribute.IsBinary)
                values[attribute.Name] = ValuesOf(attribute);
        return _root.Matches(values);
    }

    /// <summary>Whether a message's text, read as JSON, matches; what is no object matches nothing.</summary>
    public bool Matches(JsonElement? body) => body is { ValueKind: JsonValueKind.Object } value && _root.Matches(value);

    private static IReadOnlyList<FilterValue> ValuesOf(in SqsAttribute attribute)
    {
        var text = Encoding.UTF8.GetString(attribute.Value.Span);
        if (attribute.DataType == "String.Array" && ArrayOf(attribute.Value) is { } array)
            return array;
        if (attribute.DataType is { } type && type.StartsWith("Number", StringComparison.Ordinal))
            return FilterValue.TryNumber(text, out var number) ? [FilterValue.Of(number)] : [];
        return [FilterValue.Of(text)];
    }

    private static List<FilterValue>? ArrayOf(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind != JsonValueKind.Array
                ? null
                : [.. document.RootElement.EnumerateArray().Select(FilterValue.Of).Where(v => v is not null).Select(v => v!.Value)];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null; // no array: the text as it is
        }
    }
}
