namespace Posthorn.Protocols.Sns;

/// <summary>The protocol's bounds.</summary>
public static class SnsLimits
{
    /// <summary>Largest message, and largest sum of a batch, in bytes: 256 KiB, attributes included.</summary>
    public const int MessageBytesMax = 262_144;

    /// <summary>Longest subject, in characters.</summary>
    public const int SubjectLengthMax = 100;

    /// <summary>Most entries of a batch.</summary>
    public const int EntriesMax = 10;

    /// <summary>Most attributes that a queue takes of a raw message.</summary>
    public const int RawAttributesMax = 10;

    /// <summary>Most elements of a page.</summary>
    public const int PageMax = 100;

    /// <summary>Most tags of a topic.</summary>
    public const int TagsMax = 50;

    /// <summary>Most subscriptions of a topic that have a filter policy.</summary>
    public const int FilterPoliciesMax = 200;

    /// <summary>Longest name of a topic, in characters.</summary>
    public const int TopicNameLengthMax = 256;
}
