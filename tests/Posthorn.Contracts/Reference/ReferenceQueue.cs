using Posthorn.Queues;

namespace Posthorn.Contracts.Reference;

/// <summary>A queue as the reference knows it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Identity">Its identity.</param>
/// <param name="Policy">Its policy.</param>
/// <param name="HighestModSeq">The number of the last commit that changed anything in it.</param>
/// <param name="NextNumber">The number that the next message gets.</param>
internal sealed record ReferenceQueue(QueueName Name, long Identity, QueuePolicy Policy, long HighestModSeq, long NextNumber = 1);
