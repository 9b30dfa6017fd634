using System.Text;
using System.Text.Json.Nodes;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Files;
using Posthorn.Journal;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.UnitTests.Operate.Admin;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Cli;

public sealed class JournalCommandTests : IDisposable
{
    private static readonly QueueName Orders = QueueName.Parse("orders");

    private readonly string _data = Directory.CreateTempSubdirectory("posthorn-journal-").FullName;
    private readonly HostTime _time = new();

    private string Segment => Directory.GetFiles(Path.Combine(_data, "journal", "segments")).Order(StringComparer.Ordinal).First();

    private string Damaged => Path.Combine(_data, "journal", "damaged");

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task A_sound_journal_has_nothing_to_repair_and_says_what_it_holds()
    {
        await FillAsync(20);

        var check = await RunAsync("check");
        var repair = await RunAsync("repair");
        var dump = await RunAsync("dump");

        check.ShouldBe(new CommandLine(0, "20 messages, 20.0 kB: all of it can be read.\n", ""));
        repair.ShouldBe(new CommandLine(0, "Nothing has to be repaired.\n20 messages, 20.0 kB: all of it can be read.\n", ""));
        dump.Output.Split('\n')[0].ShouldBe("orders\t1\t0000000000001\tready\t5\t2026-11-21 12:00:00Z\t1000\t-\t");
        JsonNode.Parse((await RunAsync("dump", "--json")).Output.Split('\n')[0])!["id"]!.GetValue<string>().ShouldBe("0000000000001");
    }

    [Fact]
    public async Task A_flipped_bit_is_told_with_its_place_set_aside_and_costs_the_one_record_it_hit()
    {
        await FillAsync(20);
        var place = Flip(0.5);
        var before = File.ReadAllBytes(Segment);

        var check = await RunAsync("check");
        check.ExitCode.ShouldBe(1);
        check.Output.ShouldContain($"segments/{Path.GetFileName(Segment)}");
        check.Output.ShouldContain("is not what was written");
        check.Output.ShouldContain($"posthorn journal repair --data {_data}");

        var dryRun = await RunAsync("repair", "--dry-run");
        dryRun.ExitCode.ShouldBe(0);
        dryRun.Output.ShouldContain("nothing was changed");
        Directory.Exists(Damaged).ShouldBeFalse();
        File.ReadAllBytes(Segment).ShouldBe(before, "neither changes anything");

        var repair = await RunAsync("repair");
        repair.ExitCode.ShouldBe(0, repair.ToString());
        repair.Output.Split('\n')[..2].ShouldBe(dryRun.Output.Split('\n')[..2], "a dry run tells exactly what is done");
        repair.Output.ShouldContain("19 messages, 19.0 kB: all of it can be read.");
        var aside = Directory.GetFiles(Damaged).ShouldHaveSingleItem();
        repair.Output.ShouldContain(Path.GetFileName(aside));
        var from = int.Parse(Path.GetFileName(aside).Split('-')[1]);
        File.ReadAllBytes(aside).ShouldBe(before[from..(from + (int)new FileInfo(aside).Length)]);
        place.ShouldBeInRange(from, from + new FileInfo(aside).Length);
        (await RunAsync("check")).ShouldBe(new CommandLine(0, "19 messages, 19.0 kB: all of it can be read.\n", ""));
    }

    [Fact]
    public async Task A_segment_that_was_cut_is_made_whole_and_keeps_what_is_left_of_it()
    {
        await FillAsync(20);
        var half = Used() / 2;
        using (var file = File.OpenWrite(Segment))
            file.SetLength(half);

        (await RunAsync("check")).Output.ShouldContain("shorter than it was made");
        (await RunAsync("dump")).Error.ShouldContain($"posthorn journal repair --data {_data}");
        var repair = JsonNode.Parse((await RunAsync("repair", "--json")).Output)!;

        repair["repaired"]![0]!["description"]!.GetValue<string>().ShouldContain("as long as it was");
        repair["holds"]!["messages"]!.GetValue<int>().ShouldBeInRange(8, 10);
        (await RunAsync("check")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task A_segment_whose_header_is_lost_is_set_aside_whole_and_the_others_stay()
    {
        await FillAsync(40, new JournalOptions { SegmentBytes = 16 << 10, SparesMax = 0, ReserveBytes = 0 });
        var lost = Segment;
        using (var file = File.OpenWrite(lost))
            file.Write(new byte[4096]);

        (await RunAsync("check")).ExitCode.ShouldBe(1);
        var repair = await RunAsync("repair");

        repair.ExitCode.ShouldBe(0, repair.ToString());
        repair.Output.ShouldContain("the whole file is set aside");
        repair.Output.ShouldContain("An empty segment takes its place");
        new FileInfo(Directory.GetFiles(Damaged, "*-whole").ShouldHaveSingleItem()).Length.ShouldBe(16 << 10);
        JsonNode.Parse((await RunAsync("check", "--json")).Output)!["holds"]!["messages"]!.GetValue<int>().ShouldBeInRange(20, 39);
    }

    [Fact]
    public async Task A_body_that_is_lost_is_told_and_no_repair_claims_to_have_brought_it_back()
    {
        await FillAsync(1, bytes: 300_000);
        File.Delete(Directory.GetFiles(Path.Combine(_data, "journal", "bodies")).ShouldHaveSingleItem());

        var check = await RunAsync("check");
        check.ExitCode.ShouldBe(1, check.ToString());
        check.Output.ShouldContain("The file is missing; message 0000000000001 has this body.");
        var repair = await RunAsync("repair");
        repair.ExitCode.ShouldBe(1, repair.ToString());
        repair.Output.ShouldContain("The message stays, and reading its body says so.");
        repair.Output.ShouldContain("0000000000001  orders");
        repair.Output.ShouldContain("1 cannot be read");
    }

    [Theory]
    [InlineData("check")]
    [InlineData("repair")]
    [InlineData("dump")]
    public async Task A_folder_that_a_server_has_is_left_alone(string command)
    {
        await FillAsync(1);
        using var held = new PhysicalFileSystem(Path.Combine(_data, "journal"));

        var refused = await RunAsync(command);

        refused.ExitCode.ShouldBe(1);
        refused.Error.ShouldContain("in use by another process");
        refused.Output.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_folder_without_a_journal_is_a_wrong_command_line_and_is_not_made()
    {
        var nowhere = Path.Combine(_data, "nowhere");
        var refused = await CommandLine.RunAsync("", [], isInputTerminal: false, _time, "journal", "repair", "--data", nowhere);
        refused.ExitCode.ShouldBe(2);
        refused.Error.ShouldContain(nowhere);
        Directory.Exists(nowhere).ShouldBeFalse();
    }

    private Task<CommandLine> RunAsync(params string[] args) =>
        CommandLine.RunAsync("", [], isInputTerminal: false, _time, ["journal", args[0], "--data", _data, .. args[1..]]);

    private async Task FillAsync(int count, JournalOptions? options = null, int bytes = 1000)
    {
        using var files = new PhysicalFileSystem(Path.Combine(_data, "journal"));
        await using var engine = await JournalEngine.OpenAsync(files, options ?? new JournalOptions { SegmentBytes = 64 << 10, ReserveBytes = 0, SparesMax = 0 }, _time);
        for (var i = 0; i < count; i++)
            await engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Orders, Content = Body.Of(Encoding.ASCII.GetBytes(new string('x', bytes))) }));
    }

    private long Used() => File.ReadAllBytes(Segment).AsSpan().LastIndexOfAnyExcept((byte)0) + 1;

    private long Flip(double where)
    {
        var bytes = File.ReadAllBytes(Segment);
        var at = (long)(Used() * where);
        bytes[at] ^= 1;
        File.WriteAllBytes(Segment, bytes);
        return at;
    }
}
