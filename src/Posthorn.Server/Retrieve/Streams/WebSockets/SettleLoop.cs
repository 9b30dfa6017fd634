using System.Threading.Channels;

namespace Posthorn.Server.Retrieve.Streams.WebSockets;

/// <summary>Does what a client's frames say of messages, in their order. Those that came while a commit was on its way share the next one.</summary>
internal sealed class SettleLoop(StreamContext context, StreamRequest request, HeldMessages held, FrameWriter writer)
{
    private readonly Channel<ClientFrame> _frames = Channel.CreateBounded<ClientFrame>(
        new BoundedChannelOptions(context.Limits.FramesMax) { SingleReader = true, SingleWriter = true });

    private readonly Settlement _settlement = new(context, request, held);
    private readonly List<SettleAnswer> _answers = [];

    /// <summary>Takes a frame, and waits when there are as many as may be; what comes after the loop failed is dropped, and its messages come back.</summary>
    public async ValueTask AddAsync(ClientFrame frame)
    {
        try
        {
            await _frames.Writer.WriteAsync(frame);
        }
        catch (ChannelClosedException)
        {
            // The engine is out of service: the client is about to be told.
        }
    }

    /// <summary>Nothing more comes.</summary>
    public void Complete() => _frames.Writer.TryComplete();

    /// <summary>Runs until nothing more comes and all is done.</summary>
    /// <exception cref="Engine.EngineFailedException">The engine is out of service.</exception>
    public async Task RunAsync()
    {
        try
        {
            while (await _frames.Reader.WaitToReadAsync())
            {
                while (_settlement.Count < ClientFrame.HandlesMax && _frames.Reader.TryRead(out var frame))
                    await BeginAsync(frame);
                await _settlement.CommitAsync();
                foreach (var answer in _answers)
                    await writer.SendSettledAsync(answer);
                _answers.Clear();
            }
        }
        finally
        {
            Complete();
        }
    }

    private async ValueTask BeginAsync(ClientFrame frame)
    {
        var answer = new SettleAnswer(frame);
        for (var i = 0; i < frame.Handles.Count; i++)
        {
            if (frame.Kind == FrameKind.Extend)
                await ExtendAsync(answer, i);
            else
                Settle(answer, i);
        }
        _answers.Add(answer);
    }

    private void Settle(SettleAnswer answer, int i)
    {
        var frame = answer.Frame;
        if (!held.TryBeginSettling(frame.Handles[i], out var message))
            answer.Outcomes[i] = SettleOutcome.UnknownHandle;
        else if (frame.Kind == FrameKind.Ack)
            _settlement.Ack(message, outcome => answer.Outcomes[i] = outcome);
        else
            _settlement.Nack(message, frame.Time, frame.Error, outcome => answer.Outcomes[i] = outcome);
    }

    private async ValueTask ExtendAsync(SettleAnswer answer, int i)
    {
        (answer.Outcomes[i], var end) = await held.ExtendAsync(answer.Frame.Handles[i], answer.Frame.Time);
        answer.ExpiresAt = end ?? answer.ExpiresAt;
    }
}
