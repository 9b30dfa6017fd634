using Posthorn.Bodies;

namespace Posthorn.Messages;

/// <summary>What a commit changes on a message; what is null stays as it is.</summary>
public sealed record MessageChanges
{
    /// <summary>Nothing.</summary>
    public static MessageChanges None { get; } = new();

    /// <summary>Another priority.</summary>
    public Priority? Priority { get; init; }

    /// <summary>Another due time.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>True holds it, false lets it go.</summary>
    public bool? IsHeld { get; init; }

    /// <summary>Another envelope: the recipients that are left, say.</summary>
    public Envelope? Envelope { get; init; }

    /// <summary>Attributes to set (a value) or to remove (null).</summary>
    public IReadOnlyDictionary<string, AttributeValue?>? Attributes { get; init; }

    /// <summary>All flags it has from now on.</summary>
    public IReadOnlyList<string>? Flags { get; init; }

    /// <summary>
    /// Flags that it has from now on beside those it has (or is given by <see cref="Flags"/>) when the commit is taken, so that nobody needs to read it
    /// first; one that it has already stays as it is written.
    /// </summary>
    public IReadOnlyList<string>? FlagsAdded { get; init; }

    /// <summary>Flags that it loses when the commit is taken, before <see cref="FlagsAdded"/> are given; those it has not got do not matter.</summary>
    public IReadOnlyList<string>? FlagsRemoved { get; init; }

    /// <summary>Why the last attempt failed; an empty text clears it.</summary>
    public string? LastError { get; init; }

    /// <summary>Other content.</summary>
    public Content? Content { get; init; }

    /// <summary>Another group; an empty text is no group.</summary>
    public string? Group { get; init; }

    /// <summary>Another receive count: 0 gives a redriven message its full number of attempts again.</summary>
    public int? ReceiveCount { get; init; }

    /// <summary>The flags that a message with these has after the change.</summary>
    public IReadOnlyList<string> FlagsAfter(IReadOnlyList<string> flags)
    {
        if (FlagsAdded is null && FlagsRemoved is null)
            return Flags ?? flags;
        var after = new List<string>(Flags ?? flags);
        after.RemoveAll(flag => Has(FlagsRemoved, flag));
        foreach (var added in FlagsAdded ?? [])
        {
            if (!Has(after, added))
                after.Add(added);
        }
        return after;
    }

    private static bool Has(IReadOnlyList<string>? flags, string flag) => flags?.Contains(flag, StringComparer.OrdinalIgnoreCase) == true;
}
