using Posthorn.Protocols.Aws;
using Posthorn.Protocols.Sqs;
using Posthorn.Server.Accept.Aws;

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
            throw new AwsException(SqsErrors.OverLimit, $"{actions.Count} Actions were found, maximum allowed is {ActionsMax}.");
        foreach (var action in actions)
        {
            if (s_grantable.Contains(action))
                continue;
            throw SqsErrors.Invalid("ActionName", $"SQS:{action}", SqsActions.TryFind(action, out _)
                ? "Only the queue owner is allowed to invoke this action."
                : "Please refer to the appropriate WSDL for a list of valid actions.");
        }
        await QueueActions.ChangeAsync(exchange, queue =>
        {
            var arn = exchange.ArnOf(queue.Name).ToString();
            var policy = PolicyDocument.Add(queue.Settings[QueueAttributes.Policy], $"{arn}/SQSDefaultPolicy", arn, label, call.AccountIds!, actions.Select(a => $"SQS:{a}"))
                ?? throw SqsErrors.Invalid("Label", label, "Already exists.");
            return (queue.Policy, queue.Settings.With(QueueAttributes.Policy, policy));
        });
        exchange.Answer.Begin(SqsAction.AddPermission);
    }

    public static async ValueTask RemoveAsync(SqsExchange exchange)
    {
        var label = exchange.Call.Label!;
        await QueueActions.ChangeAsync(exchange, queue =>
        {
            var (isFound, policy) = PolicyDocument.Remove(queue.Settings[QueueAttributes.Policy], label);
            return isFound ? (queue.Policy, queue.Settings.With(QueueAttributes.Policy, policy)) : throw SqsErrors.Invalid("Label", label, "can't find label.");
        });
        exchange.Answer.Begin(SqsAction.RemovePermission);
    }
}
