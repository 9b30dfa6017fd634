using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;

namespace Posthorn.IntegrationTests;

/// <summary>The programs under <c>samples/</c>: started, used, killed in the middle and started again.</summary>
public sealed class SampleTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };

    public void Dispose()
    {
        _http.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Whoever_was_registered_gets_the_mail_though_the_mail_server_was_away_and_the_shop_was_killed()
    {
        await using var relay = new RecordingSmtpServer(isListening: false);
        var address = new Uri($"http://127.0.0.1:{FreePort.Take()}");
        string[] arguments = ["--urls", address.ToString(), "--Data", _folder["data"], "--Smtp:Host", "127.0.0.1", "--Smtp:Port", $"{relay.Port}"];

        await using (var shop = SampleProcess.Start("Registration", arguments))
        {
            await ServesAsync(shop, address);
            for (var i = 0; i < 20; i++)
                (await RegisterAsync(address, $"user{i}@example.test")).ShouldBe(HttpStatusCode.Accepted);
            (await RegisterAsync(address, "user7@example.test")).ShouldBe(HttpStatusCode.Conflict, "registered already");
            (await RegisterAsync(address, "no address")).ShouldBe(HttpStatusCode.BadRequest);
            await Until.TrueAsync(() => shop.Output.Contains("it is tried again", StringComparison.Ordinal), "a mail is tried in vain");
            await shop.KillAsync();
        }

        relay.Listen();
        await using (var shop = SampleProcess.Start("Registration", arguments))
        {
            await ServesAsync(shop, address);
            (await _http.GetStringAsync(new Uri(address, "users/count"))).ShouldBe("20");
            await Until.TrueAsync(() => Recipients(relay).Count() == 20, "every user has the mail", TimeSpan.FromSeconds(60));
            relay.Mails.ShouldAllBe(m => m.Field("Subject") == "Welcome");
            await Until.TrueAsync(async () => (await MailsAsync(address))["welcome-mails"] == 0, "nothing waits any more");
            (await RegisterAsync(address, "user3@example.test")).ShouldBe(HttpStatusCode.Conflict, "registered before the kill");
            shop.Signal(ChildProcess.Terminate);
            (await shop.WaitForExitAsync(TimeSpan.FromSeconds(30))).ShouldBe(0);
        }
    }

    [Fact]
    public async Task A_mail_that_is_refused_for_good_is_a_dead_letter_at_once()
    {
        await using var relay = new RecordingSmtpServer { Script = (stage, _) => stage == Stage.Rcpt ? new Verdict("550 5.1.1 No such user") : null };
        var address = new Uri($"http://127.0.0.1:{FreePort.Take()}");
        await using var shop = SampleProcess.Start(
            "Registration", ["--urls", address.ToString(), "--Data", _folder["data"], "--Smtp:Port", $"{relay.Port}"]);
        await ServesAsync(shop, address);
        (await RegisterAsync(address, "nobody@example.test")).ShouldBe(HttpStatusCode.Accepted);

        await Until.TrueAsync(async () => (await MailsAsync(address)).GetValueOrDefault("welcome-mails-dead") == 1, "the mail is a dead letter");
        (await MailsAsync(address))["welcome-mails"].ShouldBe(0);
    }

    [Fact]
    public async Task Every_file_that_was_queued_has_its_result_though_the_worker_was_killed()
    {
        var paths = Enumerable.Range(0, 200).Select(i => _folder.Write($"file{i}", $"content {i}")).ToArray();
        string[] arguments = ["--Data", _folder["data"]];
        string[] first;
        await using (var worker = SampleProcess.Start("Worker", arguments, string.Join('\n', paths) + "\n"))
        {
            await Until.TrueAsync(() => Queued(worker.OutputLines).Count() >= 100 || worker.HasExited, "half of the files are queued");
            await worker.KillAsync();
            first = worker.OutputLines;
        }
        var queued = Queued(first).ToArray();
        queued.Length.ShouldBeGreaterThanOrEqualTo(100);

        await using (var worker = SampleProcess.Start("Worker", arguments))
        {
            await Until.TrueAsync(
                () => queued.All(Results(first.Concat(worker.OutputLines)).ContainsKey), "every queued file has its result", TimeSpan.FromSeconds(60));
            await Until.TrueAsync(() => worker.Error.Contains("Application started", StringComparison.Ordinal), "the worker minds signals");
            worker.Signal(ChildProcess.Terminate);
            (await worker.WaitForExitAsync(TimeSpan.FromSeconds(30))).ShouldBe(0);
            foreach (var (path, hash) in Results(first.Concat(worker.OutputLines)))
                hash.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(path))));
        }
    }

    private async Task<HttpStatusCode> RegisterAsync(Uri address, string mail)
    {
        using var answer = await _http.PostAsJsonAsync(new Uri(address, "users"), new { name = "Ada", address = mail });
        return answer.StatusCode;
    }

    private async Task<Dictionary<string, long>> MailsAsync(Uri address) =>
        (await _http.GetFromJsonAsync<Dictionary<string, long>>(new Uri(address, "mails"))).ShouldNotBeNull();

    private static async Task ServesAsync(ChildProcess shop, Uri address)
    {
        await Until.TrueAsync(async () => shop.HasExited || await FreePort.IsServedAsync(address.Port), "the shop listens", TimeSpan.FromSeconds(60));
        shop.HasExited.ShouldBeFalse(shop.Output + shop.Error);
    }

    private static IEnumerable<string> Recipients(RecordingSmtpServer relay) => relay.Mails.SelectMany(m => m.Recipients).Distinct(StringComparer.Ordinal);

    private static IEnumerable<string> Queued(IEnumerable<string> lines) =>
        lines.Where(line => line.StartsWith("queued ", StringComparison.Ordinal)).Select(line => line["queued ".Length..]);

    /// <summary>Path to hash: of each line that has both, as sha256sum writes them.</summary>
    private static Dictionary<string, string> Results(IEnumerable<string> lines)
    {
        var results = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var parts in lines.Select(line => line.Split("  ", 2)).Where(parts => parts is [{ Length: 64 }, _]))
            results[parts[1]] = parts[0];
        return results;
    }
}
