namespace Posthorn.Protocols.Imap.Commands;

/// <summary>What becomes of the flags of messages.</summary>
/// <param name="Mode">Set, added or removed.</param>
/// <param name="Flags">Each once (<see cref="MailFlag"/>); may be empty.</param>
/// <param name="IsSilent">Whether the client does not want to be told the outcome (<c>.SILENT</c>).</param>
public sealed record StoreAction(StoreMode Mode, IReadOnlyList<string> Flags, bool IsSilent);
