using System.Threading.Channels;
using Posthorn.Leases;
using Posthorn.Queues;

namespace Posthorn.Embedded.Consuming;

/// <summary>
/// Leases messages as there is room for them, and keeps them until somebody takes them. What is leased and not settled is never more than
/// <see cref="ConsumerOptions.Concurrency"/> plus <see cref="ConsumerOptions.Prefetch"/>.
/// </summary>
internal sealed class LeasePump(StoreContext context, QueueName queue, ConsumerOptions options)
{
    /// <summary>Most messages asked for at once: what large answers save is won by then.</summary>
    private const int BatchMax = 100;

    private readonly Channel<ReceivedMessage> _channel = Channel.CreateUnbounded<ReceivedMessage>(); // bounded by the permits
    private readonly Permits _permits = new(options.Concurrency + options.Prefetch);

    public ChannelReader<ReceivedMessage> Reader => _channel.Reader;

    /// <summary>Runs until it is stopped or the engine ends; the reader learns of it then.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await _permits.TakeAsync(stop);
                var room = 1;
                while (room < BatchMax && _permits.TryTake())
                    room++;
                await TakeAsync(room, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            _channel.Writer.TryComplete();
        }
        catch (Exception e)
        {
            _channel.Writer.TryComplete(e);
        }
    }

    /// <summary>Gives back what nobody has taken, as if it had not been received.</summary>
    /// <returns>How many messages.</returns>
    public async ValueTask<int> ReturnRestAsync()
    {
        var count = 0;
        for (; Reader.TryRead(out var message); count++)
            await Returning.GiveBackAsync(context, message);
        return count;
    }

    private async ValueTask TakeAsync(int room, CancellationToken stop)
    {
        var request = new LeaseRequest
        {
            MessagesMax = room,
            VisibilityTimeout = options.VisibilityTimeout,
            Wait = Timeout.InfiniteTimeSpan,
            Group = options.Group,
        };
        var taken = await Leasing.TakeAsync(context, queue, request, options.HandlingTimeMax, stop);
        if (taken.Count < room)
            _permits.GiveBack(room - taken.Count);
        foreach (var message in taken)
        {
            message.Lease.OnEnd(() => _permits.GiveBack());
            _channel.Writer.TryWrite(message);
        }
    }
}
