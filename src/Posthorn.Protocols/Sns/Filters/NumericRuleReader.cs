using System.Text.Json;

namespace Posthorn.Protocols.Sns.Filters;

/// <summary>Reads <c>{"numeric": [">", 0, "&lt;=", 10]}</c>: one comparison, or a lower and an upper bound in that order.</summary>
internal static class NumericRuleReader
{
    public static FilterRule Read(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array)
            throw new FilterPolicyException("Value of numeric must be an array.");
        var terms = value.EnumerateArray().ToList();
        if (terms.Count == 0 || terms[0].ValueKind != JsonValueKind.String)
            throw new FilterPolicyException($"Invalid member in numeric match: {(terms.Count == 0 ? "]" : terms[0].GetRawText())}");
        var first = terms[0].GetString()!;
        if (first is not ("=" or "<" or "<=" or ">" or ">="))
            throw new FilterPolicyException($"Unrecognized numeric range operator: {first}");
        var bound = NumberOf(terms, 1, first == "=" ? "equals" : first);
        if (terms.Count == 2)
            return Compared(first, bound);
        if (first == "=")
            throw new FilterPolicyException("Too many elements in numeric expression");
        if (first is "<" or "<=")
            throw new FilterPolicyException("Too many terms in numeric range expression");
        return Range(terms, Compared(first, bound), bound);
    }

    private static FilterRule Range(List<JsonElement> terms, FilterRule lower, decimal bottom)
    {
        if (terms[2].ValueKind != JsonValueKind.String)
            throw new FilterPolicyException($"Bad value in numeric range: {terms[2].GetRawText()}");
        var second = terms[2].GetString()!;
        if (second is not ("<" or "<="))
            throw new FilterPolicyException($"Bad numeric range operator: {second}");
        var top = NumberOf(terms, 3, second);
        if (terms.Count > 4)
            throw new FilterPolicyException("Too many terms in numeric range expression");
        if (bottom >= top)
            throw new FilterPolicyException("Bottom must be less than top");
        var upper = Compared(second, top);
        return new FilterRule(v => lower.Matches(v) && upper.Matches(v));
    }

    private static FilterRule Compared(string comparison, decimal bound) => comparison switch
    {
        "=" => new FilterRule(v => v.Kind == JsonValueKind.Number && v.Number == bound),
        "<" => new FilterRule(v => v.Kind == JsonValueKind.Number && v.Number < bound),
        "<=" => new FilterRule(v => v.Kind == JsonValueKind.Number && v.Number <= bound),
        ">" => new FilterRule(v => v.Kind == JsonValueKind.Number && v.Number > bound),
        _ => new FilterRule(v => v.Kind == JsonValueKind.Number && v.Number >= bound),
    };

    private static decimal NumberOf(List<JsonElement> terms, int at, string comparison) =>
        at < terms.Count && terms[at].ValueKind == JsonValueKind.Number && FilterValue.TryNumber(terms[at].GetRawText(), out var number)
            ? number
            : throw new FilterPolicyException($"Value of {comparison} must be numeric");
}
