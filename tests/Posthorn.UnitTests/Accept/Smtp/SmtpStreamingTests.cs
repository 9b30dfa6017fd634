using Posthorn.Bodies;
using Posthorn.Server.Accept.Smtp;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Accept.Smtp;

/// <summary>A large mail goes on as it comes.</summary>
public sealed class SmtpStreamingTests
{
    private const int Megabytes = 100;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_mail_of_100_MB_is_never_held(bool isChunked)
    {
        await using var host = new SmtpHost();
        var body = new PassingBody();
        host.Engine.Bodies = () => body;
        var client = host.Connect();
        await client.HelloAsync();
        await client.AskAsync("MAIL FROM:<a@b.example>", 250);
        await client.AskAsync("RCPT TO:<r@example.test>", 250);
        var lines = new byte[1 << 20];
        for (var i = 0; i < lines.Length; i++)
            lines[i] = (i % 64) switch { 62 => (byte)'\r', 63 => (byte)'\n', _ => (byte)'x' };
        if (isChunked)
            await client.SendAsync($"BDAT {(long)Megabytes << 20} LAST");
        else
            await client.AskAsync("DATA", 354);
        for (var i = 0; i < Megabytes; i++)
            await client.SendBytesAsync(lines);
        if (!isChunked)
            await client.SendAsync(".");
        (await client.ReplyAsync()).ShouldStartWith("250 2.0.0 Ok");
        body.Length.ShouldBeInRange((long)Megabytes << 20, ((long)Megabytes << 20) + 1_000);
        // The pipe in the test holds 64 KiB or one write before it stops the sender, which is what a read may find.
        body.HeldMax.ShouldBeLessThan(2 << 20);
    }

    /// <summary>Counts what it is given between two flushes, and keeps nothing.</summary>
    private sealed class PassingBody : IBodyWriter
    {
        private readonly byte[] _buffer = new byte[64 << 10];
        private long _held;

        public long Length { get; private set; }

        public long HeldMax { get; private set; }

        public void Advance(int count)
        {
            Length += count;
            _held += count;
            HeldMax = Math.Max(HeldMax, _held);
        }

        public Memory<byte> GetMemory(int sizeHint = 0) => _buffer;

        public Span<byte> GetSpan(int sizeHint = 0) => _buffer;

        public ValueTask FlushAsync(CancellationToken cancellationToken)
        {
            _held = 0;
            return ValueTask.CompletedTask;
        }

        public ValueTask<Body> CompleteAsync(CancellationToken cancellationToken) => ValueTask.FromResult(Body.Empty);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
