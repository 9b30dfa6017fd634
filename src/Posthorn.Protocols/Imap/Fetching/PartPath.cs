using System.Collections.Immutable;

namespace Posthorn.Protocols.Imap.Fetching;

/// <summary>The numbers of a part, <c>1.2.3</c>, each 1 or more; none for the mail itself (RFC 9051 6.4.5.1).</summary>
public readonly struct PartPath : IEquatable<PartPath>
{
    /// <summary>Deepest path taken; no structure here is deeper.</summary>
    public const int DepthMax = 100;

    private readonly ImmutableArray<int> _numbers;

    /// <summary>A path of numbers.</summary>
    public PartPath(params ImmutableArray<int> numbers) => _numbers = numbers;

    /// <summary>From the outermost to the innermost.</summary>
    public ImmutableArray<int> Numbers => _numbers.IsDefault ? [] : _numbers;

    /// <summary>Whether it is the mail itself.</summary>
    public bool IsRoot => _numbers.IsDefaultOrEmpty;

    /// <inheritdoc/>
    public bool Equals(PartPath other) => Numbers.AsSpan().SequenceEqual(other.Numbers.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is PartPath other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var number in Numbers)
            hash.Add(number);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join('.', Numbers);

    /// <summary>Whether they are the same.</summary>
    public static bool operator ==(PartPath left, PartPath right) => left.Equals(right);

    /// <summary>Whether they differ.</summary>
    public static bool operator !=(PartPath left, PartPath right) => !left.Equals(right);
}
