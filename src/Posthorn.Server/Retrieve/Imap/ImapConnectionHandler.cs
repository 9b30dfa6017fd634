using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Posthorn.Protocols.Imap.Responses;
using Posthorn.Server.Connections;

namespace Posthorn.Server.Retrieve.Imap;

/// <summary>Runs a session on each connection of a listener.</summary>
internal sealed class ImapConnectionHandler(ImapContext context, OpenConnections connections, ImapDoor door) : ConnectionHandler
{
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        var peer = ClientPeer.Of(connection.RemoteEndPoint, connection.ConnectionId);
        if (connections.Enter(peer.Address) is var admission and not Admission.Granted)
        {
            await RefuseAsync(connection, admission == Admission.Full ? ImapReplies.TooManyConnections : SessionReplies.TooManyConnectionsFromAddress);
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
        await using var session = new ImapSession(context, door, peer, connection.Transport, connection.Abort, connection.ConnectionClosed);
        // Kestrel raises this when it stops: idle sessions end at once, others after their command.
        var stopping = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? CancellationToken.None;
        await using var registration = stopping.UnsafeRegister(static s => ((LineConnection)s!).Stop(), session.Connection);
        connections.Add(session);
        try
        {
            await session.RunAsync();
        }
        finally
        {
            connections.Remove(session);
        }
    }

    private async Task RefuseAsync(ConnectionContext connection, ImapReply refusal)
    {
        if (door == ImapDoor.Imaps)
            return; // a handshake would cost more than the refusal is worth
        try
        {
            new ImapWriter(connection.Transport.Output).Untagged(refusal);
            await connection.Transport.Output.FlushAsync();
        }
        catch (IOException)
        {
            // the peer has gone already
        }
    }
}
