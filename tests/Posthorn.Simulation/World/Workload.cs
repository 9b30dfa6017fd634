using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Simulation.Audit;

namespace Posthorn.Simulation.World;

/// <summary>Clients that do everything an engine offers, and tell the auditor what they were promised.</summary>
public sealed class Workload(IEngine engine, Auditor auditor, TimeProvider time, SimulationRandom random, string run)
{
    private static readonly string[] Queues = ["a", "b", "c"];

    private readonly HashSet<string> _busy = new(StringComparer.Ordinal);
    private readonly Dictionary<string, MessageId> _ids = new(StringComparer.Ordinal);
    private int _nextTag;

    /// <summary>Largest body that stays in the journal; bodies around and above it are made too.</summary>
    public int InlineBytesMax { get; init; } = 1024;

    /// <summary>Runs clients side by side until each has done its steps or the engine is gone.</summary>
    public async Task RunAsync(int clients, int steps)
    {
        var tasks = new List<Task>();
        for (var i = 0; i < clients; i++)
            tasks.Add(ClientAsync(random.Fork($"client-{i}"), steps));
        await Task.WhenAll(tasks);
    }

    private async Task ClientAsync(SimulationRandom r, int steps)
    {
        try
        {
            for (var i = 0; i < steps; i++)
                await StepAsync(r);
        }
        catch (Exception e) when (e is EngineFailedException or IOException or ObjectDisposedException)
        {
            // The engine is out of service; what was in doubt has been told.
        }
    }

    private Task StepAsync(SimulationRandom r) => r.Below(12) switch
    {
        0 or 1 or 2 => SendAsync(r, r.Between(1, 3), r.Between(0, InlineBytesMax)),
        3 => SendAsync(r, 1, r.Between(InlineBytesMax, InlineBytesMax * 4)),
        4 => SendWithKeyAsync(r),
        5 or 6 or 7 => ConsumeAsync(r),
        8 or 9 => AdministrateAsync(r),
        10 => WriteDocumentAsync(r),
        _ => Task.Delay(TimeSpan.FromSeconds(r.Between(0, 20)), time),
    };

    private async Task SendAsync(SimulationRandom r, int count, int bodyBytes)
    {
        var commit = new Commit();
        var effects = new List<Effect>();
        var writers = new List<IBodyWriter>();
        for (var i = 0; i < count; i++)
            await AddAsync(commit, effects, r, bodyBytes, writers);
        Remember(await TryCommitAsync(commit, effects), effects);
        foreach (var writer in writers)
            await writer.DisposeAsync();
    }

    private async Task SendWithKeyAsync(SimulationRandom r)
    {
        var commit = new Commit { IdempotencyKey = $"{run}-key-{_nextTag++}" };
        var effects = new List<Effect>();
        await AddAsync(commit, effects, r, r.Between(0, 100), []);
        var first = await TryCommitAsync(commit, effects);
        if (first is null)
            return;
        Remember(first, effects);
        auditor.AcknowledgeKey(commit.IdempotencyKey, first);
        var again = new Commit { IdempotencyKey = commit.IdempotencyKey };
        again.Add(((CommitOperation.Add)commit.Operations[0]).Message);
        auditor.AcknowledgeKey(commit.IdempotencyKey, await engine.CommitAsync(again));
    }

    private async Task AddAsync(Commit commit, List<Effect> effects, SimulationRandom r, int bodyBytes, List<IBodyWriter> writers)
    {
        var expected = new ExpectedMessage($"{run}-{_nextTag++}", r.Pick(Queues), bodyBytes, r.Below(10), r.Chance(1, 20), r.Chance(1, 2) ? "n" : null);
        commit.Add(new NewMessage
        {
            Queue = QueueName.Parse(expected.Queue),
            Content = await BodyAsync(expected, writers),
            Envelope = new Envelope("sender@example.test", [new Recipient($"{expected.Tag}@example.test")]),
            Attributes = Auditor.AttributesOf(expected),
            Priority = Priority.Of(expected.Priority),
            IsHeld = expected.IsHeld,
            DueAt = r.Chance(1, 4) ? time.GetUtcNow() + TimeSpan.FromSeconds(r.Between(1, 60)) : null,
        });
        effects.Add(new Effect(expected.Tag, null, expected));
    }

    /// <summary>Small bodies are given as bytes, large ones stream through a writer, which lives until the commit is decided.</summary>
    private async Task<Content> BodyAsync(ExpectedMessage expected, List<IBodyWriter> writers)
    {
        if (expected.BodyLength <= InlineBytesMax)
            return Body.Of(expected.Body());
        var writer = engine.CreateBody();
        writers.Add(writer);
        var bytes = expected.Body();
        for (var i = 0; i < bytes.Length; i += 500)
        {
            var slice = bytes.AsSpan(i, Math.Min(500, bytes.Length - i));
            slice.CopyTo(writer.GetSpan(slice.Length));
            writer.Advance(slice.Length);
            await writer.FlushAsync(CancellationToken.None);
        }
        return await writer.CompleteAsync(CancellationToken.None);
    }

    private async Task ConsumeAsync(SimulationRandom r)
    {
        var askedAt = auditor.Acknowledged;
        var leased = await engine.LeaseAsync(QueueName.Parse(r.Pick(Queues)), new LeaseRequest
        {
            MessagesMax = r.Between(1, 4),
            VisibilityTimeout = TimeSpan.FromSeconds(r.Between(5, 60)),
            Wait = r.Chance(1, 4) ? TimeSpan.FromSeconds(5) : TimeSpan.Zero,
        });
        foreach (var lease in leased)
        {
            auditor.CheckLeased(lease.Message, askedAt);
            if (r.Chance(1, 6))
                continue; // The consumer dies; the lease ends by itself.
            await FinishAsync(r, lease);
        }
    }

    private async Task FinishAsync(SimulationRandom r, LeasedMessage lease)
    {
        var tag = Auditor.TagOf(lease.Message);
        if (!auditor.Live.TryGetValue(tag, out var before) || auditor.IsDoubtful(tag) || !_busy.Add(tag))
            return;
        try
        {
            var commit = new Commit();
            var effects = new List<Effect>();
            switch (r.Below(4))
            {
                case 0:
                    commit.Remove(lease);
                    effects.Add(new Effect(tag, before, null));
                    break;
                case 1:
                    commit.Release(lease, TimeSpan.FromSeconds(r.Between(0, 30)), new MessageChanges { LastError = "again" });
                    effects.Add(new Effect(tag, before, before));
                    break;
                case 2:
                    var to = r.Pick(Queues);
                    commit.Move(lease, QueueName.Parse(to), new MessageChanges { Attributes = Note("moved") });
                    effects.Add(new Effect(tag, before, before with { Queue = to, Note = "moved" }));
                    break;
                default:
                    // Consume and produce in one commit.
                    commit.Remove(lease);
                    effects.Add(new Effect(tag, before, null));
                    await AddAsync(commit, effects, r, r.Between(0, 200), []);
                    break;
            }
            var result = await TryCommitAsync(commit, effects);
            Remember(result, effects);
        }
        finally
        {
            _busy.Remove(tag);
        }
    }

    private async Task AdministrateAsync(SimulationRandom r)
    {
        var candidates = auditor.Live.Keys.Where(t => _ids.ContainsKey(t) && !_busy.Contains(t) && !auditor.IsDoubtful(t)).Order(StringComparer.Ordinal).ToList();
        if (candidates.Count == 0)
            return;
        var tag = r.Pick(candidates);
        var before = auditor.Live[tag];
        _busy.Add(tag);
        try
        {
            var commit = new Commit();
            ExpectedMessage? after;
            switch (r.Below(4))
            {
                case 0:
                    after = null;
                    commit.Remove(_ids[tag]);
                    break;
                case 1:
                    after = before with { Priority = r.Below(10) };
                    commit.Change(_ids[tag], new MessageChanges { Priority = Priority.Of(after.Priority) });
                    break;
                case 2:
                    after = before with { IsHeld = !before.IsHeld };
                    commit.Change(_ids[tag], new MessageChanges { IsHeld = after.IsHeld });
                    break;
                default:
                    after = before with { Note = $"n{r.Below(100)}" };
                    commit.Change(_ids[tag], new MessageChanges { Attributes = Note(after.Note), DueAt = time.GetUtcNow() + TimeSpan.FromSeconds(r.Between(-5, 50)) });
                    break;
            }
            await TryCommitAsync(commit, [new Effect(tag, before, after)]);
        }
        finally
        {
            _busy.Remove(tag);
        }
    }

    private async Task WriteDocumentAsync(SimulationRandom r)
    {
        var key = $"{run}/{_nextTag++}";
        var value = BitConverter.GetBytes(r.NextUInt64());
        try
        {
            await engine.CommitAsync(new Commit().SetDocument(key, value));
            auditor.AcknowledgeDocument(key, value);
        }
        catch (StorageFullException)
        {
            // Nothing happened.
        }
        catch
        {
            auditor.DoubtDocument(key, value);
            throw;
        }
    }

    private async Task<CommitResult?> TryCommitAsync(Commit commit, IReadOnlyList<Effect> effects)
    {
        auditor.Expect(effects);
        try
        {
            var result = await engine.CommitAsync(commit);
            auditor.Acknowledge(effects);
            return result;
        }
        catch (Exception e) when (e is CommitConflictException or StorageFullException or QueueFullException)
        {
            auditor.Refuse(effects); // Nothing happened, and the engine says so.
            return null;
        }
        catch
        {
            auditor.Doubt(effects);
            throw;
        }
    }

    private void Remember(CommitResult? result, List<Effect> effects)
    {
        if (result is null)
            return;
        var added = effects.Where(e => e.Before is null).ToList();
        for (var i = 0; i < added.Count; i++)
            _ids[added[i].Tag] = result.Added[i].Id;
    }

    private static Dictionary<string, AttributeValue?> Note(string note) => new(StringComparer.Ordinal) { ["note"] = note };
}
