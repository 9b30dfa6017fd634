using System.Diagnostics.Metrics;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Sharding;

/// <summary>What shards tell on the meter <c>Posthorn</c>.</summary>
public sealed class ShardMetricsTests : IDisposable
{
    private static readonly QueueName Orders = QueueName.Parse("orders");
    private static readonly QueueName Invoices = QueueName.Parse("invoices");
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ManualTimeProvider _time = new();
    private readonly TwoShards _shards = new() { Name = $"shard-{Guid.NewGuid():n}" }; // other engines of this process have meters of the same name
    private readonly MeterListener _listener = new();
    private readonly List<(Meter Meter, string Name, string? Shard, long Value)> _measured = [];
    private volatile bool _isAway;

    public ShardMetricsTests()
    {
        _listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == "Posthorn" && instrument.Name.StartsWith("posthorn.shard.", StringComparison.Ordinal))
                self.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            tags.Length.ShouldBe(1);
            _measured.Add((instrument.Meter, instrument.Name, tags[0].Value as string, value));
        });
        _listener.Start();
    }

    public void Dispose() => _listener.Dispose();

    /// <summary>The figures of our shards: first the home shard's.</summary>
    private string Figures(string name)
    {
        _measured.Clear();
        _listener.RecordObservableInstruments();
        var ours = _measured.Find(m => m.Shard == _shards.Name).Meter;
        return string.Join(' ', _measured.Where(m => m.Meter == ours && m.Name == "posthorn.shard." + name).Select(m => $"{(m.Shard == _shards.Name ? "b" : m.Shard)}={m.Value}"));
    }

    [Fact]
    public async Task Each_shard_tells_whether_it_is_there_and_what_is_still_to_happen_elsewhere()
    {
        var isDecided = false;
        await using (var engine = await _shards.OpenAsync(_time, shard => WatchedShard.Around(
            shard,
            _ => shard.Identity != _shards.Home.Identity && _isAway ? new EngineUnavailableException("gone") : null,
            _ =>
            {
                _isAway = isDecided;
                return null;
            })))
        {
            (Figures("up"), Figures("pending")).ShouldBe(("home=1 b=1", "home=0 b=0"));
            await engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Orders, Content = Body.Of("a"u8.ToArray()) }));
            var lease = (await engine.LeaseAsync(Orders, new LeaseRequest())).ShouldHaveSingleItem();
            isDecided = true;
            var spanning = new Commit().Remove(lease).Add(new NewMessage { Queue = Invoices, Content = Body.Of("b"u8.ToArray()) });
            await Should.ThrowAsync<EngineUnavailableException>(async () => await engine.CommitAsync(spanning));
            (Figures("up"), Figures("pending")).ShouldBe(("home=1 b=0", "home=1"));

            (isDecided, _isAway) = (false, false);
            await _time.UntilAsync(() => (Figures("up"), Figures("pending")) == ("home=1 b=1", "home=0 b=0"), TimeSpan.FromSeconds(5), Patience);
        }
        Figures("up").ShouldBe("");
    }
}
