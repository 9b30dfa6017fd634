using System.Net;
using System.Net.Security;
using System.Text;
using Posthorn.Bodies;
using Posthorn.Clustering;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Server.Connections;
using Posthorn.Server.Deliver.Mailboxes;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Operate.Clustering;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Retrieve.Mailboxes;
using Posthorn.Server.Retrieve.Pop3;
using Posthorn.UnitTests.Accept.Smtp;

namespace Posthorn.UnitTests.Retrieve.Pop3;

/// <summary>The POP3 doors on an engine in memory and a clock that moves when told.</summary>
internal sealed class Pop3Host : IAsyncDisposable
{
    private readonly OpenConnections _connections;
    private readonly Pop3Context _context;

    public Pop3Host(PosthornOptions? options = null, Func<SslServerAuthenticationOptions?>? tls = null)
    {
        options ??= new PosthornOptions();
        Engine = new FaultyEngine(Clock);
        var accounts = new AccountBook(options.Accounts);
        _context = new Pop3Context
        {
            Options = options.Pop3,
            Hostname = "pop.example.test",
            Engine = Engine,
            Accounts = new MaildropAccounts(accounts, new MailboxAccess(Engine, accounts, accounts, new AddressBook(options))),
            HasScram = !accounts.IsOpen,
            Locks = new MaildropLocks(),
            Tls = tls,
            Timeline = Timeline,
            Metrics = new Pop3Metrics(),
            Time = Clock,
            Logger = Log,
        };
        _connections = new OpenConnections(options.Pop3.ConnectionsMax, options.Pop3.ConnectionsPerAddressMax, _ => false, new Duty(new SoleNode("one", Clock.GetUtcNow())), Clock);
    }

    public ManualTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 11, 21, 8, 0, 0, TimeSpan.Zero));

    public FaultyEngine Engine { get; }

    public RecordingTimeline Timeline { get; } = new();

    public RecordingLogger Log { get; } = new();

    public int Connections => _connections.Count;

    public async Task<MessageId> AddAsync(string mail, string queue = "billing", bool isMail = true)
    {
        var result = await Engine.CommitAsync(new Commit().Add(new NewMessage
        {
            Queue = QueueName.Parse(queue), Content = Body.Of(Encoding.UTF8.GetBytes(mail)), Envelope = isMail ? new Envelope("", []) : Envelope.None,
        }));
        return result.Added[0].Id;
    }

    public Task SetAsync(QueuePolicy policy, string queue = "billing") => Engine.CommitAsync(new Commit().SetQueue(QueueName.Parse(queue), policy)).AsTask();

    /// <summary>How many messages are ready, leased, and there at all.</summary>
    public (long Ready, long Leased, long All) Figures(string queue = "billing")
    {
        var status = Engine.Status(QueueName.Parse(queue))!;
        return (status.Ready, status.Leased, status.Messages);
    }

    public async Task<Message> FindAsync(MessageId id) => (await Engine.FindAsync(id))!;

    /// <summary>A client that has connected and has read nothing yet.</summary>
    public SmtpClient Connect(Pop3Door door = Pop3Door.Pop3, string peer = "127.0.0.1", System.IO.Pipelines.PipeOptions? pipes = null)
    {
        var connection = new MemoryConnection(new IPEndPoint(IPAddress.Parse(peer), 4711), pipes);
        return new SmtpClient(connection, RunAsync(connection, door));
    }

    /// <summary>A client that has logged in.</summary>
    public async Task<SmtpClient> LogInAsync(string user = "billing", int messages = 0)
    {
        var client = Connect();
        await Dialogue.PlayAsync(client, $"""
            S: +OK pop.example.test Posthorn POP3 ready
            C: USER {user}
            C: PASS s3cret
            S: +OK and the password?
            S: +OK {messages} messages
            """, Delivery.Whole);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        _connections.Dispose();
        _context.Metrics.Dispose();
        await Engine.DisposeAsync();
    }

    private async Task RunAsync(MemoryConnection connection, Pop3Door door)
    {
        await Task.Yield();
        await new Pop3ConnectionHandler(_context, _connections, door).OnConnectedAsync(connection);
        await connection.DisposeAsync(); // as Kestrel does
    }
}
