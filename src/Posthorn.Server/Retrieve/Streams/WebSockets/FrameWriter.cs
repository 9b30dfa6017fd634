using System.Net.WebSockets;
using System.Text.Json;
using Posthorn.Leases;

namespace Posthorn.Server.Retrieve.Streams.WebSockets;

/// <summary>Sends frames, one after the other, whoever wants to send. A client that does not read makes its senders wait, with one frame in memory each.</summary>
/// <remarks>Once the stream was closed or its connection is lost, what is sent goes nowhere: whoever settles messages goes on without telling.</remarks>
internal sealed class FrameWriter(WebSocket socket) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1); // guards all below, and the socket's sending side
    private readonly JsonFrame _frame = new();
    private bool _isOver;

    /// <summary>Sends one frame.</summary>
    /// <param name="state">What <paramref name="write"/> needs.</param>
    /// <param name="write">Writes the properties.</param>
    /// <returns>Whether it went out.</returns>
    public async ValueTask<bool> SendAsync<TState>(TState state, Action<Utf8JsonWriter, TState> write)
    {
        await _turn.WaitAsync();
        try
        {
            if (_isOver)
                return false;
            _frame.Begin();
            write(_frame.Json, state);
            _frame.End();
            await socket.SendAsync(_frame.Buffer.Written, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
            return true;
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            _isOver = true;
            return false;
        }
        finally
        {
            _frame.Clear();
            _turn.Release();
        }
    }

    public ValueTask<bool> SendErrorAsync(string code, string detail, string? reference) => SendAsync((code, detail, reference), static (json, error) =>
    {
        json.WriteString("type"u8, "error"u8);
        json.WriteString("code"u8, error.code);
        json.WriteString("detail"u8, error.detail);
        WriteReference(json, error.reference);
    });

    public ValueTask<bool> SendEndedAsync(HeldMessage message) => SendAsync(message, StreamEvents.WriteEnded);

    public ValueTask<bool> SendStoppedAsync(int inFlight, string? reference) => SendAsync((inFlight, reference), static (json, stopped) =>
    {
        json.WriteString("type"u8, "stopped"u8);
        json.WriteNumber("inFlight"u8, stopped.inFlight);
        WriteReference(json, stopped.reference);
    });

    public ValueTask<bool> SendSettledAsync(SettleAnswer answer) => SendAsync(answer, static (json, answer) =>
    {
        Span<byte> text = stackalloc byte[HandleText.Bytes];
        json.WriteString("type"u8, "settled"u8);
        WriteReference(json, answer.Frame.Reference);
        json.WriteStartArray("results"u8);
        for (var i = 0; i < answer.Frame.Handles.Count; i++)
        {
            HandleText.Write(answer.Frame.Handles[i], text);
            json.WriteStartObject();
            json.WriteString("handle"u8, text);
            json.WriteBoolean("ok"u8, answer.Outcomes[i] == SettleOutcome.Done);
            if (SettleAnswer.ReasonOf(answer.Outcomes[i]) is { } reason)
                json.WriteString("reason"u8, reason);
            if (answer.ExpiresAt is { } ends && answer.Outcomes[i] == SettleOutcome.Done)
                json.WriteString("expiresAt"u8, ends.ToUniversalTime());
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    public ValueTask<bool> SendMessageAsync(LeasedMessage leased, MessageBody body) =>
        SendAsync((leased, body), static (json, message) => MessageJson.Write(json, message.leased, message.body));

    /// <summary>Says the last word; nothing when it was said.</summary>
    public async ValueTask CloseAsync(WebSocketCloseStatus status, string reason)
    {
        await _turn.WaitAsync();
        try
        {
            if (_isOver)
                return;
            _isOver = true;
            await socket.CloseOutputAsync(status, reason, CancellationToken.None);
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            // There is nobody left to be told.
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose()
    {
        _turn.Dispose();
        _frame.Dispose();
    }

    private static void WriteReference(Utf8JsonWriter json, string? reference)
    {
        if (reference is not null)
            json.WriteString("ref"u8, reference);
    }
}
