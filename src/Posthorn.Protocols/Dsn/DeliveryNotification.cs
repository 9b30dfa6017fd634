using Posthorn.Protocols.Mime;

namespace Posthorn.Protocols.Dsn;

/// <summary>A notification to be written: a mail to whoever sent another one, telling what became of it.</summary>
public sealed record DeliveryNotification
{
    /// <summary>Who writes: <c>Mail Delivery System &lt;MAILER-DAEMON@…&gt;</c>.</summary>
    public required MailAddress From { get; init; }

    /// <summary>The sender of the mail that is reported on, without angle brackets.</summary>
    public required string To { get; init; }

    /// <summary>The subject.</summary>
    public required string Subject { get; init; }

    /// <summary>When it is written.</summary>
    public required DateTimeOffset Date { get; init; }

    /// <summary>Its Message-ID without angle brackets.</summary>
    public required string MessageId { get; init; }

    /// <summary>What delimits its parts: 1 to 70 letters, digits and hyphens; random, so that it does not occur in what is returned.</summary>
    public required string Boundary { get; init; }

    /// <summary>What people read; any line ends.</summary>
    public required string Text { get; init; }

    /// <summary>What programs read.</summary>
    public required DeliveryStatusReport Report { get; init; }

    /// <summary>What is appended between the writer's two pieces.</summary>
    public ReturnedContent Returned { get; init; }

    /// <summary>Whether what is returned has bytes beyond ASCII (the notification then needs 8BITMIME).</summary>
    public bool IsReturned8Bit { get; init; }

    /// <summary>Whether it may be written in UTF-8 throughout (RFC 6533), because the mail itself was so sent (SMTPUTF8).</summary>
    public bool IsUtf8 { get; init; }

    /// <summary>Further fields: References, say.</summary>
    public IReadOnlyList<HeaderField> Fields { get; init; } = [];
}
