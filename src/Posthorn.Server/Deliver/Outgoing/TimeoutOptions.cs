namespace Posthorn.Server.Deliver.Outgoing;

/// <summary>How long each stage of a delivery may take; the defaults are the least that RFC 5321 4.5.3.2 asks for.</summary>
public sealed record TimeoutOptions
{
    /// <summary>TCP, for one address. Postfix smtp_connect_timeout: longer only helps hosts that are not there.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The 220 (RFC 5321 4.5.3.2.1).</summary>
    public TimeSpan Greeting { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>EHLO, HELO, STARTTLS with its handshake, and each step of AUTH.</summary>
    public TimeSpan Hello { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>4.5.3.2.2.</summary>
    public TimeSpan Mail { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>4.5.3.2.3.</summary>
    public TimeSpan Recipient { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The 354 (4.5.3.2.4).</summary>
    public TimeSpan DataStart { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Each block of content to be taken (4.5.3.2.5).</summary>
    public TimeSpan DataBlock { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>The reply after the content (4.5.3.2.6). Longer than any receiver needs to decide: giving up here makes duplicates.</summary>
    public TimeSpan DataEnd { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The reply to QUIT; nothing depends on it.</summary>
    public TimeSpan Quit { get; init; } = TimeSpan.FromSeconds(2);
}
