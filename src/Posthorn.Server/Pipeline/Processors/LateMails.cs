using System.Threading.Channels;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;

namespace Posthorn.Server.Pipeline.Processors;

/// <summary>Mails that wait inside a run, apart from the batch they came with; each is committed, with others that are ready, when it is through.</summary>
/// <remarks>Limits: <see cref="PipelineSettings.WaitingMax"/> and one batch of each worker; beyond that the workers lease nothing more.</remarks>
internal sealed class LateMails(PipelineServices services, PipelineCommitter committer)
{
    /// <summary>How long a mail rests whose content could not be read or written now.</summary>
    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(5);

    private readonly Channel<MailResult> _ready = Channel.CreateUnbounded<MailResult>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Lock _lock = new(); // guards _count and _room
    private int _count;
    private TaskCompletionSource? _room;

    /// <summary>Waits while there are too many.</summary>
    public Task WaitForRoomAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_count < services.Settings.WaitingMax)
                return Task.CompletedTask;
            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _room.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Takes one over from its worker.</summary>
    public void Add(LeasedMessage mail, Task<MailResult> pending, RunTimeout timeout)
    {
        lock (_lock)
            _count++;
        timeout.Hold();
        _ = FinishAsync(mail, pending, timeout);
    }

    /// <summary>Commits what gets through; ends after <see cref="CompleteAsync"/> when all is committed.</summary>
    public async Task CommitAsync()
    {
        var results = new List<MailResult>();
        while (await _ready.Reader.WaitToReadAsync())
        {
            results.Clear();
            while (results.Count < services.Settings.BatchMax && _ready.Reader.TryRead(out var result))
                results.Add(result);
            try
            {
                await committer.CommitAsync(results);
            }
            catch (EngineFailedException e)
            {
                services.Log.EngineFailed(e);
            }
            catch (Exception e)
            {
                services.Log.WorkerFailed("late mails", e);
            }

            Remove(results.Count);
        }
    }

    /// <summary>No worker adds any more; waits for those that are still inside, which the stop has told to end.</summary>
    public async Task CompleteAsync()
    {
        while (true)
        {
            Task room;
            lock (_lock)
            {
                if (_count == 0)
                    break;
                _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                room = _room.Task;
            }

            await room;
        }

        _ready.Writer.Complete();
    }

    private async Task FinishAsync(LeasedMessage mail, Task<MailResult> pending, RunTimeout timeout)
    {
        try
        {
            // Holds nothing back: a run ends within its time, whatever its mailets do.
            _ready.Writer.TryWrite(await pending);
        }
        catch (Exception e)
        {
            if (e is OperationCanceledException)
                await GiveBackAsync(new Commit().Release(mail), mail);
            else if (e is EngineUnavailableException)
            {
                // It may be the store of this one's content alone that is away: others go on.
                services.Log.WorkerFailed(mail.Message.Queue, e);
                await GiveBackAsync(new Commit().Release(mail, s_rest, new MessageChanges { LastError = e.Message }), mail);
            }
            else if (e is EngineFailedException)
                services.Log.EngineFailed(e);
            else
                services.Log.WorkerFailed(mail.Message.Queue, e);
            Remove(1);
        }
        finally
        {
            timeout.Dispose();
        }
    }

    private async Task GiveBackAsync(Commit release, LeasedMessage mail)
    {
        try
        {
            await services.Engine.CommitAsync(release, CancellationToken.None);
        }
        catch (Exception e)
        {
            // Its lease ends by itself, with the process at the latest.
            services.Log.WorkerFailed(mail.Message.Queue, e);
        }
    }

    private void Remove(int count)
    {
        TaskCompletionSource? room;
        lock (_lock)
        {
            _count -= count;
            room = _count < services.Settings.WaitingMax ? _room : null;
            if (room is not null)
                _room = null;
        }

        room?.TrySetResult();
    }
}
