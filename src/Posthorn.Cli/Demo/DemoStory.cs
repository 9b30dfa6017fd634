using System.Net;
using Posthorn.Cli.Messages;
using Posthorn.Cli.Terminal;
using Posthorn.Client;
using Posthorn.Client.Contracts.Sending;
using Posthorn.Client.Contracts.Tracing;
using Posthorn.Server.Operate.Health;
using Spectre.Console;

namespace Posthorn.Cli.Demo;

/// <summary>What the demo does and tells, chapter by chapter; each checks that what it tells is so.</summary>
internal sealed class DemoStory(Surroundings surroundings, MailSink sink, IReadOnlyList<Listener> listeners)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(50);

    private readonly IPEndPoint _smtp = listeners.First(l => l.Door == "smtp").EndPoint;
    private readonly PosthornClient _client = PosthornClient.Connect(new Uri($"http://{listeners.First(l => l.Door == "http").EndPoint}"));

    /// <summary>Whether everything was as told.</summary>
    public bool HasGoneWell { get; private set; } = true;

    public async Task TellAsync(CancellationToken cancellationToken)
    {
        Say($"A Posthorn server is running: SMTP on {_smtp}, HTTP on {_client.Server.Authority}.");
        Say($"It passes mail for other hosts to a mail server on {sink.EndPoint}, which is part of this demo too.");
        await MailAsync(cancellationToken);
        await MessageAsync(cancellationToken);
        await FailureAsync(cancellationToken);
        Farewell();
    }

    private async Task MailAsync(CancellationToken cancellationToken)
    {
        Chapter("1. A mail over SMTP, to a mailbox here and to another host");
        var id = await SubmitAsync("ann@shop.test", ["orders@shop.test", "bob@good.test"], "An order", "Two post horns, please.", cancellationToken);
        var events = await LifeAsync(id, es => Has(es, "delivered", "bob@good.test") && es.Any(e => e.Queue == "orders"), cancellationToken);
        Show(events);
        Check(sink.Received("bob@good.test") == 1, "the other mail server has the mail, once");
        Check((await _client.GetQueueAsync("orders", cancellationToken)).Messages == 1, "the queue 'orders' has the mail, once");
    }

    private async Task MessageAsync(CancellationToken cancellationToken)
    {
        Chapter("2. A plain message over HTTP, taken and acked by a worker");
        var sent = await _client.SendAsync("jobs", "{\"resize\": \"horn.png\"}"u8.ToArray(), new SendOptions { Priority = 7 }, cancellationToken);
        var received = await _client.ReceiveAsync("jobs", new ReceiveOptions { Wait = Patience }, cancellationToken);
        Check(received is [{ Body: { } body }] && body.AsSpan().SequenceEqual("{\"resize\": \"horn.png\"}"u8), "the worker got exactly what was sent");
        foreach (var message in received)
            await _client.AckAsync(message.Handle, cancellationToken);
        Show(await LifeAsync(sent.Id, es => es.Any(e => e.Kind == "consumed"), cancellationToken));
        Check((await _client.GetQueueAsync("jobs", cancellationToken)).Messages == 0, "the queue 'jobs' is empty again");
    }

    private async Task FailureAsync(CancellationToken cancellationToken)
    {
        Chapter("3. A failing mail: one recipient is refused for good, one only at first");
        var id = await SubmitAsync("ann@shop.test", ["nobody@bad.test", "busy@bad.test"], "Are you there?", "Hello?", cancellationToken);
        var events = await LifeAsync(id, es => Has(es, "bounced", "nobody@bad.test") && Has(es, "delivered", "busy@bad.test"), cancellationToken);
        Show(events);
        Check(events.Any(e => e.Detail?.Contains(MailSink.RefusedForGood, StringComparison.Ordinal) == true), "the timeline has the exact refusal");
        Check(events.Any(e => e.Kind == "deferred"), "the recipient that was busy had to wait");
        Check(sink.Received("busy@bad.test") == 1 && sink.Received("nobody@bad.test") == 0, "then it got the mail, once; the other never");
        var bounced = await UntilAsync(
            async () => (await _client.ListQueuesAsync("ann", cancellationToken)).Any(q => q is { Name: "ann", Messages: 1 }), cancellationToken);
        Check(bounced, "the sender was told: the bounce is in the queue 'ann'");
    }

    private void Farewell()
    {
        Chapter(HasGoneWell ? "Everything went as told." : "Not everything went as told; see above.");
        surroundings.Out.WriteLine("""
            Try it yourself:
              ./posthorn serve                                        the same, to stay: SMTP on 2525, HTTP on 9324
              swaks --server 127.0.0.1:2525 --to orders@example.test  a mail in, from another terminal
              ./posthorn queue list                                   what waits
              ./posthorn receive orders                               a mail out
              ./posthorn trace orders@example.test                    its life
            """);
    }

    private async Task<string> SubmitAsync(string from, IReadOnlyList<string> to, string subject, string text, CancellationToken cancellationToken)
    {
        await using var mailer = await DemoMailer.ConnectAsync(_smtp, surroundings.Out, cancellationToken);
        var messageId = await mailer.SendAsync(from, to, subject, text, surroundings.Time.GetUtcNow(), cancellationToken);
        surroundings.Out.WriteLine();
        return messageId;
    }

    /// <summary>The life of a message once it has come as far as it should; when it does not in time, as far as it came.</summary>
    private async Task<IReadOnlyList<TraceEvent>> LifeAsync(string key, Predicate<IReadOnlyList<TraceEvent>> isComplete, CancellationToken cancellationToken)
    {
        var query = key.StartsWith('<') ? new TraceQuery { MessageId = key } : new TraceQuery { Id = key };
        IReadOnlyList<TraceEvent> events = [];
        Check(
            await UntilAsync(async () => isComplete(events = await _client.TraceAsync(query, cancellationToken)), cancellationToken), $"it came through within {Readable.Span(Patience)}",
            isQuiet: true);
        return events;
    }

    private async Task<bool> UntilAsync(Func<Task<bool>> condition, CancellationToken cancellationToken)
    {
        var start = surroundings.Time.GetTimestamp();
        while (!await condition())
        {
            if (surroundings.Time.GetElapsedTime(start) > Patience)
                return false;
            await Task.Delay(Glance, surroundings.Time, cancellationToken);
        }
        return true;
    }

    private static bool Has(IReadOnlyList<TraceEvent> events, string kind, string recipient) =>
        events.Any(e => e.Kind == kind && e.Recipients.Contains(recipient, StringComparer.OrdinalIgnoreCase));

    private void Show(IReadOnlyList<TraceEvent> events)
    {
        TraceListing.Write(surroundings, events);
        surroundings.Out.WriteLine();
    }

    private void Check(bool isSo, string what, bool isQuiet = false)
    {
        HasGoneWell &= isSo;
        if (isQuiet && isSo)
            return;
        Write(isSo ? "  ok    " : "  FAIL  ", isSo ? Color.Green : Color.Red);
        surroundings.Out.WriteLine(what);
    }

    private void Chapter(string title)
    {
        surroundings.Out.WriteLine();
        Write(title, Color.Default, Decoration.Bold);
        surroundings.Out.WriteLine();
        surroundings.Out.WriteLine();
    }

    private void Say(string text) => surroundings.Out.WriteLine(text);

    private void Write(string text, Color colour, Decoration decoration = Decoration.None)
    {
        if (surroundings.IsOutputTerminal)
            surroundings.Console.Write(new Text(text, new Style(colour, decoration: decoration)));
        else
            surroundings.Out.Write(text);
    }
}
