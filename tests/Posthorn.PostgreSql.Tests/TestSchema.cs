using System.Collections.Concurrent;
using Posthorn.Engine;

namespace Posthorn.PostgreSql.Tests;

/// <summary>A test's schema, taken when the test opens its engine for the first time and given back empty: making one costs as much as a test.</summary>
internal sealed class TestSchema
{
    private static readonly ConcurrentBag<string> s_empty = [];
    private string? _name;

    /// <summary>Whether the engine gets to it through a pooler.</summary>
    public bool IsPooled { get; init; }

    public async Task<IEngine> OpenAsync(TimeProvider time)
    {
        _name ??= s_empty.TryTake(out var empty) ? empty : DatabaseServer.NewSchema();
        return IsPooled ? await PostgresEngine.OpenAsync(await (await Pooler.SharedAsync()).OptionsAsync(_name), time) : await TestEngine.OpenAsync(_name, time);
    }

    /// <summary>Empties it, the counters of the sequences too.</summary>
    public async Task GiveBackAsync()
    {
        var server = await DatabaseServer.SharedAsync();
        await server.AskAsync(
            $"""
            DELETE FROM {_name}.nodes; DELETE FROM {_name}.queues; DELETE FROM {_name}.messages; DELETE FROM {_name}.deliveries; DELETE FROM {_name}.bodies; DELETE FROM {_name}.body_chunks;
            DELETE FROM {_name}.ordered_groups; DELETE FROM {_name}.flag_counts; DELETE FROM {_name}.message_groups; DELETE FROM {_name}.deduplication; DELETE FROM {_name}.commit_keys; DELETE FROM {_name}.documents;
            SELECT setval('{_name}.message_ids', 1, false), setval('{_name}.body_ids', 1, false), setval('{_name}.queue_ids', 1, false), setval('{_name}.node_ids', 1, false);
            """);
        s_empty.Add(_name!);
    }
}
