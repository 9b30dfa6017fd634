using System.Net;
using System.Net.Security;
using System.Text;
using Posthorn.Bodies;
using Posthorn.Clustering;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Server.Connections;
using Posthorn.Server.Deliver.Mailboxes;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Operate.Clustering;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Retrieve.Imap;
using Posthorn.Server.Retrieve.Imap.Mailboxes;
using Posthorn.Server.Retrieve.Imap.Messages;
using Posthorn.Server.Retrieve.Imap.Views;
using Posthorn.Server.Retrieve.Mailboxes;
using Posthorn.UnitTests.Accept.Smtp;

namespace Posthorn.UnitTests.Retrieve.Imap;

/// <summary>The IMAP doors on an engine in memory and a clock that moves when told.</summary>
internal sealed class ImapHost : IAsyncDisposable
{
    public const string Mail = "From: Ann <ann@client.example>\r\nTo: billing@example.test\r\nSubject: an invoice\r\nDate: Sat, 21 Nov 2026 07:00:00 +0000\r\nMessage-ID: <1@client.example>\r\nX-Kind: invoice\r\n\r\nhello\r\n";

    private readonly OpenConnections _connections;

    public ImapHost(PosthornOptions? options = null, Func<SslServerAuthenticationOptions?>? tls = null)
    {
        options ??= new PosthornOptions();
        Engine = new FaultyEngine(Clock);
        var accounts = new AccountBook(options.Accounts);
        var addresses = new AddressBook(options);
        Context = new ImapContext
        {
            Server = options,
            Engine = Engine,
            Access = new MailboxAccess(Engine, accounts, accounts, addresses),
            Views = new MailboxViews(Engine),
            Notes = new MailboxNotes(Engine),
            Structures = new MessageStructures(Engine, options.Imap.StructureCacheBytesMax),
            Quota = new MailboxQuota(Engine, addresses, options),
            Accounts = accounts,
            Sasl = new AccountsSasl(accounts),
            Sessions = new AccountSessions(options.Imap.ConnectionsPerAccountMax),
            HasScram = !accounts.IsOpen,
            Tls = tls,
            Timeline = Timeline,
            Metrics = new ImapMetrics(),
            Time = Clock,
            Logger = Log,
        };
        _connections = new OpenConnections(options.Imap.ConnectionsMax, options.Imap.ConnectionsPerAddressMax, _ => false, new Duty(new SoleNode("one", Clock.GetUtcNow())), Clock);
    }

    public ManualTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 11, 21, 8, 0, 0, TimeSpan.Zero));

    public FaultyEngine Engine { get; }

    public ImapContext Context { get; }

    public RecordingTimeline Timeline { get; } = new();

    public RecordingLogger Log { get; } = new();

    public int Connections => _connections.Count;

    public async Task<MessageId> AddAsync(string mail = Mail, string queue = "billing", bool isMail = true, IReadOnlyList<string>? flags = null)
    {
        var result = await Engine.CommitAsync(new Commit().Add(new NewMessage
        {
            Queue = QueueName.Parse(queue), Content = Body.Of(Encoding.UTF8.GetBytes(mail)), Envelope = isMail ? new Envelope("", []) : Envelope.None, Flags = flags ?? [],
        }));
        return result.Added[0].Id;
    }

    public Task SetAsync(QueuePolicy policy, string queue = "billing") => Engine.CommitAsync(new Commit().SetQueue(QueueName.Parse(queue), policy)).AsTask();

    public QueueStatus Status(string queue = "billing") => Engine.Status(QueueName.Parse(queue))!;

    /// <summary>Another consumer takes a message, as over SQS.</summary>
    public async Task<LeasedMessage?> LeaseAsync(string queue = "billing") => await Engine.LeaseAsync(QueueName.Parse(queue), new LeaseRequest()) is [var leased, ..] ? leased : null;

    /// <summary>A client that has connected and has read nothing yet.</summary>
    public SmtpClient Connect(ImapDoor door = ImapDoor.Imap, string peer = "127.0.0.1", System.IO.Pipelines.PipeOptions? pipes = null)
    {
        var connection = new MemoryConnection(new IPEndPoint(IPAddress.Parse(peer), 4711), pipes);
        return new SmtpClient(connection, RunAsync(connection, door));
    }

    /// <summary>A client that has logged in.</summary>
    public async Task<SmtpClient> LogInAsync(string user = "billing")
    {
        var client = Connect();
        await Dialogue.PlayAsync(client, $"""
            S: * OK [CAPABILITY …
            C: l LOGIN {user} s3cret
            S: l OK [CAPABILITY …
            """, Delivery.Whole);
        return client;
    }

    /// <summary>A client that has logged in and selected a mailbox; what it was told of it is not looked at.</summary>
    public async Task<SmtpClient> SelectAsync(string mailbox = "INBOX", string command = "SELECT", string user = "billing", string? enable = null)
    {
        var client = await LogInAsync(user);
        if (enable is not null)
            await client.ImapAsync($"ENABLE {enable}");
        await client.ImapAsync($"{command} {mailbox}");
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        _connections.Dispose();
        Context.Metrics.Dispose();
        await Engine.DisposeAsync();
    }

    private async Task RunAsync(MemoryConnection connection, ImapDoor door)
    {
        await Task.Yield();
        await new ImapConnectionHandler(Context, _connections, door).OnConnectedAsync(connection);
        await connection.DisposeAsync(); // as Kestrel does
    }
}
