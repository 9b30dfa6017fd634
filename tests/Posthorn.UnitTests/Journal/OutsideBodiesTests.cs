using System.Buffers;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Engine;
using Posthorn.Journal;
using Posthorn.Journal.Recovery;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Journal;

/// <summary>A journal whose large bodies are in a store outside of its folder.</summary>
public sealed class OutsideBodiesTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly QueueName Orders = QueueName.Parse("orders");

    private readonly ManualTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly MemoryFileSystem _files = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("posthorn-bodies-").FullName;
    private JournalEngine _engine = null!;

    public async Task InitializeAsync() => _engine = await OpenAsync(_files);

    public async Task DisposeAsync()
    {
        await _engine.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_large_body_is_in_the_store_and_not_in_the_folder_until_a_while_after_its_last_message()
    {
        var bytes = Bytes(300_000);
        var body = await WriteAsync(_engine, bytes);
        await _engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Orders, Content = body }).Add(new NewMessage { Queue = Orders, Content = body }));
        Stored().Count.ShouldBe(1);
        _files.List("bodies").ShouldBeEmpty();
        await RemoveAsync(await LeaseAsync());
        Pass(TimeSpan.FromHours(2));
        Stored().Count.ShouldBe(1);
        var lease = await LeaseAsync();
        await using var stream = await _engine.OpenAsync(lease.Message.Content);
        await RemoveAsync(lease);
        Pass(TimeSpan.FromMinutes(50));
        stream.Position = 123_456;
        var part = new byte[1_000];
        await stream.ReadExactlyAsync(part);
        part.ShouldBe(bytes[123_456..124_456]);
        (await Should.ThrowAsync<BodyLostException>(async () => await _engine.OpenAsync(lease.Message.Content))).IsDamaged.ShouldBeFalse();
        await _time.UntilAsync(() => Stored().Count == 0, TimeSpan.FromMinutes(1), Patience);
    }

    [Fact]
    public async Task Bodies_are_there_after_a_restart_and_the_check_reads_them_too()
    {
        await AddAsync(Body.Of(Bytes(300_000)));
        await _engine.DisposeAsync();
        (await CheckAsync()).ShouldBeEmpty();
        _engine = await OpenAsync(_files);
        var lease = await LeaseAsync();
        (await ReadAsync(lease.Message.Content)).ShouldBe(Bytes(300_000));
        await _engine.DisposeAsync();

        var path = Stored().ShouldHaveSingleItem();
        var bytes = await File.ReadAllBytesAsync(path);
        bytes[70_000] ^= 1;
        await File.WriteAllBytesAsync(path, bytes);
        (await CheckAsync()).ShouldHaveSingleItem().Description.ShouldContain("damaged");
        File.Delete(path);
        (await CheckAsync()).ShouldHaveSingleItem().Description.ShouldContain("has this body");
        (await JournalRepair.RunAsync(_files)).ShouldBeEmpty("what is outside is not the folder's to repair");
        _engine = await OpenAsync(_files);
        var lost = await Should.ThrowAsync<BodyLostException>(async () => await _engine.OpenAsync((await LeaseAsync()).Message.Content));
        lost.IsDamaged.ShouldBeTrue();
        lost.Message.ShouldContain("missing");
    }

    [Fact]
    public async Task What_a_crash_left_between_the_upload_and_the_commit_is_collected_and_nothing_else()
    {
        await AddAsync(Body.Of(Bytes(300_000)));
        var kept = Stored().ShouldHaveSingleItem();
        // Never disposed of: as if the process had gone.
        await WriteAsync(_engine, Bytes(200_000));
        Stored().Count.ShouldBe(2);
        await _engine.DisposeAsync();
        _engine = await OpenAsync(_files.Copy());
        var pending = await WriteAsync(_engine, Bytes(100_000));
        Pass(TimeSpan.FromHours(20));
        Stored().Count.ShouldBe(3);
        await _time.UntilAsync(() => Stored().Count == 2, TimeSpan.FromMinutes(10), Patience);
        Stored().ShouldContain(kept);
        Pass(TimeSpan.FromDays(3));
        await AddAsync(pending); // of this process, and named however late
        (await _engine.LeaseAsync(Orders, new LeaseRequest { MessagesMax = 10 })).Select(l => l.Message.Content.Length).Order().ShouldBe([100_000, 300_000]);
    }

    [Fact]
    public async Task A_body_whose_commit_is_refused_is_removed_with_its_writer()
    {
        var writer = _engine.CreateBody();
        await using (writer)
        {
            writer.Write(Bytes(300_000));
            var body = await writer.CompleteAsync(default);
            await Should.ThrowAsync<CommitConflictException>(async () => await _engine.CommitAsync(
                new Commit().Add(new NewMessage { Queue = Orders, Content = body }).Remove(new MessageId(99))));
            Stored().Count.ShouldBe(1);
        }
        Stored().ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_the_store_or_with_another_one_it_does_not_start()
    {
        await AddAsync(Body.Of(Bytes(300_000)));
        await _engine.DisposeAsync();
        (await Should.ThrowAsync<BodyStoreUnusableException>(() => JournalEngine.OpenAsync(_files, JournalTestOptions.Small, _time))).Message.ShouldContain("engine.bodies");
        var other = Directory.CreateTempSubdirectory("posthorn-bodies-").FullName;
        (await Should.ThrowAsync<BodyStoreUnusableException>(() => OpenAsync(_files, other))).Message.ShouldContain("not the one");
        Directory.Delete(other, recursive: true);
        var nameless = _files.Copy();
        await nameless.DeleteAsync("bodies-owner");
        (await Should.ThrowAsync<BodyStoreUnusableException>(() => OpenAsync(nameless))).Message.ShouldContain("bodies-owner");
        _engine = await OpenAsync(_files);
    }

    [Fact]
    public async Task Files_of_the_time_before_the_store_are_read_and_removed()
    {
        var files = new MemoryFileSystem();
        await using (var before = await JournalEngine.OpenAsync(files, JournalTestOptions.Small, _time))
            await before.CommitAsync(new Commit().Add(new NewMessage { Queue = Orders, Content = Body.Of(Bytes(300_000)) }));
        files.List("bodies").Count.ShouldBe(1);
        await using var engine = await OpenAsync(files);
        var lease = (await engine.LeaseAsync(Orders, new LeaseRequest())).ShouldHaveSingleItem();
        await using (var stream = await engine.OpenAsync(lease.Message.Content))
            stream.Length.ShouldBe(300_000);
        await engine.CommitAsync(new Commit().Remove(lease));
        await _time.UntilAsync(() => files.List("bodies").Count == 0, TimeSpan.FromMilliseconds(100), Patience);
    }

    [Fact]
    public async Task A_store_that_is_away_is_an_error_that_may_be_tried_again_and_small_messages_go_on()
    {
        await AddAsync(Body.Of(Bytes(300_000)));
        var lease = await LeaseAsync();
        var away = _folder + "-away";
        Directory.Move(_folder, away);
        await Should.ThrowAsync<EngineUnavailableException>(() => AddAsync(Body.Of(Bytes(300_000))));
        await Should.ThrowAsync<EngineUnavailableException>(async () => await _engine.OpenAsync(lease.Message.Content));
        await AddAsync(Body.Of(Bytes(100)));
        Directory.Exists(_folder).ShouldBeFalse("nothing is written where the store was");
        Directory.Move(away, _folder);
        (await ReadAsync(lease.Message.Content)).ShouldBe(Bytes(300_000));
        await AddAsync(Body.Of(Bytes(400_000)));
    }

    private async Task<JournalEngine> OpenAsync(MemoryFileSystem files, string? folder = null) =>
        await JournalEngine.OpenAsync(files, JournalTestOptions.Small with { Bodies = FolderBodyStore.Open(folder ?? _folder) }, _time);

    private async Task<IReadOnlyList<JournalFinding>> CheckAsync()
    {
        await using var store = FolderBodyStore.Open(_folder);
        return await JournalCheck.RunAsync(_files, store, default);
    }

    private List<string> Stored() => Directory.Exists(_folder)
        ? [.. Directory.GetFiles(_folder, "*", SearchOption.AllDirectories).Where(file => !Path.GetFileName(file).All(c => c == '0') && !file.EndsWith(".tmp", StringComparison.Ordinal))]
        : [];

    private static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private async Task AddAsync(Body body) => await _engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Orders, Content = body }));

    private async Task<LeasedMessage> LeaseAsync() => (await _engine.LeaseAsync(Orders, new LeaseRequest { VisibilityTimeout = TimeSpan.FromHours(12) })).ShouldHaveSingleItem();

    private async Task RemoveAsync(LeasedMessage lease) => await _engine.CommitAsync(new Commit().Remove(lease));

    private static async Task<Body> WriteAsync(JournalEngine engine, byte[] bytes)
    {
        // Not disposed here: the body is the commit's.
        var writer = engine.CreateBody();
        for (var at = 0; at < bytes.Length; at += 50_000)
        {
            writer.Write(bytes.AsSpan(at, Math.Min(50_000, bytes.Length - at)));
            await writer.FlushAsync(default);
        }
        return await writer.CompleteAsync(default);
    }

    private async Task<byte[]> ReadAsync(Content content)
    {
        await using var stream = await _engine.OpenAsync(content);
        using var copy = new MemoryStream();
        await stream.CopyToAsync(copy);
        return copy.ToArray();
    }

    private void Pass(TimeSpan time)
    {
        for (var end = _time.GetUtcNow() + time; _time.GetUtcNow() < end;)
            _time.Advance(TimeSpan.FromMinutes(1));
    }
}
