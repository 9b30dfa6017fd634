using Posthorn.Protocols.Imap.Fetching;

namespace Posthorn.Protocols.Imap.Commands;

/// <summary>
/// A command that was understood, with its arguments as types. The kinds are closed. Strings are decoded; mailbox names are Unicode with <c>/</c>
/// between their levels, and <c>INBOX</c> in whatever case is "INBOX". APPEND is no record: its messages come one at a time as
/// <see cref="Reading.ImapInput.AppendMessage"/>.
/// </summary>
public abstract partial record ImapCommand
{
    private ImapCommand(ImapVerb verb) => Verb = verb;

    /// <summary>What it asks for.</summary>
    public ImapVerb Verb { get; }

    /// <summary>The states in which it may stand.</summary>
    public ImapStates AllowedIn => ImapVerbs.StatesOf(Verb);

    /// <summary>A command without arguments: CAPABILITY, NOOP, LOGOUT, STARTTLS, NAMESPACE, IDLE, CHECK, CLOSE, UNSELECT, EXPUNGE is its own.</summary>
    public sealed record Plain : ImapCommand
    {
        internal Plain(ImapVerb verb) : base(verb)
        {
        }
    }

    /// <summary>ID with what the client says of itself (RFC 2971 3.1); empty for NIL.</summary>
    /// <param name="Parameters">At most 30 pairs; a value may be NIL.</param>
    public sealed record Id(IReadOnlyList<KeyValuePair<string, string?>> Parameters) : ImapCommand(ImapVerb.Id);

    /// <summary>AUTHENTICATE.</summary>
    /// <param name="Mechanism">Upper case.</param>
    /// <param name="InitialResponse">As it stands there: base64, or <c>=</c> for an empty one (RFC 4959 3); null without one.</param>
    public sealed record Authenticate(string Mechanism, string? InitialResponse) : ImapCommand(ImapVerb.Authenticate);

    /// <summary>LOGIN.</summary>
    public sealed record Login(string UserName, string Password) : ImapCommand(ImapVerb.Login)
    {
        /// <summary>Without the password: records end up in logs.</summary>
        public override string ToString() => $"Login {UserName}";
    }

    /// <summary>COMPRESS.</summary>
    /// <param name="Algorithm">Upper case; only DEFLATE is known (RFC 4978).</param>
    public sealed record Compress(string Algorithm) : ImapCommand(ImapVerb.Compress);

    /// <summary>ENABLE.</summary>
    /// <param name="Capabilities">Upper case; unknown ones are ignored (RFC 5161 3.1).</param>
    public sealed record Enable(IReadOnlyList<string> Capabilities) : ImapCommand(ImapVerb.Enable);

    /// <summary>EXPUNGE.</summary>
    /// <param name="Uids">Of UID EXPUNGE what it is limited to (RFC 4315 2.1); null for all.</param>
    public sealed record Expunge(SequenceSet? Uids) : ImapCommand(ImapVerb.Expunge);

    /// <summary>FETCH.</summary>
    /// <param name="IsUid">Whether the set is of UIDs, and UID an item whether asked for or not.</param>
    /// <param name="Messages">Which.</param>
    /// <param name="Items">What, macros expanded; in the order asked for, doubles left out.</param>
    /// <param name="ChangedSince">Only messages whose mod-sequence is greater (RFC 7162 3.1.4.1); null for all. Makes MODSEQ an item.</param>
    /// <param name="IsVanished">Whether what is gone since is told too (RFC 7162 3.2.6): with <paramref name="ChangedSince"/> and UIDs only.</param>
    public sealed record Fetch(bool IsUid, SequenceSet Messages, IReadOnlyList<FetchItem> Items, ulong? ChangedSince, bool IsVanished)
        : ImapCommand(ImapVerb.Fetch);

    /// <summary>STORE.</summary>
    /// <param name="IsUid">Whether the set is of UIDs.</param>
    /// <param name="Messages">Which.</param>
    /// <param name="Action">What becomes of the flags.</param>
    /// <param name="UnchangedSince">Only messages whose mod-sequence is not greater (RFC 7162 3.1.3); null for all. 0 fails for all.</param>
    public sealed record Store(bool IsUid, SequenceSet Messages, StoreAction Action, ulong? UnchangedSince) : ImapCommand(ImapVerb.Store);

    /// <summary>COPY.</summary>
    public sealed record Copy(bool IsUid, SequenceSet Messages, string Mailbox) : ImapCommand(ImapVerb.Copy);

    /// <summary>MOVE.</summary>
    public sealed record Move(bool IsUid, SequenceSet Messages, string Mailbox) : ImapCommand(ImapVerb.Move);
}
