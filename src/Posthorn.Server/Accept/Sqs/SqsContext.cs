using Microsoft.Extensions.Logging;
using Posthorn.Engine;
using Posthorn.Server.Accept.Aws;
using Posthorn.Server.Accept.Sqs.Queues;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Retrieve.Queues;
using Posthorn.Server.Retrieve.Queues.Moving;

namespace Posthorn.Server.Accept.Sqs;

/// <summary>What all requests of the SQS door share.</summary>
internal sealed class SqsContext
{
    private SqsSecrets? _secrets;

    public required IEngine Engine { get; init; }

    public required ITimeline Timeline { get; init; }

    public required TimeProvider Time { get; init; }

    public required QueueUrls Urls { get; init; }

    public required SqsQueues Queues { get; init; }

    public required MoveTasks MoveTasks { get; init; }

    public required SqsMetrics Metrics { get; init; }

    public required ILogger Logger { get; init; }

    /// <summary>Ends waits when the server stops.</summary>
    public required CancellationToken Stopping { get; init; }

    public KnownReceives Receives { get; } = new();

    public required ReceiveAttempts Attempts { get; init; }

    /// <summary>Set at the start, before a request can come.</summary>
    public SqsSecrets Secrets
    {
        get => _secrets ?? throw new InvalidOperationException("The SQS door was not started.");
        set => _secrets = value;
    }
}
