using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Posthorn.Protocols.Pop3;
using Posthorn.Server.Connections;

namespace Posthorn.Server.Retrieve.Pop3;

/// <summary>Runs a session on each connection of a listener.</summary>
internal sealed class Pop3ConnectionHandler(Pop3Context context, OpenConnections connections, Pop3Door door) : ConnectionHandler
{
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        var peer = ClientPeer.Of(connection.RemoteEndPoint, connection.ConnectionId);
        if (connections.Enter(peer.Address) is var admission and not Admission.Granted)
        {
            await RefuseAsync(connection, admission == Admission.Full ? Pop3Replies.TooManyConnections : Pop3Replies.TooManyConnectionsFromAddress);
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
        await using var session = new Pop3Session(context, door, peer, connection.Transport, connection.Abort);
        // Kestrel raises this when it stops: idle sessions end at once, others after their command.
        var stopping = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? CancellationToken.None;
        await using var registration = stopping.UnsafeRegister(static s => ((Pop3Session)s!).Stop(), session);
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

    private async Task RefuseAsync(ConnectionContext connection, Pop3Reply refusal)
    {
        if (door == Pop3Door.Pop3s)
            return; // a handshake would cost more than the refusal is worth
        try
        {
            Pop3ReplyFormat.Write(connection.Transport.Output, refusal);
            await connection.Transport.Output.FlushAsync();
        }
        catch (IOException)
        {
            // the peer has gone already
        }
    }
}
