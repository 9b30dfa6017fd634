using Posthorn.Protocols.Sqs;
using Posthorn.Server.Accept.Sqs.Queues;
using Posthorn.Server.Retrieve.Queues;
using Posthorn.Server.Retrieve.Queues.Moving;

namespace Posthorn.Server.Accept.Sqs;

/// <summary>Which action is done where.</summary>
internal static class SqsDispatch
{
    public static ValueTask RunAsync(SqsExchange exchange) => exchange.Call.Action switch
    {
        SqsAction.CreateQueue => QueueActions.CreateAsync(exchange),
        SqsAction.GetQueueUrl => AtOnceAsync(QueueActions.GetUrl, exchange),
        SqsAction.ListQueues => AtOnceAsync(QueueActions.List, exchange),
        SqsAction.DeleteQueue => QueueActions.DeleteAsync(exchange),
        SqsAction.GetQueueAttributes => AtOnceAsync(QueueActions.GetAttributes, exchange),
        SqsAction.SetQueueAttributes => QueueActions.SetAttributesAsync(exchange),
        SqsAction.PurgeQueue => QueueActions.PurgeAsync(exchange),
        SqsAction.ListDeadLetterSourceQueues => AtOnceAsync(QueueActions.ListSources, exchange),
        SqsAction.TagQueue => TagActions.TagAsync(exchange),
        SqsAction.UntagQueue => TagActions.UntagAsync(exchange),
        SqsAction.ListQueueTags => AtOnceAsync(TagActions.List, exchange),
        SqsAction.AddPermission => PermissionActions.AddAsync(exchange),
        SqsAction.RemovePermission => PermissionActions.RemoveAsync(exchange),
        SqsAction.SendMessage => SendActions.SendAsync(exchange),
        SqsAction.SendMessageBatch => SendActions.SendBatchAsync(exchange),
        SqsAction.ReceiveMessage => ReceiveActions.ReceiveAsync(exchange),
        SqsAction.DeleteMessage => DeleteActions.DeleteAsync(exchange),
        SqsAction.DeleteMessageBatch => DeleteActions.DeleteBatchAsync(exchange),
        SqsAction.ChangeMessageVisibility => VisibilityActions.ChangeAsync(exchange),
        SqsAction.ChangeMessageVisibilityBatch => VisibilityActions.ChangeBatchAsync(exchange),
        SqsAction.StartMessageMoveTask => MoveTaskActions.StartAsync(exchange),
        SqsAction.CancelMessageMoveTask => MoveTaskActions.CancelAsync(exchange),
        SqsAction.ListMessageMoveTasks => AtOnceAsync(MoveTaskActions.List, exchange),
        _ => throw new InvalidOperationException($"Nobody does {exchange.Call.Action}."),
    };

    private static ValueTask AtOnceAsync(Action<SqsExchange> action, SqsExchange exchange)
    {
        action(exchange);
        return ValueTask.CompletedTask;
    }
}
