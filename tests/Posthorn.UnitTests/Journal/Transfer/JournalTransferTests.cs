using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Contracts.Transfer;
using Posthorn.Engine;
using Posthorn.Engine.Transfer;
using Posthorn.Journal;
using Posthorn.Journal.Recovery;
using Posthorn.Journal.Transfer;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Journal.Transfer;

public sealed class JournalTransferTests : TransferContract
{
    private readonly MemoryFileSystem _from = new();
    private MemoryFileSystem _to = new();
    private MemoryFileSystem? _killed;

    protected override async Task<IEngine> OpenFromAsync() => await JournalEngine.OpenAsync(_from, JournalTestOptions.Small, Time);

    protected override async Task<IEngine> OpenToAsync()
    {
        TakeWhatTheKilledOneLeft();
        return await JournalEngine.OpenAsync(_to, JournalTestOptions.Small, Time);
    }

    // Nothing of it fits into memory, and it has another limit of what rides in a record.
    protected override async Task<TransferSource> OpenSourceAsync()
    {
        var before = _from.Copy();
        var source = await JournalSource.OpenAsync(_from, "a", JournalTestOptions.Cold, Time, placesMax: 200);
        foreach (var folder in (string[])["", "segments", "bodies", "hints", "spares"])
        {
            _from.List(folder).ShouldBe(before.List(folder));
            foreach (var name in _from.List(folder).Select(name => folder.Length == 0 ? name : $"{folder}/{name}"))
                _from[name].AsSpan().SequenceEqual(before[name]).ShouldBeTrue("a source is not written to");
        }
        return source;
    }

    protected override TransferTarget OpenTarget()
    {
        TakeWhatTheKilledOneLeft();
        return new JournalTarget(_to, "b", JournalTestOptions.Small with { InlineBodyBytesMax = 2 << 10 }, Time);
    }

    protected override async Task<TransferSource> OpenCopyAsync() => await JournalSource.OpenAsync(_to, "b", JournalTestOptions.Small, Time);

    protected override void Kill() => _killed ??= _to.Copy();

    protected override Task<long> CopiesOfAsync(byte[] bytes)
    {
        var count = 0L;
        foreach (var folder in (string[])["segments", "bodies"])
        {
            foreach (var name in _to.List(folder))
            {
                var file = _to[$"{folder}/{name}"].AsSpan();
                for (int at; (at = file.IndexOf(bytes.AsSpan(0, 512))) >= 0; file = file[(at + 512)..])
                    count++;
            }
        }
        return Task.FromResult(count);
    }

    [Fact]
    public async Task What_was_moved_passes_a_check_and_is_rewritten_as_any_journal()
    {
        await FillAsync(engine => new RandomStore(engine, Time, 9).FillAsync(200));
        (await MoveAsync()).IsSame.ShouldBeTrue();
        (await JournalCheck.RunAsync(_to)).ShouldBeEmpty();
        IReadOnlyList<string> before;
        await using (var engine = await OpenToAsync())
        {
            before = await StoreSnapshot.OfAsync(engine);
            var junk = QueueName.Parse("junk");
            for (var i = 0; i < 60; i++)
            {
                // What comes and goes fills segments that are given back, and has the old ones looked at.
                var added = await engine.CommitAsync(new Commit().Add(Text(junk, new string('x', 3_000))));
                await engine.CommitAsync(new Commit().Remove(added.Added[0].Id));
            }
            await engine.CommitAsync(new Commit().DeleteQueue(junk));
            (await StoreSnapshot.OfAsync(engine)).ShouldBe(before);
        }
        await using var again = await OpenToAsync();
        (await StoreSnapshot.OfAsync(again)).ShouldBe(before);
    }

    [Fact]
    public async Task A_damaged_body_of_the_source_is_told_and_not_moved()
    {
        var bytes = new byte[1_000];
        new Random(3).NextBytes(bytes);
        await FillAsync(async engine =>
        {
            await engine.CommitAsync(new Commit().Add(new NewMessage { Queue = QueueName.Parse("q"), Content = Body.Of(bytes) }));
            for (var i = 0; i < 80; i++)
                await engine.CommitAsync(new Commit().Add(Text(QueueName.Parse("q"), new string('x', 2_000)))); // so that it is no torn tail
            await Time.UntilHintedAsync(_from); // so that the start does not find it
        });
        var segment = _from.List("segments").Select(name => _from[$"segments/{name}"]).First(file => file.AsSpan().IndexOf(bytes) > 0);
        segment[segment.AsSpan().IndexOf(bytes) + 500] ^= 1;
        await using var source = await OpenSourceAsync();
        await using var target = OpenTarget();
        await Should.ThrowAsync<BodyLostException>(() => EngineTransfer.RunAsync(source, target, Time));
    }

    private void TakeWhatTheKilledOneLeft() => (_to, _killed) = (_killed ?? _to, null);
}
