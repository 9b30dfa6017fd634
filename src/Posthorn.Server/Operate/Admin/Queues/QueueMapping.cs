using Posthorn.Client.Contracts.Queues;
using Posthorn.Queues;
using Posthorn.Server.Operate.Admin.Http;
using DeduplicationScope = Posthorn.Client.Contracts.Queues.DeduplicationScope;

namespace Posthorn.Server.Operate.Admin.Queues;

/// <summary>Queues between the engine's words and the API's.</summary>
internal static class QueueMapping
{
    public static QueueInfo ToContract(this QueueStatus status) => new()
    {
        Name = status.Name,
        Messages = status.Messages,
        Ready = status.Ready,
        Delayed = status.Delayed,
        Leased = status.Leased,
        Held = status.Held,
        Bytes = status.Bytes,
        Consumed = status.Consumed,
        ConsumedBytes = status.ConsumedBytes,
        OldestEnqueuedAt = status.OldestEnqueuedAt?.ToUniversalTime(),
        Identity = status.Identity,
        NextNumber = status.NextNumber,
        Lanes = status.Policy.Fairness is null && status.Lanes.DeferredGroups == 0 ? null : status.Lanes.ToContract(),
        Settings = status.Policy.ToContract(),
    };

    private static QueueLanes ToContract(this LaneFigures lanes) => new()
    {
        Delayed = lanes.Delayed,
        OldestDelayedAt = lanes.OldestDelayedAt?.ToUniversalTime(),
        NoisyTenants = lanes.NoisyTenants,
        DeferredGroups = lanes.DeferredGroups,
        LeasedByNoisy = lanes.LeasedByNoisy,
        PriorityReceives = lanes.PriorityReceives,
        DelayedReceives = lanes.DelayedReceives,
    };

    public static QueueSettings ToContract(this QueuePolicy policy) => new()
    {
        VisibilityTimeout = policy.VisibilityTimeout,
        Delay = policy.Delay,
        Retention = policy.Retention,
        MaxReceives = policy.ReceivesMax,
        DeadLetter = policy.DeadLetterQueue?.Value,
        MaxMessageBytes = policy.MessageBytesMax,
        MaxBytes = policy.BytesMax,
        MaxMessages = policy.MessagesMax,
        Fifo = policy.IsFifo,
        DeduplicationWindow = policy.DeduplicationWindow,
        DeduplicationScope = policy.DeduplicationScope == Posthorn.Queues.DeduplicationScope.Group ? DeduplicationScope.Group : DeduplicationScope.Queue,
        KeepConsumed = policy.KeepConsumed,
        LeasesMax = policy.LeasesMax,
        Fairness = policy.Fairness?.ToString(),
        Paused = policy.IsPaused,
    };

    /// <summary>The settings as a policy of the queue <paramref name="name"/>.</summary>
    /// <exception cref="ProblemException">A setting is out of its range, or two contradict.</exception>
    public static QueuePolicy ToPolicy(this QueueSettings settings, QueueName name)
    {
        if (settings.VisibilityTimeout > TimeSpan.FromHours(12))
            throw Problems.BadRequest("visibilityTimeout: at most 12 hours.");
        if (settings.MaxReceives is < 1)
            throw Problems.BadRequest("maxReceives: 1 or more.");
        if (settings.MaxReceives is null != settings.DeadLetter is null)
            throw Problems.BadRequest("maxReceives and deadLetter: give both or neither.");
        if (settings.Retention is { } retention && retention <= TimeSpan.Zero)
            throw Problems.BadRequest("retention: more than nothing.");
        if (settings.MaxMessageBytes is < 1 || settings.MaxBytes is < 1 || settings.MaxMessages is < 1)
            throw Problems.BadRequest("maxMessageBytes, maxBytes, maxMessages: 1 or more.");
        if (settings.DeduplicationWindow < TimeSpan.Zero || settings.DeduplicationWindow > TimeSpan.FromDays(7))
            throw Problems.BadRequest("deduplicationWindow: at most 7 days.");
        if (settings.KeepConsumed is { } kept && kept <= TimeSpan.Zero)
            throw Problems.BadRequest("keepConsumed: more than nothing.");
        if (settings.LeasesMax is < 1)
            throw Problems.BadRequest("leasesMax: 1 or more.");
        QueueFairness? fairness = null;
        if (settings.Fairness is { } by)
            fairness = QueueFairness.TryParse(by, out var parsed) ? parsed : throw Problems.BadRequest("fairness: group or attribute(name).");
        if (fairness is not null && settings.Fifo)
            throw Problems.BadRequest("fairness: not for a FIFO queue, whose groups take turns already.");
        QueueName? deadLetters = settings.DeadLetter is { } text ? AdminGate.ParseQueue(text) : null;
        if (deadLetters == name)
            throw Problems.BadRequest("deadLetter: another queue than this one.");
        return new QueuePolicy
        {
            VisibilityTimeout = settings.VisibilityTimeout,
            Delay = settings.Delay,
            Retention = settings.Retention,
            ReceivesMax = settings.MaxReceives,
            DeadLetterQueue = deadLetters,
            MessageBytesMax = settings.MaxMessageBytes,
            BytesMax = settings.MaxBytes,
            MessagesMax = settings.MaxMessages,
            IsFifo = settings.Fifo,
            DeduplicationWindow = settings.DeduplicationWindow,
            DeduplicationScope = settings.DeduplicationScope == DeduplicationScope.Group ? Posthorn.Queues.DeduplicationScope.Group : Posthorn.Queues.DeduplicationScope.Queue,
            KeepConsumed = settings.KeepConsumed,
            LeasesMax = settings.LeasesMax,
            Fairness = fairness,
            IsPaused = settings.Paused,
        };
    }
}
