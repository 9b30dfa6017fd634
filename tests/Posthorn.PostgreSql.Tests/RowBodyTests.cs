using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.PostgreSql.Bodies;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.PostgreSql.Tests;

/// <summary>Short bodies in the rows of their messages: never shared, never changed, gone with their message, on every node.</summary>
public sealed class RowBodyTests : IAsyncLifetime
{
    private static readonly QueueName Orders = QueueName.Parse("orders");
    private static readonly QueueName Sent = QueueName.Parse("sent");

    private readonly TestSchema _schema = new();
    private readonly ManualTimeProvider _time = new();
    private PostgresEngine _one = null!;
    private PostgresEngine _other = null!;

    public async Task InitializeAsync()
    {
        _one = await TestEngine.OpenAsync(_schema.Name, _time);
        _other = await TestEngine.OpenAsync(_schema.Name, _time);
    }

    public async Task DisposeAsync()
    {
        await _one.DisposeAsync();
        await _other.DisposeAsync();
        await _schema.GiveBackAsync(); // which looks whether all agrees
    }

    private static NewMessage New(Body body, QueueName? queue = null) => new() { Queue = queue ?? Orders, Content = body };

    private static Body Bytes(int count) => Body.Of(Enumerable.Range(0, count).Select(i => (byte)i).ToArray());

    private static async Task<LeasedMessage> LeaseAsync(PostgresEngine engine, QueueName? queue = null) =>
        (await engine.LeaseAsync(queue ?? Orders, new LeaseRequest())).ShouldHaveSingleItem();

    private async Task<long> CountAsync(string what) =>
        (long)(await (await DatabaseServer.SharedAsync()).AskAsync($"SELECT count(*) FROM {_schema.Name}.{what}"))!;

    private static async Task<byte[]> ReadAsync(PostgresEngine engine, Content content)
    {
        await using var stream = await engine.OpenAsync(content);
        var read = new MemoryStream();
        await stream.CopyToAsync(read);
        return read.ToArray();
    }

    /// <summary>The same body, its bytes not at hand, as one that was found by browsing a long way off.</summary>
    private static Content Unread(PostgresEngine engine, Message message)
    {
        var body = (PostgresBody)message.Content.Body;
        return new Content(new PostgresBody(engine, body.Id, body.Length, null));
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(RowBody.BytesMax, 0)]
    [InlineData(RowBody.BytesMax + 1, 1)]
    public async Task What_is_short_is_in_its_row_and_what_is_not_has_one_of_its_own(int length, long rows)
    {
        await _one.CommitAsync(new Commit().Add(New(Bytes(length))));
        (await CountAsync("bodies")).ShouldBe(rows);
        (await CountAsync("messages WHERE bytes IS NOT NULL")).ShouldBe(1 - rows);
        (await ReadAsync(_other, (await LeaseAsync(_other)).Message.Content)).ShouldBe(Bytes(length).Bytes!.Value.ToArray());
    }

    [Fact]
    public async Task What_two_messages_have_is_stored_once()
    {
        var body = Bytes(100);
        await _one.CommitAsync(new Commit().Add(New(body)).Add(New(body, Sent)));
        (await CountAsync("bodies WHERE reference_count = 2")).ShouldBe(1);
        (await CountAsync("messages WHERE bytes IS NOT NULL")).ShouldBe(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_message_made_of_one_that_goes_has_its_bytes(bool isReadFirst)
    {
        await _one.CommitAsync(new Commit().Add(New(Bytes(100))));
        var lease = await LeaseAsync(_one);
        var before = _one.BatchesForeseen;
        await _one.CommitAsync(new Commit().Remove(lease).Add(New(Body.Empty, Sent) with { Content = isReadFirst ? Unread(_one, lease.Message) : lease.Message.Content }));
        (await CountAsync("messages WHERE bytes IS NOT NULL")).ShouldBe(1);
        (_one.BatchesForeseen - before).ShouldBe(0); // the queue is made
        var next = await LeaseAsync(_other, Sent);
        (await ReadAsync(_other, next.Message.Content)).ShouldBe(Bytes(100).Bytes!.Value.ToArray());
        // And once more, now that all is remembered.
        await _other.CommitAsync(new Commit().Add(New(Bytes(1))).Add(New(Body.Empty, Sent)));
        before = _other.BatchesForeseen;
        await _other.CommitAsync(new Commit().Remove(next).Add(New(Body.Empty) with { Content = next.Message.Content }));
        (_other.BatchesForeseen - before).ShouldBe(1);
        (await CountAsync("messages WHERE bytes IS NOT NULL")).ShouldBe(2);
    }

    [Fact]
    public async Task A_body_is_gone_with_its_message_for_those_who_name_it_and_those_who_read_it()
    {
        await _one.CommitAsync(new Commit().Add(New(Bytes(100))));
        var lease = await LeaseAsync(_one);
        await _other.CommitAsync(new Commit().Remove(lease));
        var content = lease.Message.Content;
        await Should.ThrowAsync<BodyLostException>(() => _one.CommitAsync(new Commit().Add(New(Body.Empty) with { Content = content })).AsTask());
        await Should.ThrowAsync<BodyLostException>(() => ReadAsync(_one, Unread(_one, lease.Message)));
        await Should.ThrowAsync<BodyLostException>(() => ReadAsync(_other, content));
    }

    [Fact]
    public async Task Another_content_takes_the_place_of_the_bytes_and_another_start_does_not()
    {
        await _one.CommitAsync(new Commit().Add(New(Bytes(100))));
        var lease = await LeaseAsync(_one);
        var header = new Content(lease.Message.Content.Body) { Prefix = "X: 1\r\n"u8.ToArray() };
        await _one.CommitAsync(new Commit().Release(lease, TimeSpan.Zero, new MessageChanges { Content = header }));
        lease = await LeaseAsync(_other);
        (await ReadAsync(_other, lease.Message.Content)).Length.ShouldBe(106);
        (await CountAsync("messages WHERE bytes IS NOT NULL")).ShouldBe(1);
        await _other.CommitAsync(new Commit().Release(lease, TimeSpan.Zero, new MessageChanges { Content = Bytes(50) }));
        (await CountAsync("messages WHERE bytes IS NOT NULL")).ShouldBe(0);
        await Should.ThrowAsync<BodyLostException>(() => ReadAsync(_one, Unread(_one, lease.Message)));
        await Should.ThrowAsync<BodyLostException>(() => ReadAsync(_other, lease.Message.Content));
        (await ReadAsync(_one, (await LeaseAsync(_one)).Message.Content)).Length.ShouldBe(50);
    }

    [Fact]
    public async Task Bytes_that_changed_in_the_row_are_refused()
    {
        await _one.CommitAsync(new Commit().Add(New(Bytes(100))));
        var found = (await _one.ReadAsync(Orders, [1])).ShouldHaveSingleItem();
        await (await DatabaseServer.SharedAsync()).AskAsync($"UPDATE {_schema.Name}.messages SET bytes = set_byte(bytes, 7, 77)");
        (await Should.ThrowAsync<BodyLostException>(() => ReadAsync(_one, Unread(_one, found)))).IsDamaged.ShouldBeTrue();
        await Should.ThrowAsync<BodyLostException>(() => _one.CommitAsync(new Commit().Add(New(Body.Empty) with { Content = Unread(_one, found) })).AsTask());
        await (await DatabaseServer.SharedAsync()).AskAsync($"UPDATE {_schema.Name}.messages SET bytes = set_byte(bytes, 7, 7)");
    }
}
