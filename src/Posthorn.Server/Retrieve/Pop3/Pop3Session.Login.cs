using System.Text;
using Posthorn.Engine;
using Posthorn.Protocols.Pop3;
using Posthorn.Protocols.Pop3.Commands;
using Posthorn.Protocols.Pop3.Session;
using Posthorn.Protocols.Sasl;
using Posthorn.Server.Connections;

namespace Posthorn.Server.Retrieve.Pop3;

/// <content>The AUTHORIZATION state: CAPA, STLS, USER and PASS, AUTH (RFC 5034), and opening the maildrop.</content>
internal sealed partial class Pop3Session
{
    /// <summary>Longest line of an exchange, in bytes including CRLF; RFC 5034 names none, this is SMTP's (RFC 4954 4).</summary>
    private const int SaslLineBytesMax = 12_288;

    /// <summary>The mechanisms offered here: those that send the password only within TLS, on this machine, or where the administrator allows it.</summary>
    private IEnumerable<string> Mechanisms => SaslMechanisms.Offered(MaySendPassword, _context.HasScram);

    private bool MaySendPassword => _connection.Tls is not null || _peer.IsLoopback || Options.AllowsPlainAuthWithoutTls;

    /// <summary>What RFC 2449 6 and its followers name; what concerns the login too after it, as section 5 wants.</summary>
    private void WriteCapabilities()
    {
        Reply(Pop3Replies.Capabilities);
        Line("TOP");
        Line("UIDL");
        if (MaySendPassword)
            Line("USER");
        if (Mechanisms.Any())
            Line($"SASL {string.Join(' ', Mechanisms)}");
        if (_connection.Tls is null && _context.Tls is not null)
            Line("STLS");
        Line("UTF8 USER");
        Line("RESP-CODES");
        Line("AUTH-RESP-CODE");
        Line("PIPELINING");
        if (_maildrop is { } maildrop)
            Line(maildrop.Retention is { } kept ? $"EXPIRE {(int)kept.TotalDays}" : "EXPIRE NEVER");
        Line("IMPLEMENTATION Posthorn");
        Pop3ReplyFormat.WriteEnd(Output);

        void Line(string text) => Pop3ReplyFormat.WriteLine(Output, text);
    }

    private Pop3Reply? TakeName(string name)
    {
        if (!MaySendPassword)
            return Pop3Replies.EncryptionRequired;
        _name = name;
        Reply(Pop3Replies.PasswordPlease);
        return null;
    }

    private async ValueTask<Pop3Reply?> LogInAsync(string password) =>
        _context.Accounts.Verify(_name, password) is { } name ? await OpenAsync(name) : await FailAsync("USER");

    private async ValueTask<Pop3Reply?> AuthenticateAsync(Pop3Command command)
    {
        if (command.Text is null)
        {
            ListMechanisms();
            return null;
        }
        if (!Mechanisms.Contains(command.Text, StringComparer.Ordinal))
            return SaslMechanisms.SendsPassword(command.Text) ? Pop3Replies.EncryptionRequired : Pop3Replies.UnknownMechanism;
        if (!SaslBase64.TryDecodeInitial(command.InitialResponse, out var initial))
            return Pop3Replies.BadBase64;
        var mechanism = SaslMechanisms.Create(command.Text, _context.Accounts)!;
        var step = mechanism.Begin(initial);
        while (step is SaslStep.Challenge challenge)
        {
            Pop3ReplyFormat.WriteChallenge(Output, challenge.Bytes.Span);
            var (response, error) = await ReadResponseAsync();
            if (response is null)
                return error;
            step = mechanism.Continue(response.Value);
        }
        return step is SaslStep.Success success ? await OpenAsync(success.Account) : await FailAsync(command.Text);
    }

    /// <summary>AUTH alone: no RFC has it, and clients ask so whether AUTH is there (RFC 1734's time).</summary>
    private void ListMechanisms()
    {
        Reply(Pop3Replies.Mechanisms);
        foreach (var name in Mechanisms)
            Pop3ReplyFormat.WriteLine(Output, name);
        Pop3ReplyFormat.WriteEnd(Output);
    }

    /// <summary>Waits for the answer to a challenge; neither response nor error: the session is over.</summary>
    private async ValueTask<(ReadOnlyMemory<byte>? Response, Pop3Reply? Error)> ReadResponseAsync()
    {
        var text = "";
        var found = await _connection.ReadLineAsync(SaslLineBytesMax, Options.LoginTimeout, line => text = Encoding.Latin1.GetString(line));
        switch (found)
        {
            case LineRead.Complete when text == "*":
                return (null, Pop3Replies.AuthCancelled);
            case LineRead.Complete:
                return SaslBase64.TryDecode(text, out var response) ? (response, null) : (null, Pop3Replies.BadBase64);
            case LineRead.TooLong:
                return (null, Pop3Replies.LineTooLong);
            default:
                Close(found);
                return (null, null);
        }
    }

    private async ValueTask<Pop3Reply?> FailAsync(string mechanism)
    {
        LogAuthFailed(_context.Logger, _peer, mechanism);
        _context.Metrics.LoggedIn("refused");
        await DelayAsync(); // guessing takes time
        if (++_authFailures < Options.AuthFailuresMax)
            return Pop3Replies.AuthFailed;
        _state = Pop3State.Closed;
        Reply(Pop3Replies.AuthFailed);
        Reply(Pop3Replies.TooManyAuthFailures);
        return null;
    }

    /// <summary>The user is who they say: locks the maildrop and leases what is in it.</summary>
    private async ValueTask<Pop3Reply?> OpenAsync(string name)
    {
        if (!_context.Accounts.TryFind(name, out var account, out var queue))
            return Pop3Replies.NoMaildrop;
        if (_context.Engine.State == EngineState.Failed)
            return Pop3Replies.OutOfService;
        if (!_context.Locks.TryEnter(queue))
        {
            _context.Metrics.LoggedIn("in-use");
            return Pop3Replies.InUse;
        }
        Maildrop maildrop;
        try
        {
            maildrop = await Maildrop.OpenAsync(_context, account.Name, queue);
        }
        catch
        {
            _context.Locks.Leave(queue);
            throw;
        }
        Volatile.Write(ref _maildrop, maildrop);
        _context.Metrics.LoggedIn("ok");
        LogLoggedIn(_context.Logger, _peer, account.Name, queue, maildrop.Entries.Count);
        Reply(Pop3Replies.Maildrop(maildrop.Entries.Count));
        return null;
    }

    private async ValueTask CloseMaildropAsync()
    {
        if (_maildrop is not { } maildrop)
            return;
        Volatile.Write(ref _maildrop, null);
        try
        {
            await maildrop.DisposeAsync();
        }
        finally
        {
            _context.Locks.Leave(maildrop.Queue);
        }
    }

    private async ValueTask<Pop3Reply?> StartTlsByCommandAsync()
    {
        if (_connection.Tls is not null)
            return Pop3Replies.TlsAlready;
        if (_isUtf8)
            return Pop3Replies.TlsBeforeUtf8;
        if (_context.Tls is null)
            return Pop3Replies.NoTls;
        if (_context.Tls() is not { } options)
            return Pop3Replies.TlsNotAvailable;
        _connection.DropClearText();
        Reply(Pop3Replies.ReadyForTls);
        _name = ""; // nothing said before counts any more (RFC 2595 4)
        if (await _connection.StartTlsAsync(options) is { } failure)
        {
            _state = Pop3State.Closed;
            LogTlsFailed(_context.Logger, _peer, failure);
        }
        return null;
    }

    private async ValueTask<bool> StartTlsAsync()
    {
        var failure = _context.Tls?.Invoke() is { } options ? await _connection.StartTlsAsync(options) : "there is no certificate";
        if (failure is not null)
            LogTlsFailed(_context.Logger, _peer, failure);
        return failure is null;
    }
}
