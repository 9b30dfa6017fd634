using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Contracts.Reference;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Server.Deliver.Mailboxes;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Operate.Configuration;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Deliver.Mailboxes;

public sealed class MailboxQuotaTests : IAsyncLifetime, IAsyncDisposable
{
    private static readonly QueueName Billing = QueueName.Parse("billing");
    private static readonly QueueName Invoices = QueueName.Parse("invoices");
    private static readonly QueueName Free = QueueName.Parse("free");

    private readonly ReferenceEngine _engine = new(TimeProvider.System);

    private readonly PosthornOptions _options = new()
    {
        Accounts = [new AccountOptions { Name = "billing", QuotaBytes = 100 }, new AccountOptions { Name = "free" }],
        Queues = new Dictionary<QueueName, QueuePolicy> { [Invoices] = new() { BytesMax = 50, MessageBytesMax = 40, MessagesMax = 2 } },
    };

    private MailboxQuota Quota => new(_engine, new AddressBook(_options), _options);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    ValueTask IAsyncDisposable.DisposeAsync() => _engine.DisposeAsync();

    private async Task FillAsync(QueueName queue, int bytes) =>
        await _engine.CommitAsync(new Commit().Add(new NewMessage { Queue = queue, Content = Body.Of(new byte[bytes]) }));

    [Theory]
    [InlineData(0, MailboxRoom.Fits)]
    [InlineData(40, MailboxRoom.Fits)]
    [InlineData(41, MailboxRoom.Full)]
    [InlineData(100, MailboxRoom.Full)]
    [InlineData(101, MailboxRoom.TooLarge)]
    public async Task An_accounts_quota_bounds_its_mailbox(long bytes, MailboxRoom room)
    {
        await FillAsync(Billing, 60);
        Quota.Check(Billing, bytes).ShouldBe(room);
    }

    [Fact]
    public async Task A_mailbox_filled_to_its_quota_takes_nothing_of_unknown_size()
    {
        await FillAsync(Billing, 99);
        Quota.Check(Billing, 0).ShouldBe(MailboxRoom.Fits);
        await FillAsync(Billing, 1);
        Quota.Check(Billing, 0).ShouldBe(MailboxRoom.Full);
    }

    [Fact]
    public async Task A_queues_policy_bounds_it_whether_it_exists_yet_or_not()
    {
        Quota.Check(Invoices, 40).ShouldBe(MailboxRoom.Fits);
        Quota.Check(Invoices, 41).ShouldBe(MailboxRoom.TooLarge);
        await _engine.CommitAsync(new Commit().SetQueue(Invoices, _options.Queues[Invoices]));
        await FillAsync(Invoices, 20);
        Quota.Check(Invoices, 30).ShouldBe(MailboxRoom.Fits);
        Quota.Check(Invoices, 31).ShouldBe(MailboxRoom.Full);
        await FillAsync(Invoices, 1);
        Quota.Check(Invoices, 1).ShouldBe(MailboxRoom.Full); // two messages are the most
    }

    [Theory]
    [InlineData("both@example.test", MailboxRoom.Fits)]
    [InlineData("full@example.test", MailboxRoom.Full)]
    [InlineData("large@example.test", MailboxRoom.TooLarge)]
    [InlineData("away@example.test", MailboxRoom.Fits)]
    [InlineData("billing@example.test", MailboxRoom.Full)]
    [InlineData("nobody@other.test", MailboxRoom.Fits)]
    public async Task An_alias_has_room_while_one_of_its_addresses_has(string address, MailboxRoom room)
    {
        var options = _options with
        {
            Hostname = "example.test",
            Addresses =
            [
                new AddressRule { Pattern = "invoices@example.test", Queue = Invoices },
                new AddressRule { Pattern = "both@example.test", Aliases = ["billing@example.test", "free@example.test"] },
                new AddressRule { Pattern = "full@example.test", Aliases = ["billing@example.test", "invoices@example.test"] },
                new AddressRule { Pattern = "large@example.test", Aliases = ["invoices@example.test"] },
                new AddressRule { Pattern = "away@example.test", Aliases = ["billing@example.test", "me@elsewhere.test"] },
            ],
        };
        var addresses = new AddressBook(options);
        await FillAsync(Billing, 60);
        new MailboxQuota(_engine, addresses, options).Check(addresses.Resolve(address), 45).ShouldBe(room);
    }

    [Fact]
    public async Task A_mailbox_without_limits_always_has_room()
    {
        await FillAsync(Free, 1000);
        Quota.Check(Free, 1L << 40).ShouldBe(MailboxRoom.Fits);
    }
}
