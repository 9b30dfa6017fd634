using Microsoft.Extensions.Logging;
using Posthorn.Engine;
using Posthorn.Files;
using Posthorn.Server.Deliver.Mailboxes;
using Posthorn.Server.Deliver.Outgoing;
using Posthorn.Server.Operate.Clustering;
using Posthorn.Server.Operate.Orders;
using Posthorn.Server.Operate.Timeline;

namespace Posthorn.Server.Pipeline.Processors;

/// <summary>What runs and mailets work with.</summary>
internal sealed record PipelineServices
{
    public required IEngine Engine { get; init; }

    public required IAddressBook Addresses { get; init; }

    public required IBounceWriter Bounces { get; init; }

    public required IStandingOrders Orders { get; init; }

    public required ITimeline Timeline { get; init; }

    public required Duty Duty { get; init; }

    public required TimeProvider Time { get; init; }

    public required PipelineSettings Settings { get; init; }

    /// <summary>For mailets that call out over HTTP.</summary>
    public required HttpMessageInvoker Http { get; init; }

    /// <summary>Opens the folder that a mailet writes files to.</summary>
    public required Func<string, IJournalFileSystem> OpenFolder { get; init; }

    public required ILogger Log { get; init; }

    public required PipelineMetrics Metrics { get; init; }
}
