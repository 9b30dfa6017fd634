namespace Posthorn.Server.Retrieve.Streams.WebSockets;

/// <summary>A frame that names messages, and what came of each.</summary>
internal sealed class SettleAnswer(ClientFrame frame)
{
    public ClientFrame Frame { get; } = frame;

    /// <summary>One for each handle of the frame.</summary>
    public SettleOutcome[] Outcomes { get; } = new SettleOutcome[frame.Handles.Count];

    /// <summary>Of an extend: when the leases end now.</summary>
    public DateTimeOffset? ExpiresAt { get; set; }

    /// <summary>The word for what went wrong; null when nothing did.</summary>
    public static string? ReasonOf(SettleOutcome outcome) => outcome switch
    {
        SettleOutcome.UnknownHandle => "unknown-handle",
        SettleOutcome.LeaseEnded => "lease-ended",
        SettleOutcome.Busy => "message-busy",
        _ => null,
    };
}
