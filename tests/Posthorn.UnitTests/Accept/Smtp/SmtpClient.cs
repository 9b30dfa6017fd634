using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Text;
using Shouldly;

namespace Posthorn.UnitTests.Accept.Smtp;

/// <summary>The client of a dialogue: what it sends, and what it expects to hear.</summary>
internal sealed class SmtpClient(MemoryConnection connection, Task session)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30); // for a test that hangs, not for a server that is slow

    public MemoryConnection Connection => connection;

    /// <summary>Ends with the session.</summary>
    public Task Session => session.WaitAsync(s_patience);

    public PipeWriter Output { get; set; } = connection.ClientOutput;

    public PipeReader Input { get; set; } = connection.ClientInput;

    /// <summary>Sends lines, all at once.</summary>
    public Task SendAsync(params string[] lines) => SendBytesAsync(Encoding.UTF8.GetBytes(string.Concat(lines.Select(l => l + "\r\n"))));

    public async Task SendBytesAsync(ReadOnlyMemory<byte> bytes) => await Output.WriteAsync(bytes).AsTask().WaitAsync(s_patience);

    /// <summary>Sends bytes that are not answered, and waits until the server has taken them and waits for more.</summary>
    public async Task SendUnansweredAsync(ReadOnlyMemory<byte> bytes)
    {
        await UntilAsync(() => connection.ServerInput.IsWaiting);
        var waits = connection.ServerInput.Waits;
        await SendBytesAsync(bytes);
        await UntilAsync(() => connection.ServerInput.Waits > waits);
    }

    /// <summary>The next reply, its lines separated by LF.</summary>
    public async Task<string> ReplyAsync()
    {
        var lines = new List<string>();
        while (true)
        {
            var line = await LineOrNullAsync() ?? throw new EndOfStreamException($"The server closed; so far: {string.Join('\n', lines)}");
            lines.Add(line);
            if (line.Length < 4 || line[3] != '-')
                return string.Join('\n', lines);
        }
    }

    /// <summary>Hears these replies, one after the other.</summary>
    public async Task ReceiveAsync(params string[] replies)
    {
        foreach (var reply in replies)
            (await ReplyAsync()).ShouldBe(reply);
    }

    /// <summary>Sends a line and hears a reply.</summary>
    public async Task AskAsync(string line, string reply)
    {
        await SendAsync(line);
        (await ReplyAsync()).ShouldBe(reply, line);
    }

    /// <summary>Sends a line and hears a reply with this code.</summary>
    public async Task AskAsync(string line, int code)
    {
        await SendAsync(line);
        (await ReplyAsync()).ShouldStartWith($"{code}");
    }

    /// <summary>Greets; returns what EHLO was answered.</summary>
    public async Task<string> HelloAsync(string command = "EHLO client.example")
    {
        (await ReplyAsync()).ShouldStartWith("220 ");
        await SendAsync(command);
        var reply = await ReplyAsync();
        reply.ShouldStartWith("250");
        return reply;
    }

    /// <summary>Hears that the server closes.</summary>
    public async Task ClosedAsync()
    {
        (await LineOrNullAsync()).ShouldBeNull();
        await Session;
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        var started = Stopwatch.GetTimestamp();
        while (!isSo())
        {
            Stopwatch.GetElapsedTime(started).ShouldBeLessThan(s_patience);
            await Task.Delay(1);
        }
    }

    public async Task<string?> LineOrNullAsync()
    {
        while (true)
        {
            var result = await Input.ReadAsync().AsTask().WaitAsync(s_patience);
            var reader = new SequenceReader<byte>(result.Buffer);
            if (reader.TryReadTo(out ReadOnlySequence<byte> line, "\r\n"u8))
            {
                var text = Encoding.UTF8.GetString(line);
                Input.AdvanceTo(reader.Position);
                return text;
            }
            Input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            if (result.IsCompleted)
            {
                result.Buffer.Length.ShouldBe(0, "half a line was the server's last");
                return null;
            }
        }
    }
}
