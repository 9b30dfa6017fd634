using Posthorn.Protocols.Imap.Commands;
using Posthorn.Protocols.Imap.Responses;

namespace Posthorn.Protocols.Imap.Reading;

/// <summary>What <see cref="ImapReader"/> found. The kinds are closed.</summary>
public abstract record ImapInput
{
    private ImapInput()
    {
    }

    /// <summary>The client waits for <c>+</c> before it sends a literal: answer with <see cref="ImapWriter.Continue"/>, then read on.</summary>
    public sealed record ContinuationWanted : ImapInput
    {
        internal static readonly ContinuationWanted Instance = new();
    }

    /// <summary>A whole command.</summary>
    /// <param name="Tag">What its answer begins with.</param>
    /// <param name="Command">What it says.</param>
    public sealed record Complete(string Tag, ImapCommand Command) : ImapInput;

    /// <summary>
    /// A message of an APPEND begins. Either send <c>+</c> when it <see cref="AppendHeader.IsSynchronizing"/>, take <see cref="AppendHeader.Size"/>
    /// bytes from the buffer, and read on; or call <see cref="ImapReader.RefuseAppend"/>, answer the tag with NO, and read on.
    /// </summary>
    /// <param name="Tag">The command's tag.</param>
    /// <param name="Mailbox">Where to.</param>
    /// <param name="Index">Its place among the messages of this APPEND, from 0.</param>
    /// <param name="Header">What is known of it.</param>
    public sealed record AppendMessage(string Tag, string Mailbox, int Index, AppendHeader Header) : ImapInput;

    /// <summary>All messages of an APPEND are here: commit, and answer the tag.</summary>
    /// <param name="Tag">The command's tag.</param>
    /// <param name="Count">How many there were, 1 or more.</param>
    public sealed record AppendEnd(string Tag, int Count) : ImapInput;

    /// <summary>
    /// What came is no command, or more than the limits allow. Of an APPEND under way nothing is kept. When the reply is BYE nobody can tell any more
    /// where the next command begins: close.
    /// </summary>
    /// <param name="Tag">What the answer begins with; null when there is none, the answer is then untagged.</param>
    /// <param name="Reply">BAD, NO or BYE.</param>
    public sealed record Refused(string? Tag, ImapReply Reply) : ImapInput;
}
