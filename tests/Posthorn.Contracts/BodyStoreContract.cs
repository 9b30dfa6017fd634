using Posthorn.Bodies;
using Posthorn.Engine;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>What every store of bodies does: what was completed comes out as it went in or not at all, what was not leaves nothing.</summary>
public abstract class BodyStoreContract : IAsyncLifetime
{
    protected Guid Owner { get; } = Guid.NewGuid();

    protected IBodyStore Store { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Store = await OpenAsync();
        await PutAsync(BodyName.MarkOf(Owner), [1]);
    }

    public virtual async Task DisposeAsync() => await Store.DisposeAsync();

    /// <summary>Opens the test's store, again too: as another process does.</summary>
    protected abstract Task<IBodyStore> OpenAsync();

    /// <summary>A name that was never used.</summary>
    protected abstract BodyName NewName();

    /// <summary>Changes a byte of a body behind the store's back.</summary>
    protected abstract Task DamageAsync(BodyName name, int at);

    [Theory]
    [InlineData(1)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(1_200_000)]
    [InlineData(8 << 20)]
    [InlineData((8 << 20) + 1)]
    [InlineData((24 << 20) + 100_000)]
    public async Task Bytes_come_out_as_they_went_in(int length)
    {
        var (name, bytes) = (NewName(), Bytes(length));
        await PutAsync(name, bytes);
        (await ReadAsync(name, length)).AsSpan().SequenceEqual(bytes).ShouldBeTrue();
    }

    [Theory]
    [InlineData(200_000)]
    [InlineData(18_000_000)]
    public async Task A_body_is_read_at_any_place(int length)
    {
        var (name, bytes) = (NewName(), Bytes(length));
        await PutAsync(name, bytes);
        foreach (var first in new[] { 0, 65_536, length - 1 })
        {
            await using var reader = await Store.OpenAsync(name, length, first, default);
            foreach (var at in new[] { first, length - 1, 0, 131_071, 131_072, length / 2, 1 })
            {
                var buffer = new byte[1_000];
                var count = await reader.ReadAsync(at, buffer, default);
                count.ShouldBeInRange(1, Math.Min(1_000, length - at));
                buffer.AsSpan(0, count).SequenceEqual(bytes.AsSpan(at, count)).ShouldBeTrue($"at {at}");
            }
        }
    }

    [Fact]
    public async Task A_body_is_not_there_before_it_is_completed()
    {
        var name = NewName();
        await using var upload = await Store.BeginAsync(name, default);
        await upload.WriteAsync(Bytes(100_000), default);
        await GoneAsync(name, 100_000);
        await upload.CompleteAsync(default);
        (await ReadAsync(name, 100_000)).Length.ShouldBe(100_000);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(300_000)]
    [InlineData(20 << 20)]
    public async Task An_upload_given_up_leaves_nothing(int length)
    {
        var name = NewName();
        await using (var upload = await Store.BeginAsync(name, default))
            await upload.WriteAsync(Bytes(length), default);
        await GoneAsync(name, length);
        (await ListAsync(Owner)).ShouldNotContain(name);
    }

    [Fact]
    public async Task An_upload_that_is_cancelled_is_lost_and_leaves_nothing()
    {
        var name = NewName();
        using var cancelled = new CancellationTokenSource();
        await using (var upload = await Store.BeginAsync(name, default))
        {
            await upload.WriteAsync(Bytes(20 << 20), default);
            await cancelled.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(async () => await upload.CompleteAsync(cancelled.Token));
        }
        await GoneAsync(name, 20 << 20);
        (await ListAsync(Owner)).ShouldNotContain(name);
    }

    [Fact]
    public async Task A_body_that_is_removed_is_gone_and_others_stay()
    {
        var names = Enumerable.Range(0, 5).Select(_ => NewName()).ToList();
        foreach (var name in names)
            await PutAsync(name, Bytes(70_000));
        await Store.RemoveAsync([names[0], names[1], names[3]], default);
        await Store.RemoveAsync([names[0]], default);
        await Store.RemoveAsync([NewName()], default);
        await Store.RemoveAsync([], default);
        (await ListAsync(Owner)).ShouldBe([names[2], names[4]], ignoreOrder: true);
        await GoneAsync(names[3], 70_000);
        (await ReadAsync(names[4], 70_000)).ShouldBe(Bytes(70_000));
    }

    [Fact]
    public async Task What_is_there_is_listed_with_when_it_was_written_without_the_mark()
    {
        var name = NewName();
        await PutAsync(name, Bytes(10));
        var found = new List<FoundBody>();
        await foreach (var one in Store.ListAsync(Owner, default))
            found.Add(one);
        found.ShouldHaveSingleItem().Name.ShouldBe(name);
        found[0].WrittenAt.ShouldBeLessThan(TimeProvider.System.GetUtcNow().AddMinutes(1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(70_000)]
    [InlineData(2_999_999)]
    public async Task A_byte_that_is_not_what_was_written_is_told_and_never_given_out(int at)
    {
        var (name, bytes) = (NewName(), Bytes(3_000_000));
        await PutAsync(name, bytes);
        await DamageAsync(name, at);
        var lost = await Should.ThrowAsync<BodyLostException>(async () => await ReadAsync(name, bytes.Length));
        lost.IsDamaged.ShouldBeTrue();
    }

    [Theory]
    [InlineData(299_999)]
    [InlineData(300_001)]
    [InlineData(3_000_000)]
    public async Task A_body_of_another_length_is_damaged(int length)
    {
        var name = NewName();
        await PutAsync(name, Bytes(300_000));
        (await Should.ThrowAsync<BodyLostException>(async () => await ReadAsync(name, length))).Message.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Many_uploads_and_readers_at_once_come_out_right() =>
        await Task.WhenAll(Enumerable.Range(0, 12).Select(i => Task.Run(async () =>
        {
            var (name, bytes) = (NewName(), Bytes(400_000 + (i * 1_000_000)));
            await PutAsync(name, bytes);
            (await ReadAsync(name, bytes.Length)).AsSpan().SequenceEqual(bytes).ShouldBeTrue();
        })));

    protected static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    protected async Task PutAsync(BodyName name, byte[] bytes)
    {
        await using var upload = await Store.BeginAsync(name, default);
        for (var at = 0; at < bytes.Length; at += 99_999)
            await upload.WriteAsync(bytes.AsMemory(at, Math.Min(99_999, bytes.Length - at)), default);
        await upload.CompleteAsync(default);
    }

    protected async Task<byte[]> ReadAsync(BodyName name, int length)
    {
        await using var reader = await Store.OpenAsync(name, length, 0, default);
        var bytes = new byte[length];
        for (var at = 0; at < length;)
            at += await reader.ReadAsync(at, bytes.AsMemory(at), default);
        return bytes;
    }

    protected async Task<List<BodyName>> ListAsync(Guid owner)
    {
        var names = new List<BodyName>();
        await foreach (var found in Store.ListAsync(owner, default))
            names.Add(found.Name);
        return names;
    }

    private async Task GoneAsync(BodyName name, int length) =>
        (await Should.ThrowAsync<BodyLostException>(async () => await ReadAsync(name, length))).IsDamaged.ShouldBeFalse();
}
