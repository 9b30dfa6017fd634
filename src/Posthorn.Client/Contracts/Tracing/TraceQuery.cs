namespace Posthorn.Client.Contracts.Tracing;

/// <summary>Whose life to tell: exactly one of the three.</summary>
public sealed record TraceQuery
{
    /// <summary>A message's id.</summary>
    public string? Id { get; init; }

    /// <summary>A mail's Message-ID, with or without angle brackets.</summary>
    public string? MessageId { get; init; }

    /// <summary>A recipient: the lives of the latest mails to it.</summary>
    public string? Recipient { get; init; }

    /// <summary>Most events to return, 1 to 10,000; 1,000 by default.</summary>
    public int? Limit { get; init; }
}
