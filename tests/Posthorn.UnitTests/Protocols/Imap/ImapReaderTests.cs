using System.Buffers;
using System.Text;
using Posthorn.Protocols.Imap.Reading;
using Posthorn.Protocols.Imap.Responses;
using Posthorn.UnitTests.Protocols.Smtp;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Imap;

/// <summary>Framing: lines, literals, messages, and what becomes of the session after something is refused.</summary>
public sealed class ImapReaderTests
{
    private const string Tour =
        "a1 LOGIN {5}\r\nsmith {8+}\r\npass\r\nwd\r\n" +
        "a2 select \"in\\\"box\"\r\n" +
        "a3 APPEND INBOX (\\seen $Work) \"17-Jul-1996 02:44:25 -0700\" {11}\r\nX: y\r\n\r\nabc\r\n" +
        "a4 APPEND {5+}\r\nother {3+}\r\nabc (\\Flagged) {2}\r\nxy\r\n" +
        "a5 BLURB {3}\r\n" +
        "a6 BLURB {3+}\r\nabc more {2+}\r\nxy end\r\n" +
        "a7 UID FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS ({4}\r\nDate From)])\r\n" +
        "\r\n" +
        "a8 APPEND x UTF8 (~{3+}\r\na\0b)\r\n" +
        "a9 NOOP\r\n";

    private static readonly string[] s_tour =
    [
        "+", "a1: (Login 'smith' 'pass\r\nwd')",
        "a2: (Select 'in\"box')",
        "a3: message 0 to 'INBOX' (AppendHeader ['\\Seen' '$Work'] 1996-07-17T02:44:25-07:00 11 Synchronizing)", "<X: y\r\n\r\nabc>", "a3: end of 1",
        "a4: message 0 to 'other' (AppendHeader [] 3)", "<abc>", "a4: message 1 to 'other' (AppendHeader ['\\Flagged'] 2 Synchronizing)", "<xy>", "a4: end of 2",
        "a5 BAD unknown command",
        "a6 BAD unknown command",
        "+", "a7: (Fetch UID (1:*) [])",
        "* BAD a command begins with a tag",
        "a8: message 0 to 'x' (AppendHeader [] 3 Binary Utf8)", "<a\0b>", "a8: end of 1",
        "a9: (Noop)",
    ];

    [Fact]
    public void A_tour_through_all_kinds_of_input()
    {
        var found = ImapDialogue.Of(Tour).ToArray();
        found.Length.ShouldBe(s_tour.Length);
        for (var i = 0; i < found.Length; i++)
            if (!s_tour[i].Contains("Fetch", StringComparison.Ordinal))
                found[i].ShouldBe(s_tour[i]);
        found[14].ShouldBe("a7: (Fetch Uid 1:* [(Uid) (Flags) (Body (FetchSection  HeaderFields ['Date' 'From']) Peek Body)])");
    }

    [Fact]
    public void The_same_is_found_wherever_the_bytes_are_cut()
    {
        var bytes = Encoding.Latin1.GetBytes(Tour);
        var whole = ImapDialogue.Of(Tour);
        foreach (var (first, second) in Pieces.InTwo(bytes))
        {
            var dialogue = new ImapDialogue();
            dialogue.Feed(first);
            dialogue.Feed(second);
            dialogue.Found.ShouldBe(whole);
        }
        var single = new ImapDialogue();
        foreach (var b in bytes)
            single.Feed([b]);
        single.Found.ShouldBe(whole);
        single.PendingLength.ShouldBe(0);
        single.Reader.IsInCommand.ShouldBeFalse();
    }

    [Fact]
    public void The_same_is_found_in_a_sequence_of_many_segments()
    {
        var bytes = Encoding.Latin1.GetBytes("a1 LOGIN {5+}\r\nsmith \"pass\"\r\na2 NOOP\r\n");
        var buffer = Pieces.Sequence([.. bytes.Select(b => (ReadOnlyMemory<byte>)new[] { b })]);
        var reader = new ImapReader(ImapLimits.Default);
        Described.Of(reader.Read(ref buffer)).ShouldBe("a1: (Login 'smith' 'pass')");
        Described.Of(reader.Read(ref buffer)).ShouldBe("a2: (Noop)");
        reader.Read(ref buffer).ShouldBeNull();
        buffer.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void A_message_that_the_client_waits_with_is_refused_at_once() =>
        ImapDialogue.Of("a1 APPEND x {999999999}\r\na2 NOOP\r\n", refuse: _ => ImapReplies.MessageTooBig)
            .ShouldBe([Announced(999999999, "Synchronizing"), "a1 NO [TOOBIG] message too big", "a2: (Noop)"]);

    [Fact]
    public void A_message_that_comes_anyway_is_thrown_away_with_those_behind_it() =>
        ImapDialogue.Of("a1 APPEND x {4+}\r\n\r\n\r\n (\\Seen) {7+}\r\na2 NOOP \r\na3 NOOP\r\n", refuse: _ => ImapReplies.MessageTooBig)
            .ShouldBe([Announced(4, null), "a1 NO [TOOBIG] message too big", "a3: (Noop)"]);

    [Fact]
    public void A_message_given_up_half_way_is_thrown_away_to_its_end()
    {
        var buffer = new ReadOnlySequence<byte>("a1 APPEND x {10+}\r\n0123456789\r\na2 NOOP\r\n"u8.ToArray());
        var reader = new ImapReader(ImapLimits.Default);
        reader.Read(ref buffer).ShouldBeOfType<ImapInput.AppendMessage>();
        buffer = buffer.Slice(4);
        reader.AbandonAppend(ImapReplies.OverQuota, left: 6);
        Described.Of(reader.Read(ref buffer)).ShouldBe("a1 NO [OVERQUOTA] over quota");
        Described.Of(reader.Read(ref buffer)).ShouldBe("a2: (Noop)");
        Should.Throw<InvalidOperationException>(() => reader.RefuseAppend(ImapReplies.OverQuota));
    }

    [Fact]
    public void What_is_not_right_around_messages_refuses_the_APPEND()
    {
        ImapDialogue.Of("a APPEND x {1+}\r\ny trash\r\nb NOOP\r\n").Skip(2).ShouldBe(["a BAD APPEND needs a mailbox and literals", "b: (Noop)"]);
        ImapDialogue.Of("a APPEND x (\\Bogus) {1+}\r\ny\r\nb NOOP\r\n").ShouldBe(["a BAD not a flag that can be stored", "b: (Noop)"]);
        ImapDialogue.Of("a APPEND x (\\Seen) \"soon\" {1}\r\nb NOOP\r\n").ShouldBe(["a BAD not a date", "b: (Noop)"]);
        ImapDialogue.Of("a APPEND x\r\nb NOOP\r\n").ShouldBe(["a BAD APPEND needs a mailbox and literals", "b: (Noop)"]);
        ImapDialogue.Of("a APPEND x {1+}\r\ny {1+}\r\nz\r\nb NOOP\r\n", new ImapLimits { AppendMessagesMax = 1 }).Skip(2)
            .ShouldBe(["a NO [LIMIT] too many messages in one APPEND", "b: (Noop)"]);
    }

    [Fact]
    public void A_line_that_is_too_long_is_thrown_away_with_its_literals_and_the_session_goes_on()
    {
        var limits = new ImapLimits { LineBytesMax = 64 };
        var longest = "a NOOP" + new string(' ', 64 - 8) + "\r\n";
        ImapDialogue.Of(longest, limits).ShouldBe(["a: (Noop)"]);
        ImapDialogue.Of("a NOOP " + longest[6..], limits).ShouldBe(["a BAD [LIMIT] command line too long"]);
        var text = $"a1 SEARCH TEXT {new string('x', 500)} {{5+}}\r\nab\r\ny{{3+}}\r\nxyz\r\na2 NOOP\r\n";
        ImapDialogue.Of(text, limits).ShouldBe(["a1 BAD [LIMIT] command line too long", "a2: (Noop)"]);
        var dialogue = new ImapDialogue(limits);
        foreach (var b in Encoding.Latin1.GetBytes(text))
        {
            dialogue.Feed([b]);
            dialogue.PendingLength.ShouldBeLessThanOrEqualTo(64);
        }
        dialogue.Found.ShouldBe(["a1 BAD [LIMIT] command line too long", "a2: (Noop)"]);
    }

    [Fact]
    public void Literals_are_bounded_together()
    {
        var limits = new ImapLimits { LiteralBytesMax = 8 };
        ImapDialogue.Of("a LOGIN {4+}\r\nabcd {4+}\r\nabcd\r\n", limits).ShouldBe(["a: (Login 'abcd' 'abcd')"]);
        ImapDialogue.Of("a LOGIN {4+}\r\nabcd {5+}\r\nabcde\r\nb NOOP\r\n", limits).ShouldBe(["a BAD [TOOBIG] literal too big", "b: (Noop)"]);
        ImapDialogue.Of("a LOGIN {9}\r\nb NOOP\r\n", limits).ShouldBe(["a BAD [TOOBIG] literal too big", "b: (Noop)"]);
        // Lines between literals count too: a command cannot grow without end by empty literals.
        var endless = "a SEARCH" + string.Concat(Enumerable.Repeat(" TEXT {0+}\r\n", 50)) + "\r\nb NOOP\r\n";
        ImapDialogue.Of(endless, new ImapLimits { LineBytesMax = 100, LiteralBytesMax = 100 }).ShouldBe(["a BAD [LIMIT] command line too long", "b: (Noop)"]);
    }

    [Fact]
    public void When_nobody_can_tell_where_a_literal_ends_the_session_must()
    {
        ImapDialogue.Of("a LOGIN {99999999999999999999+}\r\n").ShouldBe(["a BYE cannot tell literals from commands any more, closing"]);
        ImapDialogue.Of("a LOGIN {99999999999999999999}\r\nb NOOP\r\n").ShouldBe(["a BAD literal size is no number", "b: (Noop)"]);
        ImapDialogue.Of("a BLURB {1+}\r\nx {99999999999999999999+}\r\n").ShouldBe(["a BYE cannot tell literals from commands any more, closing"]);
        ImapDialogue.Of("a LOGIN ~{3}\r\nb NOOP\r\n").ShouldBe(["a BAD a binary literal can only be a message", "b: (Noop)"]);
    }

    [Fact]
    public void Lines_that_are_no_commands_are_read_by_themselves()
    {
        var reader = new ImapReader(ImapLimits.Default);
        var buffer = new ReadOnlySequence<byte>("DO"u8.ToArray());
        reader.ReadLine(ref buffer, 10, out _).ShouldBe(ImapLine.Incomplete);
        buffer = new ReadOnlySequence<byte>("DONE\r\nabcdefgh\r\nabcdefghi\r\na NOOP\r\n"u8.ToArray());
        reader.ReadLine(ref buffer, 10, out var line).ShouldBe(ImapLine.Complete);
        Encoding.ASCII.GetString(line).ShouldBe("DONE");
        reader.ReadLine(ref buffer, 10, out _).ShouldBe(ImapLine.Complete);
        reader.ReadLine(ref buffer, 10, out _).ShouldBe(ImapLine.TooLong);
        Described.Of(reader.Read(ref buffer)).ShouldBe("a: (Noop)");
        buffer = new ReadOnlySequence<byte>("0123456789"u8.ToArray());
        reader.ReadLine(ref buffer, 10, out _).ShouldBe(ImapLine.Incomplete);
        buffer.IsEmpty.ShouldBeTrue();
        buffer = new ReadOnlySequence<byte>("x\n"u8.ToArray());
        reader.ReadLine(ref buffer, 10, out _).ShouldBe(ImapLine.TooLong);
    }

    [Fact]
    public void Nothing_is_held_between_commands()
    {
        var dialogue = new ImapDialogue();
        dialogue.Feed("a LOGIN {5}\r\n"u8);
        dialogue.Reader.IsInCommand.ShouldBeTrue();
        dialogue.Feed("smith x\r\n"u8);
        dialogue.Reader.IsInCommand.ShouldBeFalse();
    }

    private static string Announced(long size, string? suffix) =>
        $"a1: message 0 to 'x' (AppendHeader [] {size}{(suffix is null ? "" : " " + suffix)})";
}
