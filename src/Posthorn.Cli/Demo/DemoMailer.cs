using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Posthorn.Cli.Sending;
using Posthorn.Protocols.Smtp;
using Posthorn.Protocols.Smtp.Client;

namespace Posthorn.Cli.Demo;

/// <summary>Hands a mail in over SMTP, as any mail program would, and shows the dialogue.</summary>
internal sealed class DemoMailer : IAsyncDisposable
{
    private const int LineMax = 110;

    private readonly NetworkStream _stream;
    private readonly TextWriter _dialogue;
    private readonly SmtpReplyReader _reader = new();
    private readonly byte[] _input = new byte[SmtpReplyReader.LineBytesMax * 2];
    private int _filled;

    private DemoMailer(NetworkStream stream, TextWriter dialogue) => (_stream, _dialogue) = (stream, dialogue);

    public static async Task<DemoMailer> ConnectAsync(IPEndPoint server, TextWriter dialogue, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server, cancellationToken);
        var mailer = new DemoMailer(new NetworkStream(socket, ownsSocket: true), dialogue);
        await mailer.ReplyAsync(cancellationToken);
        await mailer.CommandAsync("EHLO laptop.shop.test", cancellationToken);
        return mailer;
    }

    /// <summary>Sends one mail; returns its Message-ID.</summary>
    public async Task<string> SendAsync(string from, IReadOnlyList<string> to, string subject, string text, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await CommandAsync($"MAIL FROM:<{from}>", cancellationToken);
        foreach (var recipient in to)
            await CommandAsync($"RCPT TO:<{recipient}>", cancellationToken);
        await CommandAsync("DATA", cancellationToken);
        await using var mail = await ComposedMail.WriteAsync(from, to, subject, new MemoryStream(Encoding.UTF8.GetBytes(text)), now, cancellationToken);
        var bytes = new byte[mail.Length];
        await mail.ReadExactlyAsync(bytes, cancellationToken);
        var output = new ArrayBufferWriter<byte>();
        var encoder = new DataEncoder();
        if (!encoder.TryWrite(bytes, output) || !encoder.TryEnd(output))
            throw new InvalidOperationException("The demo's own mail is no mail.");
        _dialogue.WriteLine($"  C: ({bytes.Length} bytes)");
        await _stream.WriteAsync(output.WrittenMemory, cancellationToken);
        await ReplyAsync(cancellationToken);
        await CommandAsync("QUIT", cancellationToken);
        var header = Posthorn.Protocols.Mime.HeaderBlock.Parse(bytes);
        return header["Message-ID"]!.Value;
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private async Task CommandAsync(string command, CancellationToken cancellationToken)
    {
        _dialogue.WriteLine($"  C: {command}");
        await _stream.WriteAsync(Encoding.ASCII.GetBytes(command + "\r\n"), cancellationToken);
        await ReplyAsync(cancellationToken);
    }

    private async Task ReplyAsync(CancellationToken cancellationToken)
    {
        SmtpReply? reply;
        while (!TryTake(out reply))
        {
            var read = await _stream.ReadAsync(_input.AsMemory(_filled), cancellationToken);
            if (read == 0)
                throw new IOException("The server closed the connection.");
            _filled += read;
        }
        var line = reply!.ToString();
        _dialogue.WriteLine($"  S: {(line.Length <= LineMax ? line : line[..(LineMax - 1)] + "…")}");
        if (!reply.IsPositive && !reply.IsIntermediate)
            throw new IOException($"The server refused: {reply}");
    }

    private bool TryTake(out SmtpReply? reply)
    {
        var isComplete = _reader.TryRead(_input.AsSpan(0, _filled), out var consumed, out reply);
        _input.AsSpan(consumed, _filled - consumed).CopyTo(_input);
        _filled -= consumed;
        return isComplete;
    }
}
