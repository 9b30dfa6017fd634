using System.Net;
using System.Net.Sockets;

namespace Posthorn.IntegrationTests;

/// <summary>What cannot be right is refused at start: the place, the reason and a remedy on stderr, an exit code that is not 0, nothing lost.</summary>
public sealed class BadInputTests
{
    private static readonly byte[] Content = "Subject: kept\r\n\r\nkept\r\n"u8.ToArray();

    [Theory]
    [InlineData("hostnam: mail.test", "hostnam", "hostname")] // a misspelt key, and what was meant
    [InlineData("outgoing: { relais: 127.0.0.1:25 }", "relais", "relay")]
    [InlineData("outgoing: { schedule: \"10m, often\" }", "schedule", "often")]
    [InlineData("outgoing: { schedule: \"10m, -1h\" }", "schedule", "-1h")]
    [InlineData("outgoing: { give-up-after: soon }", "give-up-after", "soon")]
    [InlineData("listen: { smtp: here, http: 127.0.0.1:0 }", "smtp", "here")]
    [InlineData("listen: { smtp: 0.0.0.0:0, http: 127.0.0.1:0 }", "smtp", "accounts")] // reachable from outside without accounts
    [InlineData("accounts: [ { nam: x, password: y } ]", "nam", "name")]
    [InlineData("accounts: [ { name: x, password: y, quota: lots } ]", "quota", "lots")]
    [InlineData("queues: { jobs: { visibility-timeout: 2x } }", "visibility-timeout", "2x")]
    [InlineData("tls: { certificate: missing.pem, key: missing.pem }", "certificate", "missing.pem")]
    [InlineData("pipeline: { root: [ { if: size > big, discard: true } ] }", "pipeline", "big")]
    [InlineData("pipeline: { root: [ { if: sise > 5MB, discard: true } ] }", "pipeline", "sise")]
    [InlineData("pipeline: { root: [ { delivr: mailbox } ] }", "pipeline", "delivr")]
    [InlineData("pipeline: { root: [ { to: nowhere } ] }", "pipeline", "nowhere")]
    [InlineData("pipeline: { root: [ { to: other } ], other: [ { to: root } ] }", "pipeline", "root")] // a cycle
    [InlineData("hostname: [ mail.test", "", "posthorn.yaml")] // no YAML at all
    public async Task A_fault_in_the_configuration_is_told_with_file_line_and_reason(string fault, string key, string hint)
    {
        var refused = await PosthornProcess.RefuseAsync("# a comment\n" + fault + "\n");
        refused.ExitCode.ShouldNotBe(0, refused.ToString());
        refused.Output.ShouldNotContain("ready");
        refused.Error.ShouldContain("posthorn.yaml:");
        refused.Error.ShouldContain(key);
        refused.Error.ShouldContain(hint);
        refused.Error.ShouldNotContain("   at ", Case.Sensitive, "a person wants no stack trace");
    }

    [Fact]
    public async Task All_faults_are_told_at_once()
    {
        var refused = await PosthornProcess.RefuseAsync("hostnam: x\noutgoing: { schedule: often }\nqueus: {}\n");
        refused.ExitCode.ShouldNotBe(0);
        foreach (var key in new[] { "hostnam", "schedule", "queus" })
            refused.Error.ShouldContain(key);
    }

    [Fact]
    public async Task A_missing_configuration_file_is_named()
    {
        var refused = await ChildProcess.RunAsync(Repository.Program, ["serve", "--config", "/nowhere/posthorn.yaml"]);
        refused.ExitCode.ShouldNotBe(0);
        refused.Error.ShouldContain("/nowhere/posthorn.yaml");
    }

    [Fact]
    public async Task An_environment_variable_overrides_the_file_and_is_named_when_it_is_wrong()
    {
        using var folder = new TemporaryFolder();
        var config = folder.Write("posthorn.yaml", "hostname: posthorn.test\n");
        var refused = await ChildProcess.RunAsync(
            Repository.Program, ["serve", "--config", config, "--data", folder["data"]],
            environment: new Dictionary<string, string>(StringComparer.Ordinal) { ["POSTHORN__OUTGOING__SCHEDULE"] = "often" });
        refused.ExitCode.ShouldNotBe(0);
        refused.Error.ShouldContain("POSTHORN__OUTGOING__SCHEDULE");
    }

    [Fact]
    public async Task A_port_in_use_is_named()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var refused = await PosthornProcess.RefuseAsync($"listen: {{ smtp: 127.0.0.1:{port}, http: 127.0.0.1:0 }}");
        refused.ExitCode.ShouldNotBe(0);
        refused.Output.ShouldNotContain("ready");
        refused.Error.ShouldContain($"127.0.0.1:{port}");
        refused.Error.ShouldContain("in use");
        refused.Error.ShouldNotContain("   at ", Case.Sensitive, "a person wants no stack trace");
    }

    [Fact]
    public async Task An_address_this_machine_does_not_have_is_named()
    {
        var refused = await PosthornProcess.RefuseAsync("listen: { smtp: 192.0.2.1:0, http: 127.0.0.1:0 }\naccounts: [ { name: x, password: long-enough } ]");
        refused.ExitCode.ShouldNotBe(0);
        refused.Error.ShouldContain("192.0.2.1");
    }

    [Fact]
    public async Task A_data_folder_in_use_by_another_process_is_refused_and_the_other_goes_on()
    {
        await using var first = await PosthornProcess.StartAsync();
        var refused = await PosthornProcess.RefuseAsync("", first.DataFolder);
        refused.ExitCode.ShouldNotBe(0);
        refused.Error.ShouldContain(first.DataFolder);
        await SendAsync(first);
        await Until.TrueAsync(() => HasMailAsync(first), "the first one still serves");
    }

    [Fact]
    public async Task A_data_folder_that_cannot_be_written_is_refused()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("file", "not a folder"); // root may write anywhere, but not into a file
        var refused = await PosthornProcess.RefuseAsync("", Path.Combine(file, "data"));
        refused.ExitCode.ShouldNotBe(0);
        refused.Error.ShouldContain(file);
        refused.Error.ShouldNotContain("   at ", Case.Sensitive, "a person wants no stack trace");
    }

    [Fact]
    public async Task A_torn_tail_of_the_journal_is_cut_and_what_was_acknowledged_is_there()
    {
        await using var posthorn = await PosthornProcess.StartAsync();
        await SendAsync(posthorn);
        await Until.TrueAsync(() => HasMailAsync(posthorn), "the mail is in its mailbox");
        await posthorn.KillAsync();
        var segment = LastSegment(posthorn);
        var end = LastWritten(segment);
        using (var file = File.OpenWrite(segment))
        {
            file.Position = end; // half a record, as a crash in the middle of a write leaves it
            file.Write([0x50, 0x48, 0x52, 0x31, 0xFF, 0x00, 0x12]);
        }
        await posthorn.StartAgainAsync();
        (await HasMailAsync(posthorn)).ShouldBeTrue();
    }

    [Fact]
    public async Task Damage_in_the_middle_of_the_journal_stops_the_start_with_the_place_and_changes_nothing()
    {
        await using var posthorn = await PosthornProcess.StartAsync();
        for (var i = 0; i < 50; i++)
            await SendAsync(posthorn);
        await Until.TrueAsync(async () => (await posthorn.Client.ListQueuesAsync("box")).Any(q => q.Messages == 50), "the mails are in their mailbox");
        await posthorn.KillAsync();
        var segment = LastSegment(posthorn);
        var place = LastWritten(segment) / 2;
        Flip(segment, place);
        var before = Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(await File.ReadAllBytesAsync(segment)));

        var refused = await ChildProcess.RunAsync(Repository.Program, ["serve", "--config", posthorn.ConfigFile, "--data", posthorn.DataFolder]);
        refused.ExitCode.ShouldNotBe(0, refused.ToString());
        refused.Output.ShouldNotContain("ready");
        refused.Error.ShouldContain(Path.GetFileName(segment));
        refused.Error.ShouldContain("repair", Case.Insensitive, "the remedy");
        refused.Error.ShouldNotContain("   at ", Case.Sensitive, "a person wants no stack trace");
        Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(await File.ReadAllBytesAsync(segment))).ShouldBe(before);

        Flip(segment, place);
        await posthorn.StartAgainAsync();
        (await posthorn.Client.ListQueuesAsync("box")).Single(q => q.Name == "box").Messages.ShouldBe(50);
    }

    [Fact]
    public async Task A_damaged_journal_is_checked_repaired_and_started_again_and_costs_the_record_that_was_hit()
    {
        await using var posthorn = await PosthornProcess.StartAsync();
        for (var i = 0; i < 50; i++)
            await SendAsync(posthorn);
        await Until.TrueAsync(async () => (await posthorn.Client.ListQueuesAsync("box")).Any(q => q.Messages == 50), "the mails are in their mailbox");
        var whileServing = await OfflineAsync(posthorn, "repair");
        whileServing.ExitCode.ShouldBe(1);
        whileServing.Error.ShouldContain("in use");
        await posthorn.KillAsync();
        Flip(LastSegment(posthorn), LastWritten(LastSegment(posthorn)) / 2);

        var check = await OfflineAsync(posthorn, "check");
        check.ExitCode.ShouldBe(1, check.ToString());
        check.Output.ShouldContain("posthorn journal repair");
        var repair = await OfflineAsync(posthorn, "repair", "--json");
        var report = System.Text.Json.JsonDocument.Parse(repair.Output).RootElement;
        report.GetProperty("repaired").GetArrayLength().ShouldBe(1, repair.ToString());
        var holds = report.GetProperty("holds");
        // The record held the acceptance of one mail, whose move to its mailbox may be all that is left of it, or what the pipeline did with a batch.
        var unreadable = holds.GetProperty("unreadable").GetArrayLength();
        repair.ExitCode.ShouldBe(unreadable == 0 ? 0 : 1, repair.ToString());
        (holds.GetProperty("messages").GetInt64() - unreadable).ShouldBeInRange(49, 50);
        await posthorn.StartAgainAsync();
        await SendAsync(posthorn);
        await Until.TrueAsync(() => HasMailAsync(posthorn), "it serves");
    }

    private static Task<CommandResult> OfflineAsync(PosthornProcess posthorn, params string[] command) =>
        ChildProcess.RunAsync(Repository.Program, ["journal", .. command, "--data", posthorn.DataFolder]);

    private static async Task SendAsync(PosthornProcess posthorn)
    {
        await using var talk = await SmtpTalk.ConnectAsync(posthorn.Smtp);
        (await talk.SayAsync("EHLO client.test")).Expect(250);
        (await talk.MailAsync("a@client.test", ["box@box.test"], Content)).Expect(250);
    }

    private static async Task<bool> HasMailAsync(PosthornProcess posthorn) =>
        (await posthorn.Client.ListQueuesAsync("box")).Any(q => q is { Name: "box", Messages: > 0 });

    /// <summary>The journal's segment that holds what was sent; spares hold nothing.</summary>
    private static string LastSegment(PosthornProcess posthorn) =>
        Directory.EnumerateFiles(posthorn.DataFolder, "*", SearchOption.AllDirectories)
            .Where(f => Path.GetFileName(Path.GetDirectoryName(f)) == "segments")
            .MaxBy(LastWritten)!;

    /// <summary>Where the zeroes of the preallocated rest begin.</summary>
    private static long LastWritten(string file)
    {
        var bytes = File.ReadAllBytes(file);
        return bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
    }

    private static void Flip(string file, long place)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite);
        stream.Position = place;
        var b = stream.ReadByte();
        stream.Position = place;
        stream.WriteByte((byte)(b ^ 0x10));
    }
}
