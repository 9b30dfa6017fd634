using Posthorn.Server.Deliver.Outgoing.Connections;
using Posthorn.Server.Deliver.Outgoing.Resolving;
using Posthorn.Server.Deliver.Rates;

namespace Posthorn.Server.Deliver.Outgoing.Dispatch;

/// <summary>One destination as the dispatcher knows it. Guarded by the dispatcher's lock.</summary>
internal sealed class Destination(string name, Route route, OutgoingOptions options)
{
    private static readonly int s_lanes = Enum.GetValues<DeliveryLane>().Length;

    public string Name { get; } = name;

    /// <summary>Where it is; nowhere is a destination too, whose mail ends or waits with that reply.</summary>
    public Route Route { get; set; } = route;

    public ConcurrencyFeedback Feedback { get; } = new(options.PerDestination.InitialConnections, options.PerDestination.Connections);

    public RateLimiter? Rate { get; } = options.PerDestination.Rate is { } rate ? new RateLimiter(rate) : null;

    /// <summary>Groups with something ready, by lane; each stands once.</summary>
    public Queue<OutgoingGroup>[] Waiting { get; } = [.. Enumerable.Range(0, s_lanes).Select(_ => new Queue<OutgoingGroup>())];

    public HashSet<OutgoingGroup> WaitingGroups { get; } = [];

    /// <summary>Groups that an administrator's order stops.</summary>
    public HashSet<OutgoingGroup> Suspended { get; } = [];

    /// <summary>The lanes in which it stands in line for a slot.</summary>
    public bool[] IsInLine { get; } = new bool[s_lanes];

    public bool IsRunnable { get; set; }

    public HashSet<string> Domains { get; } = new(StringComparer.Ordinal);

    /// <summary>Couriers at work; each has one connection at most.</summary>
    public int Couriers { get; set; }

    /// <summary>Connections without work, the last used on top.</summary>
    public Stack<SmtpConnection> Idle { get; } = new();

    public DateTimeOffset BackOffUntil { get; set; }

    /// <summary>The last time it is to be looked at again that was set.</summary>
    public DateTimeOffset AlarmAt { get; set; }

    public DateTimeOffset LastUsed { get; set; }

    /// <summary>How long a mail took lately, in seconds: decides how many are leased at once.</summary>
    public double SecondsPerMail { get; set; }

    public string? LastReply { get; set; }

    public long Delivered { get; set; }

    public long Failed { get; set; }

    public long Deferred { get; set; }

    public bool IsForgettable => Couriers == 0 && Idle.Count == 0 && WaitingGroups.Count == 0 && Suspended.Count == 0;
}
