using Posthorn.Bodies;
using Posthorn.Contracts;
using Posthorn.Engine;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Journal;

public sealed class FolderBodyStoreTests : SharedBodyStoreContract
{
    private readonly string _folder = Directory.CreateTempSubdirectory("posthorn-bodies-").FullName;

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    protected override Task<IBodyStore> OpenAsync() => Task.FromResult<IBodyStore>(FolderBodyStore.Open(_folder));

    protected override async Task DamageAsync(BodyName name, int at)
    {
        var path = Path.Combine(_folder, name.Path);
        var bytes = await File.ReadAllBytesAsync(path);
        bytes[at] ^= 1;
        await File.WriteAllBytesAsync(path, bytes);
    }

    [Fact]
    public async Task Uploads_that_a_crash_cut_off_are_ended_when_they_are_old_and_those_that_go_on_are_not()
    {
        await using var crashed = await OpenAsync();
        var (lost, going) = (NewName(), NewName());
        // Not disposed of: its process is gone.
        var cut = await crashed.BeginAsync(lost, default);
        await cut.WriteAsync(Bytes(17 << 20), default);
        await using var upload = await Store.BeginAsync(going, default);
        await upload.WriteAsync(Bytes(17 << 20), default);
        Unfinished().ShouldBe(2);

        var now = TimeProvider.System.GetUtcNow();
        await Store.EndUploadsAsync(Owner, now.AddHours(-1), default);
        await Store.EndUploadsAsync(Guid.NewGuid(), now.AddHours(1), default);
        Unfinished().ShouldBe(2);
        await Store.EndUploadsAsync(Owner, now.AddHours(1), default);
        Unfinished().ShouldBe(1);
        await upload.CompleteAsync(default);
        Unfinished().ShouldBe(0);
        (await ListAsync(Owner)).ShouldBe([going]);
    }

    [Fact]
    public async Task A_share_that_is_not_mounted_is_told_and_nothing_is_written_below_its_mount_point_nor_taken_for_lost()
    {
        var name = NewName();
        await PutAsync(name, Bytes(100));
        var away = _folder + "-away";
        Directory.Move(_folder, away);
        Directory.CreateDirectory(_folder);
        try
        {
            (await Should.ThrowAsync<EngineUnavailableException>(async () => await Store.BeginAsync(NewName(), default))).Message.ShouldContain("mounted");
            await Should.ThrowAsync<EngineUnavailableException>(async () => await ReadAsync(name, 100));
            Directory.GetFileSystemEntries(_folder).ShouldBeEmpty();
        }
        finally
        {
            Directory.Delete(_folder, recursive: true);
            Directory.Move(away, _folder);
        }
        (await ReadAsync(name, 100)).ShouldBe(Bytes(100));
    }

    [Fact]
    public async Task Names_are_spread_over_sub_folders()
    {
        for (var i = 0; i < 100; i++)
            await PutAsync(NewName(), [1]);
        Directory.GetDirectories(Path.Combine(_folder, Owner.ToString("n"))).Length.ShouldBeGreaterThan(50);
        (await ListAsync(Owner)).Count.ShouldBe(100);
    }

    [Fact]
    public async Task A_store_without_the_mark_of_queues_that_have_bodies_is_refused()
    {
        var stranger = Guid.NewGuid();
        var refused = await Should.ThrowAsync<BodyStoreUnusableException>(() => BodyStoreStart.RunAsync(Store, stranger, Guid.NewGuid(), hasBodies: true, default));
        refused.Message.ShouldContain("not the one");
        await BodyStoreStart.RunAsync(Store, stranger, Guid.NewGuid(), hasBodies: false, default);
        await BodyStoreStart.RunAsync(Store, stranger, Guid.NewGuid(), hasBodies: true, default);
        (await ListAsync(stranger)).ShouldBeEmpty("the trial is removed");
    }

    private int Unfinished() => Directory.GetFiles(_folder, "*.tmp", SearchOption.AllDirectories).Length;
}
