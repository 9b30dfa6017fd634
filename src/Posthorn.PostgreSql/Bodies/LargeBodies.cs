using Npgsql;
using Posthorn.Bodies;
using Posthorn.Engine;

namespace Posthorn.PostgreSql.Bodies;

/// <summary>Large bodies: a row of <c>bodies</c> each, made before its first byte goes into a store and deleted after its last one is gone from there.</summary>
/// <remarks>
/// So whatever is cut off in between leaves a row that says what is there, and upkeep ends it. A row is marked before its bytes are removed, in a transaction
/// of its own: from then on no commit can name it, and what nobody can name may go.
/// </remarks>
/// <param name="sql">The database.</param>
/// <param name="place">Whose bodies they are.</param>
/// <param name="table">The store in the database.</param>
/// <param name="outside">The store outside of the database that new bodies go to; null for its own table.</param>
/// <param name="now">The wall clock, in ticks.</param>
internal sealed class LargeBodies(IBodySql sql, LargeBodies.Place place, IBodyStore table, IBodyStore? outside, Func<long> now)
{
    private const int RemovedAtOnce = 100;
    private const int StrayAtOnce = 500;

    // Guards the rows whose bodies this process is writing.
    private readonly Lock _gate = new();
    private readonly HashSet<long> _writing = [];

    /// <summary>Whose bodies they are.</summary>
    /// <param name="Engine">The engine that hands them out.</param>
    /// <param name="Owner">The owner's name in stores.</param>
    internal readonly record struct Place(object Engine, Guid Owner);

    /// <summary>Makes a body's row, which nothing refers to yet.</summary>
    public async Task<LargeBody> BeginAsync(CancellationToken cancellationToken)
    {
        var row = await sql.RowsAsync(
            """
            INSERT INTO posthorn.bodies (body_id, length, idle_since, reference_count, is_large, stored_id)
            VALUES (nextval('posthorn.body_ids'), 0, $1, -1, true, CASE WHEN $2 THEN gen_random_uuid() END) RETURNING body_id, stored_id
            """,
            [now(), outside is not null], Read, cancellationToken);
        lock (_gate)
            _writing.Add(row[0].Id);
        return row[0];
    }

    /// <summary>Begins to write a body that has its row.</summary>
    public ValueTask<IBodyUpload> UploadAsync(LargeBody body, CancellationToken cancellationToken) => StoreOf(body).BeginAsync(body.Name, cancellationToken);

    /// <summary>Says that the body is still being written.</summary>
    public Task TouchAsync(LargeBody body, CancellationToken cancellationToken) =>
        sql.RunAsync("UPDATE posthorn.bodies SET idle_since = $2 WHERE body_id = $1", [body.Id, now()], cancellationToken);

    /// <summary>Writes the length of a body that is in its store, and gives it.</summary>
    /// <exception cref="EngineUnavailableException">It stood still for so long that another node has removed it.</exception>
    public async Task<Body> EndAsync(LargeBody body, long length, CancellationToken cancellationToken)
    {
        var ended = await sql.RowsAsync(
            "UPDATE posthorn.bodies SET length = $2, idle_since = $3 WHERE body_id = $1 AND reference_count = -1 RETURNING body_id, stored_id", [body.Id, length, now()], Read, cancellationToken);
        if (ended.Count == 0)
            throw new EngineUnavailableException("The body stood still for so long that it was removed: it must be written anew.");
        Forget(body.Id);
        return new PostgresBody(place.Engine, body.Id, length, null);
    }

    /// <summary>Opens a body.</summary>
    /// <param name="id">Its row.</param>
    /// <param name="storedId">Its name in the store outside; null when it is in the table.</param>
    /// <param name="length">Its length.</param>
    /// <param name="offset">Where it is read first.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async ValueTask<IBodyReader> OpenAsync(long id, Guid? storedId, long length, long offset, CancellationToken cancellationToken)
    {
        var body = Of(id, storedId);
        try
        {
            return await StoreOf(body).OpenAsync(body.Name, length, offset, cancellationToken);
        }
        catch (BodyLostException e) when (!e.IsDamaged && storedId is not null)
        {
            if (!await IsNamedAsync(id, cancellationToken))
                throw;
            throw new BodyLostException($"The body {body.Name} is missing in {outside!.Place}, though messages have it.", isDamaged: true, e);
        }
    }

    /// <summary>Removes a body, unless a commit has named it. What cannot be removed now, upkeep removes.</summary>
    public async Task RemoveUnnamedAsync(LargeBody body)
    {
        Forget(body.Id);
        try
        {
            await RemoveMarkedAsync(
                await sql.RowsAsync(
                    "UPDATE posthorn.bodies SET reference_count = -2 WHERE body_id = $1 AND reference_count = -1 RETURNING body_id, stored_id", [body.Id], Read, CancellationToken.None),
                CancellationToken.None);
        }
        catch (Exception e) when (e is EngineUnavailableException or ObjectDisposedException)
        {
            // Upkeep collects what nothing refers to.
        }
    }

    /// <summary>Removes bodies that no message has; those that this process is writing are not touched.</summary>
    /// <param name="before">Those whose last message went before this time.</param>
    /// <param name="unnamedBefore">Those that never had one, and were written before this time.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task SweepAsync(long before, long unnamedBefore, CancellationToken cancellationToken)
    {
        while (true)
        {
            long[] writing;
            lock (_gate)
                writing = [.. _writing];
            var found = await sql.RowsAsync(
                """
                UPDATE posthorn.bodies SET reference_count = -2 WHERE body_id = ANY (ARRAY(
                    SELECT body_id FROM posthorn.bodies WHERE reference_count <= 0 AND is_large AND idle_since <= CASE reference_count WHEN -1 THEN $2 ELSE $1 END
                    AND body_id <> ALL ($3) LIMIT $4 FOR UPDATE SKIP LOCKED))
                RETURNING body_id, stored_id
                """,
                [before, unnamedBefore, writing, RemovedAtOnce], Read, cancellationToken);
            await RemoveMarkedAsync(found, cancellationToken);
            if (found.Count < RemovedAtOnce)
                return;
        }
    }

    /// <summary>Removes what the store outside has and no row knows, when it is time to look and no other node does.</summary>
    /// <remarks>A node that ends in the middle leaves the rest for the next time; one that fails lets itself or another one try again at once.</remarks>
    /// <param name="nodeId">This node.</param>
    /// <param name="every">How often any node is to look.</param>
    /// <param name="before">Only what was written before. No commit can name such a body: each has its row before its first byte is written.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RemoveStrayAsync(long nodeId, TimeSpan every, DateTimeOffset before, CancellationToken cancellationToken)
    {
        if (outside is null)
            return;
        var due = now();
        var next = due + every.Ticks;
        // A node's own claim is found again when the answer to it was lost, and one by a clock that was wrong by an hour does not count.
        var claimed = await sql.RowsAsync(
            """
            UPDATE posthorn.body_owner SET list_at = $1, listed_by = $2
            WHERE list_at <= $3 OR list_at > $4 OR (list_at = $1 AND listed_by = $2) RETURNING list_at
            """,
            [next, nodeId, due, next + TimeSpan.TicksPerHour], row => row.GetInt64(0), cancellationToken);
        if (claimed.Count == 0)
            return;
        try
        {
            await RemoveStrayAsync(before, cancellationToken);
        }
        catch (EngineUnavailableException)
        {
            await sql.RunAsync("UPDATE posthorn.body_owner SET list_at = $1 WHERE list_at = $2 AND listed_by = $3", [due, next, nodeId], cancellationToken);
            throw;
        }
    }

    // What a database that lost its last commits, or a crash of the start, has left.
    private async Task RemoveStrayAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        await outside!.EndUploadsAsync(place.Owner, before, cancellationToken);
        var old = new List<BodyName>();
        await foreach (var found in outside.ListAsync(place.Owner, cancellationToken))
        {
            if (found.WrittenAt >= before)
                continue;
            old.Add(found.Name);
            if (old.Count == StrayAtOnce)
                await RemoveUnknownAsync(old, cancellationToken);
        }
        await RemoveUnknownAsync(old, cancellationToken);
    }

    private async Task RemoveUnknownAsync(List<BodyName> names, CancellationToken cancellationToken)
    {
        var known = await sql.RowsAsync(
            "SELECT stored_id FROM posthorn.bodies WHERE stored_id = ANY ($1)", [names.Select(n => n.Id).ToArray()], row => row.GetGuid(0), cancellationToken);
        var unknown = names.ExceptBy(known, n => n.Id).ToList();
        if (unknown.Count > 0)
            await outside!.RemoveAsync(unknown, cancellationToken);
        names.Clear();
    }

    private async Task RemoveMarkedAsync(IReadOnlyList<LargeBody> bodies, CancellationToken cancellationToken)
    {
        foreach (var part in bodies.GroupBy(b => b.IsOutside))
        {
            await StoreOf(part.First()).RemoveAsync([.. part.Select(b => b.Name)], cancellationToken);
            await sql.RunAsync("DELETE FROM posthorn.bodies WHERE body_id = ANY ($1) AND reference_count = -2", [part.Select(b => b.Id).ToArray()], cancellationToken);
        }
    }

    private async Task<bool> IsNamedAsync(long id, CancellationToken cancellationToken) =>
        (await sql.RowsAsync("SELECT body_id FROM posthorn.bodies WHERE body_id = $1 AND reference_count > 0", [id], row => row.GetInt64(0), cancellationToken)).Count > 0;

    private void Forget(long id)
    {
        lock (_gate)
            _writing.Remove(id);
    }

    private IBodyStore StoreOf(LargeBody body) => body.IsOutside ? outside! : table;

    private LargeBody Read(NpgsqlDataReader row) => Of(row.GetInt64(0), row.IsDBNull(1) ? null : row.GetGuid(1));

    private LargeBody Of(long id, Guid? storedId) =>
        storedId is { } stored ? new LargeBody(id, new BodyName(place.Owner, stored), IsOutside: true) : new LargeBody(id, BodyName.Numbered(place.Owner, id), IsOutside: false);
}
