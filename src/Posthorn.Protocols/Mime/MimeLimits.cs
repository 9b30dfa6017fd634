namespace Posthorn.Protocols.Mime;

/// <summary>How much structure the reader keeps. Beyond a limit it goes no deeper and says so (<see cref="MimePart.IsCutShort"/>); it never fails.</summary>
public sealed record MimeLimits
{
    /// <summary>All defaults.</summary>
    public static MimeLimits Default { get; } = new();

    /// <summary>How deep parts may be nested: 1 (the mail alone) or more; 100 as Postfix (mime_nesting_limit).</summary>
    public int NestingMax { get; init; } = 100;

    /// <summary>Most parts in all, 1 or more.</summary>
    public int PartsMax { get; init; } = 10_000;

    /// <summary>Longest header field kept, in bytes; a longer one is left out. 100 KiB as Postfix (header_size_limit).</summary>
    public int FieldBytesMax { get; init; } = 100 * 1024;

    /// <summary>Most bytes kept of all headers together; fields beyond are left out, and no more parts are told apart.</summary>
    public int HeadersBytesMax { get; init; } = 2 * 1024 * 1024;
}
