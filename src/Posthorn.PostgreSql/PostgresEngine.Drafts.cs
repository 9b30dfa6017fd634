using Npgsql;
using Posthorn.Engine;
using Posthorn.PostgreSql.Committing;

namespace Posthorn.PostgreSql;

/// <summary>Batches that are decided on what is remembered: committed in one round trip, whose transaction checks that it still is so.</summary>
/// <remarks>
/// When many wait, the next one is decided, on what the one that is under way will have written, and the contents of its messages are written in a transaction of
/// its own while the server is busy with that one: rows that nobody knows of, so that no lock is held meanwhile. All else follows when that one is committed; when it
/// is not, the transaction is undone, and both are decided anew.
/// </remarks>
public sealed partial class PostgresEngine
{
    /// <summary>A batch is full with so many operations: what its round trip costs is little beside them, and the rest goes ahead.</summary>
    private const int OperationsMax = 256;

    /// <summary>So many operations have to wait for a batch to be begun ahead: fewer are better off with those that come meanwhile.</summary>
    private const int AheadMin = 64;

    private readonly RememberedRows _remembered = new();

    /// <summary>Whether there is a connection for it: the batch under way may need another one to ask whether it was committed.</summary>
    private readonly bool _mayGoAhead;

    private long _batchesForeseen, _batchesAhead;

    /// <summary>Batches that were committed on what is remembered.</summary>
    internal long BatchesForeseen => Interlocked.Read(ref _batchesForeseen);

    /// <summary>Of these, those of which something was written while the one before was under way.</summary>
    internal long BatchesAhead => Interlocked.Read(ref _batchesAhead);

    /// <summary>Decides works on what is remembered, which then is what they make of it.</summary>
    /// <returns>Null when rows have to be read first.</returns>
    private Draft? TryDraft(List<Work> works)
    {
        try
        {
            var needs = new BatchNeeds(works);
            if (_reader.Foresee(_remembered, needs, Now) is not { } state)
                return null;
            var outcomes = DecideAll(state, works);
            // Only rows that were read are a reason to refuse.
            if (outcomes.Any(o => o is not { Refusal: null, Failure: null or OperationCanceledException }))
                return null;
            _remembered.Note(state);
            return new Draft(works, needs, state, outcomes);
        }
        catch (Exception)
        {
            return null; // on rows that are read it shows again, and is told to the one whose it is
        }
    }

    /// <summary>Decides works while the batch before them is under way, and writes the contents of their messages.</summary>
    private async Task<Draft?> DraftAheadAsync(List<Work> works)
    {
        if (TryDraft(works) is not { } draft)
            return null;
        NpgsqlConnection? connection = null;
        try
        {
            connection = await _source.OpenConnectionAsync(CancellationToken.None);
            await using var statements = new Statements(connection, _sql).Add("BEGIN ISOLATION LEVEL READ COMMITTED").Add(BatchReader.BeginText);
            if (BatchWriter.WriteContents(statements, draft.State))
            {
                await statements.RunAsync(CancellationToken.None);
                return draft with { Transaction = connection };
            }
        }
        catch (Exception)
        {
            // It is not begun, then: when it is committed as a whole the fault shows again, or has gone.
        }
        if (connection is not null)
            await UndoAsync(connection);
        return draft;
    }

    /// <summary>Commits a draft.</summary>
    /// <returns>Whether its works are answered; false when it was not committed, and they are to be decided on rows that are read.</returns>
    private async Task<bool> CommitAsync(Draft draft)
    {
        var settled = BeginToSettle();
        try
        {
            if (BatchWriter.HasChanges(draft.State))
            {
                if (!await TryCommitAsync(draft, ++_batch))
                {
                    _remembered.ForgetAll();
                    return false;
                }
                Interlocked.Increment(ref _batchesForeseen);
                if (draft.Transaction is not null)
                    Interlocked.Increment(ref _batchesAhead);
            }
            Settle(draft.State, draft.Outcomes);
        }
        catch (Exception e)
        {
            _remembered.ForgetAll();
            FailAll(draft.Works, Faults.ToCaller(e));
        }
        finally
        {
            settled.SetResult();
        }
        return true;
    }

    /// <exception cref="EngineUnavailableException">Whether it was committed cannot be found out within the time that calls wait.</exception>
    private async Task<bool> TryCommitAsync(Draft draft, long batch)
    {
        var started = _time.GetTimestamp();
        var isSent = false;
        try
        {
            await using var connection = draft.Transaction ?? await _source.OpenConnectionAsync(CancellationToken.None);
            isSent = true;
            try
            {
                await SendAsync(connection, draft, batch);
            }
            catch (Exception) when (draft.Transaction is not null)
            {
                await TryRollBackAsync(connection);
                throw;
            }
        }
        catch (Exception e) when (!isSent || (e is PostgresException && !Faults.IsConnection(e)))
        {
            return false; // there is no connection, or the server has undone it; on rows that are read it shows why
        }
        catch (Exception)
        {
            return await WasCommittedAsync(batch, started);
        }
        return true;
    }

    private async Task SendAsync(NpgsqlConnection connection, Draft draft, long batch)
    {
        await using var statements = new Statements(connection, _sql);
        var written = RowChecks.AddTo(statements, draft.State, _nodeId, batch);
        if (draft.Transaction is null)
            BatchWriter.WriteContents(statements, draft.State);
        BatchWriter.Write(statements, draft.State, written);
        var hasIds = _reader.TryAddIds(statements, draft.Needs);
        if (draft.Transaction is not null)
            statements.Add("COMMIT");
        await using var reader = await statements.ReadAsync(CancellationToken.None);
        // Each check has a result, which the reader stands on in turn; what only writes has none, and the ids come last.
        for (var i = 0; hasIds && i < written.Checks; i++)
            await reader.NextResultAsync();
        while (hasIds && await reader.ReadAsync())
            _reader.AddIds(reader);
        await FinishAsync(reader, CancellationToken.None);
    }

    /// <summary>Undoes what was begun ahead; what it was decided on did not come true.</summary>
    private async Task GiveUpAsync(Draft? draft)
    {
        _remembered.ForgetAll();
        if (draft?.Transaction is { } connection)
            await UndoAsync(connection);
    }

    private async Task UndoAsync(NpgsqlConnection connection)
    {
        await TryRollBackAsync(connection);
        await connection.DisposeAsync();
    }
}
