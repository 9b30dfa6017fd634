using Posthorn.Leases;

namespace Posthorn.Server.Retrieve.Streams.WebSockets;

/// <summary>A frame of a client, read and within its bounds.</summary>
/// <param name="Kind">What it says.</param>
internal sealed record ClientFrame(FrameKind Kind)
{
    /// <summary>Most messages a frame may name; see <see cref="StreamLimits.CreditsMax"/>.</summary>
    public const int HandlesMax = 1_000;

    /// <summary>Longest reference, in characters.</summary>
    public const int ReferenceMax = 100;

    /// <summary>The client's own name for it, which the answer repeats; null without one.</summary>
    public string? Reference { get; init; }

    /// <summary>Of a credit: 1 or more.</summary>
    public int Credits { get; init; }

    /// <summary>Of an ack, nack or extend: 1 to <see cref="HandlesMax"/>.</summary>
    public IReadOnlyList<ReceiptHandle> Handles { get; init; } = [];

    /// <summary>Of a nack: after what time the messages may be received again. Of an extend: how long the leases last from now.</summary>
    public TimeSpan Time { get; init; }

    /// <summary>Of a nack: why; becomes the messages' last error.</summary>
    public string? Error { get; init; }
}
