using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Posthorn.Bodies;
using Posthorn.Clustering;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Contracts.Reference;
using Posthorn.Engine;
using Posthorn.Journal;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Server.Deliver.Mailboxes;
using Posthorn.Server.Deliver.Outgoing;
using Posthorn.Server.Operate.Clustering;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Operate.Orders;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Pipeline.Mailets;
using Posthorn.Server.Pipeline.Matchers;
using Posthorn.Server.Pipeline.Processors;
using Posthorn.Server.Spool;
using ManualTimeProvider = Posthorn.Contracts.ManualTimeProvider;
using MemoryFileSystem = Posthorn.Contracts.MemoryFileSystem;

namespace Posthorn.UnitTests.Pipeline;

/// <summary>A pipeline over an engine, with a clock that moves when told: mail goes in at the root, and the queues tell what came of it.</summary>
/// <remarks><c>here.test</c> is ours: <c>nobody@</c> is unknown there, <c>team@</c> an alias for two, <c>away@</c> one for another host, <c>bad@</c> one for nobody.</remarks>
internal sealed class PipelineWorld : IAsyncDisposable
{
    private readonly List<MailetRegistration> _mailets = [];
    private readonly List<MatcherRegistration> _matchers = [];
    private PipelineDefinition? _definition;

    public PipelineWorld()
        : this(Reference)
    {
    }

    public PipelineWorld(Func<TimeProvider, IEngine> engine) => Engine = new ObservedEngine(engine(Clock));

    public static IEngine Reference(TimeProvider time) => new ReferenceEngine(time);

    public static IEngine Journal(TimeProvider time) =>
        JournalEngine.OpenAsync(new MemoryFileSystem(), new JournalOptions { SegmentBytes = 64 << 10, ReserveBytes = 128 << 10, InlineBodyBytesMax = 4 << 10, RecentBytesMax = 256 << 10 }, time)
            .GetAwaiter().GetResult();

    public ManualTimeProvider Clock { get; } = new();

    public ObservedEngine Engine { get; }

    public FakeOrders Orders { get; } = new();

    public RecordedTimeline Timeline { get; } = new();

    public MemoryFileSystem Folder { get; } = new();

    public FakeHttp Http { get; } = new();

    // The clock stands still while commits are made: none may wait for others.
    public PipelineSettings Settings { get; set; } = new() { Hostname = "here.test", Workers = 1, CommitLinger = TimeSpan.Zero };

    public PipelineDefinition Definition => _definition ?? throw new InvalidOperationException("No pipeline.");

    public PipelineServices Services => new()
    {
        Engine = Engine,
        Addresses = new FakeAddresses(),
        Bounces = new FakeBounces(),
        Orders = Orders,
        Timeline = Timeline,
        Duty = new Duty(new SoleNode("one", Clock.GetUtcNow())),
        Time = Clock,
        Settings = Settings,
        Http = new HttpMessageInvoker(Http),
        OpenFolder = _ => Folder,
        Log = NullLogger.Instance,
        Metrics = new PipelineMetrics(new Meter("test")),
    };

    public PipelineWorld With(string name, Func<MailContext, CancellationToken, ValueTask> mailet)
    {
        _mailets.Add(new MailetRegistration(name, (_, _) => new DelegateMailet(mailet)));
        return this;
    }

    public PipelineWorld With(string name, Action<MailContext> mailet) => With(name, (mail, _) =>
    {
        mailet(mail);
        return ValueTask.CompletedTask;
    });

    public PipelineWorld WithMatcher(string name, Func<MailContext, IReadOnlyList<string>, IReadOnlyCollection<Recipient>> matcher)
    {
        _matchers.Add(new MatcherRegistration(name, (_, arguments) => new DelegateMatcher(mail => matcher(mail, arguments))));
        return this;
    }

    /// <summary>Takes a pipeline written as in a configuration file.</summary>
    public PipelineWorld Configure(string pipeline) => Configure(Read(pipeline));

    /// <summary>Takes the built-in pipeline.</summary>
    public PipelineWorld WithoutPipeline() => Configure((ConfigNode.Map?)null);

    public PipelineWorld Configure(ConfigNode.Map? pipeline)
    {
        _definition = Compiler().Compile(pipeline);
        return this;
    }

    public string[] Faults(string pipeline)
    {
        var errors = new List<ConfigError>();
        var node = Read(pipeline);
        Compiler().Compile(node, errors);
        return errors.Select(e => e.ToString()).ToArray();
    }

    public static ConfigNode.Map Read(string pipeline)
    {
        var errors = new List<ConfigError>();
        var map = YamlTree.ReadText(pipeline, "p.yaml", errors);
        if (map is null || errors.Count > 0)
            throw new InvalidOperationException(string.Join('\n', errors));
        return (ConfigNode.Map)map["pipeline"]!;
    }

    public Task<MessageId> SendAsync(params string[] recipients) => SendAsync(recipients, content: null);

    public async Task<MessageId> SendAsync(
        string[] recipients, string? content = null, string? sender = "a@far.test", Priority priority = default, QueueName? queue = null, params (string Name, string Value)[] attributes)
    {
        var result = await Engine.CommitAsync(new Commit().Add(new NewMessage
        {
            Queue = queue ?? SpoolQueues.Root,
            Content = Body.Of(Encoding.Latin1.GetBytes((content ?? "Subject: hello\n\nbody\n").ReplaceLineEndings("\r\n"))),
            Envelope = new Envelope(sender, recipients.Select(r => new Recipient(r)).ToArray()),
            Priority = priority,
            Attributes = attributes.ToDictionary(a => a.Name, a => (AttributeValue)a.Value, StringComparer.Ordinal),
        }));
        return result.Added[0].Id;
    }

    /// <summary>Works until nothing is ready any more.</summary>
    public async Task ProcessAsync()
    {
        for (var rounds = 0; ; rounds++)
        {
            if (rounds > 1000)
                throw new InvalidOperationException("The pipeline does not come to an end.");
            if (!await ProcessOnceAsync())
                return;
        }
    }

    /// <summary>One batch of each queue; whether there was any.</summary>
    public async Task<bool> ProcessOnceAsync()
    {
        var services = Services;
        var committer = new PipelineCommitter(services);
        var late = new LateMails(services, committer);
        var committing = late.CommitAsync();
        var any = false;
        foreach (var (queue, entry) in PipelineService.Entries(Definition, Engine.Queues()))
        {
            var worker = new PipelineWorker(
                queue, (mail, now, limits) => new PipelineRun(mail, Definition, services, now).RunAsync(entry, limits), services, committer, late);
            any |= await TakeAsync(queue, worker);
        }

        var deferred = new PipelineWorker(
            SpoolQueues.Deferred, (mail, now, limits) => new PipelineRun(mail, Definition, services, now).RunDeferredAsync(limits), services, committer, late);
        any |= await TakeAsync(SpoolQueues.Deferred, deferred);
        await late.CompleteAsync();
        await committing;
        return any;
    }

    public async Task<IReadOnlyList<Message>> InAsync(string queue)
    {
        var messages = new List<Message>();
        await foreach (var message in Engine.BrowseAsync(QueueName.Parse(queue), MessageFilter.All))
            messages.Add(message);
        return messages;
    }

    /// <summary>All that is anywhere, as <c>queue: recipients</c>, in order.</summary>
    public async Task<string[]> EverythingAsync()
    {
        var lines = new List<string>();
        foreach (var status in Engine.Queues())
        {
            foreach (var message in await InAsync(status.Name))
                lines.Add($"{status.Name}: {string.Join(' ', message.Envelope.Recipients.Select(r => r.Address))}");
        }

        return lines.Order(StringComparer.Ordinal).ToArray();
    }

    public async Task<string> TextAsync(Message message)
    {
        await using var stream = await Engine.OpenAsync(message.Content);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return (await reader.ReadToEndAsync()).ReplaceLineEndings("\n");
    }

    public ValueTask DisposeAsync() => Engine.DisposeAsync();

    private PipelineCompiler Compiler() => new(new NoServices(), _matchers, _mailets);

    private async Task<bool> TakeAsync(QueueName queue, PipelineWorker worker)
    {
        var leased = await Engine.LeaseAsync(queue, new LeaseRequest { MessagesMax = 100, VisibilityTimeout = Settings.LeaseTimeout });
        if (leased.Count > 0)
            await worker.ProcessAsync(leased, CancellationToken.None);
        return leased.Count > 0;
    }

    private sealed class NoServices : IServiceProvider
    {
        public object? GetService(Type serviceType) => null;
    }

    private sealed class DelegateMailet(Func<MailContext, CancellationToken, ValueTask> act) : IMailet
    {
        public ValueTask ExecuteAsync(MailContext mail, CancellationToken cancellationToken) => act(mail, cancellationToken);
    }

    private sealed class DelegateMatcher(Func<MailContext, IReadOnlyCollection<Recipient>> match) : IMatcher
    {
        public ValueTask<IReadOnlyCollection<Recipient>> MatchAsync(MailContext mail, CancellationToken cancellationToken) => new(match(mail));
    }

    private sealed class FakeAddresses : IAddressBook
    {
        public AddressRoute Resolve(string address) => address.Split('@') switch
        {
            ["nobody", "here.test"] => new AddressRoute.Unknown(),
            ["team", "here.test"] => new AddressRoute.Alias(["x@here.test", "y@here.test"]),
            ["away", "here.test"] => new AddressRoute.Alias(["z@far.test"]),
            ["bad", "here.test"] => new AddressRoute.Alias(["nobody@here.test"]),
            [var local, "here.test"] => new AddressRoute.Mailbox(QueueName.Parse(local), null),
            _ => new AddressRoute.Remote(),
        };
    }

    private sealed class FakeBounces : IBounceWriter
    {
        public ValueTask<NewMessage?> WriteAsync(Message mail, IReadOnlyList<FailedRecipient> recipients, DsnAction action, CancellationToken cancellationToken) =>
            new(mail.Envelope.IsFromNullSender ? null : new NewMessage
            {
                Queue = SpoolQueues.Root,
                Content = Body.Of(Encoding.ASCII.GetBytes($"Subject: bounce\r\n\r\n{string.Join("\r\n", recipients.Select(r => $"{r.Recipient.Address}: {r.Reply}"))}\r\n")),
                Envelope = new Envelope("", [new Recipient(mail.Envelope.Sender!)]),
            });
    }
}

/// <summary>Standing orders from a list.</summary>
internal sealed class FakeOrders : IStandingOrders
{
    public List<StandingOrder> Given { get; } = [];

    public IReadOnlyList<StandingOrder> InForce => Given;

    public event Action? Changed
    {
        add { }
        remove { }
    }

    public StandingOrder? Find(Message message, Recipient recipient) =>
        Given.Find(o => (o.Recipient ?? recipient.Address) == recipient.Address && (o.Sender ?? message.Envelope.Sender) == message.Envelope.Sender);

    public ValueTask GiveAsync(StandingOrder order, CancellationToken cancellationToken)
    {
        Given.Add(order);
        return ValueTask.CompletedTask;
    }

    public ValueTask<bool> CancelAsync(string id, CancellationToken cancellationToken) => new(Given.RemoveAll(o => o.Id == id) > 0);
}

/// <summary>Keeps every event.</summary>
internal sealed class RecordedTimeline : ITimeline
{
    private readonly List<TimelineEvent> _events = [];

    public IReadOnlyList<TimelineEvent> Events
    {
        get
        {
            lock (_events)
                return _events.ToArray();
        }
    }

    public void Record(TimelineEvent happened)
    {
        lock (_events)
            _events.Add(happened);
    }
}

/// <summary>Answers requests as told.</summary>
internal sealed class FakeHttp : HttpMessageHandler
{
    public Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> Answer { get; set; } =
        (_, _) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK));

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Answer(request, cancellationToken);
}
