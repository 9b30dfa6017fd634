using Posthorn.Server.Operate.Admin.Sending;

namespace Posthorn.Server.Retrieve.Streams;

/// <summary>The bounds of streams.</summary>
internal sealed record StreamLimits
{
    /// <summary>Most streams open at once; one more is answered 429.</summary>
    public int StreamsMax { get; init; } = 10_000;

    /// <summary>Most messages a stream may have in flight and be granted besides; a grant beyond it is an error, and the stream goes on.</summary>
    public int CreditsMax { get; init; } = 1_000;

    /// <summary>Most messages leased at once: what waits ahead of a client that reads slowly, beside what is on the wire.</summary>
    public int BatchMax { get; init; } = 16;

    /// <summary>Largest body that comes along with its message, in bytes; others are fetched by their handle. The same as of a receive.</summary>
    public int InlineBytesMax { get; init; } = LeaseEndpoints.InlineBytesMax;

    /// <summary>How many messages a stream of events has in flight when its client does not say.</summary>
    public int EventsPrefetch { get; init; } = 10;

    /// <summary>Longest frame taken from a client, in bytes; a longer one ends the stream (1009). A thousand handles have 37 KB.</summary>
    public int FrameBytesMax { get; init; } = 64 * 1024;

    /// <summary>Most frames of a client that are read and not yet done; beyond it nothing is read.</summary>
    public int FramesMax { get; init; } = 64;

    /// <summary>Shortest and longest lease of a stream; one that ends at once would be renewed without end.</summary>
    public TimeSpan VisibilityMin { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan VisibilityMax { get; init; } = TimeSpan.FromHours(12);

    /// <summary>For how long at most the server renews the lease of a message; SQS's longest.</summary>
    public TimeSpan RenewForMax { get; init; } = TimeSpan.FromHours(12);

    /// <summary>How often a WebSocket is asked whether anybody is there; below the 60 s after which proxies (nginx) give an idle connection up.</summary>
    public TimeSpan PingInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an answer to that may take before the connection counts as lost.</summary>
    public TimeSpan PingTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a stream of events carries a comment; the HTML standard (9.2.7) advises 15 s, because of proxies.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long one event may take to go out before its client counts as gone; as long as a WebSocket has, for a ping and its answer.</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a client may take over the end of a stream before the connection is cut.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(5);
}
