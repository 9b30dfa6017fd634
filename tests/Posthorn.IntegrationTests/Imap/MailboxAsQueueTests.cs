using System.Globalization;
using System.Security.Cryptography;
using Posthorn.IntegrationTests.Harness;
using Shouldly;
using Xunit;

namespace Posthorn.IntegrationTests.Imap;

/// <summary>Mail as message queue, as teams run it: a producer sends mails with files, scripts that cron starts file them and remove the mails.</summary>
public sealed class MailboxAsQueueTests
{
    private const string Listen = "listen: { smtp: 127.0.0.1:0, http: 127.0.0.1:0, imap: 127.0.0.1:0, pop3: 127.0.0.1:0 }\n";

    [Fact]
    public async Task Overlapping_scripts_file_each_attachment_once_whatever_is_killed()
    {
        var (orders, kills) = Repository.IsLong ? (120, 30) : (12, 6);
        var seed = Random.Shared.Next();
        var chance = new Random(seed);
        using var folder = new TemporaryFolder();
        var archive = Directory.CreateDirectory(folder["archive"]).FullName;
        await using var posthorn = await PosthornProcess.StartAsync(Listen + "queues:\n  orders: { visibility-timeout: 10s }\n");
        // The ports stay over a restart, as a team's would.
        posthorn.Configure($"listen: {{ smtp: {posthorn.Smtp}, http: {posthorn.Listener("http")}, imap: {posthorn.Listener("imap")}, pop3: off }}\nqueues:\n  orders: {{ visibility-timeout: 10s }}\n");
        await using var producer = ChildProcess.Start(
            "/usr/bin/python3", [ClientScript.PathOf("send-orders.py"), $"{posthorn.Smtp.Port}", "1", $"{orders}", "2000000", "15000000", $"{seed}"]);
        using var done = new CancellationTokenSource();
        var crons = Enumerable.Range(0, 2).Select(_ => CronAsync(posthorn.Listener("imap").Port, archive, done.Token)).ToList();
        for (var i = 0; i < kills; i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(chance.Next(500, 2500)));
            if (i % 2 == 0)
            {
                await posthorn.KillAsync();
                await posthorn.StartAgainAsync();
            }
            else
            {
                await ChildProcess.RunAsync("pkill", ["-9", "-f", archive]);
            }
        }
        (await producer.WaitForExitAsync(TimeSpan.FromMinutes(5))).ShouldBe(0, producer.Error);
        await Until.TrueAsync(async () => (await posthorn.MessagesAsync("orders")).Count == 0, $"everything is filed (seed {seed})", TimeSpan.FromMinutes(5));
        await done.CancelAsync();
        await Task.WhenAll(crons);

        var sent = producer.OutputLines.Where(l => l.StartsWith("sent ", StringComparison.Ordinal)).Select(l => l.Split(' ', 2)[1]).ToDictionary(l => l[..l.LastIndexOf(' ')], l => l[(l.LastIndexOf(' ') + 1)..], StringComparer.Ordinal);
        foreach (var (name, hash) in sent)
            Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(archive, name)))).ShouldBe(hash, $"{name} (seed {seed})");
        Directory.EnumerateFiles(archive).Select(Path.GetFileName).Where(n => !n!.EndsWith(".partial", StringComparison.Ordinal)).Order(StringComparer.Ordinal)
            .ShouldBe(sent.Keys.Order(StringComparer.Ordinal), $"seed {seed}");
        Repository.Report("mail as message queue", string.Create(CultureInfo.InvariantCulture, $"{orders} mails of 2-15 MB, {kills} kills of server or script: {sent.Count} files, each once and whole (seed {seed})"));
    }

    [Fact]
    public async Task Ten_consumers_over_IMAP_POP3_and_SQS_get_every_message_once()
    {
        var count = Repository.IsLong ? 3_000 : 300;
        await using var posthorn = await PosthornProcess.StartAsync(Listen + "log: { messages: false }\npop3: { max-messages: 5 } # a session has all that it lists: no more than others take at a time\n");
        await SmtpTalkAsync(posthorn, count);
        string[] kinds = ["imap", "imap", "imap", "imap", "pop3", "pop3", "pop3", "sqs", "sqs", "sqs"];
        var consumers = kinds.Select(kind => ChildProcess.Start("/usr/bin/python3", [ClientScript.PathOf("consume.py"), kind, PlaceOf(kind), "orders"])).ToList();
        try
        {
            await Until.TrueAsync(async () => (await posthorn.MessagesAsync("orders")).Count == 0, "the queue is empty", TimeSpan.FromMinutes(3));
            await Until.TrueAsync(() => Got().Count >= count, "all have said what they got");
            Got().Order(StringComparer.Ordinal).ShouldBe(Enumerable.Range(0, count).Select(i => $"mail {i}").Order(StringComparer.Ordinal));
            var byKind = kinds.Zip(consumers).GroupBy(c => c.First).Select(g => $"{g.Key} {g.Sum(c => c.Second.OutputLines.Length)}");
            Repository.Report("ten consumers of a queue", $"{count} messages, each once: {string.Join(", ", byKind)}");
        }
        finally
        {
            foreach (var consumer in consumers)
                await consumer.DisposeAsync();
        }

        string PlaceOf(string kind) => kind == "sqs" ? posthorn.Http.ToString() : $"{posthorn.Listener(kind).Port}";
        List<string> Got() => [.. consumers.SelectMany(c => c.OutputLines).Where(l => l.StartsWith("got ", StringComparison.Ordinal)).Select(l => l[4..])];
    }

    private static async Task SmtpTalkAsync(PosthornProcess posthorn, int count)
    {
        await using var talk = await SmtpTalk.ConnectAsync(posthorn.Smtp);
        (await talk.SayAsync("EHLO client.test")).Expect(250);
        for (var i = 0; i < count; i++)
            (await talk.MailAsync("ann@client.test", ["orders@posthorn.test"], System.Text.Encoding.ASCII.GetBytes($"Subject: mail {i}\r\nFrom: ann@client.test\r\n\r\nbody\r\n"))).Expect(250);
        await Until.TrueAsync(async () => (await posthorn.Client.GetQueueAsync("orders")).Messages == count, "all are in the mailbox");
    }

    /// <summary>Starts the script again and again, as cron does, whatever became of the last one.</summary>
    private static async Task CronAsync(int port, string archive, CancellationToken done)
    {
        while (!done.IsCancellationRequested)
        {
            await ChildProcess.RunAsync("/usr/bin/python3", [ClientScript.PathOf("imap-cron.py"), $"{port}", "orders", archive, "3"], within: TimeSpan.FromMinutes(2));
            await Task.Delay(TimeSpan.FromMilliseconds(500), CancellationToken.None);
        }
    }
}
