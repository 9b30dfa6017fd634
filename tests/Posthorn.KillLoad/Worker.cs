using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.KillLoad;

/// <summary>
/// Does one thing after the other for ever: says what it is about to commit (<c>will</c>), commits, says that it was answered (<c>did</c>); says
/// what it was handed (<c>take</c>).
/// </summary>
internal sealed class Worker(IEngine engine, LoadLog log, int number, Random random)
{
    private const int QueueMax = 60;
    private static readonly Dictionary<string, MessageReference> Nothing = new(StringComparer.Ordinal);

    private readonly string _jobs = LoadQueues.Jobs(number);
    private readonly string _fifo = LoadQueues.Fifo(number);
    private readonly string _keep = LoadQueues.Keep(number);
    private readonly string _done = LoadQueues.Done(number);
    private int _step;

    public async Task RunAsync()
    {
        _step = Inventory.StepOf(engine, number);
        while (true)
        {
            await (random.Next(10) switch
            {
                0 or 1 => SendAsync(),
                2 => SendManyAsync(),
                3 => SendInOrderAsync(),
                4 => SendUnderAnIdAsync(),
                5 or 6 => WorkAsync(),
                7 => WorkInOrderAsync(),
                8 => KeepAsync(),
                _ => ShareAsync(),
            });
        }
    }

    private Task SendAsync() => HasRoom(_jobs) ? CommitAsync([Added(_jobs, 0)]) : WorkAsync();

    private Task SendManyAsync() => HasRoom(_jobs)
        ? CommitAsync([.. Enumerable.Range(0, 2 + random.Next(20)).Select(i => Added(i % 3 == 0 ? _keep : _jobs, i))], isKeyed: random.Next(2) == 0)
        : WorkAsync();

    private Task SendInOrderAsync() => HasRoom(_fifo)
        ? CommitAsync([.. Enumerable.Range(0, 1 + random.Next(3)).Select(i => new Effect("add", _fifo, MessageNames.Of(number, _step + 1, i, random.Next(10), 50, group: random.Next(3))))])
        : WorkInOrderAsync();

    /// <summary>Neighbouring steps have the same id: the second one adds nothing, before and after a death.</summary>
    private Task SendUnderAnIdAsync() => HasRoom(_jobs) ? CommitAsync([Added(_jobs, 0) with { More = $"d{_step / 40}" }], isKeyed: random.Next(3) == 0) : WorkAsync();

    private async Task WorkAsync()
    {
        var queue = Count(_done) > 20 ? _done : _jobs;
        var leases = await TakeAsync(queue, 1 + random.Next(6));
        if (leases.Count == 0)
            return;
        if (random.Next(4) == 0)
            await engine.ExtendAsync(leases.Values.First().Lease!.Value, TimeSpan.FromMinutes(20));
        var effects = new List<Effect>();
        foreach (var name in leases.Keys)
        {
            switch (queue == _done ? 0 : random.Next(5))
            {
                case 0 or 1:
                    effects.Add(new Effect("end", queue, name));
                    break;
                case 2:
                    effects.Add(new Effect("put", queue, name, random.Next(2) == 0 ? "0" : "30"));
                    break;
                case 3:
                    effects.Add(new Effect("move", queue, name, _done));
                    break;
                default:
                    effects.Add(new Effect("end", queue, name));
                    effects.Add(Added(_keep, effects.Count));
                    break;
            }
        }
        await CommitAsync(effects, leases, isKeyed: random.Next(3) == 0);
    }

    private async Task WorkInOrderAsync()
    {
        var leases = await TakeAsync(_fifo, 1 + random.Next(6));
        if (leases.Count > 0)
            await CommitAsync([.. leases.Keys.Select(name => random.Next(3) == 0 ? new Effect("put", _fifo, name, random.Next(2) == 0 ? "0" : "20") : new Effect("end", _fifo, name))], leases);
    }

    /// <summary>Consumes what is kept, puts some of it back, forgets what is too much.</summary>
    private async Task KeepAsync()
    {
        var leases = await TakeAsync(_keep, 4);
        if (leases.Count > 0)
            await CommitAsync([.. leases.Keys.Select(name => new Effect("end", _keep, name))], leases);
        var consumed = new Dictionary<string, MessageReference>(StringComparer.Ordinal);
        await foreach (var message in engine.BrowseAsync(QueueName.Parse(_keep), new MessageFilter { States = [MessageState.Consumed] }))
            consumed.Add(message.Text(LoadCommit.NameAttribute)!, message.Id);
        if (consumed.Count > 0 && random.Next(2) == 0)
            await CommitAsync([.. consumed.Keys.Take(consumed.Count - 20 is > 0 and var tooMany ? tooMany : 2).Select(name => new Effect(consumed.Count > 20 ? "drop" : "replay", _keep, name))], consumed, isKeyed: random.Next(3) == 0);
    }

    private async Task ShareAsync()
    {
        if (HasRoom(LoadQueues.Shared) && random.Next(2) == 0)
        {
            await CommitAsync([.. Enumerable.Range(0, 3).Select(i => Added(LoadQueues.Shared, i))]);
            return;
        }
        var leases = await TakeAsync(LoadQueues.Shared, 1 + random.Next(3));
        if (leases.Count > 0)
            await CommitAsync([.. leases.Keys.Select(name => new Effect("end", LoadQueues.Shared, name))], leases);
    }

    private async Task CommitAsync(IReadOnlyList<Effect> effects, IReadOnlyDictionary<string, MessageReference>? references = null, bool isKeyed = false)
    {
        _step++;
        var key = isKeyed ? $"w{number}-{_step}" : LoadCommit.NoKey;
        Commit Make() => LoadCommit.Of(number, _step, key, effects, references ?? Nothing);
        log.Write($"will {number} {_step} {key} {string.Join(' ', effects)}");
        var result = await engine.CommitAsync(Make());
        log.Write($"did {number} {_step} {(result.IsRepeat ? "repeat" : "first")} {string.Concat(result.Added.Select(a => a.IsDuplicate ? '1' : '0'))}");
        if (isKeyed && random.Next(3) == 0)
            log.Write($"again {number} {_step} {((await engine.CommitAsync(Make())).IsRepeat ? "repeat" : "first")}");
    }

    private async Task<Dictionary<string, MessageReference>> TakeAsync(string queue, int max)
    {
        var leases = await engine.LeaseAsync(QueueName.Parse(queue), new LeaseRequest { MessagesMax = max });
        var taken = leases.ToDictionary(lease => lease.Message.Text(LoadCommit.NameAttribute)!, lease => (MessageReference)lease, StringComparer.Ordinal);
        if (taken.Count > 0)
            log.Write($"take {number} {queue} {string.Join(' ', taken.Keys)}");
        return taken;
    }

    private Effect Added(string queue, int index) =>
        new("add", queue, MessageNames.Of(number, _step + 1, index, random.Next(10), random.Next(20) switch { 0 => 40_000, < 5 => 3_000, var n => n * 10 }));

    private bool HasRoom(string queue) => Count(queue) < QueueMax;

    private long Count(string queue) => engine.Status(QueueName.Parse(queue))?.Messages ?? 0;
}
