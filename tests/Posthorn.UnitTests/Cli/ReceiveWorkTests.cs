using System.Text;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.UnitTests.Operate.Admin;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Cli;

/// <summary><c>posthorn receive --each</c> and <c>--save-attachments</c>, in the test's own process against a host.</summary>
public sealed class ReceiveWorkTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("posthorn-test-");

    public void Dispose() => _folder.Delete(recursive: true);

    private string this[string name] => Path.Combine(_folder.FullName, name);

    private static async Task<MessageId> MailAsync(AdminHost host, string header, params (string? Name, string Text)[] attachments)
    {
        var mail = new StringBuilder(header).Append("\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n");
        foreach (var (name, text) in attachments)
        {
            mail.Append("--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment");
            if (name is not null)
                mail.Append("; filename*=utf-8''").Append(Uri.EscapeDataString(name));
            mail.Append("\r\n\r\n").Append(Convert.ToBase64String(Encoding.UTF8.GetBytes(text))).Append("\r\n");
        }
        mail.Append("--b--\r\n");
        return await AddAsync(host, mail.ToString(), new Envelope("ann@far.test", [new Recipient("mq@here.test"), new Recipient("x@here.test")]));
    }

    private static async Task<MessageId> AddAsync(AdminHost host, string content, Envelope envelope, Dictionary<string, AttributeValue>? attributes = null)
    {
        var result = await host.Engine.CommitAsync(new Commit().Add(new NewMessage
        {
            Queue = QueueName.Parse("mq"), Content = Body.Of(Encoding.UTF8.GetBytes(content)), Envelope = envelope, Attributes = attributes ?? [],
        }));
        return result.Added[0].Id;
    }

    [Fact]
    public async Task A_command_gets_the_mail_its_fields_and_its_attachments_and_acks_by_ending_well()
    {
        await using var host = await AdminHost.StartAsync();
        var id = await MailAsync(host, "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nX-Kind: order\r\nX-Tag: a\r\nX-Tag: b", ("bill.pdf", "one"), ("bill.pdf", "two"));

        var run = await CommandLine.RunAsync(
            host, "receive", "mq", "--each", $"env | grep ^POSTHORN_ > {this["env"]}; cat > {this["mail"]}; cp -r \"$POSTHORN_ATTACHMENTS\" {this["files"]}");

        run.ExitCode.ShouldBe(0, run.Error);
        host.Count("mq").ShouldBe(0);
        var environment = await File.ReadAllTextAsync(this["env"]);
        environment.ShouldContain($"POSTHORN_ID={id}\n");
        environment.ShouldContain("POSTHORN_QUEUE=mq\n");
        environment.ShouldContain("POSTHORN_RECEIVE_COUNT=1\n");
        environment.ShouldContain("POSTHORN_SENDER=ann@far.test\n");
        environment.ShouldContain("POSTHORN_RECIPIENTS=mq@here.test\n");
        environment.ShouldContain("POSTHORN_HEADER_X_KIND=order\n");
        environment.ShouldContain("POSTHORN_HEADER_SUBJECT=Grüße\n");
        environment.ShouldContain("POSTHORN_HEADER_X_TAG=a\n");
        (await File.ReadAllTextAsync(this["mail"])).ShouldStartWith("Subject: =?utf-8?");
        (await File.ReadAllTextAsync(this["files/bill.pdf"])).ShouldBe("one");
        (await File.ReadAllTextAsync(this["files/bill-2.pdf"])).ShouldBe("two");
    }

    [Fact]
    public async Task A_command_that_fails_gives_the_message_back_with_the_schedule_and_says_why()
    {
        await using var host = await AdminHost.StartAsync();
        var id = await MailAsync(host, "Subject: x");

        var run = await CommandLine.RunAsync(host, "receive", "mq", "--each", "echo 'no such order' >&2; exit 3", "--retry", "10m, 30m");

        run.ExitCode.ShouldBe(1);
        run.Error.ShouldBe($"no such order\n{id}: the command ended with 3: no such order; it comes back in 10m\n");
        var message = (await host.Engine.FindAsync(id))!;
        message.State.ShouldBe(MessageState.Delayed);
        message.LastError.ShouldBe("the command ended with 3: no such order");
        (message.DueAt - TimeProvider.System.GetUtcNow()).ShouldBeInRange(TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(10));
    }

    [Fact]
    public async Task Each_message_is_worked_on_once_by_several_at_a_time()
    {
        await using var host = await AdminHost.StartAsync();
        for (var i = 0; i < 20; i++)
            await AddAsync(host, $"{i}", Envelope.None);

        var some = await CommandLine.RunAsync(host, "receive", "mq", "--each", $"cat >> {this["some"]}; echo >> {this["some"]}", "--max", "5");
        var rest = await CommandLine.RunAsync(host, "receive", "mq", "--each", $"cat > {this["m"]}$POSTHORN_NUMBER", "--concurrency", "4", "--json");

        (some.ExitCode, rest.ExitCode).ShouldBe((0, 0));
        (await File.ReadAllLinesAsync(this["some"])).ShouldBe(["0", "1", "2", "3", "4"]);
        _folder.GetFiles("m*").Select(f => File.ReadAllText(f.FullName)).Order(StringComparer.Ordinal)
            .ShouldBe(Enumerable.Range(5, 15).Select(i => $"{i}").Order(StringComparer.Ordinal));
        rest.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(15);
        host.Count("mq").ShouldBe(0);
        (await CommandLine.RunAsync(host, "receive", "mq", "--each", "false")).Error.ShouldBe("No messages.\n");
    }

    [Fact]
    public async Task A_command_that_reads_nothing_and_leaves_something_running_is_done_when_it_ends()
    {
        await using var host = await AdminHost.StartAsync();
        await AddAsync(host, new string('x', 1_000_000), Envelope.None);

        var run = await CommandLine.RunAsync(host, "receive", "mq", "--each", $"(for i in $(seq 100); do [ -e {this["stop"]} ] && exit; sleep 0.1; done) & exit 0");
        await File.WriteAllTextAsync(this["stop"], "");

        run.ExitCode.ShouldBe(0, run.Error);
        host.Count("mq").ShouldBe(0);
    }

    [Fact]
    public async Task Attachments_are_saved_under_names_that_nothing_else_has()
    {
        await using var host = await AdminHost.StartAsync();
        var first = await MailAsync(host, "Subject: x", ("bill.pdf", "one"), ("bill.pdf", "two"), (null, "three"));
        var second = await MailAsync(host, "Subject: y", ("bill.pdf", "four"));
        var third = await AddAsync(host, "five", Envelope.None, new() { ["file-name"] = "list.csv" });

        var run = await CommandLine.RunAsync(host, "receive", "mq", "--save-attachments", this["saved"]);

        run.ExitCode.ShouldBe(0, run.Error);
        host.Count("mq").ShouldBe(0);
        Contents(this["saved"]).ShouldBe([$"{first}-1-bill.pdf=one", $"{first}-2-bill.pdf=two", $"{first}-3-attachment.pdf=three", $"{second}-1-bill.pdf=four", $"{third}-1-list.csv=five"]);
        run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldBe(Directory.GetFiles(this["saved"]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_is_saved_again_after_a_failure_is_one_file()
    {
        await using var host = await AdminHost.StartAsync();
        var id = await MailAsync(host, "Subject: x", ("bill.pdf", "one"));

        (await CommandLine.RunAsync(host, "receive", "mq", "--save-attachments", this["saved"], "--each", "false", "--retry", "0s")).Error.ShouldEndWith("it comes back in 1s\n");
        Contents(this["saved"]).ShouldBe([$"{id}-1-bill.pdf=one"]);
        (await CommandLine.RunAsync(host, "receive", "mq", "--save-attachments", this["saved"], "--wait", "20s", "--max", "1")).ExitCode.ShouldBe(0);

        Contents(this["saved"]).ShouldBe([$"{id}-1-bill.pdf=one"]);
        host.Count("mq").ShouldBe(0);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_loses_nothing()
    {
        await using var host = await AdminHost.StartAsync();
        var id = await MailAsync(host, "Subject: x", ("bill.pdf", "one"));
        Directory.CreateDirectory(this[$"saved/{id}-1-bill.pdf"]); // in the file's way

        var run = await CommandLine.RunAsync(host, "receive", "mq", "--save-attachments", this["saved"]);

        run.ExitCode.ShouldBe(1);
        run.Error.ShouldContain("it comes back in 1m");
        host.Count("mq").ShouldBe(1);
        Directory.GetFiles(this["saved"]).ShouldBeEmpty();
    }

    [Fact]
    public async Task Hostile_names_reach_no_other_place_and_take_nothings()
    {
        await using var host = await AdminHost.StartAsync();
        string[] names =
        [
            "../../evil", "..\\..\\evil", "/etc/passwd", "..", ".", "...", ".hidden", "a\0b", "a\nb", "", " ", "con.pdf", "CON.PDF", "con.pdf", "a/b/c.txt", new string('x', 400) + ".pdf",
            new string('ä', 200), new string('ä', 200), "\u202Efdp.exe", "-rf", "$(touch evil)", "`touch evil`", "a;touch evil", "*", "attachment.pdf",
        ];
        var id = await MailAsync(host, "Subject: x\r\nX-Evil: $(touch evil)`touch evil`", [.. names.Select((n, i) => ((string?)n, $"{i}"))]);
        var before = Environment.CurrentDirectory;

        var run = await CommandLine.RunAsync(
            host, "receive", "mq", "--save-attachments", this["saved"], "--each", $"cd {_folder.FullName}; cp -r \"$POSTHORN_ATTACHMENTS\" taken; echo \"$POSTHORN_HEADER_X_EVIL\" > said");

        run.ExitCode.ShouldBe(0, run.Error);
        foreach (var folder in new[] { "saved", "taken" })
        {
            Directory.GetFiles(this[folder]).Select(File.ReadAllText).Order(StringComparer.Ordinal)
                .ShouldBe(Enumerable.Range(0, names.Length).Select(i => $"{i}").Order(StringComparer.Ordinal), folder);
            Directory.GetDirectories(this[folder]).ShouldBeEmpty();
            Directory.GetFiles(this[folder]).ShouldAllBe(f => !Path.GetFileName(f).Any(c => char.IsControl(c) || c == '\u202E') && Encoding.UTF8.GetByteCount(Path.GetFileName(f)) <= 255);
        }
        Directory.GetFiles(this["saved"]).ShouldAllBe(f => Path.GetFileName(f).StartsWith($"{id}-"));
        _folder.GetFileSystemInfos().Select(f => f.Name).Order(StringComparer.Ordinal).ShouldBe(["said", "saved", "taken"]);
        File.Exists(Path.Combine(before, "evil")).ShouldBeFalse();
    }

    [Theory]
    [InlineData("--retry goes with work", "--retry", "10m")]
    [InlineData("a schedule is checked", "--each", "true", "--retry", "soon")]
    [InlineData("a command is one", "--each", " ")]
    [InlineData("one way out", "--each", "true", "--no-ack")]
    [InlineData("somebody must work", "--each", "true", "--concurrency", "0")]
    [InlineData("leases are renewed", "--each", "true", "--visibility", "0s")]
    public async Task What_does_not_go_together_is_refused(string why, params string[] options)
    {
        await using var host = await AdminHost.StartAsync();
        await AddAsync(host, "x", Envelope.None);

        (await CommandLine.RunAsync(host, ["receive", "mq", .. options])).ExitCode.ShouldBe(2, why);

        host.Count("mq").ShouldBe(1);
    }

    private static IEnumerable<string> Contents(string folder) =>
        Directory.GetFiles(folder).Order(StringComparer.Ordinal).Select(f => $"{Path.GetFileName(f)}={File.ReadAllText(f)}");
}
