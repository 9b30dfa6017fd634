using System.Net.WebSockets;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Server.Accept.Aws;

namespace Posthorn.Server.Retrieve.Streams.WebSockets;

/// <summary>A stream of messages over a WebSocket: pushes what there are credits for, does what the client's frames say.</summary>
/// <remarks>
/// <para>Three loops: one leases and pushes, one reads frames, one settles. The first reason to end decides what the client is told. Then nothing more is
/// pushed, frames that have come are still done, and what is in flight is given back.</para>
/// <para>Diagnostics: a frame that cannot be understood is answered with an error and the stream goes on; one that is no text or too long ends it. A client
/// that does not read holds up the loops that write to it, until it does not answer pings either. What breaks the protocol itself (no UTF-8: 1007, no frame:
/// 1002) the framework answers.</para>
/// </remarks>
internal sealed class WebSocketSession : IAsyncDisposable
{
    private readonly StreamContext _context;
    private readonly StreamRequest _request;
    private readonly WebSocket _socket;
    private readonly Credits _credits;
    private readonly HeldMessages _held;
    private readonly FrameReader _reader;
    private readonly FrameWriter _writer;
    private readonly SettleLoop _settling;
    private readonly CancellationTokenSource _noMore = new();
    private readonly TaskCompletionSource<StreamEnding> _ending = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _stopReference;
    private bool _isStopWanted;
    private bool _isFaulted;

    /// <param name="context">What all streams share.</param>
    /// <param name="request">What the client asked for.</param>
    /// <param name="socket">Belongs to the session from now on.</param>
    public WebSocketSession(StreamContext context, StreamRequest request, WebSocket socket)
    {
        (_context, _request, _socket) = (context, request, socket);
        _credits = new Credits(context.Limits.CreditsMax, request.Prefetch ?? 0, request.Prefetch is not null);
        _reader = new FrameReader(socket, context.Limits.FrameBytesMax);
        _writer = new FrameWriter(socket);
        _held = new HeldMessages(context, request, _credits, async message => await _writer.SendEndedAsync(message));
        _settling = new SettleLoop(context, request, _held, _writer);
    }

    /// <summary>Runs until either side ends it; all messages are given back then.</summary>
    public async Task RunAsync()
    {
        await using var stopping = _context.Stopping.UnsafeRegister(static stream => ((WebSocketSession)stream!).End(StreamEnding.ShuttingDown), this);
        var settling = WatchAsync(_settling.RunAsync());
        var pushing = WatchAsync(PushAllAsync());
        var reading = WatchAsync(ReadAllAsync());
        var ending = await _ending.Task;
        await _noMore.CancelAsync();
        await using var limit = _context.Time.CreateTimer(static socket => ((WebSocket)socket!).Abort(), _socket, _context.Limits.CloseTimeout, Timeout.InfiniteTimeSpan);
        await pushing;
        if (!reading.IsCompleted)
            await CloseAsync(ending);
        await reading;
        _settling.Complete();
        await settling;
        await CloseAsync(ending);
        StreamLog.Ended(_context.Logger, _request.Queue, _request.Caller.Name, ending.Reason);
    }

    public async ValueTask DisposeAsync()
    {
        await _held.DisposeAsync();
        _writer.Dispose();
        _noMore.Dispose();
        // To dispose of a socket that calls itself aborted resets the connection, and the framework's last word to a client at fault may still wait to be
        // sent. Left alone it holds nothing but memory, and the server sends what there is before it closes.
        if (!_isFaulted)
            _socket.Dispose();
    }

    private void End(StreamEnding ending) => _ending.TrySetResult(ending);

    private async ValueTask CloseAsync(StreamEnding ending)
    {
        if (ending.Code is { } code)
            await _writer.SendErrorAsync(code, ending.Reason, null);
        await _writer.CloseAsync(ending.Status, ending.Reason);
    }

    /// <summary>Makes an ending of what a loop threw.</summary>
    private async Task WatchAsync(Task loop)
    {
        try
        {
            await loop;
        }
        catch (Exception e) when (EngineOutage.Is(e) || e is ObjectDisposedException)
        {
            End(StreamEnding.EngineFailed);
        }
        catch (Exception e)
        {
            StreamLog.Failed(_context.Logger, _request.Queue, e);
            End(StreamEnding.Failed);
        }
    }

    private async Task PushAllAsync()
    {
        try
        {
            await new MessagePump(_context, _request, _credits, _held).RunAsync(PushAsync, _noMore.Token);
            End(StreamEnding.QueueGone);
        }
        catch (OperationCanceledException) when (_noMore.IsCancellationRequested)
        {
            if (!Volatile.Read(ref _isStopWanted))
                return;
            await _held.ReturnUnsentAsync();
            await _writer.SendStoppedAsync(_held.Count, _stopReference);
        }
    }

    private async ValueTask PushAsync(IReadOnlyList<LeasedMessage> batch, CancellationToken noMore)
    {
        foreach (var leased in batch)
        {
            // Sending itself is not cancelled: that would cut the connection.
            noMore.ThrowIfCancellationRequested();
            using var body = await MessageBody.ReadAsync(_context.Engine, leased, _context.Limits.InlineBytesMax, CancellationToken.None);
            if (!_held.TrySend(leased.Handle))
                continue;
            if (!await _writer.SendMessageAsync(leased, body))
            {
                // The connection is lost, and the reading loop is about to end the stream: the rest was not received.
                await _noMore.CancelAsync();
                return;
            }
            _context.RecordPush(leased, _request);
        }
    }

    private async Task ReadAllAsync()
    {
        using var buffer = new PooledBuffer();
        try
        {
            while (true)
            {
                switch (await _reader.ReadAsync(buffer))
                {
                    case FrameArrival.Text:
                        await TakeAsync(buffer);
                        break;
                    case FrameArrival.Close:
                        End(StreamEnding.ByClient);
                        return;
                    case FrameArrival.Binary:
                        End(StreamEnding.NotText);
                        await _reader.SkipAsync(buffer);
                        return;
                    default:
                        End(StreamEnding.TooLarge(_context.Limits.FrameBytesMax));
                        await _reader.SkipAsync(buffer);
                        return;
                }
                buffer.Dispose(); // back to the pool while nothing is said
            }
        }
        catch (WebSocketException e) when (e.WebSocketErrorCode == WebSocketError.Faulted)
        {
            _isFaulted = true;
            End(StreamEnding.NoFrame);
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            End(StreamEnding.Lost);
        }
    }

    private async ValueTask TakeAsync(PooledBuffer text)
    {
        string? reference = null;
        try
        {
            var frame = FrameParser.Parse(text.Written.Span, _context.Limits, out reference);
            switch (frame.Kind)
            {
                case FrameKind.Credit when !_credits.TryGrant(frame.Credits):
                    await _writer.SendErrorAsync("too-many", $"At most {_context.Limits.CreditsMax} messages may be in flight and granted; nothing was granted.", reference);
                    break;
                case FrameKind.Credit:
                    break;
                case FrameKind.Stop when _isStopWanted:
                    await _writer.SendStoppedAsync(_held.Count, reference);
                    break;
                case FrameKind.Stop:
                    _stopReference = reference;
                    Volatile.Write(ref _isStopWanted, true);
                    await _noMore.CancelAsync();
                    break;
                default:
                    await _settling.AddAsync(frame);
                    break;
            }
        }
        catch (FormatException e)
        {
            await _writer.SendErrorAsync("bad-frame", e.Message, reference);
        }
    }
}
