namespace Posthorn.Protocols.Sqs;

/// <summary>The protocol's bounds.</summary>
public static class SqsLimits
{
    /// <summary>Largest message, and largest sum of a batch, in bytes: body and attributes (since August 2025; 256 KiB before).</summary>
    public const int MessageBytesMax = 1 << 20;

    /// <summary>Smallest value of MaximumMessageSize.</summary>
    public const int MessageBytesMaxMin = 1_024;

    /// <summary>
    /// Largest request taken, in bytes: a batch of 1 MiB whose every byte is escaped (<c>\u00XX</c>), with room for the rest.
    /// </summary>
    public const int RequestBytesMax = 8 << 20;

    /// <summary>Most entries of a batch, and most messages of a receive.</summary>
    public const int EntriesMax = 10;

    /// <summary>Most attributes of a message.</summary>
    public const int AttributesMax = 10;

    /// <summary>Longest delay.</summary>
    public const int DelaySecondsMax = 900;

    /// <summary>Longest wait of a receive.</summary>
    public const int WaitSecondsMax = 20;

    /// <summary>Longest visibility timeout, and longest life of a lease: 12 hours.</summary>
    public const int VisibilitySecondsMax = 43_200;

    /// <summary>Shortest retention.</summary>
    public const int RetentionSecondsMin = 60;

    /// <summary>Longest retention: 14 days.</summary>
    public const int RetentionSecondsMax = 1_209_600;

    /// <summary>Most messages of a queue in consumers' hands.</summary>
    public const int InFlightMax = 120_000;

    /// <summary>Most tags of a queue.</summary>
    public const int TagsMax = 50;
}
