using Posthorn.Engine;
using Posthorn.Queues;

namespace Posthorn.Server.Retrieve.Imap.Views;

/// <summary>How a queue's numbers are UIDs: both grow with every message, but a UID has 32 bits (RFC 3501 2.3.1.1) and a queue's number 63.</summary>
/// <remarks>
/// Up to 2^32 - 1 a UID is the number. Once all that lies below a multiple of 2^31 is gone, UIDs begin anew above it under another UIDVALIDITY,
/// as the RFC asks for. Limits: what lies 2^32 and more above the oldest message is not shown before that one is gone.
/// </remarks>
/// <param name="Identity">The queue's identity.</param>
/// <param name="Epoch">How many times 2^31 numbers lie below the first UID.</param>
internal readonly record struct UidSpace(long Identity, long Epoch)
{
    private const int EpochBits = 31;

    /// <summary>The number that would be UID 0.</summary>
    public long Base => Epoch << EpochBits;

    /// <summary>IMAP's UIDVALIDITY: the queue's identity while UIDs are numbers; never 0.</summary>
    public uint Validity => (uint)Math.Max(1, (Identity + (Epoch << 24)) & uint.MaxValue);

    /// <summary>A queue's UIDs as they are now.</summary>
    public static async ValueTask<UidSpace> OfAsync(IEngine engine, QueueStatus queue)
    {
        if (queue.NextNumber <= uint.MaxValue)
            return new UidSpace(queue.Identity, 0);
        var oldest = await engine.ListAsync(queue.Name, 0, 1);
        return new UidSpace(queue.Identity, (oldest.Count > 0 ? oldest[0].Number : queue.NextNumber) >> EpochBits);
    }

    public long NumberOf(uint uid) => Base + uid;

    /// <summary>Whether a number has a UID here.</summary>
    public bool TryUid(long number, out uint uid)
    {
        var above = number - Base;
        uid = (uint)above;
        return above is > 0 and <= uint.MaxValue;
    }
}
