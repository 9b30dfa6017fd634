using System.Text.Json;
using Posthorn.Client;
using Posthorn.Client.Contracts.Sending;

namespace Posthorn.IntegrationTests;

/// <summary>An application's message bus: one producer class, a queue and an RPC endpoint for each type of message, many accounts, and a bad day.</summary>
public sealed class MessageBusStoryTests
{
    private const int Flood = 1000;
    private const int Concurrency = 4;

    /// <summary>
    /// What is let through before a flooding account's messages wait for others: those under way, a credit, and what a round of hand-outs takes of it.
    /// Generous, and far below the flood.
    /// </summary>
    private const int PassedByFloodMax = 40;

    [Fact]
    public async Task One_account_floods_one_endpoint_hangs_others_are_served_and_after_a_kill_the_numbers_add_up()
    {
        await using var endpoints = new RpcEndpoints();
        await using var posthorn = await PosthornProcess.StartAsync($$"""
            log: { messages: false }
            queues:
              billing: { fairness: attribute(account) }
              mail: { fairness: attribute(account) }
              reports: { fairness: attribute(account) }
            webhooks:
              - { queue: billing, url: "http://127.0.0.1:{{endpoints.Port}}/billing", concurrency: {{Concurrency}}, timeout: 1m, schedule: "100*1s" }
              - { queue: mail, url: "http://127.0.0.1:{{endpoints.Port}}/mail", concurrency: {{Concurrency}}, schedule: "100*1s" }
              - { queue: reports, url: "http://127.0.0.1:{{endpoints.Port}}/reports", concurrency: {{Concurrency}}, timeout: 1s, schedule: "100*1s", pause-after: 3, probes: "1s" }
            """);
        var bus = new Bus(posthorn);
        endpoints.Hang("billing"); // holds the first calls until all is in the queue
        endpoints.Hang("reports"); // and this one will not answer before the evening

        for (var i = 0; i < Flood; i++)
            await bus.SendAsync("acme", new Invoice(i));
        for (var i = 0; i < 20; i++)
        {
            await bus.SendAsync($"quiet-{i}", new Invoice(i));
            await bus.SendAsync($"quiet-{i}", new Report(i));
            await bus.SendAsync($"quiet-{i}", new Letter(i));
        }
        await Until.TrueAsync(() => endpoints.Calls("mail").Count == 20, "letters go out while reports hang");
        endpoints.Calls("reports").ShouldAllBe(call => !call.IsAnswered);

        endpoints.Answer("billing");
        await Until.TrueAsync(() => endpoints.Calls("billing").Count > Flood / 4, "billing is at work");
        var order = endpoints.Calls("billing").Select(call => call.Account).ToList();
        order.Count(account => account != "acme").ShouldBe(20);
        order.Take(order.FindLastIndex(account => account != "acme")).Count(account => account == "acme").ShouldBeLessThan(PassedByFloodMax);

        await posthorn.KillAsync();
        await posthorn.StartAgainAsync();
        endpoints.Answer("reports");
        await Until.TrueAsync(() => bus.Sent.All(sent => endpoints.Calls(sent.Queue).Any(call => call.Id == sent.Id && call.IsAnswered)), "all is delivered", TimeSpan.FromMinutes(1));
        await Until.TrueAsync(async () => (await posthorn.MessagesAsync()).Count == 0, "nothing waits");

        foreach (var queue in bus.Sent.GroupBy(sent => sent.Queue))
        {
            var calls = endpoints.Calls(queue.Key);
            calls.Select(call => call.Id).Distinct().Order().ShouldBe(queue.Select(sent => sent.Id).Order());
            calls.Where(call => bus.BodyOf(call.Id) != call.Body).ShouldBeEmpty();
        }
        // At least once: only what was under way at the kill comes twice; reports, which hung, are called until they answer.
        (endpoints.Calls("billing").Count - Flood - 20).ShouldBeInRange(0, Concurrency);
        endpoints.Calls("mail").Count.ShouldBeInRange(20, 20 + Concurrency);
    }

    /// <summary>The application's one producer: the type of a message says where it goes.</summary>
    private sealed class Bus(PosthornProcess posthorn)
    {
        private readonly Dictionary<string, (string Queue, string Body)> _sent = new(StringComparer.Ordinal);

        public IEnumerable<(string Id, string Queue)> Sent => _sent.Select(sent => (sent.Key, sent.Value.Queue));

        public string BodyOf(string id) => _sent[id].Body;

        public async Task SendAsync<T>(string account, T message)
        {
            var queue = message switch { Invoice => "billing", Report => "reports", Letter => "mail", _ => throw new ArgumentException($"Nobody takes {typeof(T).Name}.") };
            var body = JsonSerializer.SerializeToUtf8Bytes(message);
            var options = new SendOptions { Attributes = new Dictionary<string, string>(StringComparer.Ordinal) { ["account"] = account } };
            var sent = await posthorn.Client.SendAsync(queue, body, options);
            _sent.Add(sent.Id, (queue, System.Text.Encoding.UTF8.GetString(body)));
        }
    }

    private sealed record Invoice(int Number);

    private sealed record Report(int Number);

    private sealed record Letter(int Number);
}
