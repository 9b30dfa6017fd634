using Posthorn.Queues;

namespace Posthorn.Engine.Transfer;

/// <summary>A queue as it is moved.</summary>
/// <param name="Identity">Its identity (UIDVALIDITY).</param>
/// <param name="Name">Its name.</param>
/// <param name="Policy">Its policy, whether it is paused included.</param>
/// <param name="NextNumber">The number its next message gets.</param>
/// <param name="HighestModSeq">The number of its last change; a target may have a higher one, as after a restart.</param>
/// <param name="Messages">How many it holds.</param>
/// <param name="Bytes">Bytes of their content.</param>
/// <param name="Consumed">How many it keeps that were consumed.</param>
/// <param name="ConsumedBytes">Bytes of their content.</param>
internal sealed record TransferQueue(
    long Identity, QueueName Name, QueuePolicy Policy, long NextNumber, long HighestModSeq, long Messages, long Bytes, long Consumed, long ConsumedBytes);
