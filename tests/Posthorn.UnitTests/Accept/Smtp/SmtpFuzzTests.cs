using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Posthorn.Bodies;
using Posthorn.Engine;
using Posthorn.Queues;
using Posthorn.Server.Accept.Smtp;
using Posthorn.Server.Deliver.Mailboxes;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Spool;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Accept.Smtp;

/// <summary>
/// Dialogues that were right and then were damaged: lines left out, doubled, swapped, bytes changed, the whole cut off. Whatever comes, every answer is a
/// reply, the session ends, nothing is leaked, what is acknowledged is there, and nobody sends to others through us. A long run tries forty
/// times as many (<see cref="FuzzSeeds"/>).
/// </summary>
public sealed partial class SmtpFuzzTests
{
    private static readonly string[] s_lines =
    [
        "EHLO client.example", "HELO client.example", "MAIL FROM:<a@client.example>", "MAIL FROM:<>", "MAIL FROM:<a@client.example> SIZE=100 BODY=8BITMIME",
        "MAIL FROM:<jü@client.example> SMTPUTF8 RET=HDRS ENVID=x HOLDFOR=60 MT-PRIORITY=3", "RCPT TO:<mq@example.test>", "RCPT TO:<mq@example.test> NOTIFY=NEVER",
        "RCPT TO:<far@other.example>", "RCPT TO:<@example.test:far@other.example>", "RCPT TO:<far%other.example@example.test>", "RCPT TO:<\"far@other.example\"@example.test>",
        "DATA", "Subject: x", "Received: from y", "", "..", ".", ".", "text", "BDAT 6", "QUIT", "BDAT 6 LAST", "NOOP\n", "BDAT 0 LAST", "RSET", "NOOP", "VRFY x", "HELP", "AUTH PLAIN", "AGEAYg==",
        "AUTH PLAIN AGEAYg==", "AUTH LOGIN", "*", "STARTTLS", "QUIT", "GET / HTTP/1.1",
    ];

    /// <summary>Where lines usually follow each other, so that most dialogues get somewhere.</summary>
    private static readonly string[][] s_scenes =
    [
        ["EHLO client.example", "MAIL FROM:<a@client.example>", "RCPT TO:<mq@example.test>", "DATA", "Subject: x", "", "..text", ".", "QUIT"],
        ["EHLO client.example", "MAIL FROM:<>", "RCPT TO:<mq@example.test>", "BDAT 6", "QUIT", "BDAT 6 LAST", "text", "QUIT"],
        ["EHLO client.example", "AUTH PLAIN AGEAYg==", "MAIL FROM:<a@client.example> SIZE=9 RET=FULL", "RCPT TO:<far@other.example> NOTIFY=DELAY", "DATA", ".", "QUIT"],
        ["HELO client.example", "MAIL FROM:<a@client.example>", "RCPT TO:<mq@example.test>", "RCPT TO:<far@other.example>", "DATA", "x", ".", "RSET", "MAIL FROM:<b@c.example>", "RCPT TO:<mq@example.test>", "DATA", ".", "QUIT"],
        ["EHLO client.example", "AUTH LOGIN", "YQ==", "Yg==", "MAIL FROM:<a@client.example>", "RCPT TO:<far@other.example>", "DATA", "x", ".", "QUIT"],
    ];

    [Fact]
    public Task Damaged_dialogues_do_no_damage() => FuzzSeeds.PlayAsync(50_000, longCount: 2_000_000, perHost: 1_000, async seeds =>
    {
        // The reference engine's cost grows with what it holds: no host lives long.
        var bodies = 0;
        await using var host = new SmtpHost(new PosthornOptions
        {
            Addresses = [new AddressRule { Pattern = "mq@example.test", Queue = QueueName.Parse("mq") }],
            Smtp = new SmtpOptions { ErrorDelay = TimeSpan.Zero, MessageBytesMax = 200, RecipientsMax = 5, LineBytesMax = 600 },
        });
        host.Engine.Bodies = () => new TrackedBody(() => Interlocked.Increment(ref bodies), () => Interlocked.Decrement(ref bodies));
        var acknowledged = 0;
        foreach (var seed in seeds)
        {
            var heard = await PlayAsync(host, seed);
            foreach (var line in heard.Split("\r\n")[..^1])
                Reply().IsMatch(line).ShouldBeTrue($"seed {seed}: {line}");
            heard.ShouldEndWith("\r\n", customMessage: $"seed {seed}");
            acknowledged += Queued().Count(heard);
            bodies.ShouldBe(0, $"seed {seed}: a body was not disposed of");
            host.Connections.ShouldBe(0, $"seed {seed}");
        }
        host.Log.Lines.ShouldNotContain(l => l.Level >= LogLevel.Error);
        var mails = await host.MailsAsync();
        mails.Count.ShouldBe(acknowledged);
        foreach (var mail in mails)
        {
            mail.Envelope.Recipients.ShouldNotBeEmpty();
            mail.Content.Length.ShouldBeLessThan(600);
            if (mail.Text(MailAttributes.Account) is null)
                mail.Envelope.Recipients.ShouldAllBe(r => r.Address.EndsWith("@example.test", StringComparison.OrdinalIgnoreCase));
        }
    });

    private static byte[] Dialogue(Random random)
    {
        var lines = s_scenes[random.Next(s_scenes.Length)].ToList();
        for (var changes = random.Next(6); changes > 0; changes--)
        {
            var at = random.Next(lines.Count + 1);
            switch (random.Next(4))
            {
                case 0:
                    lines.Insert(at, s_lines[random.Next(s_lines.Length)]);
                    break;
                case 1 when at < lines.Count && lines.Count > 1:
                    lines.RemoveAt(at);
                    break;
                case 2 when at < lines.Count:
                    lines.Insert(at, lines[random.Next(lines.Count)]);
                    break;
                default:
                    lines.Insert(at, new string('x', random.Next(1_000)));
                    break;
            }
        }
        var bytes = Encoding.UTF8.GetBytes(string.Concat(lines.Select(l => l + (random.Next(60) == 0 ? "\n" : "\r\n")))).ToList();
        for (var changes = random.Next(4); changes > 0 && bytes.Count > 0; changes--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(4))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveAt(at);
                    break;
                case 2:
                    bytes.Insert(at, "\r\n.<>@\0 "u8[random.Next(8)]);
                    break;
                default:
                    if (random.Next(4) == 0)
                        bytes.RemoveRange(at, bytes.Count - at);
                    break;
            }
        }
        return [.. bytes];
    }

    private static Task<string> PlayAsync(SmtpHost host, int seed) =>
        DamagedDialogue.PlayAsync(seed, host.Connect(pipes: DamagedDialogue.Inline), Dialogue(new Random(seed)), Encoding.UTF8);

    [GeneratedRegex(@"\A[2-5][0-9][0-9][ -][\x20-\x7e]{0,500}\z", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Reply();

    [GeneratedRegex("^250 2.0.0 Ok: queued as ", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1_000)]
    private static partial Regex Queued();

    private sealed class TrackedBody : IBodyWriter
    {
        private readonly System.Buffers.ArrayBufferWriter<byte> _bytes = new(1_024);
        private readonly Action _disposed;
        private bool _isDisposed;

        public TrackedBody(Action created, Action disposed)
        {
            created();
            _disposed = disposed;
        }

        public long Length => _bytes.WrittenCount;

        public void Advance(int count) => _bytes.Advance(count);

        public Memory<byte> GetMemory(int sizeHint = 0) => _bytes.GetMemory(sizeHint);

        public Span<byte> GetSpan(int sizeHint = 0) => _bytes.GetSpan(sizeHint);

        public ValueTask FlushAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask<Body> CompleteAsync(CancellationToken cancellationToken) => ValueTask.FromResult(Body.Of(_bytes.WrittenMemory.ToArray()));

        public ValueTask DisposeAsync()
        {
            if (!_isDisposed)
                _disposed();
            _isDisposed = true;
            return ValueTask.CompletedTask;
        }
    }
}
