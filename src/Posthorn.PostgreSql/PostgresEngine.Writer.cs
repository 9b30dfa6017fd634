using System.Collections.ObjectModel;
using Npgsql;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.PostgreSql.Bodies;
using Posthorn.PostgreSql.Committing;
using Posthorn.PostgreSql.Waking;

namespace Posthorn.PostgreSql;

/// <summary>The writer: what waits is decided together and committed in one transaction.</summary>
public sealed partial class PostgresEngine
{
    private const int ConflictsMax = 50;

    // The writer loop's alone, but that ids come with answers.
    private readonly IdStock _messageIds;
    private readonly IdStock _bodyIds;
    private BatchReader _reader = null!; // from the start on
    private Task _writing = Task.CompletedTask;
    private long _batch;

    /// <summary>Completes when the effects of the batch that is under way have been told. Guarded by the gate.</summary>
    private Task _settled = Task.CompletedTask;

    private async Task WriteLoopAsync()
    {
        Draft? draft = null;
        var wereMany = false;
        while (draft is not null || await _work.WaitAsync())
        {
            if (draft is null)
            {
                // Those who were just answered come again: behind them in the thread pool's line, the next batch has their commits too (64 who send one by one: 1.2 times as many a second).
                if (wereMany)
                    await Task.Yield();
                var works = NextWorks();
                wereMany = works.Count > 1;
                draft = TryDraft(works);
                if (draft is null)
                {
                    await ProcessAsync(works);
                    continue;
                }
            }
            var committing = CommitAsync(draft);
            var following = _mayGoAhead && _work.Operations >= AheadMin ? NextWorks() : [];
            var next = following.Count > 0 ? await DraftAheadAsync(following) : null;
            if (!await committing)
            {
                await GiveUpAsync(next);
                next = null;
                await ProcessAsync(draft.Works);
            }
            if (next is null && following.Count > 0)
                await ProcessAsync(following);
            draft = next;
        }
    }

    private List<Work> NextWorks() => _work.Take(_options.BatchCommitsMax, OperationsMax);

    /// <summary>Whoever has leased what the next batch brings waits until its effects have been told: until the result is set.</summary>
    private TaskCompletionSource BeginToSettle()
    {
        var settled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
            _settled = settled.Task;
        return settled;
    }

    /// <summary>Brings works to their ends, decided on rows that are read; never throws.</summary>
    private async Task ProcessAsync(IReadOnlyList<Work> works)
    {
        var settled = BeginToSettle();
        await ReadAndCommitAsync(works);
        settled.SetResult();
    }

    private async Task ReadAndCommitAsync(IReadOnlyList<Work> works)
    {
        var started = _time.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await CommitBatchAsync(works, started);
                return;
            }
            catch (Exception e) when (Faults.IsConflict(e) && attempt < ConflictsMax)
            {
                // At once: who was in the way has gone on.
            }
            catch (Exception e) when (Faults.IsConnection(e) && _time.GetElapsedTime(started) < _options.ReconnectPatience)
            {
                await PauseAsync(attempt, CancellationToken.None);
            }
            catch (Exception e) when (works.Count > 1 && e is not EngineUnavailableException && !Faults.IsConnection(e) && !Faults.IsFull(e))
            {
                // One of them breaks it: each by itself, so that only that one fails.
                foreach (var work in works)
                    await ReadAndCommitAsync([work]);
                return;
            }
            catch (Exception e)
            {
                FailAll(works, Faults.ToCaller(e));
                return;
            }
        }
    }

    private void FailAll(IReadOnlyList<Work> works, Exception fault)
    {
        lock (_gate)
            _isFull |= fault is StorageFullException;
        foreach (var work in works)
        {
            if (work is CommitWork commit)
                LeaveLine(commit);
            work.Fail(fault);
        }
    }

    private async Task CommitBatchAsync(IReadOnlyList<Work> works, long started)
    {
        var needs = new BatchNeeds(works);
        List<Outcome>? outcomes = null;
        BatchState? state = null;
        var batch = _batch + 1;
        var isSent = false;
        try
        {
            await using var connection = await _source.OpenConnectionAsync(CancellationToken.None);
            var isOpen = true;
            try
            {
                state = await _reader.BeginAsync(connection, needs, Now, CancellationToken.None);
                outcomes = DecideAll(state, works);
                if (BatchWriter.HasChanges(state))
                {
                    (isSent, _batch) = (true, batch);
                    await BatchWriter.CommitAsync(connection, _sql, state, _nodeId, batch, CancellationToken.None);
                }
                else
                    await RollBackAsync(connection);
                isOpen = false;
            }
            finally
            {
                if (isOpen)
                    await TryRollBackAsync(connection);
            }
        }
        catch (Exception e) when (isSent && Faults.IsConnection(e))
        {
            // Its answer was lost: what was decided holds if it is there, and is decided anew if it is not.
            if (!await WasCommittedAsync(batch, started))
                throw;
        }
        _remembered.Note(state!);
        Settle(state!, outcomes!);
    }

    /// <summary>
    /// Whether a batch was committed whose answer was lost; waits for one that is still under way on the server, and fences off one that has not come there.
    /// </summary>
    /// <exception cref="EngineUnavailableException">It cannot be found out within the time that calls wait.</exception>
    private async Task<bool> WasCommittedAsync(long batch, long started)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var connection = await _source.OpenConnectionAsync();
                await using var statements = new Statements(connection, _sql).Add(NodeRow.Fence, _nodeId, batch);
                await using var reader = await statements.ReadAsync(CancellationToken.None);
                return await reader.ReadAsync()
                    ? reader.GetInt64(0) >= batch
                    : throw new EngineUnavailableException("The row of this node is gone from the table of nodes: whether the commit happened is not known.", isOutcomeUnknown: true);
            }
            catch (Exception e) when (Faults.IsConnection(e))
            {
                if (_time.GetElapsedTime(started) >= _options.ReconnectPatience)
                    throw new EngineUnavailableException("The database cannot be reached: whether the commit happened is not known.", isOutcomeUnknown: true, e);
                await PauseAsync(attempt, CancellationToken.None);
            }
        }
    }

    private async Task RollBackAsync(NpgsqlConnection connection)
    {
        await using var statements = new Statements(connection, _sql).Add("ROLLBACK");
        await statements.RunAsync(CancellationToken.None);
    }

    private async Task TryRollBackAsync(NpgsqlConnection connection)
    {
        try
        {
            if (connection.State == System.Data.ConnectionState.Open)
                await RollBackAsync(connection);
        }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException or IOException)
        {
            // The connection is gone, and the transaction with it.
        }
    }

    private List<Outcome> DecideAll(BatchState state, IReadOnlyList<Work> works)
    {
        var outcomes = new List<Outcome>(works.Count);
        var linedUp = new HashSet<string>(StringComparer.Ordinal);
        foreach (var work in works)
            outcomes.Add(work is CommitWork commit ? Decide(state, commit, linedUp) : Decide(state, (UpkeepWork)work));
        state.Seal();
        return outcomes;
    }

    private static Outcome Decide(BatchState state, UpkeepWork work)
    {
        var decision = new CommitDecision(state, ReadOnlyDictionary<Body, PostgresBody>.Empty);
        work.Apply(decision);
        var result = new CommitResult([]);
        return new Outcome(work) { Result = result, Effects = decision.Merge(null, 0, result) };
    }

    private Outcome Decide(BatchState state, CommitWork work, HashSet<string> linedUp)
    {
        var commit = work.Commit;
        if (work.Cancellation.IsCancellationRequested)
            return new Outcome(work) { Failure = new OperationCanceledException(work.Cancellation) };
        if (commit.IdempotencyKey is { } known && state.Keys.TryGetValue(known, out var first) && first.Until > state.Now.Wall)
            return new Outcome(work) { Result = first.Value with { IsRepeat = true } };
        try
        {
            var decision = new CommitDecision(state, work.Uploaded);
            var result = decision.Apply(commit);
            if ((decision.Refusal() ?? OutOfTurn(decision, work, linedUp)) is { } refusal)
            {
                if (!MayWait(state, work, refusal))
                    return new Outcome(work) { Failure = refusal };
                linedUp.Add(refusal.Queue.Value);
                return new Outcome(work) { Refusal = refusal };
            }
            return new Outcome(work) { Result = result, Effects = decision.Merge(commit.IdempotencyKey, Moment.Later(state.Now.Wall, CommitLimits.KeyLife), result) };
        }
        catch (Exception e) when (e is CommitConflictException or BodyLostException or ArgumentException)
        {
            return new Outcome(work) { Failure = e };
        }
    }

    /// <summary>Tells everybody what a batch did, and its callers last.</summary>
    private void Settle(BatchState state, List<Outcome> outcomes)
    {
        var calls = new Calls();
        lock (_gate)
        {
            _isFull = false;
            foreach (var queue in state.Queues.Values)
                Know(queue);
            foreach (var effects in outcomes.SelectMany(o => o.Effects))
                Tell(effects, calls);
            foreach (var (key, value) in state.Documents)
                SetDocument(key, value);
            foreach (var (id, body) in state.Bodies)
            {
                if (body.References == 0)
                    NoteGone(id);
            }
            foreach (var (id, before) in state.Read)
            {
                if (RowBody.Is(before.Data.BodyId) && state.Entries[id]?.Data.BodyId != before.Data.BodyId)
                    NoteGone(before.Data.BodyId);
            }
            SetTimer();
        }
        foreach (var effects in outcomes.SelectMany(o => o.Effects))
        {
            _metrics.Added(effects.Queue, effects.Added);
            _metrics.Removed(effects.Queue, effects.Removed);
        }
        AnnounceAfter(calls);
        PostHint(outcomes, state.Documents.Count > 0);
        foreach (var outcome in outcomes)
            SettleOne(outcome);
        CallAll(calls);
    }

    private void SettleOne(Outcome outcome)
    {
        switch (outcome)
        {
            case { Work: UpkeepWork upkeep }:
                upkeep.Complete();
                break;
            case { Work: CommitWork work, Refusal: { } refusal }:
                StandInLine(work, refusal);
                break;
            case { Work: CommitWork work, Failure: { } failure }:
                LeaveLine(work);
                work.Fail(failure);
                break;
            case { Work: CommitWork work }:
                LeaveLine(work);
                work.Complete(outcome.Result!);
                break;
        }
    }
}
