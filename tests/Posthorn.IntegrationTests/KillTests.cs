using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Posthorn.Client.Contracts.Messages;

namespace Posthorn.IntegrationTests;

/// <summary>
/// <c>kill -9</c> at random moments under load, with a relay that drops connections and dies too. Whatever was answered 250 is at the
/// relay or still queued. What the relay has twice is counted: only what was on its way in the moment of a death may be.
/// </summary>
public sealed class KillTests
{
    private const int Sessions = 6;
    private const int Connections = 8;
    private const int BacklogMax = 1_500;

    private volatile bool _isRelayDead;

    private readonly ConcurrentDictionary<string, byte> _acknowledged = new(StringComparer.Ordinal);
    private int _sent;

    [Fact]
    public async Task Nothing_that_was_acknowledged_is_lost_when_the_program_is_killed_again_and_again()
    {
        var kills = Repository.IsLong ? 50 : 8;
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var (drops, deaths, contents) = (0, 0, 0);
        await using var relay = new RecordingSmtpServer
        {
            ContentBytesKept = 2_048,
            Script = (stage, _) => stage == Stage.Content && Interlocked.Increment(ref contents) % 400 == 0 && Interlocked.Increment(ref drops) > 0 ? Verdict.Drop : null,
        };
        await using var posthorn = await PosthornProcess.StartAsync($$"""
            pipeline: { root: [ { deliver: outgoing } ] }
            outgoing:
              relay: "127.0.0.1:{{relay.Port}}"
              schedule: 1000*200ms
              per-destination: { connections: {{Connections}} }
            """);
        for (var kill = 0; kill < kills; kill++)
        {
            using var stop = new CancellationTokenSource();
            var load = Enumerable.Range(0, Sessions).Select(_ => LoadAsync(posthorn, relay, stop.Token)).ToArray();
            var target = _acknowledged.Count + random.Next(800);
            var isRelayDying = random.Next(3) == 0;
            if (isRelayDying)
            {
                await Until.TrueAsync(() => _acknowledged.Count >= target / 2, "half the mails of the round are accepted");
                _isRelayDead = true; // the backlog cannot shrink now: to wait for that would be to wait for ever
                await relay.DieAsync();
                deaths++;
            }
            await Until.TrueAsync(() => _acknowledged.Count >= target, "mails are accepted", TimeSpan.FromSeconds(60));
            await posthorn.KillAsync();
            await stop.CancelAsync();
            await Task.WhenAll(load);
            if (isRelayDying)
                relay.Listen();
            _isRelayDead = false;
            await posthorn.StartAgainAsync();
        }
        await Until.TrueAsync(() => IsEmptyAsync(posthorn), "everything is delivered", TimeSpan.FromMinutes(2));

        var delivered = relay.Mails.CountBy(m => m.Field("Message-ID") ?? "none", StringComparer.Ordinal).ToDictionary(m => m.Key, m => m.Value, StringComparer.Ordinal);
        var lost = _acknowledged.Keys.Where(id => !delivered.ContainsKey(id)).ToArray();
        var duplicates = delivered.Values.Sum(n => n - 1);
        var inFlightMax = (kills + deaths + drops) * Connections;
        Repository.Report("kill -9", $"{kills} kills, {deaths} relay deaths, {drops} dropped connections: {_acknowledged.Count} mails acknowledged, {lost.Length} lost, {duplicates} delivered twice (seed {seed})");
        lost.ShouldBeEmpty($"seed {seed}");
        duplicates.ShouldBeLessThanOrEqualTo(inFlightMax, $"only what was on its way may arrive twice; seed {seed}");
    }

    /// <summary>Sends mails over one connection until it breaks or the round is over; notes those that were answered 250.</summary>
    private async Task LoadAsync(PosthornProcess posthorn, RecordingSmtpServer relay, CancellationToken stop)
    {
        try
        {
            await using var talk = await SmtpTalk.ConnectAsync(posthorn.Smtp);
            (await talk.SayAsync("EHLO load.test")).Expect(250);
            while (!stop.IsCancellationRequested)
            {
                await Until.TrueAsync(() => stop.IsCancellationRequested || _isRelayDead || _acknowledged.Count - relay.Count < BacklogMax || posthorn.Process.HasExited, "the backlog shrinks", TimeSpan.FromMinutes(1));
                var number = Interlocked.Increment(ref _sent);
                var id = string.Create(CultureInfo.InvariantCulture, $"<{number}@kill.test>");
                var answer = await talk.MailAsync("load@client.test", ["rcpt@sink.test"], Mail(id, number));
                if (answer.Code == 250)
                    _acknowledged[id] = 0;
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // Killed: what was not answered may be lost.
        }
    }

    /// <summary>4 KiB as a rule; now and then large enough for a file of its own.</summary>
    private static byte[] Mail(string id, int number)
    {
        var lines = number % 40 == 0 ? 4_000 : 50;
        var text = new StringBuilder($"Message-ID: {id}\r\nSubject: kill\r\n\r\n");
        for (var line = 0; line < lines; line++)
            text.Append(CultureInfo.InvariantCulture, $"{number:D8} {line:D6} {new string('x', 60)}\r\n");
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    private static async Task<bool> IsEmptyAsync(PosthornProcess posthorn) =>
        (await posthorn.MessagesAsync()).Count == 0;
}
