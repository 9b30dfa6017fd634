using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Posthorn.Client;
using Posthorn.Client.Contracts.Sending;
using Posthorn.PostgreSql.Tests;

namespace Posthorn.IntegrationTests;

/// <summary>
/// Three nodes on a database with a synchronous standby, mails and messages to all of them, and at random moments a node is killed or the primary, whose
/// standby is promoted. Whatever was acknowledged arrives. What arrives twice is counted: only what was on its way when something died may.
/// </summary>
public sealed class ClusterKillTests
{
    private const int Connections = 4;
    private const int BacklogMax = 400;
    private static readonly string[] s_names = ["a", "b", "c"];
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);

    private readonly ConcurrentDictionary<string, byte> _mailsAcknowledged = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _messagesAcknowledged = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _messagesTaken = new(StringComparer.Ordinal);
    private int _sent;

    [Fact]
    public async Task Nothing_acknowledged_is_lost_when_nodes_and_the_primary_are_killed_at_random()
    {
        var time = Repository.IsLong ? TimeSpan.FromMinutes(10) : TimeSpan.FromSeconds(10);
        var seed = Environment.TickCount;
        var random = new Random(seed);
        await using var database = await ReplicatedDatabase.StartAsync();
        await using var relay = new RecordingSmtpServer { ContentBytesKept = 512 };
        var nodes = new List<PosthornProcess>();
        try
        {
            foreach (var name in s_names)
                nodes.Add(await PosthornProcess.StartAsync(ConfigOf(name, database, relay)));
            var (kills, failOvers) = await PlagueAsync(nodes, database, relay, time, random);
            await Until.TrueAsync(async () => await IsEmptyAsync(nodes[0]), "everything has arrived", s_patience);
            Tell(relay, kills, failOvers, seed);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"seed {seed}{Environment.NewLine}{string.Join(Environment.NewLine, nodes.Select(n => string.Concat(n.Process.Error.TakeLast(1_000))))}", e);
        }
        finally
        {
            foreach (var node in nodes)
                await node.DisposeAsync();
        }
    }

    private async Task<(int Kills, int FailOvers)> PlagueAsync(List<PosthornProcess> nodes, ReplicatedDatabase database, RecordingSmtpServer relay, TimeSpan time, Random random)
    {
        using var stop = new CancellationTokenSource();
        using var stopTaking = new CancellationTokenSource();
        var senders = nodes.SelectMany(node => new[] { AgainAsync(t => MailsAsync(node, relay, t), stop.Token), AgainAsync(t => MessagesAsync(node, t), stop.Token) }).ToArray();
        var takers = nodes.Select(node => AgainAsync(t => TakeAsync(node, t), stopTaking.Token)).ToArray();
        var (kills, failOvers) = (0, 0);
        var begun = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begun) < time || failOvers == 0 || kills == 0)
        {
            var target = Arrived(relay) + 50 + random.Next(400);
            await Until.TrueAsync(() => Arrived(relay) >= target, "mails and messages arrive", s_patience);
            if (kills > failOvers && random.Next(2) == 0)
            {
                await database.FailOverAsync();
                failOvers++;
                continue;
            }
            var victim = nodes[random.Next(nodes.Count)];
            await victim.KillAsync();
            kills++;
            target = Arrived(relay) + random.Next(200);
            await Until.TrueAsync(() => Arrived(relay) >= target, "the others go on", s_patience);
            await victim.StartAgainAsync();
        }
        await stop.CancelAsync();
        await Task.WhenAll(senders);
        await Until.TrueAsync(async () => await IsEmptyAsync(nodes[0]), "everything has arrived", s_patience);
        await stopTaking.CancelAsync();
        await Task.WhenAll(takers);
        return (kills, failOvers);
    }

    private void Tell(RecordingSmtpServer relay, int kills, int failOvers, int seed)
    {
        var mails = relay.Mails.CountBy(m => m.Field("Message-ID") ?? "none", StringComparer.Ordinal).ToDictionary(m => m.Key, m => m.Value, StringComparer.Ordinal);
        var lost = _mailsAcknowledged.Keys.Where(id => !mails.ContainsKey(id)).Concat(_messagesAcknowledged.Keys.Where(id => !_messagesTaken.ContainsKey(id))).ToArray();
        var (mailsTwice, messagesTwice) = (mails.Values.Sum(n => n - 1), _messagesTaken.Values.Sum(n => n - 1));
        Repository.Report("cluster, nodes and primary killed", string.Create(
            CultureInfo.InvariantCulture,
            $"{kills} nodes killed, {failOvers} fail-overs: {_mailsAcknowledged.Count} mails and {_messagesAcknowledged.Count} messages acknowledged, {lost.Length} lost, {mailsTwice} mails delivered and {messagesTwice} messages received twice (seed {seed})"));
        _mailsAcknowledged.ShouldNotBeEmpty();
        _messagesAcknowledged.ShouldNotBeEmpty();
        lost.ShouldBeEmpty($"seed {seed}");
    }

    private int Arrived(RecordingSmtpServer relay) => relay.Count + _messagesTaken.Count;

    private async Task MailsAsync(PosthornProcess node, RecordingSmtpServer relay, CancellationToken stop)
    {
        await using var talk = await SmtpTalk.ConnectAsync(node.Smtp);
        (await talk.SayAsync("EHLO load.test")).Expect(250);
        while (!stop.IsCancellationRequested)
        {
            await Until.TrueAsync(() => stop.IsCancellationRequested || _mailsAcknowledged.Count - relay.Count < BacklogMax, "the backlog shrinks", s_patience);
            var id = string.Create(CultureInfo.InvariantCulture, $"<{Interlocked.Increment(ref _sent)}@kill.test>");
            var answer = await talk.MailAsync("load@client.test", ["rcpt@sink.test"], Encoding.ASCII.GetBytes($"Message-ID: {id}\r\nSubject: kill\r\n\r\n{new string('x', 900)}\r\n"));
            if (answer.Code == 250)
                _mailsAcknowledged[id] = 0;
            else if (answer.Code == 421)
                return;
        }
    }

    private async Task MessagesAsync(PosthornProcess node, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Until.TrueAsync(() => stop.IsCancellationRequested || _messagesAcknowledged.Count - _messagesTaken.Count < BacklogMax, "the backlog shrinks", s_patience);
            var id = Interlocked.Increment(ref _sent).ToString(CultureInfo.InvariantCulture);
            await node.Client.SendAsync("jobs", Encoding.ASCII.GetBytes(id), cancellationToken: CancellationToken.None);
            _messagesAcknowledged[id] = 0;
        }
    }

    private async Task TakeAsync(PosthornProcess node, CancellationToken stop)
    {
        var options = new ReceiveOptions { Max = 10, Wait = TimeSpan.FromSeconds(1), Visibility = TimeSpan.FromSeconds(10) };
        while (!stop.IsCancellationRequested)
        {
            foreach (var message in await node.Client.ReceiveAsync("jobs", options, stop))
            {
                var id = Encoding.ASCII.GetString(message.Body!);
                _messagesTaken.AddOrUpdate(id, 1, (_, n) => n + 1);
                await node.Client.AckAsync(message.Handle, CancellationToken.None);
            }
        }
    }

    /// <summary>Does something again and again while nodes come and go.</summary>
    private static async Task AgainAsync(Func<CancellationToken, Task> work, CancellationToken stop)
    {
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await work(stop);
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException or HttpRequestException or PosthornException or OperationCanceledException)
            {
                // Killed, or the database away: what was not acknowledged may be lost.
            }
            if (!stop.IsCancellationRequested)
                await pause.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private static async Task<bool> IsEmptyAsync(PosthornProcess node)
    {
        try
        {
            return (await node.Client.ListQueuesAsync()).Sum(q => q.Messages) == 0;
        }
        catch (PosthornException)
        {
            return false; // a database that has just failed over
        }
    }

    private static string ConfigOf(string name, ReplicatedDatabase database, RecordingSmtpServer relay) => $$"""
        node: {{name}}
        engine: { postgres: "{{database.ConnectionString}}" }
        listen: { smtp: 127.0.0.1:0, http: 127.0.0.1:0, imap: off, pop3: off }
        queues: { jobs: {} }
        pipeline: { root: [ { deliver: outgoing } ] }
        outgoing: { relay: "127.0.0.1:{{relay.Port}}", schedule: 1000*200ms, per-destination: { connections: {{Connections}} } }
        """;
}
