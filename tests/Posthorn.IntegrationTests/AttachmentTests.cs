using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Posthorn.IntegrationTests;

/// <summary>Attachments out of the real program by the real command line: each once, whole, whatever is killed; memory flat; signals waited for.</summary>
public sealed class AttachmentTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = TemporaryFolder.Create();
    private PosthornProcess _posthorn = null!;

    public async Task InitializeAsync() => _posthorn = await PosthornProcess.StartAsync("log: { messages: false }");

    public async Task DisposeAsync()
    {
        await _posthorn.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_consumer_that_is_killed_again_and_again_saves_each_file_once_and_whole()
    {
        var mails = Repository.IsLong ? 400 : 60;
        var random = new Random(7);
        var expected = new List<string>();
        await using (var talk = await SmtpTalk.ConnectAsync(_posthorn.Smtp))
        {
            (await talk.SayAsync("EHLO client.test")).Expect(250);
            for (var i = 0; i < mails; i++)
            {
                byte[][] files = [RandomNumberGenerator.GetBytes(random.Next(1, 2_000)), RandomNumberGenerator.GetBytes(random.Next(100_000, 2_000_000))];
                expected.AddRange(files.Select(f => Convert.ToHexString(SHA256.HashData(f))));
                (await talk.MailAsync("ann@client.test", ["files@posthorn.test"], Mail(files))).Expect(250);
            }
        }
        await Until.TrueAsync(async () => (await _posthorn.MessagesAsync("files")).Count == mails, "the mails are there");

        var kills = 0;
        for (var runs = 0; (await _posthorn.MessagesAsync("files")).Count > 0; runs++)
        {
            runs.ShouldBeLessThan(1_000);
            await using var consumer = Consumer("--save-attachments", _folder["saved"], "--visibility", "1s", "--wait", "3s", "--concurrency", "2");
            // Each later kill leaves it a little longer, so that the end comes.
            var patience = TimeSpan.FromMilliseconds(random.Next(100, 500 + (10 * runs)));
            try
            {
                (await consumer.WaitForExitAsync(patience)).ShouldBeOneOf(0, 1);
            }
            catch (TimeoutException)
            {
                await consumer.KillAsync();
                kills++;
            }
        }

        kills.ShouldBeGreaterThan(3);
        var saved = Directory.GetFiles(_folder["saved"]).Where(f => !Path.GetFileName(f).StartsWith('.')).ToList();
        saved.Select(f => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(f)))).Order(StringComparer.Ordinal).ShouldBe(expected.Order(StringComparer.Ordinal));
        saved.ShouldAllBe(f => f.EndsWith("-1-a.bin") || f.EndsWith("-2-b.bin"));
        Repository.Report("attachments, consumer killed", $"{kills} times, {saved.Count} files");
    }

    [Fact]
    public async Task Memory_does_not_grow_with_the_attachment()
    {
        var small = await PeakAsync(100_000);
        var large = await PeakAsync(60_000_000);

        (large - small).ShouldBeLessThan(25L << 20);
        Directory.GetFiles(_folder["saved"]).Select(f => new FileInfo(f).Length).Max().ShouldBe(60_000_000);
    }

    [Fact]
    public async Task SIGTERM_waits_for_the_command_and_its_message_is_acked()
    {
        await _posthorn.Client.SendAsync("jobs", "work"u8.ToArray());
        await using var consumer = Consumer("jobs", "--each", $"touch {_folder["begun"]}; {WaitFor("go")}; cat > {_folder["done"]}", "--follow", "--visibility", "2s");
        await Until.TrueAsync(() => File.Exists(_folder["begun"]), "the command runs");
        // Longer than a lease: it is renewed, and nobody else gets the message.
        (await _posthorn.Client.ReceiveAsync("jobs", new() { Wait = TimeSpan.FromSeconds(4) })).ShouldBeEmpty();

        consumer.Signal(ChildProcess.Terminate);
        (await _posthorn.MessagesAsync("jobs")).Count.ShouldBe(1);
        consumer.HasExited.ShouldBeFalse();
        await File.WriteAllTextAsync(_folder["go"], "");

        (await consumer.WaitForExitAsync(TimeSpan.FromSeconds(30))).ShouldBe(0, consumer.Error);
        (await File.ReadAllTextAsync(_folder["done"])).ShouldBe("work");
        (await _posthorn.MessagesAsync("jobs")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_follower_goes_on_when_the_server_was_away()
    {
        await _posthorn.Client.SendAsync("jobs", "1"u8.ToArray());
        await using var consumer = Consumer("jobs", "--each", $"cat > {_folder["out"]}$POSTHORN_NUMBER", "--follow");
        await Until.TrueAsync(() => File.Exists(_folder["out1"]), "the first message is done");
        await _posthorn.KillAsync();
        await Until.TrueAsync(() => consumer.Error.Contains("Trying again", StringComparison.Ordinal), "the consumer says that it tries again");
        consumer.HasExited.ShouldBeFalse();
    }

    private async Task<long> PeakAsync(int length)
    {
        await using (var talk = await SmtpTalk.ConnectAsync(_posthorn.Smtp))
        {
            (await talk.SayAsync("EHLO client.test")).Expect(250);
            (await talk.MailAsync("ann@client.test", ["files@posthorn.test"], Mail([new byte[length]]))).Expect(250);
        }
        await Until.TrueAsync(async () => (await _posthorn.MessagesAsync("files")).Count == 1, "the mail is there");
        await using var consumer = Consumer("--save-attachments", _folder["saved"], "--each", $"touch {_folder[$"begun{length}"]}; {WaitFor($"go{length}")}");
        await Until.TrueAsync(() => File.Exists(_folder[$"begun{length}"]), "everything is fetched, saved and unpacked");
        var peak = consumer.PeakMemoryBytes();
        await File.WriteAllTextAsync(_folder[$"go{length}"], "");
        (await consumer.WaitForExitAsync(TimeSpan.FromSeconds(30))).ShouldBe(0, consumer.Error);
        return peak;
    }

    private ChildProcess Consumer(params string[] arguments) => ChildProcess.Start(
        Repository.Program,
        ["--server", _posthorn.Http.ToString(), "receive", .. arguments[0].StartsWith('-') ? ["files", .. arguments] : arguments]);

    /// <summary>Shell that waits for a file, though not for ever: nothing is to outlive a test that failed.</summary>
    private string WaitFor(string name) => $"for i in $(seq 1200); do [ -e {_folder[name]} ] && break; sleep 0.05; done";

    private static byte[] Mail(byte[][] files)
    {
        var mail = new StringBuilder("Subject: files\r\nX-Kind: order\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n");
        for (var i = 0; i < files.Length; i++)
        {
            mail.Append(CultureInfo.InvariantCulture, $"--b\r\nContent-Type: application/octet-stream; name={(char)('a' + i)}.bin\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\n");
            mail.Append(Convert.ToBase64String(files[i], Base64FormattingOptions.InsertLineBreaks)).Append("\r\n");
        }
        return Encoding.ASCII.GetBytes(mail.Append("--b--\r\n").ToString());
    }
}
