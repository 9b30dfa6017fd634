using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Posthorn.Client.Contracts;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Server.Operate.Admin.Http;

namespace Posthorn.Server.Retrieve.Streams.Events;

/// <summary>A stream of messages as server-sent events (HTML standard, 9.2). Its client settles over HTTP, or gets each message at most once.</summary>
/// <remarks>
/// Diagnostics: a client that does not read is cut off after <see cref="StreamLimits.WriteTimeout"/>; a queue that is deleted and an engine that fails are told
/// as the event <c>problem</c>. Whatever ends it, what is in flight is given back.
/// </remarks>
internal sealed class EventSession : IAsyncDisposable
{
    private readonly StreamContext _context;
    private readonly StreamRequest _request;
    private readonly HttpContext _http;
    private readonly HttpResponse _response;
    private readonly CancellationToken _aborted;
    private readonly Credits _credits;
    private readonly HeldMessages _held;
    private readonly Settlement _settlement;
    private readonly SemaphoreSlim _turn = new(1, 1); // guards the frame and the response
    private readonly JsonFrame _frame = new();

    /// <param name="context">What all streams share.</param>
    /// <param name="request">What the client asked for; with a prefetch.</param>
    /// <param name="http">The request.</param>
    public EventSession(StreamContext context, StreamRequest request, HttpContext http)
    {
        (_context, _request, _http, _response, _aborted) = (context, request, http, http.Response, http.RequestAborted);
        _credits = new Credits(context.Limits.CreditsMax, request.Prefetch ?? context.Limits.EventsPrefetch, comeBack: true);
        _held = new HeldMessages(context, request, _credits, message => WriteAsync("event: ended\ndata: ", message, StreamEvents.WriteEnded));
        _settlement = new Settlement(context, request, _held);
    }

    /// <summary>Runs until either side ends it.</summary>
    public async Task RunAsync()
    {
        _response.ContentType = "text/event-stream";
        _response.Headers.CacheControl = "no-cache, no-store";
        _response.Headers["X-Accel-Buffering"] = "no"; // nginx would keep events back
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_aborted, _context.Stopping);
        var beating = BeatAsync(end.Token);
        var reason = "the connection is lost";
        try
        {
            await new MessagePump(_context, _request, _credits, _held).RunAsync(PushAsync, end.Token);
            await WriteProblemAsync(Problems.QueueNotFound(_request.Queue.Value).Problem);
            reason = "the queue was deleted";
        }
        catch (Exception e) when (EngineOutage.Is(e))
        {
            await WriteProblemAsync(Problems.Of(e)!);
            reason = "the engine is out of service";
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            if (!_aborted.IsCancellationRequested && _context.Stopping.IsCancellationRequested)
                reason = "the server is shutting down";
        }
        finally
        {
            await end.CancelAsync();
            await beating;
            StreamLog.Ended(_context.Logger, _request.Queue, _request.Caller.Name, reason);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _held.DisposeAsync();
        _turn.Dispose();
        _frame.Dispose();
    }

    private async ValueTask PushAsync(IReadOnlyList<LeasedMessage> batch, CancellationToken end)
    {
        try
        {
            foreach (var leased in batch)
            {
                end.ThrowIfCancellationRequested();
                await PushAsync(leased);
            }
        }
        finally
        {
            // What was written is acked also when the next one could not be.
            await _settlement.CommitAsync();
        }
    }

    private async ValueTask PushAsync(LeasedMessage leased)
    {
        using var body = await MessageBody.ReadAsync(_context.Engine, leased, _context.Limits.InlineBytesMax, _aborted);
        if (!_held.TrySend(leased.Handle))
            return;
        await WriteAsync(
            $"id: {leased.Message.Id}\nevent: message\ndata: ", (leased, body), static (json, message) => MessageJson.Write(json, message.leased, message.body));
        _context.RecordPush(leased, _request);
        if (_request.AcksItself && _held.TryBeginSettling(leased.Handle, out var held))
            _settlement.Ack(held, static _ => { });
    }

    /// <summary>Comments, so that nobody on the way takes the connection for dead; the first one sends the header.</summary>
    private async Task BeatAsync(CancellationToken end)
    {
        using var timer = new PeriodicTimer(_context.Limits.HeartbeatInterval, _context.Time);
        try
        {
            do
                await WriteAsync(":\n\n"u8.ToArray());
            while (await timer.WaitForNextTickAsync(end));
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // Over.
        }
    }

    private async ValueTask WriteProblemAsync(Problem problem)
    {
        try
        {
            await WriteAsync(Encoding.UTF8.GetBytes($"event: problem\ndata: {JsonSerializer.Serialize(problem, PosthornJson.Default.Problem)}\n\n"));
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // There is nobody left to be told.
        }
    }

    private async ValueTask WriteAsync(byte[] text)
    {
        await _turn.WaitAsync(_aborted);
        try
        {
            await SendAsync(text);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async ValueTask WriteAsync<TState>(string head, TState state, Action<Utf8JsonWriter, TState> write)
    {
        await _turn.WaitAsync(_aborted);
        try
        {
            Encoding.UTF8.GetBytes(head, _frame.Buffer);
            _frame.Begin();
            write(_frame.Json, state);
            _frame.End();
            _frame.Buffer.Write("\n\n"u8);
            await SendAsync(_frame.Buffer.Written);
        }
        finally
        {
            _frame.Clear();
            _turn.Release();
        }
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        var sending = _response.Body.WriteAsync(bytes, _aborted);
        if (sending.IsCompletedSuccessfully)
            return;
        // A timer only for what the network does not take at once. The connection is cut by it, so that the write ends too and nobody uses the bytes.
        await using var limit = _context.Time.CreateTimer(static http => ((HttpContext)http!).Abort(), _http, _context.Limits.WriteTimeout, Timeout.InfiniteTimeSpan);
        await sending;
    }
}
