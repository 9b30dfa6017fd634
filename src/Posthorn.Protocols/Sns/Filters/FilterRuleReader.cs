using System.Net;
using System.Text.Json;

namespace Posthorn.Protocols.Sns.Filters;

/// <summary>Reads one element of a filter policy's array: a value to be equal to, or an object that names how to match.</summary>
internal static class FilterRuleReader
{
    public static FilterRule Read(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Object)
            return ReadMatch(json);
        var exact = ExactOf(json, "Match value must be String, number, true, false, or null");
        return new FilterRule(v => v == exact);
    }

    private static FilterRule ReadMatch(JsonElement json)
    {
        var members = json.EnumerateObject().ToList();
        if (members.Count != 1)
            throw new FilterPolicyException("Only one key allowed in match expression");
        var (name, value) = (members[0].Name, members[0].Value);
        switch (name)
        {
            case "prefix":
            case "suffix":
            case "equals-ignore-case":
                return TextRule(name, value);
            case "anything-but":
                return AnythingBut(value);
            case "numeric":
                return NumericRuleReader.Read(value);
            case "exists":
                if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
                    throw new FilterPolicyException("exists match pattern must be either true or false.");
                var isWanted = value.GetBoolean();
                return new FilterRule(_ => isWanted, matchesAbsence: !isWanted);
            case "cidr":
                return Cidr(value);
            default:
                throw new FilterPolicyException($"Unrecognized match type {name}");
        }
    }

    private static FilterRule TextRule(string name, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
            throw new FilterPolicyException($"{name} match pattern must be a string");
        var pattern = value.GetString()!;
        return name switch
        {
            "prefix" => new FilterRule(v => v.Text?.StartsWith(pattern, StringComparison.Ordinal) == true),
            "suffix" => new FilterRule(v => v.Text?.EndsWith(pattern, StringComparison.Ordinal) == true),
            _ => new FilterRule(v => string.Equals(v.Text, pattern, StringComparison.OrdinalIgnoreCase)),
        };
    }

    private static FilterRule AnythingBut(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            var members = value.EnumerateObject().ToList();
            if (members is not [{ Name: "prefix", Value.ValueKind: JsonValueKind.String } only])
                throw new FilterPolicyException($"Unsupported anything-but pattern: {(members.Count > 0 ? members[0].Name : "")}");
            var prefix = only.Value.GetString()!;
            return new FilterRule(v => v.Text?.StartsWith(prefix, StringComparison.Ordinal) != true);
        }
        const string Wrong = "Inside anything-but list, either all values are number or string, mixed type is not supported";
        FilterValue[] but = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(v => ExactOf(v, Wrong))] : [ExactOf(value, Wrong)];
        if (but.Length == 0)
            throw new FilterPolicyException("Empty arrays are not allowed");
        return new FilterRule(v => !but.Contains(v));
    }

    private static FilterRule Cidr(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
            throw new FilterPolicyException("prefix match pattern must be a string");
        var text = value.GetString()!;
        if (text.Split('/').Length != 2)
            throw new FilterPolicyException("Malformed CIDR, one '/' required");
        if (!text.Split('/')[1].All(char.IsAsciiDigit) || !IPAddress.TryParse(text.Split('/')[0], out var address) || !int.TryParse(text.Split('/')[1], out var length)
            || length > (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? 32 : 128))
            throw new FilterPolicyException("Malformed CIDR, mask bits must be an integer");
        // Bits of the host that are set do not matter, and IPNetwork's own reader minds them.
        return new FilterRule(v => v.Text is { } candidate && IPAddress.TryParse(candidate, out var other) && HasPrefix(other, address, length));
    }

    private static bool HasPrefix(IPAddress address, IPAddress network, int length)
    {
        var (a, n) = (address.GetAddressBytes(), network.GetAddressBytes());
        if (a.Length != n.Length)
            return false;
        var whole = length / 8;
        if (!a.AsSpan(0, whole).SequenceEqual(n.AsSpan(0, whole)))
            return false;
        return length % 8 == 0 || (a[whole] ^ n[whole]) >> (8 - (length % 8)) == 0;
    }

    private static FilterValue ExactOf(JsonElement value, string otherwise) => FilterValue.Of(value) ?? throw new FilterPolicyException(otherwise);
}
