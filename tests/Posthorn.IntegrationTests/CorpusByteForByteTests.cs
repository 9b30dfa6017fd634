using System.Globalization;
using System.Text;
using Posthorn.Client.Contracts.Messages;

namespace Posthorn.IntegrationTests;

/// <summary>
/// Every real mail, by every real client, into a mailbox queue and through a real Postfix into smtp-sink: byte for byte what the client
/// put on the wire (recorded first, for clients change line ends and more), with nothing but the trace lines in front.
/// </summary>
public sealed class CorpusByteForByteTests : IAsyncLifetime
{
    private static readonly IReadOnlyList<string> Files = Repository.CorpusFiles();

    private SmtpSink? _sink;
    private PostfixInstance? _postfix;
    private PosthornProcess? _posthorn;

    public async Task InitializeAsync()
    {
        try
        {
            _sink = await SmtpSink.StartAsync();
            _postfix = await PostfixInstance.StartAsync(_sink.Port);
            _posthorn = await PosthornProcess.StartAsync($$"""
                addresses: { box@box.test: box }
                pipeline:
                  root:
                    - if: recipient-is-local
                      deliver: mailbox
                    - deliver: outgoing
                outgoing: { relay: "127.0.0.1:{{_postfix.Port}}" }
                """);
        }
        catch
        {
            await DisposeAsync(); // xunit does not, when this fails
            throw;
        }
    }

    public async Task DisposeAsync()
    {
        foreach (var peer in new IAsyncDisposable?[] { _posthorn, _postfix, _sink })
        {
            if (peer is not null)
                await peer.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("swaks")]
    [InlineData("msmtp")]
    [InlineData("smtplib")]
    [InlineData("nodemailer")]
    public async Task What_a_client_sends_arrives_byte_for_byte(string name)
    {
        var client = MailClient.All.Single(c => c.Name == name);
        var sent = await RecordAsync(port => client.SendAsync(port, Mails(name)));
        await client.SendAsync(_posthorn!.Smtp.Port, Mails(name));
        await CheckAsync(name, sent);
    }

    [Fact]
    public async Task What_a_real_Postfix_relays_arrives_byte_for_byte()
    {
        var sent = await RecordAsync(port => SendThroughPostfixAsync(port, "postfix"));
        await SendThroughPostfixAsync(_posthorn!.Smtp.Port, "postfix");
        await CheckAsync("postfix", sent.ToDictionary(s => s.Key, s => TraceFields.Strip(s.Value, "Received")), "Received");
    }

    private static IReadOnlyList<MailToSend> Mails(string client) =>
        [.. Files.Select((file, i) => new MailToSend(Sender(client, i), ["box@box.test", "out@sink.test"], file))];

    private static string Sender(string client, int index) => string.Create(CultureInfo.InvariantCulture, $"{client}-{index}@client.test");

    /// <summary>What is on the wire, by sender.</summary>
    private static async Task<Dictionary<string, byte[]>> RecordAsync(Func<int, Task> send)
    {
        await using var recorder = new RecordingSmtpServer();
        await send(recorder.Port);
        recorder.Mails.ShouldAllBe(m => m.Recipients.Count == 2);
        recorder.Count.ShouldBe(Files.Count);
        return recorder.Mails.ToDictionary(m => m.Sender, m => m.Content, StringComparer.Ordinal);
    }

    private static async Task SendThroughPostfixAsync(int port, string name)
    {
        await using var postfix = await PostfixInstance.StartAsync(port);
        await MailClient.All.Single(c => c.Name == "smtplib").SendAsync(postfix.Port, Mails(name));
        await Until.TrueAsync(postfix.IsEmptyAsync, "Postfix has handed over everything");
    }

    private async Task CheckAsync(string client, Dictionary<string, byte[]> sent, params string[] traceOfClient)
    {
        sent.Count.ShouldBe(Files.Count);
        var inMailbox = await MailboxAsync(client);
        foreach (var (sender, expected) in sent)
        {
            var received = TraceFields.Strip(inMailbox[sender], ["Return-Path", "Delivered-To", "Received", .. traceOfClient]);
            received.AsSpan().SequenceEqual(expected).ShouldBeTrue($"{sender} ({File(sender)}): {Difference(expected, received)}");
        }

        // smtp-sink writes lines with LF, and Postfix has its own ways with odd mails: what it makes of the same bytes sent directly is the measure.
        var throughUs = await SunkAsync(client, "out@sink.test");
        await ReplayAsync(client, inMailbox);
        var direct = await SunkAsync(client, "replay@sink.test");
        foreach (var sender in sent.Keys)
        {
            var expected = TraceFields.Strip(direct[sender], "Received", "Received");
            var received = TraceFields.Strip(throughUs[sender], "Received", "Received");
            received.ShouldBe(expected, $"{sender} ({File(sender)}), through Postfix");
        }
    }

    private async Task<Dictionary<string, byte[]>> MailboxAsync(string client)
    {
        var mails = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        var query = new MessageQuery { Queues = ["box"] };
        await Until.TrueAsync(
            async () => (await _posthorn!.MessagesAsync(query)).Count(m => IsOf(client, m.Sender!)) == Files.Count,
            $"all mails of {client} are in the mailbox");
        foreach (var message in (await _posthorn!.MessagesAsync(query)).Where(m => IsOf(client, m.Sender!)))
        {
            await using var stream = await _posthorn!.Client.OpenMessageAsync(message.Id);
            using var bytes = new MemoryStream();
            await stream.CopyToAsync(bytes);
            bytes.Length.ShouldBe(message.Bytes);
            mails.Add(message.Sender!, bytes.ToArray());
        }
        return mails;
    }

    private async Task<Dictionary<string, string>> SunkAsync(string client, string recipient)
    {
        bool IsWanted(SunkMail mail) => IsOf(client, mail.Sender) && mail.Recipients.Contains(recipient, StringComparer.Ordinal);
        await Until.TrueAsync(() => _sink!.Mails().Count(IsWanted) == Files.Count, $"all mails of {client} to {recipient} are in smtp-sink", TimeSpan.FromMinutes(1));
        await Until.TrueAsync(_postfix!.IsEmptyAsync, "Postfix holds nothing back");
        return _sink!.Mails().Where(IsWanted).ToDictionary(m => m.Sender, m => m.Content, StringComparer.Ordinal);
    }

    /// <summary>The same mails, as we relayed them, to the same Postfix by a client that is not ours.</summary>
    private async Task ReplayAsync(string client, Dictionary<string, byte[]> mails)
    {
        await using var talk = await SmtpTalk.ConnectAsync(_postfix!.Port);
        (await talk.SayAsync("EHLO replay.test")).Expect(250);
        foreach (var (sender, mail) in mails)
            (await talk.MailAsync(sender, ["replay@sink.test"], TraceFields.Strip(mail, "Return-Path", "Delivered-To"), "BODY=8BITMIME")).Expect(250);
        IsOf(client, mails.Keys.First()).ShouldBeTrue();
    }

    private static bool IsOf(string client, string sender) => sender.StartsWith(client + "-", StringComparison.Ordinal);

    private static string File(string sender) => Path.GetFileName(Files[int.Parse(sender.Split('-')[1].Split('@')[0], CultureInfo.InvariantCulture)]);

    private static string Difference(byte[] expected, byte[] received)
    {
        var at = expected.AsSpan().CommonPrefixLength(received);
        string Show(byte[] bytes) => Encoding.Latin1.GetString(bytes, Math.Max(0, at - 20), Math.Min(60, bytes.Length - Math.Max(0, at - 20)))
            .Replace("\r", "\\r", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return $"{expected.Length} bytes sent, {received.Length} arrived; at byte {at}: sent '{Show(expected)}', arrived '{Show(received)}'";
    }
}
