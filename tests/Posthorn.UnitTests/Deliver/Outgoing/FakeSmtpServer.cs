using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Posthorn.UnitTests.Deliver.Outgoing;

/// <summary>
/// A server that answers as it is told, one reply a command. A reply that begins with <c>!</c> is an act: <c>!drop</c> closes the connection,
/// <c>!hang</c> never answers, anything else is said as it is (<c>!garbage</c>). <c>\n</c> separates the lines of a reply.
/// </summary>
internal sealed class FakeSmtpServer
{
    private int _connections;

    public string Greeting { get; set; } = "220 fake ESMTP";

    public IReadOnlyList<string> Keywords { get; set; } = ["PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES", "DSN"];

    /// <summary>The reply to a command (the whole line); null is the usual one.</summary>
    public Func<string, int, string?> Answer { get; set; } = (_, _) => null;

    /// <summary>The reply after the content.</summary>
    public Func<ReceivedMail, string> AfterContent { get; set; } = _ => "250 2.0.0 taken";

    /// <summary>Does something before the content is answered: waits, say.</summary>
    public Func<ReceivedMail, Task> BeforeReply { get; set; } = _ => Task.CompletedTask;

    public X509Certificate2? Certificate { get; set; }

    public bool IsRefusing { get; set; }

    public ConcurrentQueue<ReceivedMail> Mails { get; } = new();

    /// <summary>Everything clients said, in order, content left out: <c>number command</c>.</summary>
    public ConcurrentQueue<string> Commands { get; } = new();

    public int Connections => _connections;

    public int Open => _open;

    private int _open;

    public int MostOpen { get; private set; }

    public Stream Connect()
    {
        if (IsRefusing)
            throw new IOException("Connection refused");
        var (client, server) = DuplexPipe.Create();
        var number = Interlocked.Increment(ref _connections);
        lock (Commands)
            MostOpen = Math.Max(MostOpen, Interlocked.Increment(ref _open));
        _ = ServeAsync(server, number);
        return client;
    }

    private async Task ServeAsync(Stream stream, int number)
    {
        try
        {
            await new Session(this, number).RunAsync(stream);
        }
        catch (Exception e) when (e is IOException or EndOfStreamException or ObjectDisposedException or InvalidOperationException)
        {
            await stream.DisposeAsync();
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    private sealed class Session(FakeSmtpServer server, int number)
    {
        private Stream _stream = null!;
        private readonly byte[] _buffer = new byte[64 * 1024];
        private int _start;
        private int _end;
        private string _sender = "";
        private readonly List<string> _recipients = [];
        private readonly MemoryStream _chunks = new();
        private bool _isTls;

        public async Task RunAsync(Stream stream)
        {
            _stream = stream;
            if (!await SayAsync(server.Greeting))
                return;
            while (await ReadLineAsync() is { } line)
            {
                server.Commands.Enqueue($"{number} {line}");
                if (!await TakeAsync(line))
                    return;
            }

            await _stream.DisposeAsync();
        }

        private async Task<bool> TakeAsync(string line)
        {
            var verb = line.Split(' ', 2)[0].ToUpperInvariant();
            var chunk = verb == "BDAT" ? await ReadBytesAsync(int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture)) : [];
            var reply = server.Answer(line, number) ?? Usual(verb);
            var isTaken = reply.StartsWith('2') || reply.StartsWith('3');
            switch (verb)
            {
                case "MAIL" when isTaken:
                    _sender = line;
                    _recipients.Clear();
                    _chunks.SetLength(0);
                    break;
                case "RCPT" when isTaken:
                    _recipients.Add(line);
                    break;
                case "RSET":
                    _recipients.Clear();
                    break;
                case "BDAT":
                    _chunks.Write(chunk);
                    if (isTaken && line.EndsWith(" LAST", StringComparison.Ordinal))
                        return await EndAsync(_chunks.ToArray());
                    break;
                case "DATA" when reply.StartsWith('3'):
                    return await SayAsync(reply) && await EndAsync(await ReadTextAsync());
                case "STARTTLS" when isTaken:
                    await SayAsync(reply);
                    var tls = new SslStream(_stream);
                    await tls.AuthenticateAsServerAsync(server.Certificate!);
                    (_stream, _isTls, _start, _end) = (tls, true, 0, 0);
                    return true;
                case "QUIT":
                    await SayAsync(reply);
                    await _stream.DisposeAsync();
                    return false;
            }

            return await SayAsync(reply);
        }

        private async Task<bool> EndAsync(byte[] content)
        {
            var mail = new ReceivedMail(number, _sender, [.. _recipients], content, _isTls);
            await server.BeforeReply(mail);
            var reply = server.AfterContent(mail);
            if (reply.StartsWith('2'))
                server.Mails.Enqueue(mail);
            _recipients.Clear();
            return await SayAsync(reply);
        }

        private string Usual(string verb) => verb switch
        {
            "EHLO" => "250 " + string.Join("\n250 ", new[] { "fake" }.Concat(server.Keywords.Where(k => k != "STARTTLS" || !_isTls))),
            "DATA" when _recipients.Count == 0 => "503 5.5.1 no valid recipients",
            "DATA" => "354 go on",
            "BDAT" when _recipients.Count == 0 => "503 5.5.1 no valid recipients",
            "STARTTLS" => "220 2.0.0 go on",
            "QUIT" => "221 2.0.0 bye",
            _ => "250 2.0.0 ok",
        };

        // False when the connection is over.
        private async Task<bool> SayAsync(string reply)
        {
            switch (reply)
            {
                case "!drop":
                    await _stream.DisposeAsync();
                    return false;
                case "!hang":
                    while (await ReadLineAsync() is not null)
                        continue;
                    return false;
                case ['!', .. var anything]:
                    await WriteAsync(anything + "\r\n");
                    return true;
            }

            // "250 a\n250 b": all but the last line get the hyphen.
            var lines = reply.Split('\n');
            for (var i = 0; i < lines.Length - 1; i++)
                lines[i] = lines[i][..3] + "-" + lines[i][4..];
            await WriteAsync(string.Join("\r\n", lines) + "\r\n");
            if (!reply.StartsWith("421", StringComparison.Ordinal))
                return true;
            await _stream.DisposeAsync();
            return false;
        }

        private async Task WriteAsync(string text) => await _stream.WriteAsync(Encoding.UTF8.GetBytes(text));

        private async Task<string?> ReadLineAsync()
        {
            while (true)
            {
                var lf = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
                if (lf >= 0)
                {
                    var line = Encoding.UTF8.GetString(_buffer, _start, lf).TrimEnd('\r');
                    _start += lf + 1;
                    return line;
                }

                if (!await FillAsync())
                    return null;
            }
        }

        private async Task<byte[]> ReadBytesAsync(int count)
        {
            var bytes = new byte[count];
            for (var at = 0; at < count;)
            {
                if (_start == _end && !await FillAsync())
                    throw new EndOfStreamException();
                var taken = Math.Min(count - at, _end - _start);
                Array.Copy(_buffer, _start, bytes, at, taken);
                (_start, at) = (_start + taken, at + taken);
            }

            return bytes;
        }

        // A strict server: only CRLF "." CRLF ends the text, only a dot after CRLF is taken away.
        private async Task<byte[]> ReadTextAsync()
        {
            var text = new List<byte>();
            var last4 = new Queue<byte>([13, 10]);
            while (true)
            {
                var b = (await ReadBytesAsync(1))[0];
                var isLineStart = last4.TakeLast(2).SequenceEqual(new byte[] { 13, 10 });
                if (isLineStart && b == '.')
                {
                    var next = (await ReadBytesAsync(1))[0];
                    if (next == 13)
                    {
                        var end = (await ReadBytesAsync(1))[0];
                        if (end == 10)
                            return [.. text];
                        text.AddRange([13, end]);
                        last4 = new Queue<byte>([13, end]);
                        continue;
                    }

                    b = next;
                }

                text.Add(b);
                last4.Enqueue(b);
                if (last4.Count > 4)
                    last4.Dequeue();
            }
        }

        private async Task<bool> FillAsync()
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
            var read = await _stream.ReadAsync(_buffer.AsMemory(_end));
            _end += read;
            return read > 0;
        }
    }
}
