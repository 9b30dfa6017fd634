using System.Threading.Channels;

namespace Posthorn.Embedded.Consuming;

/// <summary>A bound on how many of something there are: whoever wants one more waits for a permit that is given back.</summary>
internal sealed class Permits
{
    // A semaphore would have to be disposed of, and nobody knows when the last message that holds a permit has ended.
    private readonly Channel<byte> _free;

    public Permits(int count)
    {
        _free = Channel.CreateBounded<byte>(count);
        GiveBack(count);
    }

    public async ValueTask TakeAsync(CancellationToken cancellationToken) => await _free.Reader.ReadAsync(cancellationToken);

    public bool TryTake() => _free.Reader.TryRead(out _);

    public void GiveBack(int count = 1)
    {
        for (var i = 0; i < count; i++)
            _free.Writer.TryWrite(0);
    }
}
