using Posthorn.Cli.Connection;
using Posthorn.Cli.Serving;
using Posthorn.Client;
using Posthorn.Client.Contracts.Sending;
using Posthorn.Server.Deliver.Attachments;

namespace Posthorn.Cli.Receiving;

/// <summary>Works a queue off: so many workers take one message each, have it worked on, and take the next.</summary>
/// <remarks>
/// The first signal ends the taking; what was taken is finished. A second one ends the program: what it had comes back when the leases end.
/// <para>Diagnostics: a message that cannot be worked on is given back and told, and the others go on. While a queue is followed, a server that
/// does not answer is tried again for ever, at longer and longer intervals; otherwise the program ends with it.</para>
/// </remarks>
internal sealed class QueueWork(Session session, WorkOptions options)
{
    /// <summary>How long one receive waits while the queue is followed.</summary>
    private static readonly TimeSpan s_followWait = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan s_pauseMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_pauseMax = TimeSpan.FromSeconds(30);

    private int _taken;
    private int _failed;
    private int _isTold; // that the server does not answer

    /// <summary>Runs until the queue is empty, the most was taken, or a signal comes.</summary>
    /// <returns>The exit code: a failure when a message was.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        using var signals = new EndSignals(session.Surroundings.Error, session.Surroundings.Time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(signals.Ended, cancellationToken);
        using var files = options.SaveFolder is null ? null : AttachmentFolder.Open(options.SaveFolder, session.Surroundings.Time);
        var work = new MessageWork(session, options, files is null ? null : new AttachmentFolder(files));
        await Task.WhenAll(Enumerable.Range(0, options.Concurrency).Select(_ => WorkAsync(work, end)));
        if (_taken == 0 && !options.Follows && !session.IsJson)
            session.Surroundings.Error.WriteLine("No messages.");
        return _failed == 0 ? ExitCode.Ok : ExitCode.Failure;
    }

    private async Task WorkAsync(MessageWork work, CancellationTokenSource end)
    {
        try
        {
            while (!end.IsCancellationRequested && TryTake())
            {
                if (await ReceiveAsync(end.Token) is not { } received)
                {
                    Interlocked.Decrement(ref _taken);
                    return;
                }
                if (!await work.DoAsync(received))
                    Interlocked.Increment(ref _failed);
            }
        }
        catch
        {
            await end.CancelAsync(); // the other workers finish what they have
            throw;
        }
    }

    private bool TryTake()
    {
        if (Interlocked.Increment(ref _taken) <= (options.Max ?? int.MaxValue))
            return true;
        Interlocked.Decrement(ref _taken);
        return false;
    }

    /// <summary>The next message; null when there is none, or no more are to be taken.</summary>
    private async Task<ReceivedMessage?> ReceiveAsync(CancellationToken end)
    {
        var request = new ReceiveOptions { Max = 1, Wait = options.Follows ? s_followWait : options.Wait, Visibility = options.Lease, Group = options.Group };
        for (var pause = s_pauseMin; ; pause = pause * 2 < s_pauseMax ? pause * 2 : s_pauseMax)
        {
            try
            {
                var received = await session.Client.ReceiveAsync(options.Queue, request, end);
                if (received.Count > 0 || !options.Follows)
                    return received is [var first, ..] ? first : null;
                pause = s_pauseMin;
                Volatile.Write(ref _isTold, 0);
            }
            catch (OperationCanceledException) when (end.IsCancellationRequested)
            {
                return null;
            }
            catch (PosthornUnavailableException e) when (options.Follows)
            {
                if (Interlocked.Exchange(ref _isTold, 1) == 0)
                    session.Surroundings.Error.WriteLine($"{e.Message} Trying again.");
                if (!await PauseAsync(pause, end))
                    return null;
            }
        }
    }

    private async Task<bool> PauseAsync(TimeSpan pause, CancellationToken end)
    {
        try
        {
            await Task.Delay(pause, session.Surroundings.Time, end);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
