using System.Buffers;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>Bodies of any size come out as they went in, are stored once, and go with their last message.</summary>
public abstract class BodyContract : EngineContract
{
    private static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4_095)]
    [InlineData(4_096)]
    [InlineData(4_097)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(300_000)]
    [InlineData(12 << 20)]
    public async Task Bytes_come_out_as_they_went_in(int length)
    {
        var bytes = Bytes(length);
        await AddAsync(new NewMessage { Queue = Orders, Content = Body.Of(bytes) });
        await AddAsync(new NewMessage { Queue = Orders, Content = await WriteAsync(bytes) });
        foreach (var lease in await LeaseAsync(Orders, 2))
        {
            lease.Message.Content.Length.ShouldBe(length);
            (await ReadAsync(lease.Message.Content)).AsSpan().SequenceEqual(bytes).ShouldBeTrue();
        }
    }

    [Theory]
    [InlineData(100)]
    [InlineData(200_000)]
    public async Task Content_is_a_prefix_and_a_body_without_its_first_bytes_and_can_be_sought(int length)
    {
        var bytes = Bytes(length);
        var content = new Content(Body.Of(bytes)) { Prefix = "Received: x\r\n"u8.ToArray(), Skip = 40 };
        await AddAsync(new NewMessage { Queue = Orders, Content = content });
        byte[] expected = [.. content.Prefix.Span, .. bytes.AsSpan(40)];
        var stored = (await LeaseOneAsync(Orders)).Message.Content;
        (await ReadAsync(stored)).ShouldBe(expected);
        await using var stream = await Engine.OpenAsync(stored);
        stream.Length.ShouldBe(expected.Length);
        foreach (var at in new[] { 5, expected.Length - 3, 0, 12, 14 })
        {
            stream.Position = at;
            var read = new byte[3];
            await stream.ReadExactlyAsync(read);
            read.ShouldBe(expected[at..(at + 3)]);
        }
        stream.Position = expected.Length + 5;
        (await stream.ReadAsync(new byte[1])).ShouldBe(0);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(200_000)]
    public async Task The_start_of_content_is_read_by_its_checksum(int length)
    {
        var bytes = Bytes(length);
        var content = new Content(Body.Of(bytes)) { Prefix = "Received: x\r\n"u8.ToArray(), Skip = 40 };
        await AddAsync(new NewMessage { Queue = Orders, Content = content });
        byte[] expected = [.. content.Prefix.Span, .. bytes.AsSpan(40)];
        var lease = await LeaseOneAsync(Orders);
        var stored = lease.Message.Content;
        foreach (var count in new[] { 0, 5, 13, 14, 50, expected.Length })
        {
            var start = new byte[count];
            (await Engine.TryReadStartAsync(stored, start, Checksum(expected.AsSpan(0, count)))).ShouldBeTrue($"{count}");
            start.ShouldBe(expected[..count]);
            (await Engine.TryReadStartAsync(stored, start, Checksum(expected.AsSpan(0, count)) + 1)).ShouldBeFalse();
        }
        (await Engine.TryReadStartAsync(stored, new byte[expected.Length + 1], Checksum([.. expected, 0]))).ShouldBeFalse();
        await RemoveAsync(lease);
        await UntilAsync(() => IsGone(stored));
        await Should.ThrowAsync<BodyLostException>(async () => await Engine.TryReadStartAsync(stored, new byte[50], 0));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(200_000)]
    public async Task A_body_lives_as_long_as_the_last_message_that_carries_it(int length)
    {
        var bytes = Bytes(length);
        var body = Body.Of(bytes);
        var audit = QueueName.Parse("audit");
        var added = (await Engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Orders, Content = body }).Add(new NewMessage { Queue = Invoices, Content = body }))).Added;
        var lease = await LeaseOneAsync(Orders);
        await Engine.CommitAsync(new Commit().Add(new NewMessage { Queue = audit, Content = lease.Message.Content.WithInFront("x"u8) }));
        await RemoveAsync(lease);
        (await ReadAsync(lease.Message.Content)).ShouldBe(bytes);
        await RemoveAsync(added[1].Id);
        (await ReadAsync(lease.Message.Content)).ShouldBe(bytes);
        await RemoveAsync((await LeaseOneAsync(audit)).Handle);
        await UntilAsync(() => IsGone(lease.Message.Content));
        (await Should.ThrowAsync<BodyLostException>(async () => await Engine.CommitAsync(new Commit().Add(new NewMessage { Queue = audit, Content = lease.Message.Content })))).IsDamaged.ShouldBeFalse();
    }

    [Theory]
    [InlineData(100)]
    [InlineData(200_000)]
    public async Task Content_can_be_replaced_or_only_get_something_in_front(int length)
    {
        var bytes = Bytes(length);
        var id = (await AddAsync(new NewMessage { Queue = Orders, Content = Body.Of(bytes) })).Id;
        var content = (await Engine.FindAsync(id))!.Content;
        await Engine.CommitAsync(new Commit().Change(id, new MessageChanges { Content = content.WithInFront("a"u8) }));
        Engine.Status(Orders)!.Bytes.ShouldBe(length + 1);
        (await ReadAsync((await Engine.FindAsync(id))!.Content)).ShouldBe([(byte)'a', .. bytes]);
        await Engine.CommitAsync(new Commit().Change(id, new MessageChanges { Content = TextBody("new") }));
        Engine.Status(Orders)!.Bytes.ShouldBe(3);
        (await TextOfAsync((await Engine.FindAsync(id))!)).ShouldBe("new");
        await UntilAsync(() => IsGone(content));
    }

    [Fact]
    public async Task A_stream_that_is_open_goes_on_when_its_message_is_removed()
    {
        var bytes = Bytes(500_000);
        await AddAsync(new NewMessage { Queue = Orders, Content = Body.Of(bytes) });
        var lease = await LeaseOneAsync(Orders);
        await using var stream = await Engine.OpenAsync(lease.Message.Content);
        await RemoveAsync(lease);
        var read = new byte[bytes.Length];
        await stream.ReadExactlyAsync(read);
        read.ShouldBe(bytes);
    }

    [Fact]
    public async Task A_written_body_can_be_named_again_by_the_next_commit()
    {
        var body = await WriteAsync(Bytes(200_000));
        await AddAsync(new NewMessage { Queue = Orders, Content = body });
        await AddAsync(new NewMessage { Queue = Invoices, Content = body });
        await RemoveAsync(await LeaseOneAsync(Orders));
        (await ReadAsync((await LeaseOneAsync(Invoices)).Message.Content)).Length.ShouldBe(200_000);
    }

    [Fact]
    public async Task A_writer_given_up_leaves_nothing()
    {
        await using (var writer = Engine.CreateBody())
        {
            writer.Write(Bytes(300_000));
            await writer.FlushAsync(default);
            writer.Length.ShouldBe(300_000);
        }
        await using (var writer = Engine.CreateBody())
        {
            writer.Write(Bytes(300_000));
            await writer.CompleteAsync(default);
        }
    }

    [Fact]
    public async Task Many_large_bodies_at_once_come_out_right()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(async () =>
            await AddAsync(new NewMessage { Queue = Orders, Content = await WriteAsync(Bytes(400_000 + i)) }))));
        foreach (var lease in await LeaseAsync(Orders, 8))
        {
            var bytes = await ReadAsync(lease.Message.Content);
            bytes.AsSpan().SequenceEqual(Bytes(bytes.Length)).ShouldBeTrue();
        }
    }

    /// <summary>CRC-32C, as it is defined.</summary>
    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) * 0x82F63B78);
        }
        return ~crc;
    }

    private bool IsGone(Content content)
    {
        try
        {
            using var stream = Engine.OpenAsync(content).AsTask().GetAwaiter().GetResult();
            return false;
        }
        catch (BodyLostException e)
        {
            return !e.IsDamaged;
        }
    }

    private async Task<Body> WriteAsync(byte[] bytes)
    {
        // Not disposed here: the body is the commit's.
        var writer = Engine.CreateBody();
        for (var at = 0; at < bytes.Length; at += 10_000)
        {
            writer.Write(bytes.AsSpan(at, Math.Min(10_000, bytes.Length - at)));
            await writer.FlushAsync(default);
        }
        return await writer.CompleteAsync(default);
    }

    private async Task<byte[]> ReadAsync(Content content)
    {
        await using var stream = await Engine.OpenAsync(content);
        using var copy = new MemoryStream();
        await stream.CopyToAsync(copy);
        return copy.ToArray();
    }
}
