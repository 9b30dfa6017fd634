using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Posthorn.Samples.Registration.Story;

/// <summary>The other side of the story: a mail server that is down until it is started, knows no <c>nobody@…</c>, and takes its time over each mail.</summary>
internal sealed class MailServer : IAsyncDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentQueue<string> _delivered = new();
    private readonly ConcurrentDictionary<Task, bool> _sessions = new();
    private Task _accepting = Task.CompletedTask;
    private int _atOnce;
    private int _atOnceMax;

    /// <summary>Has a port from the beginning, on which nobody listens yet.</summary>
    public MailServer() => _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    public int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    /// <summary>How long it takes over a mail.</summary>
    public TimeSpan TimePerMail { get; set; }

    /// <summary>The recipients of all mails, in the order of delivery.</summary>
    public IReadOnlyCollection<string> Delivered => _delivered;

    /// <summary>Most mails that were under way at the same time, since it was asked last.</summary>
    public int TakeAtOnceMax() => Interlocked.Exchange(ref _atOnceMax, 0);

    public void Start()
    {
        _socket.Listen();
        _accepting = AcceptAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _socket.Dispose();
        await _accepting;
        await Task.WhenAll(_sessions.Keys);
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var session = ServeAsync(await _socket.AcceptAsync(_end.Token));
                _sessions[session] = true;
                _ = session.ContinueWith(over => _sessions.TryRemove(over, out _), TaskScheduler.Default);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The end of the story.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        await using var stream = new NetworkStream(client, ownsSocket: true);
        using var reader = new StreamReader(stream);
        await using var writer = new StreamWriter(stream) { NewLine = "\r\n", AutoFlush = true };
        try
        {
            var recipient = "";
            await writer.WriteLineAsync("220 mail.example.test ESMTP");
            while (await reader.ReadLineAsync(_end.Token) is { } line && !line.StartsWith("QUIT", StringComparison.Ordinal))
            {
                if (line.StartsWith("RCPT", StringComparison.Ordinal))
                    recipient = line[(line.IndexOf('<', StringComparison.Ordinal) + 1)..line.IndexOf('>', StringComparison.Ordinal)];
                if (line.StartsWith("RCPT TO:<nobody@", StringComparison.Ordinal))
                    await writer.WriteLineAsync("550 5.1.1 No such user");
                else if (line == "DATA")
                    await TakeAsync(recipient, reader, writer);
                else
                    await writer.WriteLineAsync("250 2.0.0 Ok");
            }
            await writer.WriteLineAsync("221 2.0.0 Bye");
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The shop hung up, or the story is over.
        }
    }

    private async Task TakeAsync(string recipient, StreamReader reader, StreamWriter writer)
    {
        await writer.WriteLineAsync("354 Go on");
        while (await reader.ReadLineAsync(_end.Token) is { } line && line != ".")
        {
        }
        var atOnce = Interlocked.Increment(ref _atOnce);
        for (var max = Volatile.Read(ref _atOnceMax); atOnce > max; max = Volatile.Read(ref _atOnceMax))
            Interlocked.CompareExchange(ref _atOnceMax, atOnce, max);
        await Task.Delay(TimePerMail, TimeProvider.System, _end.Token);
        Interlocked.Decrement(ref _atOnce);
        _delivered.Enqueue(recipient);
        await writer.WriteLineAsync("250 2.0.0 Delivered");
    }
}
