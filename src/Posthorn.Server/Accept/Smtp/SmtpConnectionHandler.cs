using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Posthorn.Protocols.Smtp;
using Posthorn.Server.Connections;

namespace Posthorn.Server.Accept.Smtp;

/// <summary>Speaks SMTP or LMTP on the connections of a listener.</summary>
internal sealed class SmtpConnectionHandler(SmtpContext context, OpenConnections connections, SmtpDoor door) : DoorHandler(connections)
{
    protected override void Connected() => context.Metrics.Connected(door);

    protected override void Disconnected() => context.Metrics.Disconnected(door);

    protected override IDoorSession Begin(ConnectionContext connection, ClientPeer peer) => new SmtpSession(context, door, peer, connection.Transport, connection.Abort);

    protected override bool TryRefuse(Admission admission, PipeWriter output)
    {
        var refusal = admission switch
        {
            Admission.Full => SmtpReplies.TooManyConnections,
            Admission.Draining => SmtpReplies.Draining,
            _ => SmtpReplies.TooManyConnectionsFromAddress,
        };
        context.Metrics.Refused(door, refusal.Code);
        if (door == SmtpDoor.Smtps)
            return false;
        SmtpReplyFormat.Write(output, refusal);
        return true;
    }
}
