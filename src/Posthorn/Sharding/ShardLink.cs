using Posthorn.Engine;

namespace Posthorn.Sharding;

/// <summary>
/// A shard as the others' engine reaches it. Once it could not be reached, what cannot wait is refused at once, so that nobody holds a thread for a
/// database that is away; meanwhile it is asked in the background until it answers.
/// </summary>
internal sealed class ShardLink
{
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly CancellationToken _closing;
    private string? _fault; // why it is away; null while it is not
    private Task _probing = Task.CompletedTask;

    /// <param name="index">Its place: 0 is the home shard.</param>
    /// <param name="name">What people call it.</param>
    /// <param name="engine">The engine on it.</param>
    /// <param name="time">The clock.</param>
    /// <param name="closing">Ends the asking.</param>
    public ShardLink(int index, string name, IShard engine, TimeProvider time, CancellationToken closing) =>
        (Index, Name, Engine, _time, _closing) = (index, name, engine, time, closing);

    public int Index { get; }

    public string Name { get; }

    public IShard Engine { get; }

    public bool IsHome => Index == 0;

    /// <summary>Why it cannot be reached; null when it answered last.</summary>
    public string? Fault => Volatile.Read(ref _fault);

    /// <summary>Asks it something that need not wait.</summary>
    /// <exception cref="EngineUnavailableException">It cannot be reached.</exception>
    public T Look<T>(Func<IShard, T> look)
    {
        if (Fault is { } fault)
            throw new EngineUnavailableException(fault);
        try
        {
            return look(Engine);
        }
        catch (EngineUnavailableException e)
        {
            throw Away(e);
        }
    }

    /// <summary>Asks it something; waits for it as long as its engine does.</summary>
    /// <exception cref="EngineUnavailableException">It cannot be reached.</exception>
    public async ValueTask<T> AskAsync<T>(Func<IShard, ValueTask<T>> ask)
    {
        try
        {
            return await ask(Engine);
        }
        catch (EngineUnavailableException e)
        {
            throw Away(e);
        }
    }

    /// <summary>Waits until it can be reached, when it could not be the last time.</summary>
    /// <exception cref="EngineUnavailableException">It still cannot.</exception>
    public async ValueTask ReachAsync(CancellationToken cancellationToken)
    {
        if (Fault is not null)
            await AskAsync(e => e.FindAsync(Messages.MessageId.None, cancellationToken));
    }

    /// <summary>Completes when nothing is asked in the background any more.</summary>
    public Task StoppedAsync() => Volatile.Read(ref _probing);

    private EngineUnavailableException Away(EngineUnavailableException e)
    {
        var told = e.Message.StartsWith(Words, StringComparison.Ordinal) ? e : new EngineUnavailableException($"{Words} {e.Message}", e.IsOutcomeUnknown, e);
        if (Interlocked.CompareExchange(ref _fault, told.Message, null) is null)
            Volatile.Write(ref _probing, Task.Run(ProbeAsync, CancellationToken.None));
        return told;
    }

    private string Words => IsHome ? "The home shard:" : $"The shard '{Name}':";

    private async Task ProbeAsync()
    {
        try
        {
            while (true)
            {
                try
                {
                    await Engine.FindAsync(Messages.MessageId.None, _closing);
                    Volatile.Write(ref _fault, null);
                    return;
                }
                catch (EngineUnavailableException)
                {
                    await Task.Delay(ProbeInterval, _time, _closing);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or EngineFailedException)
        {
            // Closed, or beyond help: its calls say so themselves.
            Volatile.Write(ref _fault, null);
        }
    }
}
