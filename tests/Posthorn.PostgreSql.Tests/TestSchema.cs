using System.Collections.Concurrent;
using Posthorn.Bodies;
using Posthorn.Engine;
using Shouldly;

namespace Posthorn.PostgreSql.Tests;

/// <summary>A test's schema, taken when the test opens its engine for the first time and given back empty: making one costs as much as a test.</summary>
internal sealed class TestSchema
{
    private static readonly ConcurrentBag<string> s_empty = [];
    private string? _name;

    /// <summary>Whether the engine gets to it through a pooler.</summary>
    public bool IsPooled { get; init; }

    public string Name => _name ??= s_empty.TryTake(out var empty) ? empty : DatabaseServer.NewSchema();

    /// <summary>Opens where large bodies go; null leaves them in the database.</summary>
    public Func<Task<IBodyStore>>? Bodies { get; init; }

    public async Task<IEngine> OpenAsync(TimeProvider time)
    {
        if (Bodies is not null)
            return await PostgresEngine.OpenAsync(TestEngine.Options(Name, await DatabaseServer.SharedAsync()) with { Bodies = await Bodies() }, time);
        return IsPooled ? await PostgresEngine.OpenAsync(await (await Pooler.SharedAsync()).OptionsAsync(Name), time) : await TestEngine.OpenAsync(Name, time);
    }

    // What is counted must be what is there, whatever the test did.
    private string Faults => $"""
        WITH there AS (SELECT d.*, q.queue_id IS NOT NULL AS has_queue FROM {_name}.deliveries d LEFT JOIN {_name}.queues q ON q.queue_id = d.queue_id AND q.deleted_at IS NULL),
        faults AS (
            SELECT 'figures of queue ' || q.name AS fault FROM {_name}.queues q LEFT JOIN (
                SELECT queue_id, count(*) FILTER (WHERE state <> 4) AS a, sum(length) FILTER (WHERE state <> 4) AS b, count(*) FILTER (WHERE state = 4) AS c, sum(length) FILTER (WHERE state = 4) AS d
                FROM there GROUP BY 1) t USING (queue_id)
            WHERE q.deleted_at IS NULL
                AND (q.message_count, q.byte_count, q.consumed_count, q.consumed_byte_count) <> (coalesce(t.a, 0), coalesce(t.b, 0), coalesce(t.c, 0), coalesce(t.d, 0))
            UNION ALL
            SELECT 'messages of group ' || g.group_name FROM (SELECT g.* FROM {_name}.message_groups g JOIN {_name}.queues q ON q.queue_id = g.queue_id AND q.deleted_at IS NULL) g
            FULL JOIN (SELECT queue_id, group_name, count(*) AS a FROM there WHERE has_queue AND state <> 4 AND group_name <> '' GROUP BY 1, 2) t USING (queue_id, group_name)
            WHERE g.message_count IS DISTINCT FROM t.a
            UNION ALL
            SELECT 'references of body ' || b.body_id FROM {_name}.bodies b LEFT JOIN (SELECT body_id, count(*) AS a FROM {_name}.messages GROUP BY 1) m USING (body_id)
            WHERE greatest(b.reference_count, 0) <> coalesce(m.a, 0)
            UNION ALL
            SELECT 'half a message ' || message_id FROM {_name}.messages m FULL JOIN {_name}.deliveries d USING (message_id) WHERE m.message_id IS NULL OR d.message_id IS NULL
            UNION ALL
            SELECT 'body of message ' || m.message_id FROM {_name}.messages m LEFT JOIN {_name}.bodies b USING (body_id)
            WHERE (m.body_id > 0 AND b.body_id IS NULL) OR (m.body_id < 0 AND m.body_id <> -m.message_id) OR (coalesce(m.body_id, 0) < 0) <> (m.bytes IS NOT NULL))
        SELECT coalesce(string_agg(fault, ', '), '') FROM faults
        """;

    /// <summary>Looks whether all in it agrees, and empties it, the counters of the sequences too.</summary>
    public async Task GiveBackAsync()
    {
        var server = await DatabaseServer.SharedAsync();
        (await server.AskAsync(Faults)).ShouldBe("");
        await server.AskAsync(
            $"""
            DELETE FROM {_name}.nodes; DELETE FROM {_name}.queues; DELETE FROM {_name}.messages; DELETE FROM {_name}.deliveries; DELETE FROM {_name}.bodies; DELETE FROM {_name}.body_chunks;
            DELETE FROM {_name}.ordered_groups; DELETE FROM {_name}.flag_counts; DELETE FROM {_name}.message_groups; DELETE FROM {_name}.deduplication; DELETE FROM {_name}.commit_keys; DELETE FROM {_name}.documents;
            SELECT setval('{_name}.message_ids', 1, false), setval('{_name}.body_ids', 1, false), setval('{_name}.queue_ids', 1, false), setval('{_name}.node_ids', 1, false);
            """);
        s_empty.Add(_name!);
    }
}
