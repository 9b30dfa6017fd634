using System.Text.Json;
using System.Text.Json.Nodes;

namespace Posthorn.Server.Accept.Aws;

/// <summary>
/// The access policy of a queue or a topic: kept, shown, and changed by AddPermission and RemovePermission. It grants nothing here: who may use what is a
/// matter of the accounts.
/// </summary>
internal static class PolicyDocument
{
    /// <summary>Whether a text is a policy: a JSON object.</summary>
    public static bool IsOne(string text) => Parse(text) is not null;

    /// <summary>The policy with a statement more; null when it has one of that label.</summary>
    /// <param name="policy">The policy; null where there is none yet.</param>
    /// <param name="id">The id of one that is made.</param>
    /// <param name="resource">The ARN of what is permitted.</param>
    /// <param name="label">The statement's name.</param>
    /// <param name="accounts">Account numbers.</param>
    /// <param name="actions">Actions with their service in front.</param>
    public static string? Add(string? policy, string id, string resource, string label, IReadOnlyList<string> accounts, IEnumerable<string> actions)
    {
        var document = (policy is null ? null : Parse(policy)) ?? new JsonObject
        {
            ["Version"] = "2008-10-17",
            ["Id"] = id,
            ["Statement"] = new JsonArray(),
        };
        if (document["Statement"] is not JsonArray statements)
            document["Statement"] = statements = [];
        if (statements.Any(s => LabelOf(s) == label))
            return null;
        statements.Add(new JsonObject
        {
            ["Sid"] = label,
            ["Effect"] = "Allow",
            ["Principal"] = new JsonObject { ["AWS"] = OneOrSeveral([.. accounts.Select(a => $"arn:aws:iam::{a}:root")]) },
            ["Action"] = OneOrSeveral([.. actions]),
            ["Resource"] = resource,
        });
        return document.ToJsonString();
    }

    /// <summary>Takes a statement out of a policy.</summary>
    /// <returns>Whether there was one of that label, and the policy without it; null when none is left.</returns>
    public static (bool IsFound, string? Policy) Remove(string? policy, string label)
    {
        var document = policy is null ? null : Parse(policy);
        if (document?["Statement"] is not JsonArray statements || statements.FirstOrDefault(s => LabelOf(s) == label) is not { } statement)
            return (false, policy);
        statements.Remove(statement);
        return (true, statements.Count == 0 ? null : document.ToJsonString());
    }

    private static JsonObject? Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? LabelOf(JsonNode? statement) => statement is JsonObject o && o["Sid"] is JsonValue sid && sid.TryGetValue<string>(out var text) ? text : null;

    private static JsonNode OneOrSeveral(IReadOnlyList<string> texts) => texts is [var only] ? JsonValue.Create(only) : new JsonArray([.. texts.Select(t => (JsonNode)JsonValue.Create(t))]);
}
