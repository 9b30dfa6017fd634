namespace Posthorn.Server.Operate.Accounts;

/// <summary>One account.</summary>
public sealed record AccountOptions
{
    public required string Name { get; init; }

    public string? Password { get; init; }

    /// <summary>The pair that signs SQS requests.</summary>
    public string? AccessKey { get; init; }

    public string? SecretKey { get; init; }

    /// <summary>Most bytes in its mailbox (the queue of its name); null is no limit.</summary>
    public long? QuotaBytes { get; init; }

    /// <summary>Whether it may administer: see and steer everything through <c>/v1</c>.</summary>
    public bool IsAdmin { get; init; }
}
