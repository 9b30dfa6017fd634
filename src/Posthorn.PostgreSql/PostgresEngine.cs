using System.Collections.Concurrent;
using System.Threading.Channels;
using Npgsql;
using Posthorn.Engine;
using Posthorn.PostgreSql.Bodies;
using Posthorn.PostgreSql.Committing;
using Posthorn.PostgreSql.Leasing;
using Posthorn.PostgreSql.Rows;
using Posthorn.PostgreSql.Schema;
using Posthorn.PostgreSql.Waking;

namespace Posthorn.PostgreSql;

/// <summary>The engine on PostgreSQL, which several nodes share: every commit is a transaction, or part of one.</summary>
/// <remarks>
/// One writer takes the commits that wait, locks what they touch, decides each in memory by the rules that every engine keeps, and writes the outcome of
/// all of them in one transaction. Leases are taken along an index with <c>FOR UPDATE SKIP LOCKED</c>. What is committed on one node wakes the others by
/// <c>NOTIFY</c>.
/// <para><i>Diagnostics.</i> A database that cannot be reached: calls wait as long as <see cref="PostgresOptions.ReconnectPatience"/>, then
/// <see cref="EngineUnavailableException"/>. A commit whose answer was lost is looked up before it is tried again. No space on the server:
/// <see cref="StorageFullException"/>, and <see cref="EngineState.Full"/> until a commit succeeds. A fault of one commit fails that commit alone.</para>
/// <para><i>Limits.</i> The clocks of nodes must agree within a second; each counts leases on a clock of its own that began as the wall clock. Deferred groups,
/// fair shares and the line of those who wait for room are each node's own. A watch hears of other nodes' commits, not of their leases. A text with a NUL
/// or half a surrogate pair cannot be a group, a key or a name.</para>
/// </remarks>
public sealed partial class PostgresEngine : ISharedEngine, IBodySql
{
    private static readonly TimeSpan TimerMax = TimeSpan.FromDays(30); // what a timer can count; should the wall clock be set meanwhile, upkeep finds out

    private readonly PostgresOptions _options;
    private readonly TimeProvider _time;
    private readonly NpgsqlDataSource _source;
    private readonly SqlText _sql;
    private readonly EngineMetrics _metrics;
    private readonly CancellationTokenSource _closing = new();
    private readonly ITimer _timer;
    private readonly ITimer _upkeepTimer;
    private bool _isTicking;
    private readonly long _steadyStart;
    private readonly long _wallStart;
    private readonly List<Task> _loops = [];
    private long _nodeId;

    // Guards everything below that is not readonly or concurrent by itself, and what its comments say. Never held over I/O or a callback.
    private readonly Lock _gate = new();
    private readonly Dictionary<string, QueueRow> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dispenser> _dispensers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Announcements> _announcements = new(StringComparer.Ordinal);
    private readonly Dictionary<string, WatchedQueue> _watched = new(StringComparer.Ordinal);
    private readonly Dictionary<long, QueueLanes> _lanes = [];
    private readonly DueTimes _dueTimes = new();
    private SortedDictionary<string, ReadOnlyMemory<byte>> _documents = new(StringComparer.Ordinal);
    private long _documentsSet;

    /// <summary>How often the documents were asked for, and the last time whose answer they are.</summary>
    private long _documentsAsked, _documentsReadBy;
    private string? _complaint;
    private bool _isFull;
    private bool _isClosed;

    private PostgresEngine(PostgresOptions options, TimeProvider time, NpgsqlDataSource source, SqlText sql)
    {
        (_options, _time, _source, _sql) = (options, time, source, sql);
        (_steadyStart, _wallStart) = (time.GetTimestamp(), time.GetUtcNow().UtcTicks);
        _mayGoAhead = new NpgsqlConnectionStringBuilder(source.ConnectionString) is { Pooling: false } or { MaxPoolSize: > 1 };
        (_messageIds, _bodyIds) = (new IdStock("message_ids"), new IdStock("body_ids"));
        _timer = time.CreateTimer(_ => OnTimer(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _upkeepTimer = time.CreateTimer(_ => CallUpkeep(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _metrics = new EngineMetrics(this);
    }

    /// <inheritdoc/>
    public EngineHealth Health
    {
        get
        {
            lock (_gate)
            {
                var reason = _isFull ? "The database has no space: what adds is refused until there is." : _complaint;
                return new EngineHealth(_isFull ? EngineState.Full : EngineState.Serving, reason, long.MaxValue);
            }
        }
    }

    /// <summary>Opens the queues of a database; makes or upgrades their schema when needed.</summary>
    /// <param name="options">Where it is.</param>
    /// <param name="time">The clock and the timers.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="EngineUnavailableException">It cannot be reached: it may be later.</exception>
    /// <exception cref="DatabaseUnusableException">It cannot be used; the message says why and what to do.</exception>
    /// <exception cref="Posthorn.Bodies.BodyStoreUnusableException">The store of bodies cannot be used; likewise.</exception>
    public static async Task<PostgresEngine> OpenAsync(PostgresOptions options, TimeProvider time, CancellationToken cancellationToken = default)
    {
        var settings = Settings(options.ConnectionString);
        var sql = new SqlText(options.Schema);
        var source = DataSource(settings);
        PostgresEngine? engine = null;
        try
        {
            await SchemaSetup.RunAsync(source, sql, cancellationToken);
            engine = new PostgresEngine(options, time, source, sql);
            await engine.ThrowIfTransferIsUnfinishedAsync(cancellationToken);
            await engine.StartAsync(cancellationToken);
            return engine;
        }
        catch (Exception e)
        {
            if (engine is not null)
                await engine.AbandonAsync();
            else
            {
                await source.DisposeAsync();
                if (options.Bodies is { } bodies)
                    await bodies.DisposeAsync();
            }
            var told = Faults.ToOperator(e, settings);
            if (told == e)
                throw;
            throw told;
        }
    }

    /// <summary>Commits what is under way, ends this node's leases and closes its connections; whoever waits for messages gets none.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_isClosed)
                return;
            _isClosed = true;
        }
        _work.Complete();
        EndWaits();
        await _writing;
        await _closing.CancelAsync();
        await Task.WhenAll(_loops);
        // What was being leased ends with the others, or nobody would give it up.
        await Task.WhenAll(Rounds());
        await EndLeasesAsync();
        await AbandonAsync();
    }

    private static NpgsqlConnectionStringBuilder Settings(string connectionString)
    {
        try
        {
            var given = new NpgsqlConnectionStringBuilder(connectionString);
            return new NpgsqlConnectionStringBuilder(connectionString)
            {
                ApplicationName = given.ApplicationName ?? "posthorn",
                // Reset would be a round trip, and DISCARD ALL is what a pooler in transaction mode cannot have: nothing here leaves anything in a session.
                NoResetOnClose = true,
                MaxAutoPrepare = given.ContainsKey("Max Auto Prepare") && connectionString.Contains("prepare", StringComparison.OrdinalIgnoreCase) ? given.MaxAutoPrepare : 100,
                AutoPrepareMinUsages = 2,
            };
        }
        catch (ArgumentException e)
        {
            throw new DatabaseUnusableException($"The connection string cannot be read: {e.Message}", e);
        }
    }

    private static NpgsqlDataSource DataSource(NpgsqlConnectionStringBuilder settings)
    {
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        // No types but the built-in ones are used, and reading the catalogue takes as long as all else of a start.
        builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        return settings.Host?.Contains(',', StringComparison.Ordinal) == true
            ? builder.BuildMultiHost().WithTargetSession(TargetSessionAttributes.ReadWrite)
            : builder.Build();
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        await using (var connection = await _source.OpenConnectionAsync(cancellationToken))
        {
            await using (var next = new Statements(connection, _sql).Add("SELECT nextval('posthorn.node_ids')"))
            await using (var reader = await next.ReadAsync(cancellationToken))
            {
                await reader.ReadAsync(cancellationToken);
                _nodeId = reader.GetInt64(0);
            }
            var node = new NodeRow(_nodeId, _options.NodeName, Now.Wall);
            await using var statements = new Statements(connection, _sql).Add(NodeRow.Insert, node.Id, node.Name, node.StartedAt, node.StartedAt);
            await statements.RunAsync(cancellationToken);
            _reader = new BatchReader(_sql, node, _messageIds, _bodyIds);
        }
        await OpenBodiesAsync(cancellationToken);
        await JoinAsync(cancellationToken);
        _writing = Task.Run(WriteLoopAsync, CancellationToken.None);
        var listening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _loops.Add(Task.Run(() => ListenLoopAsync(listening), CancellationToken.None));
        _loops.Add(Task.Run(NotifyLoopAsync, CancellationToken.None));
        await listening.Task.WaitAsync(cancellationToken);
        await LoadDocumentsAsync(cancellationToken);
        await LoadDueTimesAsync(cancellationToken);
        _loops.Add(Task.Run(UpkeepLoopAsync, CancellationToken.None));
        _loops.Add(Task.Run(BeatLoopAsync, CancellationToken.None));
        CallUpkeep();
    }

    /// <summary>Closes its connections, and says nothing to the database.</summary>
    internal async ValueTask AbandonAsync()
    {
        await _timer.DisposeAsync();
        await _upkeepTimer.DisposeAsync();
        _metrics.Dispose();
        await _closing.CancelAsync();
        if (_beatSource is not null)
            await _beatSource.DisposeAsync();
        await _source.DisposeAsync();
        if (_options.Bodies is { } bodies)
            await bodies.DisposeAsync();
    }

    /// <summary>Sends everybody away who waits for something.</summary>
    private void EndWaits()
    {
        List<LeaseWaiter> waiters = [];
        lock (_gate)
        {
            foreach (var dispenser in _dispensers.Values)
            {
                waiters.AddRange(dispenser.Waiters.Where(w => !w.IsInRound));
                dispenser.Waiters.RemoveAll(w => !w.IsInRound);
                foreach (var waiter in dispenser.Waiters)
                    waiter.IsLeaving = true;
            }
            foreach (var watched in _watched.Values)
                watched.End();
            foreach (var announcements in _announcements.Values)
                announcements.End();
        }
        foreach (var waiter in waiters)
            waiter.Give([]);
        DissolveLines();
    }

    private async Task EndLeasesAsync()
    {
        try
        {
            await using var connection = await _source.OpenConnectionAsync();
            await using var statements = new Statements(connection, _sql)
                .Add(
                    """
                    UPDATE posthorn.deliveries SET leased_until = NULL, lease_token = NULL, leased_by = NULL, state = CASE WHEN is_held THEN 3 WHEN due_at > $2 AND NOT is_due THEN 1 ELSE 0 END
                    WHERE message_id = ANY (ARRAY(SELECT message_id FROM posthorn.deliveries WHERE state = 2 AND leased_by = $1 ORDER BY message_id FOR UPDATE))
                    """,
                    _nodeId, Now.Wall)
                .Add("DELETE FROM posthorn.nodes WHERE node_id = $1", _nodeId);
            await statements.RunAsync(CancellationToken.None);
        }
        catch (Exception e) when (Faults.IsConnection(e))
        {
            // They run out by their time, and the row goes when nothing was heard of the node for a day.
        }
    }

    private Moment Now => new(_time.GetUtcNow().UtcTicks, _wallStart + _time.GetElapsedTime(_steadyStart).Ticks);

    private void ThrowIfClosed() => ObjectDisposedException.ThrowIf(_isClosed, this);

    /// <summary>Asks the database something that may be asked twice, over faults that pass.</summary>
    internal async Task<T> AskAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        lock (_gate)
            ThrowIfClosed();
        var started = _time.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var connection = await _source.OpenConnectionAsync(cancellationToken);
                return await ask(connection, cancellationToken);
            }
            catch (Exception e) when (Faults.IsConflict(e) && attempt < ConflictsMax)
            {
                // At once: who was in the way has gone on.
            }
            catch (Exception e) when (Faults.IsConnection(e) && _time.GetElapsedTime(started) < _options.ReconnectPatience)
            {
                await PauseAsync(attempt, cancellationToken);
            }
            catch (Exception e) when (Faults.ToCaller(e) != e && e is not OperationCanceledException)
            {
                throw Faults.ToCaller(e);
            }
        }
    }

    /// <summary>As <see cref="AskAsync{T}"/> for callers who cannot wait in another way: it blocks, and tries once more on another connection.</summary>
    private T Look<T>(Func<NpgsqlConnection, T> ask)
    {
        lock (_gate)
            ThrowIfClosed();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var connection = _source.OpenConnection();
                return ask(connection);
            }
            catch (Exception e) when (Faults.IsConflict(e) && attempt < ConflictsMax)
            {
                // At once: who was in the way has gone on.
            }
            catch (Exception e) when (Faults.IsConnection(e) && attempt == 1)
            {
                _source.Clear();
            }
            catch (Exception e) when (Faults.ToCaller(e) != e)
            {
                throw Faults.ToCaller(e);
            }
        }
    }

    private Task PauseAsync(int attempt, CancellationToken cancellationToken)
    {
        // A server that went down has left its connections in the pool: each would fail once more.
        _source.Clear();
        return Task.Delay(Pause(attempt), _time, cancellationToken);
    }

    /// <summary>How long to wait before something is tried again that did not reach the database: 100 ms at first, a second at most.</summary>
    private static TimeSpan Pause(int attempt) => TimeSpan.FromMilliseconds(Math.Min(50 << Math.Min(attempt, 5), 1_000));
}
