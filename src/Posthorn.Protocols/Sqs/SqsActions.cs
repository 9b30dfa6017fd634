using System.Collections.Frozen;

namespace Posthorn.Protocols.Sqs;

/// <summary>What is known of the actions beforehand: names, what they need, where their entries stand.</summary>
public static class SqsActions
{
    private static readonly FrozenDictionary<string, SqsAction> s_byName =
        Enum.GetValues<SqsAction>().ToFrozenDictionary(a => a.ToString(), StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, SqsAction>.AlternateLookup<ReadOnlySpan<char>> s_bySpan =
        s_byName.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The action of this name; case matters.</summary>
    public static bool TryFind(ReadOnlySpan<char> name, out SqsAction action) => s_bySpan.TryGetValue(name, out action);

    /// <summary>What must be given, in the order in which its absence is told. A batch's entries are checked by the batch's own rules.</summary>
    public static IReadOnlyList<SqsMember> Required(SqsAction action) => action switch
    {
        SqsAction.CreateQueue or SqsAction.GetQueueUrl => [SqsMember.QueueName],
        SqsAction.ListQueues => [],
        SqsAction.SetQueueAttributes => [SqsMember.QueueUrl, SqsMember.Attributes],
        SqsAction.DeleteMessage => [SqsMember.QueueUrl, SqsMember.ReceiptHandle],
        SqsAction.ChangeMessageVisibility => [SqsMember.QueueUrl, SqsMember.ReceiptHandle, SqsMember.VisibilityTimeout],
        SqsAction.TagQueue => [SqsMember.QueueUrl, SqsMember.Tags],
        SqsAction.UntagQueue => [SqsMember.QueueUrl, SqsMember.TagKeys],
        SqsAction.AddPermission => [SqsMember.QueueUrl, SqsMember.Label, SqsMember.AWSAccountIds, SqsMember.Actions],
        SqsAction.RemovePermission => [SqsMember.QueueUrl, SqsMember.Label],
        SqsAction.StartMessageMoveTask or SqsAction.ListMessageMoveTasks => [SqsMember.SourceArn],
        SqsAction.CancelMessageMoveTask => [SqsMember.TaskHandle],
        _ => [SqsMember.QueueUrl],
    };

    /// <summary>Whether it answers nothing but that it was done.</summary>
    public static bool IsVoid(SqsAction action) => action is SqsAction.DeleteQueue or SqsAction.SetQueueAttributes or SqsAction.DeleteMessage
        or SqsAction.ChangeMessageVisibility or SqsAction.PurgeQueue or SqsAction.TagQueue or SqsAction.UntagQueue or SqsAction.AddPermission or SqsAction.RemovePermission;

    /// <summary>Whether the Query protocol numbers entries of some batch under this name.</summary>
    public static bool IsEntryName(ReadOnlySpan<char> name) =>
        name is "SendMessageBatchRequestEntry" or "DeleteMessageBatchRequestEntry" or "ChangeMessageVisibilityBatchRequestEntry";

    /// <summary>The name of an entry of a batch action, as the Query protocol numbers them; null of an action that is no batch.</summary>
    public static string? EntryName(SqsAction action) => action switch
    {
        SqsAction.SendMessageBatch => "SendMessageBatchRequestEntry",
        SqsAction.DeleteMessageBatch => "DeleteMessageBatchRequestEntry",
        SqsAction.ChangeMessageVisibilityBatch => "ChangeMessageVisibilityBatchRequestEntry",
        _ => null,
    };
}
