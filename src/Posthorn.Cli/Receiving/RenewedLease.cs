using Posthorn.Cli.Connection;
using Posthorn.Client;
using Posthorn.Client.Contracts.Sending;

namespace Posthorn.Cli.Receiving;

/// <summary>Renews a message's lease, three times as often as it needs, until it is disposed of.</summary>
/// <remarks>A server that does not answer is asked again with the next renewal; a lease that has ended stays so, and the ack will say it.</remarks>
internal sealed class RenewedLease : IAsyncDisposable
{
    private readonly Session _session;
    private readonly string _handle;
    private readonly TimeSpan _time;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _renewing;

    public RenewedLease(Session session, ReceivedMessage message, TimeSpan time)
    {
        (_session, _handle, _time) = (session, message.Handle, time);
        _renewing = RenewAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _renewing;
        _end.Dispose();
    }

    private async Task RenewAsync()
    {
        using var timer = new PeriodicTimer(_time / 3, _session.Surroundings.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(_end.Token))
            {
                try
                {
                    await _session.Client.ExtendAsync(_handle, _time, _end.Token);
                }
                catch (PosthornException e) when (e is not PosthornRefusedException)
                {
                    // There are two more before the lease ends.
                }
            }
        }
        catch (PosthornRefusedException)
        {
            // It has ended.
        }
        catch (OperationCanceledException)
        {
            // The message is settled.
        }
    }
}
