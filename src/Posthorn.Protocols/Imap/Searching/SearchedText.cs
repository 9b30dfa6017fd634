namespace Posthorn.Protocols.Imap.Searching;

/// <summary>A text that is looked for in mails: TEXT and BODY (RFC 9051 6.4.4).</summary>
/// <param name="Value">What is looked for, without regard to case; not empty.</param>
/// <param name="IsWithHeader">Whether headers count: the mail's own and those of its parts. Those of a mail inside count as its text always.</param>
internal readonly record struct SearchedText(string Value, bool IsWithHeader);
