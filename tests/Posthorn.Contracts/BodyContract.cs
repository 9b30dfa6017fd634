using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Messages;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>Bodies: any size, byte for byte, shared.</summary>
public abstract class BodyContract : EngineContract
{
    private static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private async Task<IBodyWriter> WriteAsync(byte[] bytes)
    {
        var writer = Engine.CreateBody();
        foreach (var slice in bytes.Chunk(10_000))
        {
            slice.CopyTo(writer.GetMemory(slice.Length));
            writer.Advance(slice.Length);
            await writer.FlushAsync(CancellationToken.None);
        }
        writer.Length.ShouldBe(bytes.Length);
        return writer;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(128 * 1024)]
    [InlineData(128 * 1024 + 1)]
    [InlineData(3_000_000)]
    [InlineData(12 * 1024 * 1024)]
    public async Task A_streamed_body_comes_back_byte_for_byte(int length)
    {
        var bytes = Bytes(length);
        await using var writer = await WriteAsync(bytes);
        await SendAsync(new NewMessage { Queue = Q, Content = await writer.CompleteAsync(CancellationToken.None) });
        var message = (await TakeOneAsync()).Message;
        message.Content.Length.ShouldBe(length);
        (await BytesAsync(message.Content)).ShouldBe(bytes);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(500_000)]
    public async Task Bytes_in_front_and_left_out_make_one_content(int length)
    {
        var bytes = Bytes(length);
        await SendAsync(new NewMessage { Queue = Q, Content = new Content(Body.Of(bytes)) { Prefix = "in front"u8.ToArray(), Skip = 10 } });
        var content = (await BrowseAsync())[0].Content.WithInFront("more "u8);
        content.Length.ShouldBe(5 + 8 + length - 10);
        (await BytesAsync(content)).ShouldBe([.. "more in front"u8, .. bytes.AsSpan(10)]);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(300_000)]
    public async Task A_shared_body_lives_as_long_as_its_last_message(int length)
    {
        var bytes = Bytes(length);
        await using var writer = await WriteAsync(bytes);
        var body = await writer.CompleteAsync(CancellationToken.None);
        await Engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Q, Content = body }).Add(new NewMessage { Queue = Other, Content = body }));
        var kept = (await BrowseAsync(queue: Other))[0];
        await Engine.CommitAsync(new Commit().Remove((await BrowseAsync())[0].Id).Add(new NewMessage { Queue = Q, Content = kept.Content with { Prefix = "x"u8.ToArray() } }));
        await Engine.CommitAsync(new Commit().Remove(kept.Id));
        (await BytesAsync((await TakeOneAsync()).Message.Content)).ShouldBe([(byte)'x', .. bytes]);
    }

    [Fact]
    public async Task A_body_can_be_read_from_the_middle()
    {
        var bytes = Bytes(400_000);
        await SendAsync(new NewMessage { Queue = Q, Content = new Content(Body.Of(bytes)) { Prefix = new byte[100] } });
        await using var stream = await Engine.OpenAsync((await BrowseAsync())[0].Content);
        stream.Length.ShouldBe(400_100);
        stream.Position = 200_100;
        var some = new byte[1000];
        await stream.ReadExactlyAsync(some);
        some.ShouldBe(bytes[200_000..201_000]);
        stream.Position = 99;
        stream.ReadByte().ShouldBe(0);
        stream.ReadByte().ShouldBe(bytes[0]);
    }

    [Fact]
    public async Task A_message_can_get_another_body_and_keep_its_place()
    {
        var id = await SendAsync("old");
        await SendAsync("next");
        await Engine.CommitAsync(new Commit().Change(id, new MessageChanges { Content = new Content(Body.Of("new"u8.ToArray())) }));
        (await DrainAsync()).ShouldBe(["new", "next"]);
    }

    [Fact]
    public async Task A_body_that_was_never_committed_leaves_nothing_behind()
    {
        await using (var writer = await WriteAsync(Bytes(500_000)))
            await writer.CompleteAsync(CancellationToken.None);
        await SendAsync("x");
        (await DrainAsync()).ShouldBe(["x"]);
    }
}
