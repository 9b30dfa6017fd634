using Npgsql;
using Posthorn.Clustering;
using Posthorn.Engine;
using Posthorn.PostgreSql.Clustering;
using Posthorn.PostgreSql.Committing;
using Posthorn.PostgreSql.Leasing;
using Posthorn.PostgreSql.Waking;
using Posthorn.Queues;

namespace Posthorn.PostgreSql;

/// <summary>The nodes that share the database: each says once a second that it is there, and looks who else is.</summary>
public sealed partial class PostgresEngine : ICluster
{
    private static readonly TimeSpan BeatInterval = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _beatCalled = new(0, 1);

    // The beat loop's, once that runs. Its connection is its own: calls that have taken all the others must not make this node seem dead.
    private NpgsqlDataSource? _beatSource;
    private NodeWatch _watch = null!;
    private long _lookedAt;

    private volatile NodeReport _report = NodeReport.None;
    private volatile ClusterView _view = null!;
    private HistoryTable _history = null!;
    private NoticeTable _notices = null!;

    /// <inheritdoc/>
    event Action? ICluster.Changed
    {
        add => ViewChanged += value;
        remove => ViewChanged -= value;
    }

    /// <inheritdoc/>
    event Action? ICluster.DocumentsChanged
    {
        add => DocumentsRead += value;
        remove => DocumentsRead -= value;
    }

    private event Action? ViewChanged;

    private event Action? DocumentsRead;

    /// <summary>The nodes that share the database.</summary>
    public ICluster Cluster => this;

    /// <inheritdoc/>
    ClusterView ICluster.View => _view;

    /// <inheritdoc/>
    IChronicle ICluster.Chronicle => _history;

    /// <inheritdoc/>
    INotices ICluster.Notices => _notices;

    /// <inheritdoc/>
    void ICluster.Report(NodeReport report) => _report = report;

    /// <inheritdoc/>
    async ValueTask<bool> ICluster.DrainAsync(long nodeId, bool isDraining, CancellationToken cancellationToken)
    {
        var isThere = await AskAsync(
            async (connection, token) =>
            {
                await using var command = new NpgsqlCommand(_sql[ClusterSql.Drain], connection) { Parameters = { new() { Value = nodeId }, new() { Value = isDraining } } };
                return await command.ExecuteNonQueryAsync(token) > 0;
            },
            cancellationToken);
        if (isThere)
            CallBeat();
        return isThere;
    }

    /// <inheritdoc/>
    async ValueTask<int> ICluster.EndLeasesAsync(long nodeId, QueueName queue, CancellationToken cancellationToken)
    {
        if (nodeId == _nodeId || await FetchQueueAsync(queue.Value) is not { } row)
            return 0;
        var ended = 0;
        while (true)
        {
            var flips = await EndSomeLeasesAsync(nodeId, queue, cancellationToken);
            ended += flips.Count;
            if (flips.Count > 0)
            {
                var calls = new Calls();
                lock (_gate)
                {
                    Tell(row, flips, calls);
                    SetTimer();
                }
                PostHint(row);
                AnnounceAfter(calls);
                CallAll(calls);
            }
            if (flips.Count < LeaseSql.FlipsMax)
                return ended;
        }
    }

    private Task<List<Flip>> EndSomeLeasesAsync(long nodeId, QueueName queue, CancellationToken cancellationToken) => AskAsync(
        async (connection, token) =>
        {
            var flips = new List<Flip>();
            await using var statements = new Statements(connection, _sql)
                .Add(ClusterSql.EndLeases, nodeId, queue.Value, Now.Wall, LeaseSql.FlipsMax, NodeWatch.DeadAfter.TotalSeconds);
            await using var reader = await statements.ReadAsync(token);
            while (await reader.ReadAsync(token))
                flips.Add(LeaseSql.ReadFlip(reader));
            return flips;
        },
        cancellationToken);

    private async Task JoinAsync(CancellationToken cancellationToken)
    {
        (_watch, _lookedAt) = (new NodeWatch(_nodeId), _time.GetTimestamp());
        (_history, _notices) = (new HistoryTable(this, _sql, _nodeId), new NoticeTable(this, _sql, _nodeId));
        _beatSource = DataSource(new NpgsqlConnectionStringBuilder(Settings(_options.ConnectionString).ConnectionString) { Pooling = true, MinPoolSize = 0, MaxPoolSize = 1, CommandTimeout = 5 });
        await BeatAsync(_beatSource, cancellationToken);
    }

    private void CallBeat()
    {
        lock (_gate)
        {
            if (_beatCalled.CurrentCount == 0 && !_isClosed)
                _beatCalled.Release();
        }
    }

    private async Task BeatLoopAsync()
    {
        for (var attempt = 0; ;)
        {
            try
            {
                await using (_time.CreateTimer(_ => CallBeat(), null, attempt == 0 ? BeatInterval : Pause(attempt), Timeout.InfiniteTimeSpan))
                    await _beatCalled.WaitAsync(_closing.Token);
                await BeatAsync(_beatSource!, _closing.Token);
                attempt = 0;
            }
            catch (Exception e) when (_closing.IsCancellationRequested || e is ObjectDisposedException)
            {
                return; // the engine is closed
            }
            catch (Exception e)
            {
                attempt++;
                _beatSource!.Clear();
                if (!Faults.IsConnection(e) && !Faults.IsConflict(e))
                    Complain($"Other nodes cannot be told that this one is there: {e.Message}");
            }
        }
    }

    /// <summary>Says that this node is there, and looks who else is.</summary>
    private async Task BeatAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        var beats = new List<NodeBeat>();
        await using (var connection = await source.OpenConnectionAsync(cancellationToken))
        {
            await using var statements = new Statements(connection, _sql).Add(LeaseSql.NotDurable).Add(ClusterSql.Beat, _nodeId, ReportJson.Write(_report)).Add(ClusterSql.Nodes);
            await using var reader = await statements.ReadAsync(cancellationToken);
            await reader.NextResultAsync(cancellationToken); // behind what set_config answers
            while (await reader.ReadAsync(cancellationToken))
            {
                beats.Add(new NodeBeat(
                    reader.GetInt64(0), reader.GetString(1), reader.GetInt64(2), reader.GetInt64(3), TimeSpan.FromSeconds(reader.GetDouble(4)), reader.GetBoolean(5),
                    ReportJson.Read(reader.GetString(6))));
            }
            await FinishAsync(reader, cancellationToken);
        }
        var now = _time.GetTimestamp();
        var before = _view;
        var view = _watch.Look(beats, _time.GetElapsedTime(_lookedAt, now), before?.Self ?? new ClusterNode(_nodeId, _options.NodeName));
        (_lookedAt, _view) = (now, view);
        if (before is not null && !before.IsSameAs(view))
            ViewChanged?.Invoke();
    }
}
