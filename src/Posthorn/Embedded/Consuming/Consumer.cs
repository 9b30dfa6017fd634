using System.Runtime.CompilerServices;
using Posthorn.Queues;
using Posthorn.Embedded.Telemetry;

namespace Posthorn.Embedded.Consuming;

/// <summary>A queue as a sequence of messages.</summary>
internal sealed class Consumer
{
    private readonly StoreContext _context;
    private readonly QueueName _queue;
    private readonly ConsumeOptions _options;
    private readonly LeasePump _pump;
    private readonly Permits _free;
    private readonly Lock _gate = new(); // guards _handed
    private readonly HashSet<ReceivedMessage> _handed = [];

    public Consumer(StoreContext context, QueueName queue, ConsumeOptions options)
    {
        (_context, _queue, _options) = (context, queue, options);
        _pump = new LeasePump(context, queue, options);
        _free = new Permits(options.Concurrency);
    }

    public async IAsyncEnumerable<ReceivedMessage> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var pumping = _pump.RunAsync(stop.Token);
        try
        {
            while (true)
            {
                if (_options.Concurrency == 1)
                    await ReleaseHandedAsync(); // the loop's body has ended without settling it
                await _free.TakeAsync(cancellationToken);
                await _pump.Reader.WaitToReadAsync(CancellationToken.None); // the pump ends it with the stop or the engine
                cancellationToken.ThrowIfCancellationRequested();
                if (!_pump.Reader.TryRead(out var message))
                    _free.GiveBack();
                else if (Hand(message))
                    yield return message;
            }
        }
        finally
        {
            await stop.CancelAsync();
            await pumping;
            var unfinished = await _pump.ReturnRestAsync() + await ReleaseHandedAsync();
            _context.Log.Stopped(_queue, unfinished);
        }
    }

    /// <returns>False when its lease has ended while it waited here.</returns>
    private bool Hand(ReceivedMessage message)
    {
        lock (_gate)
            _handed.Add(message);
        message.Lease.OnEnd(() =>
        {
            lock (_gate)
                _handed.Remove(message);
            _free.GiveBack();
        });
        return !message.IsEnded;
    }

    private async ValueTask<int> ReleaseHandedAsync()
    {
        ReceivedMessage[] handed;
        lock (_gate)
        {
            if (_handed.Count == 0)
                return 0;
            handed = [.. _handed];
        }
        foreach (var message in handed)
            await Returning.ReleaseAsync(_context, message);
        return handed.Length;
    }
}
