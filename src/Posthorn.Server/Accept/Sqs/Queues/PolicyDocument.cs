using System.Text.Json;
using System.Text.Json.Nodes;
using Posthorn.Protocols.Sqs;

namespace Posthorn.Server.Accept.Sqs.Queues;

/// <summary>
/// A queue's access policy: kept, shown, and changed by AddPermission and RemovePermission. It grants nothing here: who may use a queue is a matter of
/// the accounts.
/// </summary>
internal static class PolicyDocument
{
    /// <summary>Whether a text is a policy: a JSON object.</summary>
    public static bool IsOne(string text) => Parse(text) is not null;

    /// <summary>The policy with a statement more.</summary>
    /// <exception cref="SqsException">It has one of that label.</exception>
    public static string Add(string? policy, QueueArn queue, string label, IReadOnlyList<string> accounts, IReadOnlyList<string> actions)
    {
        var document = (policy is null ? null : Parse(policy)) ?? new JsonObject
        {
            ["Version"] = "2008-10-17",
            ["Id"] = $"{queue}/SQSDefaultPolicy",
            ["Statement"] = new JsonArray(),
        };
        if (document["Statement"] is not JsonArray statements)
            document["Statement"] = statements = [];
        if (statements.Any(s => LabelOf(s) == label))
            throw SqsErrors.Invalid("Label", label, "Already exists.");
        statements.Add(new JsonObject
        {
            ["Sid"] = label,
            ["Effect"] = "Allow",
            ["Principal"] = new JsonObject { ["AWS"] = OneOrSeveral([.. accounts.Select(a => $"arn:aws:iam::{a}:root")]) },
            ["Action"] = OneOrSeveral([.. actions.Select(a => $"SQS:{a}")]),
            ["Resource"] = queue.ToString(),
        });
        return document.ToJsonString();
    }

    /// <summary>The policy without a statement; null when none is left.</summary>
    /// <exception cref="SqsException">It has none of that label.</exception>
    public static string? Remove(string? policy, string label)
    {
        var document = policy is null ? null : Parse(policy);
        if (document?["Statement"] is not JsonArray statements || statements.FirstOrDefault(s => LabelOf(s) == label) is not { } statement)
            throw SqsErrors.Invalid("Label", label, "can't find label.");
        statements.Remove(statement);
        return statements.Count == 0 ? null : document.ToJsonString();
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
