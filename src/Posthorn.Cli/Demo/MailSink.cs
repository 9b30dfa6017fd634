using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Posthorn.Protocols.Lines;
using Posthorn.Protocols.Smtp.Commands;
using Posthorn.Protocols.Smtp.Data;
using Posthorn.Protocols.Smtp.Session;

namespace Posthorn.Cli.Demo;

/// <summary>
/// The other mail server of the demo: takes mail for everyone, but refuses <c>nobody@…</c> for good and <c>busy@…</c> the first time.
/// </summary>
internal sealed class MailSink : IAsyncDisposable
{
    public const string RefusedForGood = "550 5.1.1 no such user here";
    public const string RefusedAtFirst = "451 4.2.1 mailbox busy, try again later";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _closing = new();
    private readonly ConcurrentDictionary<string, int> _received = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, bool> _wasBusy = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<Task, bool> _sessions = new();
    private Task _accepting = Task.CompletedTask;

    private MailSink()
    {
    }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

    public static MailSink Start()
    {
        var sink = new MailSink();
        sink._listener.Start();
        sink._accepting = sink.AcceptAsync();
        return sink;
    }

    /// <summary>How many mails a recipient got.</summary>
    public int Received(string recipient) => _received.GetValueOrDefault(recipient);

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_sessions.Keys);
        _closing.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var session = ServeAsync(await _listener.AcceptSocketAsync(_closing.Token));
                _sessions[session] = true;
                _ = session.ContinueWith(ended => _sessions.TryRemove(ended, out _), TaskScheduler.Default);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Closing.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        var input = PipeReader.Create(stream);
        try
        {
            await ReplyAsync(stream, "220 sink.demo.test ESMTP");
            var lines = new LineReader();
            var recipients = new List<string>();
            while (await ReadLineAsync(input, lines) is { } line)
            {
                var verb = SmtpCommandParser.VerbOf(Encoding.ASCII.GetBytes(line), isLmtp: false, out _);
                switch (verb)
                {
                    case SmtpVerb.Ehlo:
                        await ReplyAsync(stream, "250-sink.demo.test\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250 8BITMIME");
                        break;
                    case SmtpVerb.Rcpt:
                        var address = line[(line.IndexOf('<', StringComparison.Ordinal) + 1)..line.LastIndexOf('>')];
                        var refusal = RefusalOf(address);
                        if (refusal is null)
                            recipients.Add(address);
                        await ReplyAsync(stream, refusal ?? "250 2.1.5 ok");
                        break;
                    case SmtpVerb.Data when recipients.Count == 0:
                        await ReplyAsync(stream, "554 5.5.1 no valid recipients");
                        break;
                    case SmtpVerb.Data:
                        await ReplyAsync(stream, "354 go ahead");
                        await ReadMailAsync(input);
                        foreach (var recipient in recipients)
                            _received.AddOrUpdate(recipient, 1, (_, count) => count + 1);
                        recipients.Clear();
                        await ReplyAsync(stream, "250 2.0.0 delivered, thank you");
                        break;
                    case SmtpVerb.Rset:
                        recipients.Clear();
                        await ReplyAsync(stream, "250 2.0.0 ok");
                        break;
                    case SmtpVerb.Quit:
                        await ReplyAsync(stream, "221 2.0.0 bye");
                        return;
                    default:
                        await ReplyAsync(stream, "250 2.0.0 ok");
                        break;
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The other side or the demo has ended.
        }
        finally
        {
            await input.CompleteAsync();
        }
    }

    private string? RefusalOf(string recipient) =>
        recipient.StartsWith("nobody@", StringComparison.OrdinalIgnoreCase) ? RefusedForGood
        : recipient.StartsWith("busy@", StringComparison.OrdinalIgnoreCase) && _wasBusy.TryAdd(recipient, true) ? RefusedAtFirst
        : null;

    private async Task<string?> ReadLineAsync(PipeReader input, LineReader lines)
    {
        while (true)
        {
            var read = await input.ReadAsync(_closing.Token);
            var buffer = read.Buffer;
            var found = lines.Read(ref buffer, 2_048, out var line);
            var text = found == LineStatus.Complete ? Encoding.ASCII.GetString(line) : null;
            input.AdvanceTo(buffer.Start, found == LineStatus.Incomplete ? read.Buffer.End : buffer.Start);
            if (text is not null || (read.IsCompleted && found == LineStatus.Incomplete))
                return text;
        }
    }

    private async Task ReadMailAsync(PipeReader input)
    {
        var reader = new DataReader();
        while (!reader.IsComplete)
        {
            var read = await input.ReadAsync(_closing.Token);
            var buffer = read.Buffer;
            reader.Read(ref buffer, output: null);
            input.AdvanceTo(buffer.Start);
            if (read.IsCompleted && !reader.IsComplete)
                throw new IOException("The mail was cut off.");
        }
    }

    private ValueTask ReplyAsync(NetworkStream stream, string reply) => stream.WriteAsync(Encoding.ASCII.GetBytes(reply + "\r\n"), _closing.Token);
}
