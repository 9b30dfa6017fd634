using Posthorn.Engine;
using Posthorn.Queues;
using Posthorn.Embedded.Telemetry;

namespace Posthorn.Embedded.Consuming;

/// <summary>Calls a handler for each message of a queue, several at once, until it is stopped; then lets those at work finish.</summary>
/// <remarks>
/// Diagnostics: a handler that fails has its message tried again by the back-off, or given up; a lost lease is logged; a failed or closed
/// engine ends the whole with its exception. Limits: handlers at work are ended by their token only, and only after the drain time.
/// </remarks>
internal sealed class Processor(StoreContext context, QueueName queue, Func<ReceivedMessage, CancellationToken, Task> handler, ProcessOptions options) : IDisposable
{
    private readonly LeasePump _pump = new(context, queue, options);
    private readonly CancellationTokenSource _over = new(); // the drain time is over

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var pumping = _pump.RunAsync(stop.Token);
        var working = Task.WhenAll(Enumerable.Range(0, options.Concurrency).Select(_ => WorkAsync(stop)));
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (stop.Token.UnsafeRegister(s => ((TaskCompletionSource)s!).TrySetResult(), stopped))
            await Task.WhenAny(working, stopped.Task);
        await stop.CancelAsync();
        await pumping;
        await _pump.ReturnRestAsync();
        try
        {
            await working.WaitAsync(options.DrainTime, context.Time, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            context.Log.Cancelling(queue, options.DrainTime);
            await _over.CancelAsync();
            await working;
        }
    }

    public void Dispose() => _over.Dispose();

    private async Task WorkAsync(CancellationTokenSource stop)
    {
        try
        {
            while (!stop.IsCancellationRequested && await _pump.Reader.WaitToReadAsync(CancellationToken.None))
            {
                if (!stop.IsCancellationRequested && _pump.Reader.TryRead(out var message) && !message.IsEnded)
                    await HandleAsync(message);
            }
        }
        finally
        {
            await stop.CancelAsync(); // one worker ends by itself only when all have to
        }
    }

    private async Task HandleAsync(ReceivedMessage message)
    {
        var startedAt = context.Time.GetTimestamp();
        using var activity = MessageActivity.StartProcess(message.Message);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_over.Token, message.LeaseLost);
        try
        {
            await handler(message, either.Token);
        }
        catch (OperationCanceledException) when (_over.IsCancellationRequested && !message.Lease.IsLost)
        {
            await Returning.GiveBackAsync(context, message);
            return;
        }
        catch (Exception e)
        {
            MessageActivity.Fail(activity, e);
            var outcome = await FailAsync(message, e);
            QueueMetrics.Failed(queue, outcome, e.GetType().FullName!, context.Time.GetElapsedTime(startedAt));
            return;
        }
        if (await AckAsync(message))
            QueueMetrics.Succeeded(queue, context.Time.GetElapsedTime(startedAt));
    }

    /// <summary>Ends a message whose handler has succeeded, unless the handler settled it itself.</summary>
    private async ValueTask<bool> AckAsync(ReceivedMessage message)
    {
        try
        {
            if (!message.IsEnded)
                await message.AckAsync(CancellationToken.None);
            if (!message.Lease.IsLost)
                return true;
            context.Log.LeaseLost(failure: null, message.Id, queue);
        }
        catch (LeaseLostException e)
        {
            context.Log.LeaseLost(e, message.Id, queue);
        }
        catch (Exception e) when (!IsTheEnd(e))
        {
            NotSettled(message, e);
        }
        return false;
    }

    /// <returns>What became of the message, as the metrics call it.</returns>
    private async ValueTask<string> FailAsync(ReceivedMessage message, Exception failure)
    {
        if (message.Lease.IsLost)
        {
            context.Log.LeaseLost(failure, message.Id, queue);
            return "lease_lost";
        }
        if (message.IsEnded)
        {
            context.Log.NotSettled(failure, message.Id, queue);
            return "settled"; // by the handler, which then failed
        }
        try
        {
            // With its policy's last receive the engine gives it up anyway.
            var max = Math.Min(options.AttemptsMax ?? int.MaxValue, context.Engine.Status(queue)?.Policy.ReceivesMax ?? int.MaxValue);
            if ((options.IsPermanent(failure) || message.Attempt >= max) && await TryGiveUpAsync(message, failure))
                return "dead_letter";
            var delay = options.Backoff.DelayAfter(message.Attempt, message.Id);
            await message.ReleaseAsync(delay, TextOf(failure), CancellationToken.None);
            context.Log.WillRetry(failure, message.Id, queue, message.Attempt, delay);
            return "retry";
        }
        catch (LeaseLostException e)
        {
            context.Log.LeaseLost(e, message.Id, queue);
            return "lease_lost";
        }
        catch (Exception e) when (!IsTheEnd(e))
        {
            NotSettled(message, e);
            return "not_settled";
        }
    }

    /// <returns>False when the dead-letter queue is full: then the message stays where it is and is tried again.</returns>
    private async ValueTask<bool> TryGiveUpAsync(ReceivedMessage message, Exception failure)
    {
        try
        {
            await message.DeadLetterAsync(TextOf(failure), options.DeadLetterQueue, CancellationToken.None);
            context.Log.GaveUp(failure, message.Id, queue, message.Attempt);
            return true;
        }
        catch (QueueFullException e)
        {
            context.Log.NotSettled(e, message.Id, queue);
            return false;
        }
    }

    private void NotSettled(ReceivedMessage message, Exception failure)
    {
        message.Lease.Abandon();
        context.Log.NotSettled(failure, message.Id, queue);
    }

    /// <summary>The engine has failed or is closed: nothing can be consumed any more.</summary>
    private static bool IsTheEnd(Exception failure) => failure is EngineFailedException or ObjectDisposedException;

    private static string TextOf(Exception failure) => $"{failure.GetType().Name}: {failure.Message}";
}
