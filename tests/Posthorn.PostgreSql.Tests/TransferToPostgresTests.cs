using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Contracts.Transfer;
using Posthorn.Engine;
using Posthorn.Engine.Transfer;
using Posthorn.Journal;
using Posthorn.Journal.Transfer;
using Posthorn.Messages;
using Posthorn.PostgreSql.Transfer;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.PostgreSql.Tests;

public sealed class TransferToPostgresTests : TransferContract
{
    private static readonly JournalOptions Small = new() { SegmentBytes = 64 << 10, ReserveBytes = 32 << 10, InlineBodyBytesMax = 4 << 10, RecentBytesMax = 256 << 10 };
    private static readonly QueueName Orders = QueueName.Parse("orders");

    private readonly MemoryFileSystem _from = new();
    private readonly TestSchema _to = new();
    private PostgresOptions _options = null!;

    public override async Task InitializeAsync() => _options = TestEngine.Options(_to.Name, await DatabaseServer.SharedAsync());

    public override Task DisposeAsync() => _to.GiveBackAsync();

    protected override async Task<IEngine> OpenFromAsync() => await JournalEngine.OpenAsync(_from, Small, Time);

    protected override Task<IEngine> OpenToAsync() => _to.OpenAsync(Time);

    protected override async Task<TransferSource> OpenSourceAsync() => await JournalSource.OpenAsync(_from, "a", Small, Time);

    protected override TransferTarget OpenTarget() => new PostgresTarget(_options, Time);

    protected override async Task<TransferSource> OpenCopyAsync() => await PostgresSource.OpenAsync(_options, Time);

    protected override async Task<long> CopiesOfAsync(byte[] bytes) => (long)(await (await DatabaseServer.SharedAsync()).AskAsync(
        $"""
        SELECT count(*) FROM (SELECT bytes FROM {_to.Name}.bodies UNION ALL SELECT bytes FROM {_to.Name}.body_chunks UNION ALL SELECT bytes FROM {_to.Name}.messages) b
        WHERE position('\x{Convert.ToHexString(bytes.AsSpan(0, 100))}'::bytea IN bytes) > 0
        """))!;

    [Fact]
    public async Task A_database_that_a_node_serves_is_neither_filled_nor_read()
    {
        await using (await OpenToAsync())
        {
            await FillAsync(_ => Task.CompletedTask);
            (await Should.ThrowAsync<TransferException>(() => MoveAsync())).Message.ShouldContain("Stop all servers");
            await Should.ThrowAsync<TransferException>(async () => await PostgresSource.OpenAsync(_options, Time));
        }
        (await MoveAsync()).IsSame.ShouldBeTrue();
    }

    [Fact]
    public async Task What_a_database_cannot_hold_is_told_before_anything_is_acknowledged()
    {
        await FillAsync(engine => engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Orders, Content = Body.Of("x"u8.ToArray()), Group = "a\0b" })).AsTask());
        (await Should.ThrowAsync<TransferException>(() => MoveAsync())).Message.ShouldContain("NUL");
    }

    [Fact]
    public async Task A_target_with_queues_is_left_alone()
    {
        await FillAsync(engine => engine.CommitAsync(new Commit().Add(Text(Orders, "x"))).AsTask());
        await using (var engine = await OpenToAsync())
            await engine.CommitAsync(new Commit().Add(Text(QueueName.Parse("mine"), "y")));
        (await Should.ThrowAsync<TransferException>(() => MoveAsync())).Message.ShouldContain("not empty");
        await using var again = await OpenToAsync();
        again.Queues().ShouldHaveSingleItem().Name.Value.ShouldBe("mine");
    }

    [Fact]
    public async Task A_byte_that_changed_in_the_database_is_found()
    {
        await FillAsync(engine => engine.CommitAsync(new Commit().Add(Text(Orders, "some text"))).AsTask());
        (await MoveAsync()).IsSame.ShouldBeTrue();
        await (await DatabaseServer.SharedAsync()).AskAsync($"UPDATE {_to.Name}.messages SET bytes = 'some tixt'::bytea");
        await using var source = await OpenSourceAsync();
        await using var copy = await OpenCopyAsync();
        await Should.ThrowAsync<BodyLostException>(() => EngineTransfer.CompareAsync(source, copy, Time));
    }
}
