using System.Text;
using Posthorn.Protocols.Sasl;
using Posthorn.Protocols.Smtp;
using Posthorn.Protocols.Smtp.Commands;
using Posthorn.Protocols.Smtp.Session;
using Posthorn.Server.Connections;

namespace Posthorn.Server.Accept.Smtp;

/// <summary>AUTH (RFC 4954).</summary>
internal sealed partial class SmtpSession
{
    /// <summary>Longest line of an exchange, in bytes including CRLF (RFC 4954 4).</summary>
    private const int SaslLineBytesMax = 12_288;

    private async ValueTask AuthenticateAsync(SmtpCommand.Auth auth)
    {
        if (WhyNot(auth.Mechanism) is { } refusal)
        {
            await RefuseAsync(SmtpVerb.Auth, refusal);
            return;
        }
        var mechanism = SaslMechanisms.Create(auth.Mechanism, _context.Accounts)!;
        if (!SaslBase64.TryDecodeInitial(auth.InitialResponse, out var initial))
        {
            await RefuseAsync(SmtpVerb.Auth, SmtpReplies.BadBase64);
            return;
        }
        var step = mechanism.Begin(initial);
        while (step is SaslStep.Challenge challenge)
        {
            Reply(SmtpReplies.Challenge(challenge.Bytes.Span));
            var (response, error) = await ReadResponseAsync();
            if (error is not null)
                await RefuseAsync(SmtpVerb.Auth, error);
            if (response is null)
                return;
            step = mechanism.Continue(response.Value);
        }
        if (step is SaslStep.Success success)
        {
            _account = success.Account;
            Reply(SmtpReplies.Authenticated);
            return;
        }
        LogAuthFailed(_context.Logger, _peer, auth.Mechanism);
        await DelayAsync(); // guessing takes time
        await RefuseAsync(SmtpVerb.Auth, SmtpReplies.AuthFailed);
        if (++_authFailures >= Options.AuthFailuresMax && _state != SmtpState.Closed)
            Close(SmtpReplies.TooManyAuthFailures);
    }

    private SmtpReply? WhyNot(string mechanism)
    {
        if (_account is not null)
            return SmtpReplies.AuthenticatedAlready;
        if (Mechanisms.Contains(mechanism, StringComparer.Ordinal))
            return null;
        if (SaslMechanisms.SendsPassword(mechanism))
            return SmtpReplies.EncryptionRequired;
        return Mechanisms.Any() ? SmtpReplies.UnknownMechanism : SmtpReplies.NotImplemented;
    }

    /// <summary>Waits for the answer to a challenge; neither response nor error: the session is over.</summary>
    private async ValueTask<(ReadOnlyMemory<byte>? Response, SmtpReply? Error)> ReadResponseAsync()
    {
        var text = "";
        var found = await _connection.ReadLineAsync(SaslLineBytesMax, Options.IdleTimeout, line => text = Encoding.Latin1.GetString(line));
        if (found == LineRead.TooLong)
            return (null, SmtpReplies.AuthTooLong);
        if (found != LineRead.Complete)
        {
            Close(found);
            return (null, null);
        }
        if (text == "*")
            return (null, SmtpReplies.AuthCancelled);
        return SaslBase64.TryDecode(text, out var response) ? (response, null) : (null, SmtpReplies.BadBase64);
    }
}
