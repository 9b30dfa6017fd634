using Posthorn.Contracts;
using System.Net;
using System.Net.Security;
using Posthorn.Messages;
using Posthorn.Server.Accept.Smtp;
using Posthorn.Server.Connections;
using Posthorn.Server.Deliver.Mailboxes;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Spool;
using Posthorn.Clustering;
using Posthorn.Server.Operate.Clustering;

namespace Posthorn.UnitTests.Accept.Smtp;

/// <summary>The SMTP doors on an engine in memory and a clock that moves when told.</summary>
internal sealed class SmtpHost : IAsyncDisposable
{
    private readonly OpenConnections _sessions;
    private readonly SmtpContext _context;

    public SmtpHost(PosthornOptions? options = null, Func<SslServerAuthenticationOptions?>? tls = null)
    {
        options ??= new PosthornOptions();
        options = options with { Hostname = "mx.example.test" };
        Engine = new FaultyEngine(Clock);
        var accounts = new AccountBook(options.Accounts);
        var addresses = new AddressBook(options);
        var relay = new RelayPolicy(addresses, options.Hostname, options.Smtp.RelayNetworks, accounts.IsOpen, options.Pipeline is not null);
        _context = new SmtpContext
        {
            Options = options.Smtp,
            Hostname = options.Hostname,
            Engine = Engine,
            Spool = new MailSpool(Engine, Timeline),
            Relay = relay,
            Quota = new MailboxQuota(Engine, addresses, options),
            Accounts = new AccountsSasl(accounts),
            HasScram = !accounts.IsOpen,
            Tls = tls,
            Metrics = new SmtpMetrics(),
            Time = Clock,
            Logger = Log,
        };
        _sessions = new OpenConnections(options.Smtp.ConnectionsMax, options.Smtp.ConnectionsPerAddressMax, relay.IsRelayPeer, new Duty(new SoleNode("one", Clock.GetUtcNow())), Clock);
    }

    public ManualTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 11, 21, 8, 0, 0, TimeSpan.Zero));

    public FaultyEngine Engine { get; }

    public RecordingTimeline Timeline { get; } = new();

    public RecordingLogger Log { get; } = new();

    public int Connections => _sessions.Count;

    /// <summary>A client that has connected and has read nothing yet.</summary>
    public SmtpClient Connect(SmtpDoor door = SmtpDoor.Smtp, string peer = "127.0.0.1", System.IO.Pipelines.PipeOptions? pipes = null)
    {
        var connection = new MemoryConnection(new IPEndPoint(IPAddress.Parse(peer), 4711), pipes);
        return new SmtpClient(connection, RunAsync(connection, door));
    }

    /// <summary>What was accepted, in order.</summary>
    public async Task<List<Message>> MailsAsync()
    {
        var mails = new List<Message>();
        await foreach (var mail in Engine.BrowseAsync(SpoolQueues.Root, MessageFilter.All))
            mails.Add(mail);
        return mails;
    }

    /// <summary>The only mail there is.</summary>
    public async Task<Message> MailAsync() => (await MailsAsync()).Single();

    /// <summary>The mail's bytes behind our trace header.</summary>
    public static byte[] Received(Message mail)
    {
        var bytes = mail.Content.Body.Bytes!.Value.ToArray();
        for (var at = 0; ;)
        {
            at += bytes.AsSpan(at).IndexOf("\r\n"u8) + 2;
            if (at == bytes.Length || bytes[at] != '\t')
                return bytes[at..];
        }
    }

    public async ValueTask DisposeAsync()
    {
        _sessions.Dispose();
        _context.Metrics.Dispose();
        await Engine.DisposeAsync();
    }

    private async Task RunAsync(MemoryConnection connection, SmtpDoor door)
    {
        await Task.Yield();
        await new SmtpConnectionHandler(_context, _sessions, door).OnConnectedAsync(connection);
        await connection.DisposeAsync(); // as Kestrel does
    }
}
