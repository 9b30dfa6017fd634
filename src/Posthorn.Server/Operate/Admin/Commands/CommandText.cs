using Posthorn.Client.Contracts;
using Posthorn.Client.Contracts.Messages;
using Posthorn.Server.Operate.Admin.Http;

namespace Posthorn.Server.Operate.Admin.Commands;

/// <summary>A command in words, for lists and logs: <c>bounce (in spool/outgoing, to example.test, older than 2h)</c>.</summary>
internal static class CommandText
{
    public static string Describe(MessageCommand command)
    {
        var action = QueryValues.Kebab(command.Action.ToString()) + command switch
        {
            { Action: MessageAction.Move or MessageAction.Redrive or MessageAction.Replay, To: { } to } => $" to {to}",
            { Action: MessageAction.Priority, Priority: { } priority } => $" {priority}",
            { Action: MessageAction.Reschedule, DueAt: { } due } => $" to {due.ToUniversalTime():yyyy-MM-dd HH:mm:ss}Z",
            { Action: MessageAction.Reschedule, Delay: { } delay } => $" in {DurationText.Format(delay)}",
            _ => "",
        };
        var conditions = Conditions(command.Query).ToList();
        return $"{action} ({(conditions.Count == 0 ? "everything" : string.Join(", ", conditions))})";
    }

    private static IEnumerable<string> Conditions(MessageQuery query)
    {
        if (query.Ids is { } ids)
            yield return ids.Count <= 3 ? string.Join(" ", ids) : $"{ids.Count} messages";
        if (query.Queues is { } queues)
            yield return "in " + string.Join(" or ", queues);
        if (query.Sender is { } sender)
            yield return sender.Length == 0 ? "from the null sender" : $"from {sender}";
        if (query.Recipient is { } recipient)
            yield return $"to {recipient}";
        if (query.Domain is { } domain)
            yield return $"to {domain}";
        foreach (var header in query.Headers ?? [])
            yield return $"header {header}";
        foreach (var (name, value) in query.Attributes ?? new Dictionary<string, string>(StringComparer.Ordinal))
            yield return $"attribute {name}={value}";
        if (query.States is { } states)
            yield return string.Join(" or ", states.Select(s => s.ToString().ToLowerInvariant()));
        if (query.OlderThan is { } older)
            yield return $"older than {DurationText.Format(older)}";
        if (query.YoungerThan is { } younger)
            yield return $"younger than {DurationText.Format(younger)}";
        if (query.ConsumedFrom is { } from)
            yield return $"consumed from {from.ToUniversalTime():yyyy-MM-dd HH:mm:ss}Z";
        if (query.ConsumedBefore is { } before)
            yield return $"consumed before {before.ToUniversalTime():yyyy-MM-dd HH:mm:ss}Z";
        if (query.MinAttempts is { } minAttempts)
            yield return $"at least {minAttempts} attempts";
        if (query.MaxAttempts is { } maxAttempts)
            yield return $"at most {maxAttempts} attempts";
        if (query.Error is { } error)
            yield return $"error has '{error}'";
        if (query.MinPriority is { } minPriority)
            yield return $"priority {minPriority} or more";
        if (query.MaxPriority is { } maxPriority)
            yield return $"priority {maxPriority} or less";
        if (query.Group is { } group)
            yield return $"group {group}";
        if (query.Origin is { } origin)
            yield return $"from message {origin}";
    }
}
