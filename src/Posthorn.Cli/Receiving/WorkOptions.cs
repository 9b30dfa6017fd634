using Posthorn.Protocols.Schedules;

namespace Posthorn.Cli.Receiving;

/// <summary>What <c>posthorn receive</c> does with each message, when that is more than to show it.</summary>
internal sealed record WorkOptions
{
    /// <summary>The shortest <see cref="Lease"/>.</summary>
    public static readonly TimeSpan LeaseMin = TimeSpan.FromSeconds(1);

    public required string Queue { get; init; }

    /// <summary>Run for each message, by the shell; null runs nothing.</summary>
    public string? Command { get; init; }

    /// <summary>Where attachments are saved before a message is acked; null saves none.</summary>
    public string? SaveFolder { get; init; }

    /// <summary>When a message whose command failed comes back, by how often it was received; null is after <see cref="Lease"/>.</summary>
    public RetrySchedule? Retry { get; init; }

    /// <summary>Messages worked on at once, 1 or more.</summary>
    public int Concurrency { get; init; } = 1;

    /// <summary>How many messages at most; null is all there are.</summary>
    public int? Max { get; init; }

    /// <summary>How long is waited for a message before there are none.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>How long each lease and each renewal lasts.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromMinutes(1);

    public string? Group { get; init; }

    /// <summary>Whether to go on as messages come, until a signal.</summary>
    public bool Follows { get; init; }
}
