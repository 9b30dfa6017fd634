using System.Text.Json;

namespace Posthorn.Protocols.Sns.Filters;

/// <summary>Reads a filter policy's objects; what stands in their arrays is <see cref="FilterRuleReader"/>'s.</summary>
internal sealed class FilterPolicyReader(FilterScope scope)
{
    private const int KeysMax = 5;
    private const long CombinationsMax = 150;
    private const int BytesMax = 256 * 1024;

    private readonly HashSet<string> _keys = new(StringComparer.Ordinal);

    public static FilterNode Read(string json, FilterScope scope)
    {
        if (json.Length > BytesMax)
            throw new FilterPolicyException("Filter policy is too complex");
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new FilterPolicyException("failed to parse JSON. Filter policy must be an object");
            var reader = new FilterPolicyReader(scope);
            var (node, combinations) = reader.ReadNode(document.RootElement, "", depth: 1);
            if (reader._keys.Count > KeysMax)
                throw new FilterPolicyException($"Filter policy can not have more than {KeysMax} keys");
            return combinations > CombinationsMax ? throw new FilterPolicyException("Filter policy is too complex") : node;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FilterPolicyException($"failed to parse JSON. {e.Message}");
        }
    }

    /// <summary>A node, and in how many ways it can match: the product of its arrays' lengths, each times its depth.</summary>
    private (FilterNode Node, long Combinations) ReadNode(JsonElement json, string path, int depth)
    {
        var (node, combinations) = (new FilterNode(), 1L);
        foreach (var member in json.EnumerateObject())
        {
            if (member.Name == "$or" && member.Value.ValueKind == JsonValueKind.Array && member.Value.GetArrayLength() >= 2
                && member.Value.EnumerateArray().All(a => a.ValueKind == JsonValueKind.Object))
            {
                var alternatives = member.Value.EnumerateArray().Select(a => ReadNode(a, path, depth)).ToList();
                node.Alternatives.Add([.. alternatives.Select(a => a.Node)]);
                combinations = Times(combinations, alternatives.Sum(a => a.Combinations));
            }
            else
            {
                combinations = Times(combinations, ReadMember(node, member, path.Length == 0 ? member.Name : $"{path}.{member.Name}", depth));
            }
        }
        return (node, combinations);
    }

    private long ReadMember(FilterNode node, JsonProperty member, string path, int depth)
    {
        switch (member.Value.ValueKind)
        {
            case JsonValueKind.Array:
                if (member.Value.GetArrayLength() == 0)
                    throw new FilterPolicyException("Empty arrays are not allowed");
                _keys.Add(path);
                node.Leaves[member.Name] = [.. member.Value.EnumerateArray().Select(FilterRuleReader.Read)];
                return (long)member.Value.GetArrayLength() * depth;
            case JsonValueKind.Object:
                if (scope == FilterScope.MessageAttributes)
                    throw new FilterPolicyException("Filter policy scope MessageAttributes does not support nested filter policy", isWhole: true);
                if (!member.Value.EnumerateObject().Any())
                    throw new FilterPolicyException("Empty objects are not allowed");
                var (child, combinations) = ReadNode(member.Value, path, depth + 1);
                node.Children[member.Name] = child;
                return combinations;
            default:
                throw new FilterPolicyException($"\"{member.Name}\" must be an object or an array");
        }
    }

    private static long Times(long a, long b) => a > CombinationsMax || b > CombinationsMax ? CombinationsMax + 1 : a * b;
}
