using System.Buffers.Text;
using System.Text;
using Posthorn.Benchmarks.Peers.Wire;

namespace Posthorn.Benchmarks.Peers.Brokers;

/// <summary>A work-queue stream of NATS JetStream on files: publish with its acknowledgement; pull one, then ack it and wait for the server's word (a double ack).</summary>
internal sealed class JetStream(string name, int port) : IPeer
{
    private const string Stream = """{"name":"bench","subjects":["bench"],"retention":"workqueue","storage":"file"}""";
    private const string Consumer = """{"stream_name":"bench","config":{"durable_name":"c","ack_policy":"explicit","max_ack_pending":100000}}""";
    private readonly WireClients _clients = new(port, GreetAsync);

    public string Name => name;

    public async Task PrepareAsync(int clients)
    {
        await _clients.OpenAsync(clients);
        await CallAsync("$JS.API.STREAM.DELETE.bench", ""); // at first there is none, as the answer says
        await MustCallAsync("$JS.API.STREAM.CREATE.bench", Stream);
        await MustCallAsync("$JS.API.CONSUMER.DURABLE.CREATE.bench.c", Consumer);
    }

    public async Task SendAsync(int client, int count)
    {
        for (var i = 0; i < count; i++)
        {
            WriteRequest(client, "bench"u8, PeerBenchmark.Body);
            (await AnswerAsync(client)).Content.MustBegin("{\"stream\":\"bench\""u8);
        }
    }

    public async Task<int> TakeAsync(int client, int count)
    {
        WriteRequest(client, "$JS.API.CONSUMER.MSG.NEXT.bench.c"u8, "{\"batch\":1,\"expires\":1000000000}"u8);
        var message = await AnswerAsync(client);
        if (message.ReplyTo.Length == 0)
            return 0; // a status: none came within the second
        WriteRequest(client, message.ReplyTo, "+ACK"u8);
        await AnswerAsync(client);
        return 1;
    }

    public ValueTask DisposeAsync()
    {
        _clients.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task GreetAsync(WireConnection connection, int client)
    {
        (await connection.LineAsync()).MustBegin("INFO "u8);
        connection.Write("CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true,\"no_responders\":true}\r\nSUB _INBOX."u8).Write(client).Write(" 1\r\nPING\r\n"u8);
        (await connection.AskAsync()).MustBegin("PONG"u8);
    }

    private async Task<string> CallAsync(string subject, string content)
    {
        WriteRequest(0, Encoding.ASCII.GetBytes(subject), Encoding.ASCII.GetBytes(content));
        return Encoding.UTF8.GetString((await AnswerAsync(0)).Content.Span);
    }

    private async Task MustCallAsync(string subject, string content)
    {
        var answer = await CallAsync(subject, content);
        if (answer.Contains("\"error\"", StringComparison.Ordinal))
            throw new InvalidDataException($"{subject}: {answer}");
    }

    private void WriteRequest(int client, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> content) =>
        _clients[client].Write("PUB "u8).Write(subject).Write(" _INBOX."u8).Write(client).Write(" "u8).Write(content.Length).Write("\r\n"u8).Write(content).Write("\r\n"u8);

    /// <summary>Sends what was written, and reads the message that answers. A status without a message has no place to reply to and no content.</summary>
    private async ValueTask<(byte[] ReplyTo, ReadOnlyMemory<byte> Content)> AnswerAsync(int client)
    {
        var connection = _clients[client];
        await connection.FlushAsync();
        while (true)
        {
            var line = await connection.LineAsync();
            if (line.Span.StartsWith("PING"u8))
            {
                await connection.Write("PONG\r\n"u8).FlushAsync();
                continue;
            }
            var isStatus = line.Span.StartsWith("HMSG "u8);
            if (!isStatus)
                line.MustBegin("MSG "u8);
            var (replyTo, bytes) = Parse(line.Span);
            var content = (await connection.BytesAsync(bytes + 2))[..bytes];
            return isStatus ? ([], default) : (replyTo, content);
        }
    }

    /// <summary><c>MSG subject sid [reply-to] bytes</c>, or <c>HMSG</c> with one number more before the last.</summary>
    private static (byte[] ReplyTo, int Bytes) Parse(ReadOnlySpan<byte> line)
    {
        var last = line.LastIndexOf((byte)' ');
        if (!Utf8Parser.TryParse(line[(last + 1)..], out int bytes, out _))
            throw Reply.Unexpected(line);
        var before = line[..last];
        var replyTo = before[(before.LastIndexOf((byte)' ') + 1)..];
        return (replyTo.StartsWith("$JS.ACK"u8) ? replyTo.ToArray() : [], bytes);
    }
}
