namespace Posthorn.Protocols.Smtp.Paths;

/// <summary>A reverse-path or forward-path (RFC 5321 4.1.2) without its angle brackets and without the source route, which is dropped (RFC 5321 C).</summary>
/// <param name="LocalPart">The local part with quotes and backslashes taken off; empty only for the null path.</param>
/// <param name="Domain">The domain or address literal (with its brackets) as given; empty for the null path and for <c>&lt;Postmaster&gt;</c>.</param>
public readonly record struct SmtpPath(string LocalPart, string Domain)
{
    /// <summary>The null path <c>&lt;&gt;</c>: the sender of bounces.</summary>
    public static SmtpPath Null => new("", "");

    /// <summary>Whether it is the null path.</summary>
    public bool IsNull => string.IsNullOrEmpty(LocalPart) && string.IsNullOrEmpty(Domain);

    /// <summary>Whether the domain is an address literal, <c>[192.0.2.1]</c>.</summary>
    public bool IsAddressLiteral => Domain.StartsWith('[');

    /// <summary>Whether it holds anything but ASCII, which SMTPUTF8 alone allows.</summary>
    public bool IsUtf8 => !System.Text.Ascii.IsValid(LocalPart) || !System.Text.Ascii.IsValid(Domain);

    /// <summary>The address with no more quoting than it needs (RFC 5321 4.1.2), so that <c>"joe"@a.example</c> is <c>joe@a.example</c>; empty for the null path.</summary>
    public override string ToString() =>
        IsNull ? "" : Domain.Length == 0 ? QuotedLocalPart : $"{QuotedLocalPart}@{Domain}";

    private string QuotedLocalPart => PathReader.IsDotString(LocalPart)
        ? LocalPart
        : $"\"{LocalPart.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
