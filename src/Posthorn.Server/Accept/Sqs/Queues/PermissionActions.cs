using Posthorn.Protocols.Sqs;

namespace Posthorn.Server.Accept.Sqs.Queues;

/// <summary>AddPermission and RemovePermission.</summary>
internal static class PermissionActions
{
    private const int ActionsMax = 7;
    private const int LabelLengthMax = 80;

    /// <summary>What can be permitted; everything else is the owner's alone.</summary>
    private static readonly string[] s_grantable =
        ["*", "SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes", "GetQueueUrl", "ListDeadLetterSourceQueues", "PurgeQueue"];

    public static async ValueTask AddAsync(SqsExchange exchange)
    {
        var call = exchange.Call;
        var (label, actions) = (call.Label!, call.Actions!);
        if (label.Length > LabelLengthMax || !SqsText.IsEntryId(label))
            throw SqsErrors.Invalid("Label", label, "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.");
        if (actions.Count > ActionsMax)
            throw new SqsException(SqsErrors.OverLimit, $"{actions.Count} Actions were found, maximum allowed is {ActionsMax}.");
        foreach (var action in actions)
        {
            if (s_grantable.Contains(action))
                continue;
            throw SqsErrors.Invalid("ActionName", $"SQS:{action}", SqsActions.TryFind(action, out _)
                ? "Only the queue owner is allowed to invoke this action."
                : "Please refer to the appropriate WSDL for a list of valid actions.");
        }
        await QueueActions.ChangeAsync(exchange, queue => (queue.Policy, queue.Settings.With(
            QueueAttributes.Policy, PolicyDocument.Add(queue.Settings[QueueAttributes.Policy], exchange.ArnOf(queue.Name), label, call.AccountIds!, actions))));
        exchange.Answer.Begin(SqsAction.AddPermission);
    }

    public static async ValueTask RemoveAsync(SqsExchange exchange)
    {
        await QueueActions.ChangeAsync(exchange, queue =>
            (queue.Policy, queue.Settings.With(QueueAttributes.Policy, PolicyDocument.Remove(queue.Settings[QueueAttributes.Policy], exchange.Call.Label!))));
        exchange.Answer.Begin(SqsAction.RemovePermission);
    }
}
