using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Posthorn.IntegrationTests.Harness;

/// <summary>A dialogue with an IMAP server, command by command; every byte is a character (Latin-1).</summary>
internal sealed class ImapTalk : IAsyncDisposable
{
    private readonly TcpClient _client = new() { NoDelay = true };
    private Stream _out = Stream.Null;
    private Stream _in = Stream.Null;
    private int _tags;

    private ImapTalk()
    {
    }

    /// <summary>How long the next line of an answer may take.</summary>
    public TimeSpan ReplyWithin { get; set; } = TimeSpan.FromSeconds(60);

    public string Greeting { get; private set; } = "";

    public static async Task<ImapTalk> ConnectAsync(int port)
    {
        var talk = new ImapTalk();
        await talk._client.ConnectAsync(IPAddress.Loopback, port);
        talk._out = talk._client.GetStream();
        talk._in = new BufferedStream(talk._out, 64 * 1024);
        talk.Greeting = await talk.ReadResponseAsync();
        return talk;
    }

    /// <summary>Sends a command with a tag of its own; literals in it are non-synchronising (<c>{n+}</c>, RFC 7888).</summary>
    public async Task<ImapAnswer> SayAsync(string command)
    {
        var tag = await SendAsync(command);
        return await AnswerAsync(tag);
    }

    /// <summary>Sends a command and does not wait.</summary>
    /// <returns>Its tag.</returns>
    public async Task<string> SendAsync(string command)
    {
        var tag = string.Create(CultureInfo.InvariantCulture, $"t{++_tags}");
        await WriteAsync($"{tag} {command}\r\n");
        return tag;
    }

    public Task WriteAsync(string text) => _out.WriteAsync(Encoding.Latin1.GetBytes(text)).AsTask();

    /// <summary>Everything up to the tagged line of a command; a server that closes ends the answer too.</summary>
    public async Task<ImapAnswer> AnswerAsync(string tag)
    {
        var untagged = new List<string>();
        while (true)
        {
            var response = await ReadResponseAsync();
            if (response.StartsWith(tag + " ", StringComparison.Ordinal))
                return new ImapAnswer(response[(tag.Length + 1)..], untagged);
            untagged.Add(response);
        }
    }

    /// <summary>One response: a line, with the literals in it and what follows them; without the last line end.</summary>
    public async Task<string> ReadResponseAsync()
    {
        var response = new StringBuilder();
        while (true)
        {
            var line = await ReadLineAsync();
            response.Append(line);
            if (LiteralLength(line) is not { } length)
                return response.ToString();
            var literal = new byte[length];
            await _in.ReadExactlyAsync(literal).AsTask().WaitAsync(ReplyWithin);
            response.Append("\r\n").Append(Encoding.Latin1.GetString(literal));
        }
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private static int? LiteralLength(string line)
    {
        if (!line.EndsWith('}') || line.LastIndexOf('{') is var open && open < 0)
            return null;
        return int.TryParse(line[(open + 1)..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length : null;
    }

    private async Task<string> ReadLineAsync()
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (true)
        {
            if (await _in.ReadAsync(one).AsTask().WaitAsync(ReplyWithin) == 0)
                throw new IOException($"The server closed the connection behind: {line}");
            if (one[0] == '\n')
                return line.Length > 0 && line[^1] == '\r' ? line.ToString(0, line.Length - 1) : line.ToString();
            line.Append((char)one[0]);
        }
    }
}
