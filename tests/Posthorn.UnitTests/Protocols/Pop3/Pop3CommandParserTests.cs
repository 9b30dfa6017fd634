using System.Reflection;
using System.Text;
using Posthorn.Protocols.Pop3;
using Posthorn.Protocols.Pop3.Commands;
using Posthorn.Protocols.Pop3.Session;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Pop3;

public sealed class Pop3CommandParserTests
{
    [Theory]
    [InlineData("noop", Pop3Verb.Noop)]
    [InlineData("QUIT ", Pop3Verb.Quit)]
    [InlineData("CAPA", Pop3Verb.Capa)]
    [InlineData("XTND XLST", Pop3Verb.Unknown)]
    [InlineData("", Pop3Verb.Unknown)]
    [InlineData("APOP mrose c4c9334bac560ecc979e58001b3e22fb", Pop3Verb.Apop)]
    [InlineData("GET / HTTP/1.1", Pop3Verb.Foreign)]
    [InlineData("EHLO x", Pop3Verb.Foreign)]
    public void A_verb_is_known_in_any_case(string line, Pop3Verb verb)
    {
        Parse(line, out var command).ShouldBeNull();

        command.Verb.ShouldBe(verb);
    }

    [Theory]
    [InlineData("USER billing", "billing")]
    [InlineData("user  anna maria ", "anna maria")]
    [InlineData("USER jürgen", "jürgen")]
    [InlineData("PASS s3cret", "s3cret")]
    [InlineData("PASS  two words ", " two words ")] // a password is taken as it stands
    [InlineData("PASS ", "")]
    public void A_name_and_a_password_are_one_argument(string line, string text)
    {
        Parse(line, out var command).ShouldBeNull();

        command.Text.ShouldBe(text);
        command.ToString().ShouldNotContain("s3cret");
    }

    [Theory]
    [InlineData("LIST", 0, 0)]
    [InlineData("LIST 7", 7, 0)]
    [InlineData("UIDL 007", 7, 0)]
    [InlineData("RETR  2 ", 2, 0)]
    [InlineData("DELE 99999999999999999999", int.MaxValue, 0)]
    [InlineData("TOP 3 0", 3, 0)]
    [InlineData("TOP  3  17", 3, 17)]
    public void Numbers_are_read(string line, int message, int lines)
    {
        Parse(line, out var command).ShouldBeNull();

        (command.Message, command.Lines).ShouldBe((message, lines));
    }

    [Theory]
    [InlineData("AUTH", null, null)]
    [InlineData("AUTH plain", "PLAIN", null)]
    [InlineData("AUTH PLAIN AGEAYg==", "PLAIN", "AGEAYg==")]
    [InlineData("AUTH SCRAM-SHA-256 =", "SCRAM-SHA-256", "=")]
    public void AUTH_names_a_mechanism_and_may_bring_a_response(string line, string? mechanism, string? initial)
    {
        Parse(line, out var command).ShouldBeNull();

        (command.Text, command.InitialResponse).ShouldBe((mechanism, initial));
    }

    [Theory]
    [InlineData("USER")]
    [InlineData("USER ")]
    [InlineData("PASS")]
    [InlineData("STAT 1")]
    [InlineData("QUIT now")]
    [InlineData("LIST one")]
    [InlineData("LIST 1 2")]
    [InlineData("LIST -1")]
    [InlineData("LIST +1")]
    [InlineData("RETR")]
    [InlineData("RETR 1.5")]
    [InlineData("TOP 1")]
    [InlineData("TOP 1 -1")]
    [InlineData("TOP 1 2 3")]
    [InlineData("AUTH PLAIN a b")]
    [InlineData("AUTH ÄÖ")]
    [InlineData("AUTH A-MECHANISM-OF-THIS-LENGTH")]
    public void What_is_none_of_a_verbs_forms_is_refused(string line) => Parse(line, out _).ShouldBe(Pop3Replies.BadArguments);

    [Theory]
    [InlineData("USER a\rb")]
    [InlineData("NOOP\n")]
    [InlineData("\0")]
    [InlineData("PASS a\tb")]
    public void Control_characters_are_refused(string line) => Parse(line, out _).ShouldBe(Pop3Replies.ControlCharacters);

    [Fact]
    public void A_name_that_is_no_UTF8_is_refused() => Pop3CommandParser.Parse("USER \xff"u8.ToArray().Append((byte)0xff).ToArray(), out _).ShouldBe(Pop3Replies.BadArguments);

    [Fact]
    public void Message_zero_is_none() => Parse("DELE 0", out _).ShouldBe(Pop3Replies.NoSuchMessage);

    [Fact]
    public void The_table_knows_every_command_in_every_state()
    {
        foreach (var verb in Enum.GetValues<Pop3Verb>())
        {
            foreach (var state in Enum.GetValues<Pop3State>().Where(s => s != Pop3State.Closed))
                Enum.IsDefined(Pop3StateTable.Of(state, verb).Next).ShouldBeTrue($"{verb} in {state}");
        }
        Should.Throw<InvalidOperationException>(() => Pop3StateTable.Of(Pop3State.Closed, Pop3Verb.Noop));
    }

    [Fact]
    public void The_maildrop_is_closed_before_the_login_and_the_login_after_it()
    {
        Pop3Verb[] ofLogin = [Pop3Verb.Auth, Pop3Verb.User, Pop3Verb.Pass, Pop3Verb.Stls, Pop3Verb.Utf8];
        Pop3Verb[] ofMaildrop = [Pop3Verb.Stat, Pop3Verb.List, Pop3Verb.Retr, Pop3Verb.Dele, Pop3Verb.Noop, Pop3Verb.Rset, Pop3Verb.Top, Pop3Verb.Uidl];
        ofLogin.ShouldAllBe(v => !Pop3StateTable.Of(Pop3State.Transaction, v).IsAllowed);
        ofMaildrop.ShouldAllBe(v => !Pop3StateTable.Of(Pop3State.Authorization, v).IsAllowed && !Pop3StateTable.Of(Pop3State.Named, v).IsAllowed);
        ofMaildrop.ShouldAllBe(v => Pop3StateTable.Of(Pop3State.Transaction, v).Next == Pop3State.Transaction);
    }

    [Fact]
    public void Every_answer_fits_on_a_line()
    {
        var replies = typeof(Pop3Replies).GetProperties(BindingFlags.Public | BindingFlags.Static).Select(p => (Pop3Reply)p.GetValue(null)!).ToList();
        replies.Count.ShouldBeGreaterThan(30);
        foreach (var reply in replies)
        {
            var line = reply.ToString();
            Ascii.IsValid(line).ShouldBeTrue(line);
            line.Length.ShouldBeLessThan(510); // RFC 2449 4
            line.ShouldNotContain('\n');
            (reply.IsOk && reply.Code != Pop3ResponseCode.None).ShouldBeFalse(line);
        }
    }

    private static Pop3Reply? Parse(string line, out Pop3Command command) => Pop3CommandParser.Parse(Encoding.UTF8.GetBytes(line), out command);
}
