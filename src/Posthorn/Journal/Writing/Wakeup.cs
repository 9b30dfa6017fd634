using System.Threading.Channels;

namespace Posthorn.Journal.Writing;

/// <summary>Wakes one loop: any number of calls between two waits wake it once.</summary>
internal sealed class Wakeup
{
    private readonly Channel<bool> _channel = Channel.CreateBounded<bool>(new BoundedChannelOptions(1)
    {
        FullMode = BoundedChannelFullMode.DropWrite,
        SingleReader = true,
    });

    public void Set() => _channel.Writer.TryWrite(true);

    /// <summary>Waits at most so long.</summary>
    public async ValueTask WaitAsync(TimeSpan atMost, TimeProvider time)
    {
        using var ending = new CancellationTokenSource(atMost, time);
        try
        {
            await WaitAsync(ending.Token);
        }
        catch (OperationCanceledException)
        {
            // The time is over, which is as good as being woken.
        }
    }

    public async ValueTask WaitAsync(CancellationToken cancellationToken = default) => await _channel.Reader.ReadAsync(cancellationToken);
}
