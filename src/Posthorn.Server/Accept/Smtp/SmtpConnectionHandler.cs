using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Posthorn.Protocols.Smtp;
using Posthorn.Server.Connections;

namespace Posthorn.Server.Accept.Smtp;

/// <summary>Runs a session on each connection of a listener.</summary>
internal sealed class SmtpConnectionHandler(SmtpContext context, OpenConnections connections, SmtpDoor door) : ConnectionHandler
{
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        var peer = ClientPeer.Of(connection.RemoteEndPoint, connection.ConnectionId);
        if (connections.Enter(peer.Address) is var admission and not Admission.Granted)
        {
            await RefuseAsync(connection, admission == Admission.Full ? SmtpReplies.TooManyConnections : SmtpReplies.TooManyConnectionsFromAddress);
            return;
        }
        context.Metrics.Connected(door);
        try
        {
            await RunAsync(connection, peer);
        }
        finally
        {
            connections.Leave(peer.Address);
            context.Metrics.Disconnected(door);
        }
    }

    private async Task RunAsync(ConnectionContext connection, ClientPeer peer)
    {
        await using var session = new SmtpSession(context, door, peer, connection.Transport, connection.Abort);
        // Kestrel raises this when it stops: idle sessions end at once, others after their mail.
        var stopping = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? CancellationToken.None;
        await using var registration = stopping.UnsafeRegister(static s => ((LineConnection)s!).Stop(), session.Connection);
        connections.Add(session.Connection);
        try
        {
            await session.RunAsync();
        }
        finally
        {
            connections.Remove(session.Connection);
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
