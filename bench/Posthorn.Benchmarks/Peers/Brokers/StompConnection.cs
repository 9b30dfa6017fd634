using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Threading.Channels;
using Posthorn.Benchmarks.Peers.Wire;

namespace Posthorn.Benchmarks.Peers.Brokers;

/// <summary>STOMP 1.2 on one connection. Messages and receipts come in any order, so a loop reads them; any client may acknowledge what came here.</summary>
internal sealed class StompConnection(WireConnection wire)
{
    private readonly SemaphoreSlim _writing = new(1);
    private readonly ConcurrentDictionary<long, TaskCompletionSource> _receipts = new();
    private long _receipt;
    private ChannelWriter<StompDelivery>? _deliveries;
    private int _subscriptions;

    public async Task GreetAsync()
    {
        wire.Write("CONNECT\naccept-version:1.2\nhost:bench\nheart-beat:0,0\n\n\0\n"u8);
        var answer = await wire.AskAsync();
        answer.MustBegin("CONNECTED"u8);
        await wire.UntilAsync(0);
        _ = ReadAsync();
    }

    /// <summary>Lets one unacknowledged message at a time of a destination come, into the channel, and none of others any more.</summary>
    public Task SubscribeAsync(string destination, ChannelWriter<StompDelivery> deliveries)
    {
        _deliveries = deliveries;
        var before = _subscriptions++ > 0 ? $"UNSUBSCRIBE\nid:{_subscriptions - 1}\n\n\0\n" : "";
        return AskAsync($"{before}SUBSCRIBE\nid:{_subscriptions}\ndestination:{destination}\nack:client-individual\nactivemq.prefetchSize:1\n", default);
    }

    public Task SendAsync(string destination) =>
        AskAsync($"SEND\ndestination:{destination}\npersistent:true\ncontent-length:{PeerBenchmark.Body.Length}\n", PeerBenchmark.Body);

    public Task AcknowledgeAsync(string ack) => AskAsync($"ACK\nid:{ack}\n", default);

    /// <summary>Sends a frame whose header still lacks its end, and waits for its receipt: by then the broker has done it, on disk.</summary>
    private async Task AskAsync(string header, ReadOnlyMemory<byte> body)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _writing.WaitAsync();
        try
        {
            var receipt = ++_receipt;
            _receipts[receipt] = done;
            wire.Write(Encoding.ASCII.GetBytes(header)).Write("receipt:"u8).Write(receipt).Write("\n\n"u8).Write(body.Span).Write("\0\n"u8);
            await wire.FlushAsync();
        }
        finally
        {
            _writing.Release();
        }
        await done.Task;
    }

    private async Task ReadAsync()
    {
        try
        {
            while (true)
                await ReadFrameAsync();
        }
        catch (Exception e)
        {
            foreach (var receipt in _receipts.Values)
                receipt.TrySetException(e);
            _deliveries?.TryComplete(e);
        }
    }

    private async Task ReadFrameAsync()
    {
        string? command = null;
        var (receipt, ack, length) = ("", "", -1);
        while (true)
        {
            var line = Encoding.UTF8.GetString((await wire.LineAsync()).Span);
            if (line.Length == 0)
            {
                if (command is not null)
                    break;
                continue; // between frames
            }
            if (command is null)
                command = line;
            else if (line.StartsWith("receipt-id:", StringComparison.Ordinal))
                receipt = line["receipt-id:".Length..];
            else if (line.StartsWith("ack:", StringComparison.Ordinal))
                ack = line["ack:".Length..].Replace("\\c", ":", StringComparison.Ordinal);
            else if (line.StartsWith("content-length:", StringComparison.Ordinal))
                length = int.Parse(line["content-length:".Length..], CultureInfo.InvariantCulture);
        }
        if (length >= 0)
            await wire.BytesAsync(length);
        var rest = Encoding.UTF8.GetString((await wire.UntilAsync(0)).Span);
        if (command == "RECEIPT" && _receipts.TryRemove(long.Parse(receipt, CultureInfo.InvariantCulture), out var done))
            done.SetResult();
        else if (command == "MESSAGE")
            _deliveries!.TryWrite(new StompDelivery(this, ack));
        else
            throw new InvalidDataException($"The broker said {command}: {rest}");
    }
}
