using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Posthorn.Protocols.Pop3;
using Posthorn.Server.Connections;

namespace Posthorn.Server.Retrieve.Pop3;

/// <summary>Speaks POP3 on the connections of a listener.</summary>
internal sealed class Pop3ConnectionHandler(Pop3Context context, OpenConnections connections, Pop3Door door) : DoorHandler(connections)
{
    protected override void Connected() => context.Metrics.Connected(door);

    protected override void Disconnected() => context.Metrics.Disconnected(door);

    protected override IDoorSession Begin(ConnectionContext connection, ClientPeer peer) => new Pop3Session(context, door, peer, connection.Transport, connection.Abort);

    protected override bool TryRefuse(Admission admission, PipeWriter output)
    {
        if (door == Pop3Door.Pop3s)
            return false;
        Pop3ReplyFormat.Write(output, admission switch
        {
            Admission.Full => Pop3Replies.TooManyConnections,
            Admission.Draining => Pop3Replies.Draining,
            _ => Pop3Replies.TooManyConnectionsFromAddress,
        });
        return true;
    }
}
