using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Posthorn.IntegrationTests.Harness;

/// <summary>
/// An SMTP server that keeps what it gets and does what a test tells it to: accepts, refuses, hangs, dies and comes back on the same port.
/// </summary>
internal sealed class RecordingSmtpServer : IAsyncDisposable
{
    private readonly ConcurrentQueue<RecordedMail> _mails = new();
    private readonly ConcurrentDictionary<RecordingSession, Task> _sessions = new();
    private TcpListener? _listener;
    private Task _accepting = Task.CompletedTask;
    private CancellationTokenSource _end = new();

    public RecordingSmtpServer(bool isListening = true, IPAddress? address = null, int? port = null)
    {
        Address = address ?? IPAddress.Loopback;
        Port = port ?? FreePort.Take();
        if (isListening)
            Listen();
    }

    public static RecordingSmtpServer Start() => new();

    public IPAddress Address { get; }

    public int Port { get; }

    /// <summary>What EHLO offers.</summary>
    public IReadOnlyList<string> Extensions { get; init; } = ["PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE", "DSN", "ENHANCEDSTATUSCODES"];

    /// <summary>How many of a mail's first bytes are kept; the length and the body's hash cover all.</summary>
    public int ContentBytesKept { get; init; } = int.MaxValue;

    /// <summary>Asked at each stage with the command's text; null is the usual reply.</summary>
    public Func<Stage, string, Verdict?> Script { get; set; } = (_, _) => null;

    /// <summary>Awaited before each reply: a server that takes its time, as long as a test wants.</summary>
    public Func<Stage, Task> Before { get; set; } = _ => Task.CompletedTask;

    /// <summary>Every mail that came in whole and that the script did not refuse, whether or not its sender saw the reply.</summary>
    public IReadOnlyList<RecordedMail> Mails => [.. _mails];

    public int Count => _mails.Count;

    public int Connections => _sessions.Count;

    /// <summary>Listens, for the first time or again after <see cref="DieAsync"/>.</summary>
    public void Listen()
    {
        _end = new CancellationTokenSource();
        _listener = new TcpListener(Address, Port);
        _listener.Server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _listener.Start();
        _accepting = AcceptAsync(_listener, _end.Token);
    }

    /// <summary>Drops every connection wherever its dialogue is, and listens no more.</summary>
    public async Task DieAsync()
    {
        await _end.CancelAsync();
        _listener?.Stop();
        await _accepting;
        await Task.WhenAll(_sessions.Values);
    }

    public async ValueTask DisposeAsync()
    {
        await DieAsync();
        _end.Dispose();
    }

    internal void Keep(RecordedMail mail) => _mails.Enqueue(mail);

    private async Task AcceptAsync(TcpListener listener, CancellationToken end)
    {
        try
        {
            while (true)
            {
                var session = new RecordingSession(this, await listener.AcceptTcpClientAsync(end));
                var task = session.RunAsync(end);
                _sessions[session] = task;
                _ = task.ContinueWith(_ => _sessions.TryRemove(session, out var _), TaskScheduler.Default);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            // Told to stop.
        }
    }
}
