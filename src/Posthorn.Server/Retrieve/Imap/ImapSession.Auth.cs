using System.Text;
using Posthorn.Protocols.Imap.Commands;
using Posthorn.Protocols.Imap.Responses;
using Posthorn.Protocols.Sasl;
using Posthorn.Server.Connections;

namespace Posthorn.Server.Retrieve.Imap;

/// <content>LOGIN and AUTHENTICATE (RFC 9051 6.2, RFC 4422), CAPABILITY, ID and ENABLE.</content>
internal sealed partial class ImapSession
{
    /// <summary>Longest line of an exchange, in bytes including CRLF (RFC 4954 4 has it; RFC 9051 says nothing).</summary>
    private const int SaslLineBytesMax = 12_288;

    private static readonly string[] s_always =
    [
        "IMAP4rev1", "LITERAL+", "SASL-IR", "ENABLE", "ID", "IDLE",
    ];

    private static readonly string[] s_loggedIn =
    [
        "NAMESPACE", "UIDPLUS", "UNSELECT", "CHILDREN", "MOVE", "ESEARCH", "SEARCHRES", "WITHIN", "CONDSTORE", "QRESYNC", "LIST-EXTENDED", "LIST-STATUS",
        "SPECIAL-USE", "CREATE-SPECIAL-USE", "STATUS=SIZE", "SORT", "SORT=DISPLAY", "THREAD=ORDEREDSUBJECT", "THREAD=REFERENCES", "MULTIAPPEND", "BINARY",
        "OBJECTID", "QUOTA", "QUOTA=RES-STORAGE", "QUOTA=RES-MESSAGE", "UTF8=ACCEPT", "IMAP4rev2",
    ];

    /// <summary>Whether the client asked for CONDSTORE in one of its ways (RFC 7162 3.1).</summary>
    private bool _isCondStore;

    /// <summary>Whether it enabled QRESYNC (RFC 7162 3.2).</summary>
    private bool _isQResync;

    /// <summary>Whether it enabled IMAP4rev2 (RFC 9051 6.3.1).</summary>
    private bool _isRev2;

    private bool MaySendPassword => Connection.Tls is not null || _peer.IsLoopback || Options.AllowsPlainAuthWithoutTls;

    /// <summary>The capabilities of this session as it stands.</summary>
    private IEnumerable<string> Capabilities
    {
        get
        {
            foreach (var name in s_always)
                yield return name;
            if (_account is null)
            {
                if (Connection.Tls is null && _context.Tls is not null)
                    yield return "STARTTLS";
                if (!MaySendPassword)
                    yield return "LOGINDISABLED";
                foreach (var mechanism in Mechanisms)
                    yield return "AUTH=" + mechanism;
                yield break;
            }
            foreach (var name in s_loggedIn)
                yield return name;
            yield return FormattableString.Invariant($"APPENDLIMIT={Options.MessageBytesMax}");
            if (Options.Compresses && !Connection.IsCompressed)
                yield return "COMPRESS=DEFLATE";
        }
    }

    /// <summary>The mechanisms offered here: those that send the password only within TLS, on this machine, or where the administrator allows it.</summary>
    private IEnumerable<string> Mechanisms => SaslMechanisms.Offered(MaySendPassword, _context.HasScram);

    private async ValueTask<ImapReply> LoginAsync(ImapCommand.Login login)
    {
        if (!MaySendPassword)
            return ImapReplies.PrivacyRequired;
        return await EndLoginAsync(_context.Sasl.Verify(login.UserName, login.Password), "LOGIN");
    }

    private async ValueTask<ImapReply> AuthenticateAsync(ImapCommand.Authenticate command)
    {
        if (!Mechanisms.Contains(command.Mechanism, StringComparer.Ordinal))
            return SaslMechanisms.SendsPassword(command.Mechanism) ? ImapReplies.PrivacyRequired : SessionReplies.UnknownMechanism;
        var mechanism = SaslMechanisms.Create(command.Mechanism, _context.Sasl)!;
        if (!SaslBase64.TryDecodeInitial(command.InitialResponse, out var initial))
            return SessionReplies.BadBase64;
        var step = mechanism.Begin(initial);
        while (step is SaslStep.Challenge challenge)
        {
            _writer.Continue(Convert.ToBase64String(challenge.Bytes.Span));
            var (response, error) = await ReadResponseAsync();
            if (error is not null || response is null)
                return error ?? SessionReplies.AuthCancelled;
            step = mechanism.Continue(response.Value);
        }
        return await EndLoginAsync((step as SaslStep.Success)?.Account, command.Mechanism);
    }

    /// <summary>Waits for the answer to a challenge; neither response nor error: the session is over.</summary>
    private async ValueTask<(ReadOnlyMemory<byte>? Response, ImapReply? Error)> ReadResponseAsync()
    {
        var text = "";
        switch (await Connection.ReadLineAsync(SaslLineBytesMax, Options.LoginTimeout, line => text = Encoding.Latin1.GetString(line)))
        {
            case LineRead.Complete when text == "*":
                return (null, SessionReplies.AuthCancelled);
            case LineRead.Complete:
                return SaslBase64.TryDecode(text, out var response) ? (response, null) : (null, SessionReplies.BadBase64);
            case LineRead.TooLong:
                return (null, SessionReplies.AuthTooLong);
            case var end:
                Close(end);
                return (null, null);
        }
    }

    private async ValueTask<ImapReply> EndLoginAsync(string? name, string mechanism)
    {
        var account = name is null ? null : _context.Accounts.Find(name);
        _context.Metrics.Login(account is not null);
        if (account is null)
        {
            ImapLog.AuthFailed(_context.Logger, _peer, mechanism);
            await Task.Delay(Options.ErrorDelay, _context.Time); // guessing takes time
            if (++_authFailures < Options.AuthFailuresMax)
                return ImapReplies.AuthenticationFailed;
            _writer.Untagged(SessionReplies.TooManyAuthFailures);
            _isClosed = true;
            return ImapReplies.AuthenticationFailed;
        }
        if (!_context.Sessions.TryEnter(account.Name))
            return SessionReplies.TooManySessions;
        _account = account;
        ImapLog.LoggedIn(_context.Logger, account.Name, _peer, mechanism);
        return ImapReply.Ok("Logged in.", ResponseCodes.Capability(Capabilities));
    }

    private ImapReply Identify(ImapCommand.Id id)
    {
        if (id.Parameters.Count > 0)
            ImapLog.Client(_context.Logger, _peer, _account?.Name ?? "", string.Join(", ", id.Parameters.Select(p => $"{p.Key} {p.Value}")));
        _writer.Id([new("name", "Posthorn"), new("vendor", "Posthorn")]);
        return SessionReplies.Done;
    }

    private ImapReply Enable(ImapCommand.Enable enable)
    {
        var enabled = new List<string>();
        foreach (var capability in enable.Capabilities)
        {
            switch (capability)
            {
                case "CONDSTORE" when !_isCondStore:
                    EnableCondStore();
                    break;
                case "QRESYNC" when !_isQResync:
                    EnableCondStore();
                    _isQResync = true;
                    break;
                case "UTF8=ACCEPT" when !_writer.IsUtf8:
                    UseUtf8();
                    break;
                case "IMAP4REV2" when !_isRev2:
                    _isRev2 = true;
                    UseUtf8();
                    enabled.Add("IMAP4rev2");
                    continue;
                default:
                    continue;
            }
            enabled.Add(capability);
        }
        _writer.Enabled(enabled);
        return SessionReplies.Done;
    }

    private void EnableCondStore()
    {
        // RFC 7162 3.1.2.1: a client that turns to it in a selected mailbox is told where it stands.
        if (!_isCondStore && _selected is { } selected)
            _writer.Untagged(ImapReply.Ok("CONDSTORE is enabled.", ResponseCodes.HighestModSeq((ulong)selected.HighestModSeq)));
        _isCondStore = true;
    }

    private void UseUtf8()
    {
        _writer.IsUtf8 = true;
        _reader.IsUtf8 = true;
    }
}
