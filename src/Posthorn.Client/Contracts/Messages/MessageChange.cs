namespace Posthorn.Client.Contracts.Messages;

/// <summary>Changes one message where it is; what is left out stays.</summary>
public sealed record MessageChange
{
    /// <summary>0 to 9.</summary>
    public int? Priority { get; init; }

    /// <summary>Due at this time.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>Due this long from now.</summary>
    public TimeSpan? Delay { get; init; }

    /// <summary>True holds it, false releases it.</summary>
    public bool? Held { get; init; }
}
