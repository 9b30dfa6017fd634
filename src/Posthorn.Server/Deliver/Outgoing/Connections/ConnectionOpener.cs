using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Posthorn.Protocols.Sasl;
using Posthorn.Protocols.Sasl.Client;
using Posthorn.Protocols.Smtp;
using Posthorn.Protocols.Smtp.Client;
using Posthorn.Server.Deliver.Outgoing.Resolving;

namespace Posthorn.Server.Deliver.Outgoing.Connections;

/// <summary>Opens connections that are ready for mail: connected, greeted, under TLS where the policy says so, authenticated where the relay asks for it.</summary>
internal sealed class ConnectionOpener(OutgoingOptions options, string heloName, IConnector connector, RouteFinder routes, TimeProvider time)
{
    // Addresses tried before giving up for this time: Postfix smtp_mx_address_limit.
    private const int AddressesMax = 5;

    /// <summary>
    /// A connection to the first of the hosts that will have us: by preference, in random order within one, each with all its addresses.
    /// Hosts in <paramref name="tried"/> are left out; the ones tried here are added.
    /// </summary>
    /// <exception cref="DeliveryException">None would; the last one's reason, a transient one before a permanent one.</exception>
    public async ValueTask<SmtpConnection> OpenAsync(Route.To route, ISet<string> tried, CancellationToken abort)
    {
        DeliveryException? last = null;
        var addresses = 0;
        foreach (var exchanger in InOrder(route.Exchangers).Where(e => !tried.Contains(e.Host)))
        {
            if (addresses >= AddressesMax)
                break;
            tried.Add(exchanger.Host);
            var (found, nowhere) = await routes.AddressesAsync(exchanger, abort);
            if (nowhere is not null)
                last = Worse(last, new DeliveryException(nowhere, DeliveryStage.Resolve, exchanger.Host, exchanger.Host));
            foreach (var address in found)
            {
                if (addresses++ >= AddressesMax)
                    break;
                try
                {
                    return await OpenAsync(exchanger, new IPEndPoint(address, exchanger.Port), abort);
                }
                catch (DeliveryException e)
                {
                    last = Worse(last, e);
                }
            }
        }

        throw last ?? new DeliveryException(new SmtpReply(451, new EnhancedStatusCode(4, 4, 1), "no other mail exchanger is left to try"), DeliveryStage.Connect, null, null);
    }

    // RFC 5321 5.1: the hosts of one preference are taken in random order to spread the load.
    private static IEnumerable<Exchanger> InOrder(IReadOnlyList<Exchanger> exchangers)
    {
        if (exchangers.Count == 1)
            return exchangers;
        var shuffled = exchangers.ToArray();
        Random.Shared.Shuffle(shuffled);
        return shuffled.OrderBy(e => e.Preference);
    }

    // As long as one host says "not now", the mail waits; only when all say "never" is it never.
    private static DeliveryException Worse(DeliveryException? last, DeliveryException now) => last is { Reply.IsPermanent: false } && now.Reply.IsPermanent ? last : now;

    private async ValueTask<SmtpConnection> OpenAsync(Exchanger exchanger, IPEndPoint remote, CancellationToken abort)
    {
        try
        {
            return await OpenAsync(exchanger, remote, mayUseTls: true, abort);
        }
        catch (TlsFailedException) when (options.Tls == TlsPolicy.Opportunistic && options.Relay is not { IsImplicitTls: true })
        {
            // RFC 7435: unauthenticated TLS that fails is worth no more than none; the mail goes in the clear over a new connection.
            return await OpenAsync(exchanger, remote, mayUseTls: false, abort);
        }
        catch (TlsFailedException e)
        {
            throw new DeliveryException(new SmtpReply(454, new EnhancedStatusCode(4, 7, 5), $"TLS failed: {e.InnerException!.Message}"), DeliveryStage.StartTls, exchanger.Host, $"{remote} {exchanger.Host}", e);
        }
    }

    private async ValueTask<SmtpConnection> OpenAsync(Exchanger exchanger, IPEndPoint remote, bool mayUseTls, CancellationToken abort)
    {
        var connection = await ConnectAsync(exchanger, remote, abort);
        try
        {
            if (options.Relay is { IsImplicitTls: true })
                await SecureAsync(connection);
            var greeting = await connection.ReadReplyAsync(DeliveryStage.Greeting);
            if (!greeting.IsPositive)
                throw Refused(greeting, DeliveryStage.Greeting, connection);
            await HelloAsync(connection);
            if (mayUseTls && options.Tls != TlsPolicy.Off && !connection.IsTls)
                await StartTlsAsync(connection);
            if (options.Relay is { User: { } user, Password: { } password })
                await AuthenticateAsync(connection, user, password);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private async ValueTask<SmtpConnection> ConnectAsync(Exchanger exchanger, IPEndPoint remote, CancellationToken abort)
    {
        var deadline = new Deadline(time, abort);
        try
        {
            var stream = await connector.ConnectAsync(remote, options.BindAddress, deadline.Start(options.Timeouts.Connect));
            return new SmtpConnection(stream, exchanger.Host, remote, options.Timeouts, deadline);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            deadline.Dispose();
            var what = e is OperationCanceledException ? "no answer in time" : e.Message;
            throw new DeliveryException(
                new SmtpReply(451, new EnhancedStatusCode(4, 4, 1), $"can't connect to {exchanger.Host} at {remote}: {what}"), DeliveryStage.Connect, exchanger.Host, $"{remote} {exchanger.Host}", e);
        }
    }

    private async ValueTask HelloAsync(SmtpConnection connection)
    {
        var reply = await connection.CommandAsync($"EHLO {heloName}", DeliveryStage.Hello);
        connection.Capabilities = reply.IsPositive ? SmtpCapabilities.Parse(reply) : SmtpCapabilities.None;
        // RFC 5321 3.2: a server that does not know EHLO answers 5xx; HELO it must know.
        if (reply.IsPermanent)
            reply = await connection.CommandAsync($"HELO {heloName}", DeliveryStage.Hello);
        if (!reply.IsPositive)
            throw Refused(reply, DeliveryStage.Hello, connection);
    }

    private async ValueTask StartTlsAsync(SmtpConnection connection)
    {
        var isNeeded = options.Tls is TlsPolicy.Require or TlsPolicy.Verify;
        if (!connection.Capabilities.StartTls)
        {
            if (isNeeded)
                throw new DeliveryException(new SmtpReply(454, new EnhancedStatusCode(4, 7, 4), $"TLS is required, and {connection.Host} does not offer it"), DeliveryStage.StartTls, connection.Host, connection.Peer);
            return;
        }

        var reply = await connection.CommandAsync("STARTTLS", DeliveryStage.StartTls);
        if (!reply.IsPositive)
        {
            if (isNeeded)
                throw Refused(reply with { Code = reply.IsPermanent ? 454 : reply.Code, Status = new EnhancedStatusCode(4, 7, 4) }, DeliveryStage.StartTls, connection);
            return;
        }

        await SecureAsync(connection);
        // RFC 3207 4.2: what was said before TLS is forgotten.
        await HelloAsync(connection);
    }

    private async ValueTask SecureAsync(SmtpConnection connection)
    {
        try
        {
            await connection.SecureAsync(options.Tls == TlsPolicy.Verify);
        }
        catch (Exception e) when (e is AuthenticationException or IOException or SocketException or OperationCanceledException)
        {
            throw new TlsFailedException(e);
        }
    }

    private async ValueTask AuthenticateAsync(SmtpConnection connection, string user, string password)
    {
        // A password in the clear is given to no one but this machine itself, unless TLS was turned off by hand:
        // whoever can leave STARTTLS out of a reply would get it.
        var offered = connection.Capabilities.AuthMechanisms;
        if (!connection.IsTls && options.Tls != TlsPolicy.Off && !IPAddress.IsLoopback(connection.Remote.Address))
            offered = new HashSet<string>(offered.Where(m => m.StartsWith("SCRAM-", StringComparison.Ordinal)), StringComparer.Ordinal);
        if (SaslClient.Choose(offered, user, password) is not { } mechanism)
            throw AuthFailed("the relay offers no way to authenticate that may be used here", connection);

        try
        {
            var initial = mechanism.InitialResponse();
            var reply = await connection.CommandAsync(
                initial is null ? $"AUTH {mechanism.Name}" : $"AUTH {mechanism.Name} {Convert.ToBase64String(initial)}", DeliveryStage.Auth);
            for (var step = 0; reply.Code == 334 && step < 4; step++)
            {
                var answer = mechanism.Respond(Convert.FromBase64String(reply.Text.Trim()));
                reply = await connection.CommandAsync(Convert.ToBase64String(answer), DeliveryStage.Auth);
            }

            // The proof of SCRAM may ride on the 235 instead of a challenge (RFC 4954 4).
            if (reply.Code == 235 && !mechanism.IsServerProven)
                mechanism.Respond(Convert.FromBase64String(reply.Text.Trim()));
            if (reply.Code != 235 || !mechanism.IsServerProven)
                throw AuthFailed(reply.ToString(), connection);
        }
        catch (Exception e) when (e is FormatException or SaslException)
        {
            throw AuthFailed(e.Message, connection);
        }
    }

    // Wrong credentials are our fault, not the mail's: it waits until they are right (Postfix smtp_sasl_auth_soft_bounce).
    private static DeliveryException AuthFailed(string reason, SmtpConnection connection) =>
        new(new SmtpReply(454, new EnhancedStatusCode(4, 7, 8), $"authentication failed: {reason}"), DeliveryStage.Auth, connection.Host, connection.Peer);

    private static DeliveryException Refused(SmtpReply reply, DeliveryStage stage, SmtpConnection connection)
    {
        // A greeting of 3xx is neither yes nor no.
        var said = reply.IsTransient || reply.IsPermanent ? reply : new SmtpReply(451, new EnhancedStatusCode(4, 5, 0), $"an answer that does not fit: {reply}");
        return new DeliveryException(said, stage, connection.Host, connection.Peer) { IsRemote = true };
    }
}
