using Posthorn.Commits;
using Posthorn.Contracts.Reference;
using Posthorn.Queues;
using Posthorn.Server.Deliver.Mailboxes;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Retrieve.Mailboxes;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Retrieve.Mailboxes;

public sealed class MailboxAccessTests : IAsyncLifetime, IAsyncDisposable
{
    private static readonly Account s_billing = new("billing", IsAdmin: false);
    private static readonly Account s_admin = new("admin", IsAdmin: true);

    private readonly ReferenceEngine _engine = new(TimeProvider.System);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    ValueTask IAsyncDisposable.DisposeAsync() => _engine.DisposeAsync();

    private MailboxAccess Access(params string[] accounts)
    {
        var options = new PosthornOptions { Hostname = "here.test", Accounts = [.. accounts.Select(a => new AccountOptions { Name = a, Password = "p", IsAdmin = a == "admin" })] };
        var book = new AccountBook(options.Accounts);
        return new MailboxAccess(_engine, book, book, new AddressBook(options));
    }

    private async Task MakeAsync(params string[] queues)
    {
        var commit = new Commit();
        foreach (var queue in queues)
            commit.SetQueue(QueueName.Parse(queue), QueuePolicy.Default);
        await _engine.CommitAsync(commit);
    }

    private static string Shown(IEnumerable<Mailbox> mailboxes) => string.Join(", ", mailboxes.Select(m => $"{m.Name}={m.Queue}{(m.IsOwn ? "" : "*")}"));

    [Fact]
    public async Task An_account_sees_its_folders_and_queues_that_are_nobodys_mailbox()
    {
        await MakeAsync("billing", "billing/Archive/2026", "invoices", "shipping", "shipping/Archive", "admin", "spool/dead-letters", "spool");

        Shown(Access("billing", "shipping", "admin").List(s_billing)).ShouldBe("INBOX=billing, Archive/2026=billing/Archive/2026, invoices=invoices*");
    }

    [Fact]
    public async Task An_administrator_sees_all_but_the_mail_path()
    {
        await MakeAsync("billing", "billing/Archive", "invoices", "admin/Sent", "spool/dead-letters", "spool");

        Shown(Access("billing", "admin").List(s_admin)).ShouldBe("INBOX=admin, Sent=admin/Sent, billing=billing*, billing/Archive=billing/Archive*, invoices=invoices*");
    }

    [Fact]
    public async Task Every_name_listed_leads_back_to_its_queue_and_no_two_are_the_same()
    {
        string[] queues = ["billing", "billing/a", "a", "billing/Inbox", "inbox", "INBOX", "billing/#queue/x", "#queue/x", "billing/billing", "x y", "billing/ä/ö", "a/b", "billing//"];
        await MakeAsync(queues);
        var access = Access("billing");

        var list = access.List(s_billing);

        list.Select(m => m.Queue.Value).Order(StringComparer.Ordinal).ShouldBe(queues.Order(StringComparer.Ordinal));
        list.Select(m => m.Name).ShouldBeUnique();
        foreach (var mailbox in list)
        {
            access.TryFind(s_billing, mailbox.Name, out var found, out var reason).ShouldBeTrue($"{mailbox.Name}: {reason}");
            found.ShouldBe(mailbox);
        }
    }

    [Theory]
    [InlineData("INBOX", "billing")]
    [InlineData("inbox", "billing")]
    [InlineData("invoices", "invoices")] // a queue that is there
    [InlineData("new", "billing/new")] // what is not there would be a folder
    [InlineData("billing", "billing/billing")]
    [InlineData("#queue/billing", "billing")]
    [InlineData("#queue/new", "new")]
    [InlineData("shipping", "billing/shipping")] // another's mailbox is not to be told from nothing
    public async Task A_mailbox_is_found_by_its_name(string name, string queue)
    {
        await MakeAsync("invoices", "shipping");

        Access("billing", "shipping").TryFind(s_billing, name, out var mailbox, out _).ShouldBeTrue();

        mailbox!.Queue.Value.ShouldBe(queue);
    }

    [Theory]
    [InlineData("#queue/shipping", "'shipping' is another account's mailbox.")]
    [InlineData("#queue/shipping/new", "'shipping/new' is another account's mailbox.")]
    [InlineData("#queue/spool/outgoing", "'spool/outgoing' belongs to the mail path.")]
    [InlineData("#queue/", "A queue name has at least one character.")]
    [InlineData("a\u0001", "A queue name has no control characters.")]
    public void What_is_not_the_accounts_is_refused_with_the_reason(string name, string expected)
    {
        Access("billing", "shipping").TryFind(s_billing, name, out _, out var reason).ShouldBeFalse();

        reason.ShouldBe(expected);
    }

    [Fact]
    public void INBOX_and_what_others_use_cannot_be_removed()
    {
        MailboxAccess.WhyNotDelete(s_billing, new Mailbox("INBOX", QueueName.Parse("billing"), IsOwn: true)).ShouldBe("INBOX cannot be removed.");
        MailboxAccess.WhyNotDelete(s_billing, new Mailbox("a", QueueName.Parse("billing/a"), IsOwn: true)).ShouldBeNull();
        MailboxAccess.WhyNotDelete(s_billing, new Mailbox("a", QueueName.Parse("a"), IsOwn: false)).ShouldNotBeNull();
        MailboxAccess.WhyNotDelete(s_admin, new Mailbox("a", QueueName.Parse("a"), IsOwn: false)).ShouldBeNull();
        MailboxAccess.WhyNotCreate(new Mailbox("INBOX", QueueName.Parse("billing"), IsOwn: true)).ShouldNotBeNull();
        MailboxAccess.WhyNotCreate(new Mailbox("a//b", QueueName.Parse("billing/a//b"), IsOwn: true)).ShouldNotBeNull();
        MailboxAccess.WhyNotCreate(new Mailbox("a/b", QueueName.Parse("billing/a/b"), IsOwn: true)).ShouldBeNull();
    }

    [Theory]
    [InlineData("alice", "alice")]
    [InlineData("Orders", "Orders")]
    [InlineData("alice@here.test", "alice")] // where mail for that address goes
    [InlineData("spool/outgoing", null)]
    [InlineData("spool", null)]
    [InlineData("a\u0001b", null)]
    public void Without_accounts_a_user_name_is_the_queue(string name, string? queue) =>
        Access().InboxOf(new Account(name, IsAdmin: true))?.Value.ShouldBe(queue);

    [Fact]
    public void A_configured_account_that_is_an_address_has_the_queue_of_that_name() =>
        Access("eve@here.test").InboxOf(new Account("eve@here.test", IsAdmin: false))!.Value.Value.ShouldBe("eve@here.test");
}
