namespace Posthorn.Operations;

/// <summary>How far work on many messages has come, at one moment.</summary>
public sealed record BulkProgress
{
    /// <summary>How many messages were selected at the start, when that was known; null when only reading tells.</summary>
    public long? Total { get; init; }

    /// <summary>Messages looked at so far.</summary>
    public long Selected { get; init; }

    /// <summary>Messages done, durably.</summary>
    public long Done { get; init; }

    /// <summary>Messages that were gone, or not meant any more, when it was their turn.</summary>
    public long Gone { get; init; }

    /// <summary>Messages left alone because somebody was working on them to the end.</summary>
    public long Busy { get; init; }

    /// <summary>Messages that it could not be done with.</summary>
    public long Refused { get; init; }

    /// <summary>The first 20 of those that were busy or refused, with the reason.</summary>
    public IReadOnlyList<BulkError> Errors { get; init; } = [];
}
