using System.Threading.Channels;
using Npgsql;
using Posthorn.PostgreSql.Committing;
using Posthorn.PostgreSql.Leasing;
using Posthorn.PostgreSql.Rows;
using Posthorn.PostgreSql.Waking;
using Posthorn.Queues;

namespace Posthorn.PostgreSql;

/// <summary>Nodes wake each other.</summary>
/// <remarks>
/// A notification goes out after its commit, in a transaction of its own: inside the commit it would make all nodes' commits wait for each other's syncs,
/// for the server sorts them. What gets lost with the node in between is found by the poll.
/// </remarks>
public sealed partial class PostgresEngine
{
    private readonly Channel<Hint> _hints = Channel.CreateUnbounded<Hint>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Whether other nodes may be there. A node that comes says so.</summary>
    private volatile bool _hasPeers = true;

    /// <summary>Whether a group was asked for while the database was away. Guarded by the gate.</summary>
    private bool _hasMissed;

    private void PostHint(List<Outcome> outcomes, bool hasDocuments)
    {
        if (!_hasPeers)
            return;
        var queues = outcomes.SelectMany(o => o.Effects).Select(e => new QueueHint(
            e.QueueId, e.Queue.Value, e.ModSeqBefore, e.ModSeq, [.. e.Changes.Select(c => new[] { c.Number, (long)c.Kind, c.ModSeq })], e.IsRemade)).ToList();
        if (queues.Count > 0 || hasDocuments)
            _hints.Writer.TryWrite(new Hint { Node = _nodeId, HasDocuments = hasDocuments, Queues = queues });
    }

    private void PostHint(QueueRow queue)
    {
        if (_hasPeers)
            _hints.Writer.TryWrite(new Hint { Node = _nodeId, Queues = [new QueueHint(queue.Id, queue.Name.Value, queue.HighestModSeq, queue.HighestModSeq, [], IsRemade: false)] });
    }

    private void PollNodes(long count)
    {
        _hasPeers = count > 1;
        bool hasMissed;
        lock (_gate)
            (hasMissed, _hasMissed) = (_hasMissed, false);
        if (count > 1 || hasMissed)
            CallEverything();
    }

    private async Task NotifyLoopAsync()
    {
        try
        {
            while (await _hints.Reader.WaitToReadAsync(_closing.Token))
            {
                _hints.Reader.TryRead(out var hint);
                while (!hint!.IsHello && !hint.IsEverything && _hints.Reader.TryPeek(out var next) && !next.IsHello && !next.IsEverything && _hints.Reader.TryRead(out next))
                    hint.Add(next);
                try
                {
                    await NotifyAsync(hint, _closing.Token);
                }
                catch (Engine.EngineUnavailableException)
                {
                    // The others poll; and when the database is back, they look at everything.
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The engine is closed.
        }
    }

    private Task<bool> NotifyAsync(Hint hint, CancellationToken cancellationToken) => AskAsync(
        async (connection, token) =>
        {
            await using var statements = new Statements(connection, _sql).Add(LeaseSql.NotDurable).Add("SELECT pg_notify($1, $2)", _sql.Channel, hint.Write());
            await statements.RunAsync(token);
            return true;
        },
        cancellationToken);

    private async Task ListenLoopAsync(TaskCompletionSource listening)
    {
        for (var attempt = 1; !_closing.IsCancellationRequested; attempt++)
        {
            try
            {
                await ListenAsync(listening, _closing.Token);
            }
            catch (OperationCanceledException) when (_closing.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                if (!Faults.IsConnection(e))
                    Complain($"It cannot be listened for other nodes: {e.Message}");
                if (listening.TrySetException(e))
                    return;
            }
            try
            {
                await Task.Delay(Pause(attempt), _time, _closing.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task ListenAsync(TaskCompletionSource listening, CancellationToken cancellationToken)
    {
        var settings = new NpgsqlConnectionStringBuilder(Settings(_options.ListenConnectionString ?? _options.ConnectionString).ConnectionString) { Pooling = false, KeepAlive = 30 };
        await using var source = DataSource(settings);
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        connection.Notification += (_, notification) => Hear(notification.Payload);
        await using (var listen = new NpgsqlCommand($"LISTEN {_sql.Channel}", connection))
            await listen.ExecuteNonQueryAsync(cancellationToken);
        _hints.Writer.TryWrite(new Hint { Node = _nodeId, IsHello = true });
        if (!listening.TrySetResult())
        {
            // It was not listened for a while: anything may have happened.
            await LoadDocumentsAsync(cancellationToken);
            DocumentsRead?.Invoke();
            CallEverything();
        }
        while (true)
            await connection.WaitAsync(cancellationToken);
    }

    /// <summary>What another node says. Runs on the listening connection's loop, so nothing here waits for the database.</summary>
    private void Hear(string payload)
    {
        if (Hint.Read(payload) is not { } hint || hint.Node == _nodeId)
            return;
        _hasPeers = true;
        // All nodes answer one that comes: did each read everything again at each answer, a start would cost the square of their number.
        if (hint.To != 0 && hint.To != _nodeId)
            return;
        if (hint.IsHello)
            _hints.Writer.TryWrite(new Hint { Node = _nodeId, To = hint.Node, IsEverything = true });
        if (hint.IsEverything)
            CallEverything();
        if (hint.HasDocuments || hint.IsEverything)
            _ = ReloadDocumentsAsync();
        var calls = new Calls();
        lock (_gate)
        {
            foreach (var queue in hint.Queues ?? [])
                Hear(queue, calls);
        }
        if (calls.Announcements.Count > 0)
            _ = Task.Run(() => AnnounceAfter(calls));
        CallAll(calls);
    }

    /// <summary>Under the gate.</summary>
    private void Hear(QueueHint hint, Calls calls)
    {
        if (hint.IsRemade)
            _known.Remove(hint.Name);
        _remembered.Forget(hint.Name);
        calls.Queues.Add(hint.Name);
        // What is due there may be due for those who wait here: the queue is looked at, and tells when it is to be looked at next.
        if (_dispensers.ContainsKey(hint.Name) || _announcements.ContainsKey(hint.Name) || _watched.ContainsKey(hint.Name))
        {
            _dueTimes.NoteDue(hint.QueueId, 0);
            SetTimer();
        }
        if (_watched.TryGetValue(hint.Name, out var watched) && hint.ModSeq != hint.ModSeqBefore)
        {
            watched.Tell(hint.QueueId, hint.ModSeqBefore, hint.ModSeq, hint.Changes?.Select(c => new QueueChange(c[0], (QueueChangeKind)c[1], c[2])).ToList());
        }
        if (_announcements.ContainsKey(hint.Name) && _known.TryGetValue(hint.Name, out var queue))
            calls.Announcements.Add((queue, null));
    }

    private async Task ReloadDocumentsAsync()
    {
        try
        {
            await LoadDocumentsAsync(_closing.Token);
            DocumentsRead?.Invoke();
        }
        catch (Exception e) when (e is Engine.EngineUnavailableException or OperationCanceledException or ObjectDisposedException)
        {
            // When the connection is back they are read again.
        }
    }

    /// <summary>Something may have been missed: whoever waits looks again, whoever watches lists anew.</summary>
    private void CallEverything()
    {
        var calls = new Calls();
        _remembered.ForgetAll();
        lock (_gate)
        {
            calls.Queues.UnionWith(_dispensers.Keys);
            _known.Clear();
        }
        lock (_lineGate)
            calls.Queues.UnionWith(_lines.Keys);
        CallAll(calls);
        foreach (var name in AnnouncedQueues())
        {
            _ = Task.Run(() =>
            {
                var missed = new Calls();
                try
                {
                    if (Look(connection => FetchQueue(connection, name)) is { Policy.IsPaused: false } queue)
                        missed.Announcements.Add((queue, null));
                }
                catch (Exception e) when (e is Engine.EngineUnavailableException or ObjectDisposedException)
                {
                    return; // the next poll looks again
                }
                AnnounceAfter(missed);
            });
        }
    }

    private List<string> AnnouncedQueues()
    {
        lock (_gate)
            return [.. _announcements.Keys];
    }
}
