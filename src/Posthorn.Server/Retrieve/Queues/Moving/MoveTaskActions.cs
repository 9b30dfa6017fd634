using Posthorn.Protocols.Aws;
using Posthorn.Protocols.Sqs;
using Posthorn.Protocols.Sqs.Redrive;
using Posthorn.Queues;
using Posthorn.Server.Accept.Sqs;
using Posthorn.Server.Accept.Sqs.Queues;

namespace Posthorn.Server.Retrieve.Queues.Moving;

/// <summary>StartMessageMoveTask and what goes with it.</summary>
internal static class MoveTaskActions
{
    private const int RateMax = 500;

    public static async ValueTask StartAsync(SqsExchange exchange)
    {
        var call = exchange.Call;
        if (call.MaxNumberOfMessagesPerSecond is < 1 or > RateMax)
            throw SqsErrors.Invalid("MaxNumberOfMessagesPerSecond", call.MaxNumberOfMessagesPerSecond, $"Must be between 1 and {RateMax}, if provided.");
        var source = QueueOf(exchange, "SourceArn", call.SourceArn!);
        if (!exchange.Context.Engine.Queues().Any(q => q.Policy.DeadLetterQueue == source.Name))
            throw SqsErrors.Invalid("Source queue must be configured as a Dead Letter Queue.");
        var destination = call.DestinationArn is { Length: > 0 } arn ? QueueOf(exchange, "DestinationArn", arn) : null;
        if (destination is not null && (destination.Name == source.Name || destination.IsFifo != source.IsFifo))
            throw SqsErrors.Invalid("DestinationArn", call.DestinationArn, "The destination is to be another queue of the same type.");
        var started = await exchange.Context.MoveTasks.StartAsync(new MoveTaskRecord
        {
            Id = Guid.NewGuid().ToString(),
            Source = source.Name,
            Destination = destination?.Name.Value,
            SourceArn = call.SourceArn!,
            DestinationArn = call.DestinationArn is { Length: > 0 } given ? given : null,
            MessagesPerSecond = (int?)call.MaxNumberOfMessagesPerSecond,
            State = MoveTaskState.Running,
            StartedAt = exchange.Context.Time.GetUtcNow().ToUnixTimeMilliseconds(),
            ToMove = source.Status.Messages,
        });
        if (started is null)
            throw SqsErrors.Invalid("There is already a task running. Only one active task is allowed for a source queue arn at a given time.");
        exchange.Answer.Begin(SqsAction.StartMessageMoveTask);
        exchange.Answer.Text("TaskHandle"u8, HandleOf(started));
    }

    public static async ValueTask CancelAsync(SqsExchange exchange)
    {
        if (!MoveTaskHandle.TryParse(exchange.Call.TaskHandle!, out var handle))
            throw SqsErrors.Invalid("Value for parameter TaskHandle is invalid.");
        QueueOf(exchange, "SourceArn", handle.SourceArn);
        var task = await exchange.Context.MoveTasks.CancelAsync(handle.TaskId) ?? throw new AwsException(SqsErrors.ResourceNotFound, "Task does not exist.");
        exchange.Answer.Begin(SqsAction.CancelMessageMoveTask);
        exchange.Answer.Number("ApproximateNumberOfMessagesMoved"u8, task.Moved);
    }

    public static void List(SqsExchange exchange)
    {
        var call = exchange.Call;
        if (call.MaxResults is < 1 or > 10)
            throw SqsErrors.Invalid("MaxResults", call.MaxResults, "Must be between 1 and 10, if provided.");
        var source = QueueOf(exchange, "SourceArn", call.SourceArn!);
        var answer = exchange.Answer;
        answer.Begin(SqsAction.ListMessageMoveTasks);
        answer.BeginList("Results"u8);
        foreach (var task in exchange.Context.MoveTasks.List(source.Name).Take((int)(call.MaxResults ?? 1)))
        {
            answer.BeginItem("ListMessageMoveTasksResultEntry"u8);
            if (task.State == MoveTaskState.Running)
                answer.Text("TaskHandle"u8, HandleOf(task));
            answer.Text("Status"u8, task.State.ToString().ToUpperInvariant());
            answer.Text("SourceArn"u8, task.SourceArn);
            answer.TextIfAny("DestinationArn"u8, task.DestinationArn);
            if (task.MessagesPerSecond is { } rate)
                answer.Number("MaxNumberOfMessagesPerSecond"u8, rate);
            answer.Number("ApproximateNumberOfMessagesMoved"u8, task.Moved);
            answer.Number("ApproximateNumberOfMessagesToMove"u8, task.ToMove);
            answer.TextIfAny("FailureReason"u8, task.FailureReason);
            answer.Number("StartedTimestamp"u8, task.StartedAt);
            answer.EndItem("ListMessageMoveTasksResultEntry"u8);
        }
        answer.EndList();
    }

    private static string HandleOf(MoveTaskRecord task) => new MoveTaskHandle(task.Id, task.SourceArn).ToString();

    /// <exception cref="AwsException">The text is no ARN, or there is no such queue.</exception>
    private static SqsQueue QueueOf(SqsExchange exchange, string member, string text)
    {
        if (!QueueArn.TryParse(text, out var arn))
            throw SqsErrors.Invalid($"You must use this format to specify the {member}: arn:<partition>:<service>:<region>:<account-id>:<resource-id>");
        if (arn.Account != exchange.Context.Urls.Account || !QueueName.TryParse(arn.Name, out var name, out _) || exchange.Context.Queues.TryFind(name) is not { } queue)
            throw new AwsException(SqsErrors.ResourceNotFound, $"The resource that you specified for the {member} parameter doesn't exist.");
        exchange.Context.Queues.CheckAccess(name, exchange.Caller);
        return queue;
    }
}
