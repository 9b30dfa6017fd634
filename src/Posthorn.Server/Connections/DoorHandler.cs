using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Posthorn.Server.Connections;

/// <summary>Runs a session on each connection of a listener, as many as there may be.</summary>
internal abstract class DoorHandler(OpenConnections connections) : ConnectionHandler
{
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        var peer = ClientPeer.Of(connection.RemoteEndPoint, connection.ConnectionId);
        if (connections.Enter(peer.Address) is var admission and not Admission.Granted)
        {
            await RefuseAsync(connection.Transport.Output, admission);
            return;
        }
        Connected();
        try
        {
            await RunAsync(connection, peer);
        }
        finally
        {
            connections.Leave(peer.Address);
            Disconnected();
        }
    }

    /// <summary>Counts a connection that has a place.</summary>
    protected abstract void Connected();

    /// <summary>Counts that it is gone.</summary>
    protected abstract void Disconnected();

    /// <summary>Begins the session of a connection.</summary>
    protected abstract IDoorSession Begin(ConnectionContext connection, ClientPeer peer);

    /// <summary>Writes why a connection has no place; false where nothing can be said, because a TLS handshake would cost more than the refusal is worth.</summary>
    protected abstract bool TryRefuse(Admission admission, PipeWriter output);

    private async Task RunAsync(ConnectionContext connection, ClientPeer peer)
    {
        await using var session = Begin(connection, peer);
        // Kestrel raises this when it stops: idle sessions end at once, others after what they are doing.
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

    private async Task RefuseAsync(PipeWriter output, Admission admission)
    {
        try
        {
            if (TryRefuse(admission, output))
                await output.FlushAsync();
        }
        catch (IOException)
        {
            // the peer has gone already
        }
    }
}
