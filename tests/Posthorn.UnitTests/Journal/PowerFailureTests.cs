using System.Text;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Engine;
using Posthorn.Journal;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Journal;

/// <summary>A fixed script, with power lost at each of its I/Os in turn: what was acknowledged is there, what was not is there whole or not at all.</summary>
public sealed class PowerFailureTests
{
    private static readonly QueueName Orders = QueueName.Parse("orders");
    private static readonly QueueName Other = QueueName.Parse("other");
    private static readonly JournalOptions Tiny = JournalTestOptions.Small with { SegmentBytes = 16 << 10, ReserveBytes = 0, InlineBodyBytesMax = 2 << 10 };

    [Fact]
    public async Task Power_may_fail_at_every_single_write()
    {
        var last = await RunAsync(int.MaxValue, 0);
        last.ShouldBeGreaterThan(100);
        for (var at = 0; at < last; at++)
        {
            for (var seed = 0; seed < 3; seed++)
                await RunAsync(at, seed);
        }
    }

    private static async Task<int> RunAsync(int powerFailsAt, int seed)
    {
        var disk = new LossyFileSystem(powerFailsAt, seed);
        var time = new ManualTimeProvider();
        var model = new Model();
        JournalEngine? engine = null;
        try
        {
            engine = await JournalEngine.OpenAsync(disk, Tiny, time);
            await ScriptAsync(engine, model);
        }
        catch (Exception e) when (disk.HasFailed && e is IOException or EngineFailedException)
        {
            // That is the end of the script, wherever it was.
        }
        var operations = disk.Operations;
        var after = disk.AfterPowerFailure();
        if (engine is not null)
            await engine.DisposeAsync();
        if (!disk.HasFailed)
            return operations;
        for (var start = 0; start < 2; start++)
        {
            await using var recovered = await JournalEngine.OpenAsync(after, Tiny, time);
            await model.CheckAsync(recovered, $"power failed at {powerFailsAt}, seed {seed}, start {start}");
        }
        return operations;
    }

    private static async Task ScriptAsync(JournalEngine engine, Model model)
    {
        for (var round = 0; round < 12; round++)
        {
            var texts = Enumerable.Range(0, 4).Select(i => $"{round}.{i}." + new string('x', i == 3 && round % 4 == 0 ? 5000 : 700)).ToArray();
            var added = await model.DoAsync(engine, texts.Aggregate(new Commit(), (commit, text) => commit.Add(new NewMessage { Queue = Orders, Content = Body.Of(Encoding.UTF8.GetBytes(text)) })),
                added => texts.Select((text, i) => (added[i].Id, (Change?)new Change(text, Orders))));
            await model.DoAsync(engine, new Commit().Move(added[0].Id, Other).Remove(added[1].Id), _ => [(added[0].Id, new Change(texts[0], Other)), (added[1].Id, null)]);
            if (round % 3 != 0)
                await model.DoAsync(engine, new Commit().Remove(added[2].Id), _ => [(added[2].Id, null)]);
            if (round % 4 != 1)
                await model.DoAsync(engine, new Commit().Remove(added[3].Id), _ => [(added[3].Id, null)]);
        }
    }

    private sealed record Change(string Text, QueueName Queue);

    /// <summary>Remembers what was acknowledged, and the one commit that was not.</summary>
    private sealed class Model
    {
        private readonly Dictionary<MessageId, Change> _sure = [];
        private List<(MessageId Id, Change? Change)>? _open;
        private Commit? _openCommit;

        public async Task<IReadOnlyList<AddedMessage>> DoAsync(JournalEngine engine, Commit commit, Func<IReadOnlyList<AddedMessage>, IEnumerable<(MessageId, Change?)>> effect)
        {
            _openCommit = commit;
            _open = commit.Operations[0] is CommitOperation.Add ? null : [.. effect([])];
            var added = (await engine.CommitAsync(commit)).Added;
            foreach (var (id, change) in effect(added))
            {
                if (change is null)
                    _sure.Remove(id);
                else
                    _sure[id] = change;
            }
            (_open, _openCommit) = (null, null);
            return added;
        }

        public async Task CheckAsync(JournalEngine engine, string what)
        {
            var found = new Dictionary<MessageId, Change>();
            foreach (var queue in engine.Queues())
            {
                await foreach (var message in engine.BrowseAsync(queue.Name, MessageFilter.All))
                {
                    await using var stream = await engine.OpenAsync(message.Content);
                    using var reader = new StreamReader(stream);
                    found.Add(message.Id, new Change(await reader.ReadToEndAsync(), queue.Name));
                }
            }
            var expected = new Dictionary<MessageId, Change>(_sure);
            var extra = found.Where(message => !_sure.ContainsKey(message.Key)).ToList();
            if (_open is not null && _open.All(effect => effect.Change is null ? !found.ContainsKey(effect.Id) : found.TryGetValue(effect.Id, out var change) && change == effect.Change))
            {
                foreach (var (id, change) in _open)
                {
                    if (change is null)
                        expected.Remove(id);
                    else
                        expected[id] = change;
                }
            }
            else if (extra.Count > 0)
            {
                // Only an add that was not acknowledged may have come through, and then whole.
                _openCommit.ShouldNotBeNull(what);
                extra.Count.ShouldBe(_openCommit.Operations.Count, what);
                foreach (var (id, change) in extra)
                    expected.Add(id, change);
            }
            found.OrderBy(message => message.Key).ShouldBe(expected.OrderBy(message => message.Key), what);
        }
    }
}
