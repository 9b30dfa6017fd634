using Microsoft.Extensions.Logging.Abstractions;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Protocols.Sasl;
using Posthorn.Server.Deliver.Outgoing;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Operate.Orders;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Spool;

namespace Posthorn.UnitTests.Operate.Admin;

/// <summary>What the API needs of the rest of the server, as small as it can be: it remembers what it was given.</summary>
internal sealed class HostParts(IEngine engine, bool isOpen, TimeProvider time) : IMailSpool, IBounceWriter, ITimeline
{
    public IEngine Engine { get; } = engine;

    public TestAccounts Accounts { get; } = new(isOpen);

    public TestOrders Orders { get; } = new();

    public TestDestinations Destinations { get; } = new();

    public List<TimelineEvent> Events { get; } = [];

    /// <summary>Where events can be found again; in a folder of its own.</summary>
    public TimelineStore Timeline { get; } = TimelineStore.Open(
        Directory.CreateTempSubdirectory("posthorn-").FullName, new TimelineOptions(), time, NullLogger<TimelineStore>.Instance);

    public List<Submission> Submissions { get; } = [];

    public ValueTask<CommitResult> SubmitAsync(Submission submission, CancellationToken cancellationToken)
    {
        Submissions.Add(submission);
        return Engine.CommitAsync(
            new Commit { IdempotencyKey = submission.IdempotencyKey }.Add(new NewMessage
            {
                Queue = SpoolQueues.Root, Content = submission.Content, Envelope = submission.Envelope, Attributes = submission.Attributes,
                Priority = submission.Priority, DueAt = submission.DueAt,
            }),
            cancellationToken);
    }

    public ValueTask<NewMessage?> WriteAsync(Message mail, IReadOnlyList<FailedRecipient> recipients, DsnAction action, CancellationToken cancellationToken) =>
        ValueTask.FromResult(mail.Envelope.IsFromNullSender ? null : new NewMessage
        {
            Queue = SpoolQueues.Root, Content = Body.Of(System.Text.Encoding.UTF8.GetBytes($"{action}: {recipients[0].Reply}")),
            Envelope = new Envelope("", [new Recipient(mail.Envelope.Sender!)]), Origin = mail.Origin, AcceptedAt = mail.AcceptedAt,
        });

    public void Record(TimelineEvent happened)
    {
        lock (Events)
            Events.Add(happened);
        Timeline.Record(happened);
    }

    internal sealed class TestAccounts(bool isOpen) : IAccounts
    {
        private static readonly Dictionary<string, Account> Known = new()
        {
            ["admin:secret"] = new Account("admin", IsAdmin: true), ["billing:s3cret"] = new Account("billing", IsAdmin: false),
        };

        public bool IsOpen => isOpen;

        public Account? Verify(string name, string password) => isOpen ? new Account(name, true) : Known.GetValueOrDefault($"{name}:{password}");

        public ScramVerifier? Scram(string name) => null;

        public Account? Find(string name) => Known.Values.FirstOrDefault(a => a.Name == name);

        public Account? VerifyToken(string? token) => isOpen ? new Account("admin", true) : Known.GetValueOrDefault(token ?? "");
    }

    internal sealed class TestOrders : IStandingOrders
    {
        private List<StandingOrder> _orders = [];

        public event Action? Changed;

        public IReadOnlyList<StandingOrder> InForce => _orders;

        public StandingOrder? Find(Message message, Recipient recipient) => null;

        public ValueTask GiveAsync(StandingOrder order, CancellationToken cancellationToken)
        {
            _orders = [.. _orders, order];
            Changed?.Invoke();
            return ValueTask.CompletedTask;
        }

        public ValueTask<bool> CancelAsync(string id, CancellationToken cancellationToken)
        {
            var before = _orders.Count;
            _orders = [.. _orders.Where(o => o.Id != id)];
            Changed?.Invoke();
            return ValueTask.FromResult(_orders.Count < before);
        }
    }

    internal sealed class TestDestinations : IDestinations
    {
        public List<DestinationStatus> All { get; } = [];

        public List<TellingNode> Nodes { get; } = [];

        public ValueTask<DestinationListing> ListAsync(CancellationToken cancellationToken) => ValueTask.FromResult(new DestinationListing(All, Nodes));

        public ValueTask<DestinationStatus?> FindAsync(string nameOrDomain, CancellationToken cancellationToken) => ValueTask.FromResult(Find(nameOrDomain));

        public ValueTask<long?> RetryNowAsync(string nameOrDomain, CancellationToken cancellationToken) =>
            ValueTask.FromResult<long?>(Find(nameOrDomain)?.Queued);

        private DestinationStatus? Find(string nameOrDomain) => All.Find(d => d.Name == nameOrDomain || d.Domains.Contains(nameOrDomain));
    }
}
