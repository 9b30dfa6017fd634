using Posthorn.Engine;

namespace Posthorn.Sharding;

/// <summary>
/// A shard as the others' engine reaches it. Once it could not be reached, what cannot wait is refused at once, so that nobody holds a thread for a
/// database that is away; meanwhile it is asked in the background until it answers. One that was away at the start, or was lost in the middle of it, is
/// opened in the background, and away until it was taken in.
/// </summary>
internal sealed class ShardLink
{
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromSeconds(1);

    /// <summary>One that answers, and cannot be taken in, waits for a human.</summary>
    private static readonly TimeSpan RefusedInterval = TimeSpan.FromSeconds(15);

    private readonly Func<CancellationToken, Task<IShard>> _open;
    private readonly TimeProvider _time;
    private readonly CancellationToken _closing;
    private IShard? _engine; // null until it was opened, and taken in if that was after the start
    private string? _fault; // why it is away; null while it is not
    private Task _probing = Task.CompletedTask;

    /// <param name="index">Its place: 0 is the home shard.</param>
    /// <param name="name">What people call it.</param>
    /// <param name="open">Opens the engine on it.</param>
    /// <param name="time">The clock.</param>
    /// <param name="closing">Ends the asking.</param>
    public ShardLink(int index, string name, Func<CancellationToken, Task<IShard>> open, TimeProvider time, CancellationToken closing) =>
        (Index, Name, _open, _time, _closing) = (index, name, open, time, closing);

    public int Index { get; }

    public string Name { get; }

    public bool IsHome => Index == 0;

    /// <summary>Whether there is an engine on it.</summary>
    public bool IsOpen => Volatile.Read(ref _engine) is not null;

    /// <summary>Whether it was opened at the start, and could not be reached before the shards had agreed.</summary>
    public bool IsLost => IsOpen && Fault is not null;

    /// <summary>The engine on it.</summary>
    /// <exception cref="EngineUnavailableException">It was away at the start and has not come yet.</exception>
    public IShard Engine => Volatile.Read(ref _engine) ?? throw new EngineUnavailableException(Fault ?? $"{Words} It is not open.");

    /// <summary>How its engine is; of one that has not come yet <see cref="Fault"/> says more.</summary>
    public EngineHealth Health => IsOpen ? Engine.Health : new EngineHealth(EngineState.Serving, Reason: null, FreeBytes: long.MaxValue);

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

    /// <summary>Asks it something of the start, before the shards have agreed.</summary>
    /// <exception cref="EngineUnavailableException">It cannot be reached: it was lost (<see cref="IsLost"/>).</exception>
    public T Begin<T>(Func<IShard, T> look)
    {
        try
        {
            return look(Engine);
        }
        catch (EngineUnavailableException e)
        {
            throw Lost(e);
        }
    }

    /// <inheritdoc cref="Begin{T}"/>
    public void Begin(Action<IShard> look) => Begin(engine =>
    {
        look(engine);
        return true;
    });

    /// <inheritdoc cref="Begin{T}"/>
    public async Task BeginAsync(Func<IShard, Task> ask)
    {
        try
        {
            await ask(Engine);
        }
        catch (EngineUnavailableException e)
        {
            throw Lost(e);
        }
    }

    /// <summary>From now on it is as one that was away from the beginning.</summary>
    public async Task LeaveAsync()
    {
        if (Interlocked.Exchange(ref _engine, null) is { } engine)
            await engine.DisposeAsync();
    }

    /// <summary>Opens it at the start; away when it cannot be reached.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            _engine = await _open(cancellationToken);
        }
        catch (EngineUnavailableException e)
        {
            _fault = Told(e).Message;
        }
    }

    /// <summary>From now on opens in the background what was away at the start, until it was taken in.</summary>
    /// <param name="takeIn">Does with its engine what a start does, before anybody else uses it; what it throws keeps the shard away.</param>
    public void TakeInWhenItComes(Func<IShard, CancellationToken, Task> takeIn) => Volatile.Write(ref _probing, Task.Run(() => ComeAsync(takeIn), CancellationToken.None));

    /// <summary>Closes it, after what is asked in the background has ended.</summary>
    public async ValueTask CloseAsync()
    {
        await Volatile.Read(ref _probing);
        if (IsOpen)
            await Engine.DisposeAsync();
    }

    private EngineUnavailableException Lost(EngineUnavailableException e)
    {
        var told = Told(e);
        Volatile.Write(ref _fault, told.Message);
        return told;
    }

    private EngineUnavailableException Away(EngineUnavailableException e)
    {
        var told = Told(e);
        if (Interlocked.CompareExchange(ref _fault, told.Message, null) is null)
            Volatile.Write(ref _probing, Task.Run(ProbeAsync, CancellationToken.None));
        return told;
    }

    private EngineUnavailableException Told(EngineUnavailableException e) =>
        e.Message.StartsWith(Words, StringComparison.Ordinal) ? e : new EngineUnavailableException($"{Words} {e.Message}", e.IsOutcomeUnknown, e);

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

    private async Task ComeAsync(Func<IShard, CancellationToken, Task> takeIn)
    {
        while (!_closing.IsCancellationRequested)
        {
            IShard? engine = null;
            var pause = ProbeInterval;
            try
            {
                engine = await _open(_closing);
                await takeIn(engine, _closing);
                Volatile.Write(ref _engine, engine);
                Volatile.Write(ref _fault, null);
                return;
            }
            catch (EngineUnavailableException e)
            {
                Volatile.Write(ref _fault, Told(e).Message);
            }
            catch (Exception e)
            {
                Volatile.Write(ref _fault, $"{Words} It stays away: {e.Message}");
                pause = RefusedInterval;
            }
            if (engine is not null)
                await engine.DisposeAsync();
            await Task.Delay(pause, _time, _closing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
