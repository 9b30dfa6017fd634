using Posthorn.Queues;
using Posthorn.Server.Deliver.Mailboxes;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Operate.Configuration;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Deliver.Mailboxes;

public sealed class AddressBookTests
{
    private static AddressRule To(string pattern, string queue) => new() { Pattern = pattern, Queue = QueueName.Parse(queue) };

    private static AddressRule Alias(string pattern, params string[] addresses) => new() { Pattern = pattern, Aliases = addresses };

    private static readonly AddressBook Configured = new(new PosthornOptions
    {
        Hostname = "mail.example.test",
        Accounts = [new AccountOptions { Name = "Billing" }, new AccountOptions { Name = "eve@example.test" }],
        Addresses =
        [
            To("mq@example.test", "invoices"),
            To("mq+exact@example.test", "exact"),
            To("MQ@Orders.Example.Test", "orders-mq"),
            To("*@orders.example.test", "orders"),
            To("help@*", "help"),
            To("mq@example.test", "second rule for the same"),
            To("*@b\u00fccher.example", "books"),
            Alias("team@example.test", "ann@remote.test", "mq@example.test", "inner@example.test"),
            Alias("inner@example.test", "team@example.test", "bob@remote.test", "ANN@remote.test"),
            Alias("loop@example.test", "loop@example.test"),
            Alias("copy@orders.example.test", "x@orders.example.test", "nobody@example.test"),
        ],
    });

    private static readonly AddressBook Open = new(new PosthornOptions { Hostname = "mail.example.test", Accounts = [new AccountOptions { Name = "Billing" }] });

    private static string Describe(AddressRoute route) => route switch
    {
        AddressRoute.Mailbox { Detail: null } mailbox => mailbox.Queue.Value,
        AddressRoute.Mailbox mailbox => $"{mailbox.Queue.Value} ({mailbox.Detail})",
        AddressRoute.Alias alias => string.Join(' ', alias.Addresses),
        _ => route.GetType().Name,
    };

    [Theory]
    [InlineData("mq@example.test", "invoices")]
    [InlineData("MQ@EXAMPLE.test", "invoices")]
    [InlineData("mq@example.test.", "invoices")]
    [InlineData("\"mq\"@example.test", "invoices")]
    [InlineData("mq+Tag@example.test", "invoices (Tag)")] // the address itself before its sub-address's base
    [InlineData("mq+exact@example.test", "exact (exact)")]
    [InlineData("mq@orders.example.test", "orders-mq")]
    [InlineData("mq+tag@orders.example.test", "orders-mq (tag)")]
    [InlineData("any+tag@orders.example.test", "orders (tag)")]
    [InlineData("+tag@orders.example.test", "orders")]
    [InlineData("help@orders.example.test", "orders")] // a domain's catch-all before a name for all domains
    [InlineData("help@example.test", "help")]
    [InlineData("help+tag@mail.example.test", "help (tag)")]
    [InlineData("help@elsewhere.test", "Remote")] // a star means our domains
    [InlineData("other@example.test", "Unknown")]
    [InlineData("mqx@example.test", "Unknown")]
    [InlineData("mq@sub.example.test", "Remote")]
    [InlineData("mq@elsewhere.test", "Remote")]
    [InlineData("billing@mail.example.test", "Billing")]
    [InlineData("BILLING+x@mail.example.test", "Billing (x)")]
    [InlineData("billing@example.test", "Unknown")] // an account is known at the host's own name
    [InlineData("eve@example.test", "eve@example.test")] // or by its whole address
    [InlineData("billing", "Billing")]
    [InlineData("postmaster@example.test", "postmaster")]
    [InlineData("Postmaster@mail.example.test", "postmaster")]
    [InlineData("POSTMASTER", "postmaster")] // RFC 5321 4.1.1.3
    [InlineData("postmaster@orders.example.test", "orders")] // a catch-all is a configuration
    [InlineData("postmaster@elsewhere.test", "Remote")]
    [InlineData("a@b\u00fccher.example", "books")]
    [InlineData("a@B\u00dcCHER.example", "books")]
    [InlineData("a@xn--bcher-kva.example", "books")]
    [InlineData("mq@[192.0.2.1]", "Remote")]
    [InlineData("team@example.test", "ann@remote.test mq@example.test bob@remote.test")] // in order, without loops and doubles
    [InlineData("team+tag@example.test", "ann@remote.test mq@example.test bob@remote.test")]
    [InlineData("loop@example.test", "Unknown")]
    [InlineData("copy@orders.example.test", "x@orders.example.test nobody@example.test")]
    public void A_configured_address_goes_where_the_most_exact_rule_says(string address, string route) => Describe(Configured.Resolve(address)).ShouldBe(route);

    [Theory]
    [InlineData("Orders@anywhere.test", "orders")]
    [InlineData("orders+7@anywhere.test", "orders (7)")]
    [InlineData("billing@anywhere.test", "Billing")] // the account's own spelling
    [InlineData("postmaster", "postmaster")]
    [InlineData("a/b@x.test", "a%2Fb")]
    [InlineData("spool/root@x.test", "spool%2Froot")]
    [InlineData("SPOOL/process/root+x@x.test", "spool%2Fprocess%2Froot (x)")]
    [InlineData("a%b@x.test", "a%25b")]
    [InlineData("\" spaced \"@x.test", "%20spaced%20")]
    [InlineData("\"in side\"@x.test", "in side")]
    [InlineData("gr\u00dc\u00dfe@x.test", "gr\u00fc\u00dfe")]
    [InlineData("\"\"@x.test", "%")]
    [InlineData("@x.test", "%")]
    public void Without_rules_every_address_is_a_mailbox_named_by_its_local_part(string address, string route) => Describe(Open.Resolve(address)).ShouldBe(route);

    [Fact]
    public void No_local_part_reaches_a_queue_below_another()
    {
        var random = new Random(5321);
        var characters = "/%+ .\t\u0000\u00a0\u3000ab".ToCharArray();
        var names = new Dictionary<QueueName, string>();
        for (var i = 0; i < 20_000; i++)
        {
            var local = string.Concat(Enumerable.Range(0, random.Next(0, 12)).Select(_ => characters[random.Next(characters.Length)]));

            var name = MailboxName.Of(local);

            name.Value.ShouldNotContain("/");
            name.IsBelow("spool").ShouldBeFalse();
            names.TryAdd(name, local);
            names[name].ShouldBe(local); // different local parts, different queues
        }
    }

    [Fact]
    public void A_local_part_too_long_for_a_queue_is_cut_and_told_apart()
    {
        var one = MailboxName.Of(new string('/', 200) + "1");
        var two = MailboxName.Of(new string('/', 200) + "2");

        one.ShouldNotBe(two);
        one.ShouldBe(MailboxName.Of(new string('/', 200) + "1"));
        one.Value.Length.ShouldBeLessThanOrEqualTo(QueueName.LengthMax);
    }

    [Fact]
    public void A_long_chain_of_aliases_is_followed_to_its_end()
    {
        var rules = Enumerable.Range(0, 10_000).Select(i => Alias($"a{i}@example.test", $"a{i + 1}@example.test")).Append(To("a10000@example.test", "end")).ToList();

        Describe(new AddressBook(new PosthornOptions { Addresses = rules }).Resolve("a0@example.test")).ShouldBe("a10000@example.test");
    }
}
