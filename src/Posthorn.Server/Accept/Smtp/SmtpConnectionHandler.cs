using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Posthorn.Protocols.Smtp;

namespace Posthorn.Server.Accept.Smtp;

/// <summary>Runs a session on each connection of a listener.</summary>
internal sealed class SmtpConnectionHandler(SmtpContext context, SmtpSessions sessions, SmtpDoor door) : ConnectionHandler
{
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        var peer = SmtpPeer.Of(connection.RemoteEndPoint, connection.ConnectionId);
        if (sessions.Enter(peer.Address) is { } refusal)
        {
            await RefuseAsync(connection, refusal);
            return;
        }
        context.Metrics.Connected(door);
        try
        {
            await RunAsync(connection, peer);
        }
        finally
        {
            sessions.Leave(peer.Address);
            context.Metrics.Disconnected(door);
        }
    }

    private async Task RunAsync(ConnectionContext connection, SmtpPeer peer)
    {
        await using var session = new SmtpSession(context, door, peer, connection.Transport, connection.Abort);
        // Kestrel raises this when it stops: idle sessions end at once, others after their mail.
        var stopping = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? CancellationToken.None;
        await using var registration = stopping.UnsafeRegister(static s => ((SmtpSession)s!).Stop(), session);
        sessions.Add(session);
        try
        {
            await session.RunAsync();
        }
        finally
        {
            sessions.Remove(session);
        }
    }

    private async Task RefuseAsync(ConnectionContext connection, SmtpReply refusal)
    {
        context.Metrics.Refused(door, refusal.Code);
        if (door == SmtpDoor.Smtps)
            return; // a handshake would cost more than the refusal is worth
        try
        {
            SmtpReplyFormat.Write(connection.Transport.Output, refusal);
            await connection.Transport.Output.FlushAsync();
        }
        catch (IOException)
        {
            // the peer has gone already
        }
    }
}
