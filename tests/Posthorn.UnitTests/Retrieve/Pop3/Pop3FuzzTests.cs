using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Retrieve.Pop3;
using Posthorn.UnitTests.Accept.Smtp;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Retrieve.Pop3;

/// <summary>
/// Dialogues that were right and then were damaged. Whatever comes, the session ends, nothing stays leased or locked, and only a QUIT that was heard
/// removes. A long run tries a million (<see cref="FuzzSeeds"/>).
/// </summary>
public sealed partial class Pop3FuzzTests
{
    private static readonly string[] s_lines =
    [
        "USER billing", "PASS s3cret", "PASS x", "AUTH", "AUTH PLAIN", "AUTH PLAIN AGJpbGxpbmcAczNjcmV0", "AUTH LOGIN", "YmlsbGluZw==", "czNjcmV0", "*", "=", "CAPA", "STLS",
        "UTF8", "STAT", "LIST", "LIST 1", "LIST 0", "UIDL", "UIDL 2", "RETR 1", "RETR 2", "RETR 9", "DELE 1", "DELE 2", "DELE 2", "RSET", "TOP 1 0", "TOP 2 100", "TOP 1",
        "NOOP", "QUIT", "APOP a b", "GET / HTTP/1.1", "", " ", "LIST 99999999999999999999",
    ];

    private static readonly string[][] s_scenes =
    [
        ["USER billing", "PASS s3cret", "STAT", "LIST", "UIDL", "RETR 1", "DELE 1", "QUIT"],
        ["CAPA", "AUTH PLAIN AGJpbGxpbmcAczNjcmV0", "TOP 1 2", "DELE 2", "RSET", "DELE 1", "QUIT"],
        ["AUTH LOGIN", "YmlsbGluZw==", "czNjcmV0", "DELE 1", "RETR 2"],
        ["USER billing", "PASS s3cret", "DELE 1", "DELE 2", "QUIT"],
    ];

    [Fact]
    public Task Damaged_dialogues_do_no_damage() => FuzzSeeds.PlayAsync(25_000, longCount: 1_000_000, perHost: 500, async seeds =>
    {
        await using var host = new Pop3Host(new PosthornOptions
        {
            Accounts = [new AccountOptions { Name = "billing", Password = "s3cret" }],
            Pop3 = new Pop3Options { ErrorDelay = TimeSpan.Zero, LineBytesMax = 255 },
        });
        foreach (var seed in seeds)
        {
            while (host.Engine.Status(Posthorn.Queues.QueueName.Parse("billing")) is not { Messages: >= 2 })
                await host.AddAsync("Subject: x\r\n\r\n.\r\n\n.\nend");
            var heard = await PlayAsync(host, seed);
            heard.ShouldEndWith("\r\n", customMessage: $"seed {seed}");
            var removed = Removed().Matches(heard).Sum(m => int.Parse(m.Groups["n"].ValueSpan));
            host.Figures().ShouldBe((2 - removed, 0, 2 - removed), $"seed {seed}: {heard}");
            host.Connections.ShouldBe(0, $"seed {seed}");
        }
        host.Log.Lines.ShouldNotContain(l => l.Level >= LogLevel.Error);
    });

    private static byte[] Damaged(Random random)
    {
        var lines = s_scenes[random.Next(s_scenes.Length)].ToList();
        for (var changes = random.Next(6); changes > 0; changes--)
        {
            var at = random.Next(lines.Count + 1);
            switch (random.Next(4))
            {
                case 0 when at < lines.Count && lines.Count > 1:
                    lines.RemoveAt(at);
                    break;
                case 1:
                    lines.Insert(at, new string('x', random.Next(400)));
                    break;
                default:
                    lines.Insert(at, s_lines[random.Next(s_lines.Length)]);
                    break;
            }
        }
        return DamagedDialogue.Damage(string.Concat(lines.Select(l => l + (random.Next(60) == 0 ? "\n" : "\r\n"))), Encoding.UTF8, random);
    }

    private static Task<string> PlayAsync(Pop3Host host, int seed) =>
        DamagedDialogue.PlayAsync(seed, host.Connect(pipes: DamagedDialogue.Inline), Damaged(new Random(seed)), Encoding.UTF8);

    [GeneratedRegex(@"^\+OK bye, (?<n>[0-9]+) messages removed", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1_000)]
    private static partial Regex Removed();
}
