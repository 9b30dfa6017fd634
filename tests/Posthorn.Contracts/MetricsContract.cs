using System.Diagnostics.Metrics;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>An engine tells its figures on the meter <c>Posthorn</c>.</summary>
public abstract class MetricsContract : EngineContract
{
    // Other engines of this process have meters of the same name: what is counted is told by this queue.
    private readonly QueueName _queue = QueueName.Parse($"counted-{Guid.NewGuid():n}");
    private readonly Dictionary<string, double> _figures = new(StringComparer.Ordinal);
    private readonly List<(Instrument Instrument, double Seconds)> _times = [];
    private readonly HashSet<Meter> _ours = [];

    /// <summary>Starts to listen; the engine is open already.</summary>
    private MeterListener Listen()
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == "Posthorn")
                    self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) =>
        {
            lock (_figures)
                _times.Add((instrument, value));
        });
        listener.Start();
        return listener;
    }

    private void Note(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var (isOurs, state) = (false, "");
        foreach (var tag in tags)
        {
            isOurs |= tag.Key == "queue" && tag.Value as string == _queue.Value;
            state = tag.Key == "state" ? $" {tag.Value}" : state;
        }
        if (!isOurs)
            return;
        lock (_figures)
        {
            _ours.Add(instrument.Meter);
            _figures[instrument.Name + state] = instrument.IsObservable ? value : _figures.GetValueOrDefault(instrument.Name) + value;
        }
    }

    private double Figure(string name)
    {
        lock (_figures)
            return _figures.GetValueOrDefault(name);
    }

    [Fact]
    public async Task A_gauge_shows_the_size_of_each_queue_by_state()
    {
        using var listener = Listen();
        await AddAsync(_queue, "1");
        await AddAsync(_queue, "2");
        await AddAsync(Text(_queue, "3") with { DueAt = Time.GetUtcNow() + TimeSpan.FromHours(1) });
        await LeaseOneAsync(_queue);
        listener.RecordObservableInstruments();
        (Figure("posthorn.queue.messages ready"), Figure("posthorn.queue.messages leased"), Figure("posthorn.queue.messages delayed"), Figure("posthorn.queue.size"))
            .ShouldBe((1, 1, 1, 3));
    }

    [Fact]
    public async Task Sending_is_counted_as_sending()
    {
        using var listener = Listen();
        await AddAsync(_queue, "1");
        Figure("posthorn.messages.added").ShouldBe(1);
        await AddAsync(_queue, "2");
        Figure("posthorn.messages.added").ShouldBe(2);
    }

    [Fact]
    public async Task Sending_is_not_counted_as_receiving()
    {
        using var listener = Listen();
        await AddAsync(_queue, "1");
        (Figure("posthorn.messages.added"), Figure("posthorn.messages.leased"), Figure("posthorn.messages.removed")).ShouldBe((1, 0, 0));
    }

    [Fact]
    public async Task Receiving_is_counted_as_receiving_and_its_end_as_leaving()
    {
        await AddAsync(_queue, "1");
        using var listener = Listen();
        var lease = await LeaseOneAsync(_queue);
        (Figure("posthorn.messages.leased"), Figure("posthorn.messages.removed")).ShouldBe((1, 0));
        await RemoveAsync(lease);
        (Figure("posthorn.messages.leased"), Figure("posthorn.messages.removed")).ShouldBe((1, 1));
    }

    [Fact]
    public async Task Receiving_is_not_counted_as_sending()
    {
        await AddAsync(_queue, "1");
        using var listener = Listen();
        await RemoveAsync(await LeaseOneAsync(_queue));
        (Figure("posthorn.messages.leased"), Figure("posthorn.messages.added")).ShouldBe((1, 0));
    }

    [Fact]
    public async Task The_time_that_sending_takes_is_published()
    {
        using var listener = Listen();
        await AddAsync(_queue, "1");
        await AddAsync(_queue, "2");
        lock (_figures)
            _times.Count(t => _ours.Contains(t.Instrument.Meter) && t.Instrument.Name == "posthorn.journal.commit.duration" && t.Seconds >= 0).ShouldBe(2);
    }
}
