using Posthorn.Messages;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Pipeline.Expressions;
using Posthorn.Server.Spool;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Pipeline.Expressions;

/// <summary>What conditions say of one mail: the recipients they select.</summary>
public sealed class ConditionTests
{
    private const string Sender = "Mq@Far.test";
    private const string A = "a@here.test";
    private const string B = "Bob@sub.far.test";

    private const string Mail = """
        Received: from one
        Received: from two
        Received: from three
        Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= Invoice 17
        X-Kind: Invoice
        X-Score: 7.5
        X-Tag: red
        X-Tag: blue
        X-Empty:
        Content-Type: multipart/mixed; boundary=b

        --b
        Content-Type: text/plain

        hello
        --b
        Content-Type: application/pdf; name=bill.pdf
        Content-Disposition: attachment; filename=bill.pdf
        Content-Transfer-Encoding: base64

        aGVsbG8=
        --b--

        """;

    [Theory]
    // everybody and nobody
    [InlineData("not all", "")]
    // recipients, one by one
    [InlineData("recipient-is(a@here.test)", "a")]
    [InlineData("recipient-is(A@HERE.TEST)", "a")]
    [InlineData("recipient-is(a@here.test, bob@sub.far.test)", "a b")]
    [InlineData("recipient-is(*@here.test)", "a")]
    [InlineData("recipient-is(bob@*)", "b")]
    [InlineData("recipient-is(a@here.tes)", "")]
    [InlineData("recipient-domain-is(here.test)", "a")]
    [InlineData("recipient-domain-is(far.test)", "")]
    [InlineData("recipient-domain-is(*.far.test)", "b")]
    [InlineData("recipient-matches(\"^b.*@\")", "b")]
    [InlineData("recipient-is-local", "a")]
    [InlineData("not recipient-is-local", "b")]
    [InlineData("recipient == a@here.test", "a")]
    [InlineData("recipient-domain in [here.test, other.test]", "a")]
    [InlineData("recipient-domain not in [here.test]", "b")]
    [InlineData("recipient =~ ^bob", "b")]
    [InlineData("recipient-count == 2", "a b")]
    [InlineData("recipient-count > 2", "")]
    // sender
    [InlineData("sender-is(mq@far.test)", "a b")]
    [InlineData("sender-is(mq@far.test.org)", "")]
    [InlineData("sender-domain-is(far.test)", "a b")]
    [InlineData("sender-matches(\"^mq@\")", "a b")]
    [InlineData("sender == mq@far.test", "a b")]
    [InlineData("sender-domain == far.test", "a b")]
    [InlineData("sender", "a b")]
    [InlineData("sender-is-null", "")]
    [InlineData("sender-is-authenticated", "a b")]
    [InlineData("sender-is-authenticated == billing", "a b")]
    [InlineData("sender-is-authenticated == admin", "")]
    [InlineData("sender-is-authenticated in [admin, billing]", "a b")]
    [InlineData("sender-is-trusted", "a b")]
    // where it came from
    [InlineData("remote-address in 10.0.0.0/8", "a b")]
    [InlineData("remote-address in [192.0.2.0/24, 10.1.0.0/16]", "a b")]
    [InlineData("remote-address in 192.0.2.0/24", "")]
    [InlineData("remote-address not in 192.0.2.0/24", "a b")]
    [InlineData("remote-address in fd00::/8", "")]
    [InlineData("remote-address == 10.1.2.3", "a b")]
    [InlineData("remote-host =~ \"\\.far\\.test$\"", "a b")]
    [InlineData("door == smtp", "a b")]
    // what it is
    [InlineData("size > 50MB", "")]
    [InlineData("size >= 1B", "a b")]
    [InlineData("size < 1 ", "")]
    [InlineData("header(X-Kind)", "a b")]
    [InlineData("header(x-kind) == invoice", "a b")]
    [InlineData("header(X-Kind) == \"Invoice\"", "a b")]
    [InlineData("header(X-Kind) == invoices", "")]
    [InlineData("header(X-Kind) != invoice", "")]
    [InlineData("header(X-None) != invoice", "a b")]
    [InlineData("header(X-None)", "")]
    [InlineData("header(X-None) == \"\"", "")]
    [InlineData("header(X-Empty)", "a b")]
    [InlineData("header(X-Tag) == blue", "a b")]
    [InlineData("header(X-Tag) != blue", "")]
    [InlineData("header(X-Tag) in [green, red]", "a b")]
    [InlineData("header(X-Score) > 7", "a b")]
    [InlineData("header(X-Score) >= 7.5", "a b")]
    [InlineData("header(X-Score) < 7.5", "")]
    [InlineData("header(X-Kind) > 7", "")]
    [InlineData("has-header(X-Kind)", "a b")]
    [InlineData("has-header(X-None)", "")]
    [InlineData("subject =~ invoice", "a b")]
    [InlineData("subject == 'grüße invoice 17'", "a b")]
    [InlineData("subject !~ \"^re:\"", "a b")]
    [InlineData("subject =~ \"(?-i)invoice\"", "")]
    [InlineData("subject =~ \"(grü)(?=ße)\"", "a b")]
    [InlineData("has-attachment", "a b")]
    [InlineData("attachment-name =~ \"\\.pdf$\"", "a b")]
    [InlineData("attachment-name == bill.pdf", "a b")]
    [InlineData("attachment-type == application/pdf", "a b")]
    [InlineData("attachment-type =~ ^image/", "")]
    [InlineData("relay-limit(3)", "a b")]
    [InlineData("relay-limit(4)", "")]
    [InlineData("relay-count == 3", "a b")]
    [InlineData("priority == 7", "a b")]
    [InlineData("priority in [1, 2]", "")]
    [InlineData("priority < 7", "")]
    [InlineData("attribute(kind) == x", "a b")]
    [InlineData("attribute(score) >= 5", "a b")]
    [InlineData("attribute(none)", "")]
    [InlineData("has-attribute(kind)", "a b")]
    // its life
    [InlineData("age > 2h", "a b")]
    [InlineData("age < 2h", "")]
    [InlineData("age >= 3h", "a b")]
    [InlineData("older-than(2h59m)", "a b")]
    [InlineData("older-than(3h)", "")]
    [InlineData("attempts == 2", "a b")]
    [InlineData("attempts > 2", "")]
    [InlineData("has-exception", "a b")]
    [InlineData("has-exception(TimeoutException)", "a b")]
    [InlineData("has-exception(System.TimeoutException)", "a b")]
    [InlineData("has-exception(OutException)", "")]
    [InlineData("exception =~ slow", "a b")]
    // together
    [InlineData("sender-is-null or recipient-is-local", "a")]
    [InlineData("recipient-is-local and recipient-count == 2", "a")]
    [InlineData("recipient-is-local && !sender-is-null", "a")]
    [InlineData("!recipient-is-local || size > 50MB", "b")]
    [InlineData("not recipient-is-local and not sender-is-null", "b")]
    [InlineData("not (recipient-is-local or sender-is-null)", "b")]
    [InlineData("all or all and not all", "a b")]
    [InlineData("(all or all) and not all", "")]
    [InlineData("not not recipient-is-local", "a")]
    [InlineData("has-attachment and recipient-is-local and subject =~ invoice", "a")]
    [InlineData("recipient-is(a@here.test) or has-attachment", "a b")]
    public async Task A_condition_selects_recipients(string condition, string selected)
    {
        await using var world = new PipelineWorld();
        world.Configure(Rules(condition));
        await world.SendAsync(
            [A, B], Mail, Sender, Priority.Of(7), null,
            (MailAttributes.Account, "billing"), (MailAttributes.RemoteAddress, "::ffff:10.1.2.3"), (MailAttributes.RemoteHost, "mx.far.test"),
            (MailAttributes.Door, "smtp"), (MailAttributes.Attempts, "2"), (MailAttributes.Exception, "System.TimeoutException: too slow"), ("kind", "X"), ("score", "5"));
        world.Clock.Advance(TimeSpan.FromHours(3));

        await world.ProcessAsync();

        var yes = (await world.InAsync("yes")).SelectMany(m => m.Envelope.Recipients).Select(r => r.Address == A ? "a" : "b");
        var no = (await world.InAsync("no")).SelectMany(m => m.Envelope.Recipients);
        string.Join(' ', yes).ShouldBe(selected);
        no.Count().ShouldBe(2 - selected.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Theory]
    [InlineData("sender-is-null", true)]
    [InlineData("sender", false)]
    [InlineData("sender-is(*@far.test)", false)]
    [InlineData("sender-domain == far.test", false)]
    [InlineData("sender != a@far.test", true)]
    [InlineData("remote-address in 0.0.0.0/0", false)]
    [InlineData("sender-is-authenticated", false)]
    [InlineData("attempts == 0", true)]
    [InlineData("has-exception", false)]
    [InlineData("has-attachment", false)]
    [InlineData("relay-count == 0", true)]
    public async Task A_mail_that_says_nothing_of_itself_has_an_answer_to_everything(string condition, bool isSelected)
    {
        await using var world = new PipelineWorld();
        world.Configure(Rules(condition));
        await world.SendAsync([A], "\n", sender: "");

        await world.ProcessAsync();

        (await world.InAsync("yes")).Count.ShouldBe(isSelected ? 1 : 0);
    }

    [Theory]
    [InlineData("sender-is(b@b.test) and has-attachment")]
    [InlineData("has-attachment and sender-is(b@b.test)")]
    [InlineData("sender-is(a@far.test) or has-header(X)")]
    [InlineData("size > 50MB and subject == x")]
    public async Task What_decides_without_the_bytes_is_asked_first(string condition)
    {
        await using var world = new PipelineWorld();
        world.Configure(Rules(condition));
        await world.SendAsync(A);

        await world.ProcessAsync();

        world.Engine.Opened.ShouldBe(0);
    }

    [Fact]
    public async Task A_body_is_read_once_for_all_rules_and_branches()
    {
        await using var world = new PipelineWorld();
        world.Configure("""
            pipeline:
              root:
                - { if: has-attachment, discard: true }
                - { if: recipient-is(a@here.test) and attachment-name == x, discard: true }
                - { if: recipient-is(a@here.test), deliver: { queue: one } }
                - { if: attachment-type == text/plain, discard: true }
                - { deliver: { queue: two } }
            """);
        await world.SendAsync(A, B);

        await world.ProcessAsync();

        (await world.EverythingAsync()).ShouldBe([$"one: {A}", $"two: {B}"]);
        world.Engine.Opened.ShouldBe(1);
    }

    [Theory]
    [InlineData("", 1, "the condition is empty; write 'all' to select every mail")]
    [InlineData("sze > 5", 1, "there is no matcher 'sze'; did you mean 'size'?")]
    [InlineData("all and hasattachment", 9, "there is no matcher 'hasattachment'; did you mean 'has-attachment'?")]
    [InlineData("size", 1, "'size' is a number and no condition by itself; compare it, like: size > 50MB")]
    [InlineData("size > big", 8, "'big' is no size; write a number of bytes or one with KB, MB, GB (thousands) or KiB, MiB, GiB (1024s), like 50MB")]
    [InlineData("size =~ 5", 6, "'size' is a number, and a regular expression matches text only; compare it, like: size > 50MB")]
    [InlineData("50MB < size", 1, "there is no matcher '50MB'; write what is compared first, like: size > 50MB")]
    [InlineData("age > 5", 7, "'5' is no duration; write numbers with ms, s, m, h, d or w, like 90s, 2m, 1h30m or 14d")]
    [InlineData("priority > high", 12, "'high' is no whole number")]
    [InlineData("has-attachment == true", 16, "'has-attachment' is true or not and compares with nothing; write it alone, or 'not has-attachment'")]
    [InlineData("subject = x", 9, "'=' compares nothing; write '==', or '=~' for a regular expression")]
    [InlineData("all & all", 5, "'&' stands alone; write '&&'")]
    [InlineData("all | all", 5, "'|' stands alone; write '||'")]
    [InlineData("(all", 5, "the '(' at character 1 is not closed")]
    [InlineData("all)", 4, "this ')' closes nothing")]
    [InlineData("all all", 5, "'all' is too much here; join conditions with 'and' or 'or'")]
    [InlineData("all and", 8, "the end stands where a condition belongs")]
    [InlineData("and all", 1, "'and' stands where a condition belongs")]
    [InlineData("subject ==", 11, "the end stands where a value belongs")]
    [InlineData("subject == \"x", 12, "the text that begins with \" here has no closing \"")]
    [InlineData("\"x\" == subject", 1, "the text 'x' stands where a condition belongs; write what is compared first, like subject == \"x\"")]
    [InlineData("subject =~ \"a(b\"", 16, "'a(b' is no regular expression: Invalid pattern 'a(b' at offset 3. Not enough )'s.")]
    [InlineData("recipient-is()", 14, "there is nothing between these parentheses; leave them out or give a value")]
    [InlineData("recipient-is", 1, "'recipient-is' takes one or more values in parentheses, like: recipient-is(a@b.example)")]
    [InlineData("recipient-is(here.test)", 14, "'here.test' is no address; write name@domain, *@domain or name@*")]
    [InlineData("recipient-is(a*@here.test)", 14, "'a*@here.test' is no address; a star stands for a whole part only: *@domain or name@*. For more there are regular expressions")]
    [InlineData("recipient-domain-is(a@here.test)", 21, "'a@here.test' is no domain; write example.test or *.example.test")]
    [InlineData("header(a, b)", 1, "'header' takes one value in parentheses, like: header(X-Kind)")]
    [InlineData("all(1)", 5, "'all' takes nothing in parentheses")]
    [InlineData("recipient-is(a@b c@d)", 18, "'c@d' stands where ',' or ')' belongs; text with such characters is written in quotes")]
    [InlineData("remote-address", 1, "'remote-address' is an address and no condition by itself; write: remote-address in 10.0.0.0/8")]
    [InlineData("remote-address in 10.0.0.1/8", 19, "'10.0.0.1/8' has bits set behind its prefix; the network is 10.0.0.0/8")]
    [InlineData("remote-address > 10.0.0.0/8", 16, "'remote-address' is an address; it compares with '==', '!=', 'in' and 'not in' only")]
    [InlineData("priority == [7, 8]", 13, "a list is compared with 'in', like: priority in [7, 8, 9]")]
    [InlineData("priority in [7, 8", 18, "the '[' at character 13 is not closed")]
    [InlineData("subject > x", 11, "'x' is no number; a text compares with '==', '!=', '=~' or 'in', and with '<' or '>' only as a number")]
    public void A_condition_that_is_none_is_refused_at_its_place(string condition, int character, string reason)
    {
        var world = new PipelineWorld();

        Should.Throw<ConfigException>(() => world.Configure(Rules(condition))).Errors.ShouldHaveSingleItem().ToString()
            .ShouldBe($"p.yaml:3:{10 + character - 1}: pipeline.root[0].if: {reason} (character {character} of the condition)");
    }

    [Fact]
    public void Nesting_has_an_end()
    {
        Should.Throw<ExpressionException>(() => ExpressionParser.Parse($"{new string('(', 101)}all{new string(')', 101)}")).Message.ShouldContain("nested deeper than 100");
        Should.NotThrow(() => ExpressionParser.Parse($"{new string('(', 100)}all{new string(')', 100)}"));
        Should.Throw<ExpressionException>(() => ExpressionParser.Parse($"subject == {new string('x', 10_000)}")).Message.ShouldContain("more than 10000");
    }

    [Fact]
    public void A_long_chain_is_no_deep_one() =>
        Should.NotThrow(() => ExpressionParser.Parse(string.Join(" or ", Enumerable.Repeat("all", 1_000))));

    // root: [ if: CONDITION -> yes, all -> no ], without the quoting that YAML would need.
    private static ConfigNode.Map Rules(string condition)
    {
        var at = new ConfigLocation("p.yaml", 3, 10);
        return new ConfigNode.Map(at, "pipeline",
        [
            new ConfigEntry(at, "root", new ConfigNode.List(at, "pipeline.root",
            [
                new ConfigNode.Map(at, "pipeline.root[0]",
                [
                    new ConfigEntry(at, "if", new ConfigNode.Scalar(at, "pipeline.root[0].if", condition)),
                    new ConfigEntry(at, "deliver", new ConfigNode.Scalar(at, "pipeline.root[0].deliver", "queue yes")),
                ]),
                new ConfigNode.Map(at, "pipeline.root[1]", [new ConfigEntry(at, "deliver", new ConfigNode.Scalar(at, "pipeline.root[1].deliver", "queue no"))]),
            ])),
        ]);
    }
}
