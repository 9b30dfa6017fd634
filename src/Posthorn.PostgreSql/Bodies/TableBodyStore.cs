using System.Runtime.CompilerServices;
using Posthorn.Bodies;
using Posthorn.Engine;

namespace Posthorn.PostgreSql.Bodies;

/// <summary>Large bodies in the table <c>body_chunks</c>: where they are unless another store is named. Their names are the numbers of their rows.</summary>
/// <param name="sql">The database.</param>
internal sealed class TableBodyStore(IBodySql sql) : IBodyStore
{
    /// <summary>256 KiB: 128 pages of TOAST, so that a chunk's own cost does not count, and a reader holds little.</summary>
    public const int ChunkBytes = 256 << 10;

    private const int ListedAtOnce = 1_000;

    public string Place => "the database";

    public ValueTask<IBodyUpload> BeginAsync(BodyName name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult<IBodyUpload>(new TableUpload(sql, name.Number));
    }

    public async ValueTask<IBodyReader> OpenAsync(BodyName name, long length, long offset, CancellationToken cancellationToken)
    {
        var reader = new TableReader(sql, name.Number, length);
        await reader.PrepareAsync(offset, cancellationToken);
        return reader;
    }

    public async ValueTask RemoveAsync(IReadOnlyCollection<BodyName> names, CancellationToken cancellationToken) =>
        await sql.RunAsync("DELETE FROM posthorn.body_chunks WHERE body_id = ANY ($1)", [names.Select(n => n.Number).ToArray()], cancellationToken);

    public async IAsyncEnumerable<FoundBody> ListAsync(Guid owner, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // A row of bodies is made before the first chunk: chunks without one are older than any commit that could name them.
        const string Found = """
            SELECT c.body_id, coalesce(b.idle_since, 0) FROM (SELECT DISTINCT body_id FROM posthorn.body_chunks WHERE body_id > $1 ORDER BY body_id LIMIT $2) c
            LEFT JOIN posthorn.bodies b USING (body_id) ORDER BY c.body_id
            """;
        for (var last = 0L; ; ) // rows have numbers from 1; 0 is the mark
        {
            var page = await sql.RowsAsync(Found, [last, ListedAtOnce], row => (Id: row.GetInt64(0), Time: row.GetInt64(1)), cancellationToken);
            foreach (var (id, time) in page)
                yield return new FoundBody(BodyName.Numbered(owner, id), new DateTimeOffset(time, TimeSpan.Zero));
            if (page.Count < ListedAtOnce)
                yield break;
            last = page[^1].Id;
        }
    }

    /// <summary>Nothing: what was not completed is known by its row.</summary>
    public ValueTask EndUploadsAsync(Guid owner, DateTimeOffset before, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
