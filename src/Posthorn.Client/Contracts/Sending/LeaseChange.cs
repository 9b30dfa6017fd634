namespace Posthorn.Client.Contracts.Sending;

/// <summary>Changes a lease: exactly one of the first two.</summary>
public sealed record LeaseChange
{
    /// <summary>Extends it: it ends this long from now.</summary>
    public TimeSpan? Visibility { get; init; }

    /// <summary>Gives it up: the message can be received again after this time; zero is at once.</summary>
    public TimeSpan? ReleaseAfter { get; init; }

    /// <summary>With <see cref="ReleaseAfter"/>: why, as the message's last error; at most 1,000 characters. Null leaves that as it is.</summary>
    public string? Error { get; init; }
}
