using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Posthorn.Protocols.Imap.Responses;
using Posthorn.Server.Connections;

namespace Posthorn.Server.Retrieve.Imap;

/// <summary>Speaks IMAP on the connections of a listener.</summary>
internal sealed class ImapConnectionHandler(ImapContext context, OpenConnections connections, ImapDoor door) : DoorHandler(connections)
{
    protected override void Connected() => context.Metrics.Connected(door);

    protected override void Disconnected() => context.Metrics.Disconnected(door);

    protected override IDoorSession Begin(ConnectionContext connection, ClientPeer peer) =>
        new ImapSession(context, door, peer, connection.Transport, connection.Abort, connection.ConnectionClosed);

    protected override bool TryRefuse(Admission admission, PipeWriter output)
    {
        if (door == ImapDoor.Imaps)
            return false;
        new ImapWriter(output).Untagged(admission switch
        {
            Admission.Full => ImapReplies.TooManyConnections,
            Admission.Draining => SessionReplies.Draining,
            _ => SessionReplies.TooManyConnectionsFromAddress,
        });
        return true;
    }
}
