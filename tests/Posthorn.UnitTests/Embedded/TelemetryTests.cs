using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Posthorn.Embedded;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Embedded;

public sealed class TelemetryTests : StoreTest
{
    [Fact]
    public async Task A_trace_goes_on_from_the_sender_to_the_handler()
    {
        var ended = new ConcurrentQueue<Activity>();
        using var listener = Listen(ended);
        using var request = new Activity("request").Start();
        request.TraceStateString = "vendor=1";

        await Orders.SendAsync("x");
        request.Stop();
        using var stop = new CancellationTokenSource();
        var processing = Orders.ProcessAsync((_, _) => throw new InvalidOperationException("bad"), new ProcessOptions { AttemptsMax = 1 }, stop.Token);
        await UntilAsync(() => ended.Any(a => a.OperationName == "process orders"));
        await stop.CancelAsync();
        await processing;

        var send = ended.Single(a => a.OperationName == "send orders");
        send.TraceId.ShouldBe(request.TraceId);
        send.Kind.ShouldBe(ActivityKind.Producer);
        send.GetTagItem("messaging.system").ShouldBe("posthorn");
        send.GetTagItem("messaging.destination.name").ShouldBe("orders");
        var process = ended.Single(a => a.OperationName == "process orders");
        process.TraceId.ShouldBe(request.TraceId);
        process.ParentSpanId.ShouldBe(send.SpanId);
        process.TraceStateString.ShouldBe("vendor=1");
        process.Kind.ShouldBe(ActivityKind.Consumer);
        process.Status.ShouldBe(ActivityStatusCode.Error);
        process.GetTagItem("error.type").ShouldBe("System.InvalidOperationException");
        process.GetTagItem("messaging.message.id").ShouldBe(send.GetTagItem("messaging.message.id"));
        ended.Single(a => a.OperationName == "receive orders").Links.ShouldHaveSingleItem().Context.SpanId.ShouldBe(send.SpanId);
    }

    [Fact]
    public async Task A_trace_context_that_the_sender_gave_is_left_alone()
    {
        const string Given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        using var request = new Activity("request").Start();
        await Orders.SendAsync("x", new SendOptions { Attributes = new Dictionary<string, Messages.AttributeValue> { ["traceparent"] = Given } });
        (await ReceiveAsync(Orders)).Text("traceparent").ShouldBe(Given);
    }

    [Fact]
    public async Task Nothing_is_added_when_there_is_no_trace()
    {
        Activity.Current = null;
        await Orders.SendAsync("x");
        (await ReceiveAsync(Orders)).Message.Attributes.ShouldBeEmpty();
    }

    [Fact]
    public async Task Handlers_and_leases_are_counted()
    {
        var figures = new ConcurrentDictionary<string, double>(StringComparer.Ordinal);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == "Posthorn")
                    self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Note(instrument, 1, tags));
        listener.Start();
        var queue = Store.Get("counted");
        await queue.SendAsync("good");
        await queue.SendAsync("bad");
        await queue.SendAsync("lost");

        var lost = (await queue.ReceiveBatchAsync(3))[2];
        Figure("posthorn.messages.in_flight").ShouldBe(3);
        Time.Advance(TimeSpan.FromSeconds(30));
        lost.IsEnded.ShouldBeTrue();
        Figure("posthorn.messages.in_flight").ShouldBe(0);
        Figure("posthorn.leases.lost").ShouldBe(3);

        using var stop = new CancellationTokenSource();
        var processing = queue.ProcessAsync(
            async (message, token) =>
            {
                if (await message.ReadTextAsync(token) == "bad")
                    throw new InvalidOperationException();
            },
            new ProcessOptions { AttemptsMax = 2 }, stop.Token);
        await UntilAsync(() => Figure("posthorn.messages.processed") == 2 && Figure("posthorn.messages.failed") == 1);
        await UntilAsync(() => Figure("posthorn.process.duration") == 3);
        await stop.CancelAsync();
        await processing;
        figures["posthorn.messages.failed outcome"].ShouldBe(1);

        double Figure(string name) => figures.GetValueOrDefault(name);

        void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var isOurs = false;
            foreach (var tag in tags)
            {
                isOurs |= tag is { Key: "queue", Value: "counted" };
                if (tag is { Key: "outcome", Value: "dead_letter" })
                    figures.AddOrUpdate(instrument.Name + " outcome", value, (_, before) => before + value);
            }
            if (isOurs)
                figures.AddOrUpdate(instrument.Name, value, (_, before) => before + value);
        }
    }

    private static ActivityListener Listen(ConcurrentQueue<Activity> ended)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Posthorn",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}
