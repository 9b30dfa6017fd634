namespace Posthorn.Protocols.Imap.Responses;

/// <summary>A status response without its tag (RFC 9051 7.1).</summary>
/// <param name="Status">What became of it.</param>
/// <param name="Code">What stands between brackets, without them (<see cref="ResponseCodes"/>); null for none.</param>
/// <param name="Text">For people: ASCII in one line, never empty, and nothing in it that the client sent.</param>
public sealed record ImapReply(ImapStatus Status, string? Code, string Text)
{
    /// <summary>OK.</summary>
    public static ImapReply Ok(string text, string? code = null) => new(ImapStatus.Ok, code, text);

    /// <summary>NO.</summary>
    public static ImapReply No(string text, string? code = null) => new(ImapStatus.No, code, text);

    /// <summary>BAD.</summary>
    public static ImapReply Bad(string text, string? code = null) => new(ImapStatus.Bad, code, text);

    /// <summary>BYE.</summary>
    public static ImapReply Bye(string text, string? code = null) => new(ImapStatus.Bye, code, text);

    /// <inheritdoc/>
    public override string ToString() => Code is null ? $"{Status.ToString().ToUpperInvariant()} {Text}" : $"{Status.ToString().ToUpperInvariant()} [{Code}] {Text}";
}
