using System.Security.Cryptography;
using Posthorn.Client.Contracts.Messages;

namespace Posthorn.IntegrationTests;

/// <summary>Mails of 100 MB, ten at once, in by SMTP, out by SMTP and out of a mailbox queue, in little memory.</summary>
public sealed class LargeMailTests
{
    private const int Mails = 10;
    private const int Megabytes = 100;
    private const long MemoryBytesMax = 200_000_000;

    [Fact]
    public async Task Ten_mails_of_100_MB_at_once_pass_unchanged_in_less_than_200_MB_of_memory()
    {
        await using var relay = new RecordingSmtpServer { ContentBytesKept = 4_096 };
        await using var posthorn = await PosthornProcess.StartAsync($$"""
            addresses: { box@box.test: box }
            pipeline:
              root:
                - if: recipient-is-local
                  deliver: mailbox
                - deliver: outgoing
            outgoing: { relay: "127.0.0.1:{{relay.Port}}", per-destination: { initial-connections: 10, connections: 10 } }
            """);
        var hashes = await Task.WhenAll(Enumerable.Range(0, Mails).Select(i => SendAsync(posthorn, i)));

        await Until.TrueAsync(() => relay.Count == Mails, "all mails are relayed", TimeSpan.FromMinutes(3));
        relay.Mails.Select(m => m.BodySha256).Order(StringComparer.Ordinal).ShouldBe(hashes.Order(StringComparer.Ordinal));

        var messages = await posthorn.MessagesAsync("box");
        messages.Count.ShouldBe(Mails);
        await Task.WhenAll(messages.Select(m => CheckMailboxAsync(posthorn, m, hashes)));

        var peak = posthorn.Process.PeakMemoryBytes();
        Repository.Report("memory", $"{Mails} mails of {Megabytes} MB at once, in and out: {peak / 1_000_000} MB at most");
        peak.ShouldBeLessThan(MemoryBytesMax);
    }

    private static async Task<string> SendAsync(PosthornProcess posthorn, int number)
    {
        await using var talk = await SmtpTalk.ConnectAsync(posthorn.Smtp);
        talk.ReplyWithin = TimeSpan.FromMinutes(3);
        (await talk.SayAsync("EHLO large.test")).Expect(250);
        (await talk.SayAsync($"MAIL FROM:<large-{number}@client.test>")).Expect(250);
        (await talk.SayAsync("RCPT TO:<box@box.test>")).Expect(250);
        (await talk.SayAsync("RCPT TO:<out@sink.test>")).Expect(250);
        (await talk.SayAsync("DATA")).Expect(354);
        await talk.WriteAsync("Subject: large\r\n\r\n"u8.ToArray());
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var block = 0; block < Megabytes; block++)
        {
            var bytes = Block(number, block);
            hash.AppendData(bytes);
            await talk.WriteAsync(bytes);
        }
        await talk.WriteAsync(".\r\n"u8.ToArray());
        (await talk.ReadAnswerAsync()).Expect(250);
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>A megabyte of lines that no other block has.</summary>
    private static byte[] Block(int number, int block)
    {
        var bytes = new byte[1_000_000];
        Array.Fill(bytes, (byte)('a' + number));
        for (var line = 0; line < bytes.Length; line += 100)
        {
            System.Text.Encoding.ASCII.GetBytes($"{number:D4} {block:D6} {line:D8} ", bytes.AsSpan(line));
            "\r\n"u8.CopyTo(bytes.AsSpan(line + 98));
        }
        return bytes;
    }

    private static async Task CheckMailboxAsync(PosthornProcess posthorn, MessageInfo message, string[] hashes)
    {
        await using var stream = await posthorn.Client.OpenMessageAsync(message.Id);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var bytes = new byte[1 << 16];
        var head = await stream.ReadAtLeastAsync(bytes, 4_096);
        hash.AppendData(bytes.AsSpan(0, head)[(bytes.AsSpan(0, head).IndexOf("\r\n\r\n"u8) + 4)..]);
        int read;
        while ((read = await stream.ReadAsync(bytes)) > 0)
            hash.AppendData(bytes, 0, read);
        hashes.ShouldContain(Convert.ToHexString(hash.GetHashAndReset()));
    }
}
