namespace Posthorn.Bodies;

/// <summary>
/// What a message carries: a few bytes of its own put in front of a shared body, of which the first bytes may be left out.
/// So a trace line, a changed header or another recipient's <c>Delivered-To</c> never copies a 100 MB mail.
/// </summary>
/// <param name="Body">The shared bytes.</param>
public sealed record Content(Body Body)
{
    /// <summary>Longest prefix, in bytes.</summary>
    public const int PrefixBytesMax = 256 * 1024;

    /// <summary>Bytes in front of the body; at most <see cref="PrefixBytesMax"/>.</summary>
    public ReadOnlyMemory<byte> Prefix { get; init; }

    /// <summary>How many of the body's first bytes are left out: 0 to <see cref="Body.Length"/>.</summary>
    public long Skip { get; init; }

    /// <summary>Number of bytes in all.</summary>
    public long Length => Prefix.Length + Body.Length - Skip;

    /// <summary>Content that is just a body.</summary>
    public static implicit operator Content(Body body) => new(body);

    /// <summary>The same content with more bytes in front.</summary>
    /// <exception cref="ArgumentException">The prefix would grow beyond <see cref="PrefixBytesMax"/>.</exception>
    public Content WithInFront(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length + Prefix.Length > PrefixBytesMax)
            throw new ArgumentException($"A prefix of {bytes.Length + Prefix.Length} bytes is longer than {PrefixBytesMax}.", nameof(bytes));
        var prefix = new byte[bytes.Length + Prefix.Length];
        bytes.CopyTo(prefix);
        Prefix.Span.CopyTo(prefix.AsSpan(bytes.Length));
        return this with { Prefix = prefix };
    }
}
