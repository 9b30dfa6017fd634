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

    /// <param name="identity">The queue's identity.</param>
    /// <param name="oldest">The lowest number in it, or the next one when it is empty.</param>
    public static UidSpace Of(long identity, long oldest) => new(identity, oldest >> EpochBits);

    public long NumberOf(uint uid) => Base + uid;

    /// <summary>Whether a number has a UID here.</summary>
    public bool TryUid(long number, out uint uid)
    {
        var above = number - Base;
        uid = (uint)above;
        return above is > 0 and <= uint.MaxValue;
    }
}
