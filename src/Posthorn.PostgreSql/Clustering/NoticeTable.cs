using Posthorn.Clustering;
using Posthorn.PostgreSql.Committing;
using Posthorn.PostgreSql.Leasing;
using Posthorn.PostgreSql.Schema;

namespace Posthorn.PostgreSql.Clustering;

/// <summary>The notices of all nodes: a row a node and subject, apart from the beats, which every node reads once a second.</summary>
/// <remarks>The table is not logged: it costs the server's log and its standbys nothing, and is empty after a crash or a failover until the nodes tell again.</remarks>
internal sealed class NoticeTable(PostgresEngine engine, SqlText sql, long nodeId) : INotices
{
    private const int SubjectCharsMax = 100;
    private const int BytesMax = 1 << 20;

    private const string Post = """
        INSERT INTO posthorn.node_notices (node_id, subject, written_at, content)
        SELECT node_id, $2, clock_timestamp(), $3 FROM posthorn.nodes WHERE node_id = $1
        ON CONFLICT (node_id, subject) DO UPDATE SET written_at = excluded.written_at, content = excluded.content
        """;

    // A server that took over with another clock may have written in the future.
    private const string Told = """
        SELECT node_id, greatest(0, extract(epoch FROM clock_timestamp() - written_at))::float8, content FROM posthorn.node_notices WHERE subject = $1
        """;

    public async ValueTask PostAsync(string subject, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(subject);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(subject.Length, SubjectCharsMax, nameof(subject));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(content.Length, BytesMax, nameof(content));
        var bytes = content.ToArray();
        await engine.AskAsync(
            async (connection, token) =>
            {
                await using var statements = new Statements(connection, sql).Add(LeaseSql.NotDurable).Add(Post, nodeId, subject, bytes);
                await statements.RunAsync(token);
                return true;
            },
            cancellationToken);
    }

    public async ValueTask<IReadOnlyList<Notice>> ReadAsync(string subject, CancellationToken cancellationToken = default) => await engine.AskAsync(
        async (connection, token) =>
        {
            var told = new List<Notice>();
            await using var statements = new Statements(connection, sql).Add(Told, subject);
            await using var reader = await statements.ReadAsync(token);
            while (await reader.ReadAsync(token))
                told.Add(new Notice(reader.GetInt64(0), TimeSpan.FromSeconds(reader.GetDouble(1)), reader.GetFieldValue<byte[]>(2)));
            return told;
        },
        cancellationToken);
}
