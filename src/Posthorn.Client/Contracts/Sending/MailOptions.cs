namespace Posthorn.Client.Contracts.Sending;

/// <summary>How a mail is submitted.</summary>
public sealed record MailOptions
{
    /// <summary>The envelope's sender; empty is the null sender; null takes the address of Sender or From.</summary>
    public string? Sender { get; init; }

    /// <summary>The envelope's recipients; none takes the addresses of To, Cc and Bcc (which is removed).</summary>
    public IReadOnlyList<string> Recipients { get; init; } = [];

    /// <summary>0 to 9, 5 when null; higher first.</summary>
    public int? Priority { get; init; }

    /// <summary>Not to be processed before this long from now.</summary>
    public TimeSpan? Delay { get; init; }

    /// <summary>1 to 100 characters: the same key sent again within an hour is the same mail.</summary>
    public string? IdempotencyKey { get; init; }
}
