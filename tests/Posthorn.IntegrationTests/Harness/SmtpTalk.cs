using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Posthorn.IntegrationTests.Harness;

/// <summary>A dialogue with an SMTP server, command by command and byte by byte.</summary>
internal sealed class SmtpTalk : IAsyncDisposable
{
    private readonly TcpClient _client = new() { NoDelay = true };
    private Stream _stream = Stream.Null;
    private StreamReader _reader = StreamReader.Null;

    private SmtpTalk()
    {
    }

    /// <summary>How long a reply may take.</summary>
    public TimeSpan ReplyWithin { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>The server's greeting.</summary>
    public SmtpAnswer Greeting { get; private set; } = null!;

    public static async Task<SmtpTalk> ConnectAsync(IPEndPoint server, bool isImplicitTls = false)
    {
        var talk = new SmtpTalk();
        await talk._client.ConnectAsync(server);
        talk.Use(talk._client.GetStream());
        if (isImplicitTls)
            await talk.UpgradeAsync();
        talk.Greeting = await talk.ReadAnswerAsync();
        return talk;
    }

    public static Task<SmtpTalk> ConnectAsync(int port) => ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));

    /// <summary>Sends a command line; its answer.</summary>
    public async Task<SmtpAnswer> SayAsync(string command)
    {
        await WriteAsync(Encoding.UTF8.GetBytes(command + "\r\n"));
        return await ReadAnswerAsync();
    }

    public async Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        await _stream.WriteAsync(bytes);
        await _stream.FlushAsync();
    }

    public async Task<SmtpAnswer> ReadAnswerAsync()
    {
        var lines = new List<string>();
        while (true)
        {
            var line = await _reader.ReadLineAsync().WaitAsync(ReplyWithin) ?? throw new IOException("The server closed the connection.");
            lines.Add(line);
            if (line.Length < 4 || line[3] != '-')
                return new SmtpAnswer(int.Parse(line[..3]), lines);
        }
    }

    public async Task StartTlsAsync()
    {
        (await SayAsync("STARTTLS")).Expect(220);
        await UpgradeAsync();
    }

    /// <summary>A whole mail; the answer to its last byte, or the first one that refuses.</summary>
    public async Task<SmtpAnswer> MailAsync(string sender, IEnumerable<string> recipients, ReadOnlyMemory<byte> content, string parameters = "")
    {
        var answer = await SayAsync($"MAIL FROM:<{sender}>{(parameters.Length > 0 ? " " + parameters : "")}");
        if (!answer.IsPositive)
            return answer;
        foreach (var recipient in recipients)
        {
            answer = await SayAsync($"RCPT TO:<{recipient}>");
            if (!answer.IsPositive)
                return answer;
        }
        answer = await SayAsync("DATA");
        if (answer.Code != 354)
            return answer;
        await WriteAsync(Stuff(content.Span));
        return await ReadAnswerAsync();
    }

    /// <summary>Content as it goes over the wire after DATA, final dot included.</summary>
    public static byte[] Stuff(ReadOnlySpan<byte> content)
    {
        using var wire = new MemoryStream(content.Length + 16);
        var isLineStart = true;
        var previous = (byte)0;
        foreach (var b in content)
        {
            if (isLineStart && b == '.')
                wire.WriteByte((byte)'.');
            wire.WriteByte(b);
            isLineStart = b == '\n' && previous == '\r';
            previous = b;
        }
        wire.Write(isLineStart ? ".\r\n"u8 : "\r\n.\r\n"u8);
        return wire.ToArray();
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Use(Stream stream)
    {
        _stream = stream;
        _reader = new StreamReader(stream, Encoding.UTF8);
    }

    public async Task UpgradeAsync()
    {
#pragma warning disable CA5359, MA0039 // the certificates of these tests are self-made
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false, (_, _, _, _) => true);
#pragma warning restore CA5359, MA0039
        await tls.AuthenticateAsClientAsync("localhost");
        Use(tls);
    }
}

/// <summary>A server's answer.</summary>
internal sealed record SmtpAnswer(int Code, IReadOnlyList<string> Lines)
{
    public bool IsPositive => Code is >= 200 and < 300;

    public SmtpAnswer Expect(int code) => Code == code ? this : throw new InvalidOperationException($"Expected {code}, got: {this}");

    public override string ToString() => string.Join(" / ", Lines);
}
