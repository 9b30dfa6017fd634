using System.Buffers;
using System.Diagnostics;
using System.Text;
using Posthorn.Protocols.Imap.Responses;
using Posthorn.Protocols.Imap.Sorting;
using Posthorn.Protocols.Imap.Structure;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Imap;

/// <summary>SORT and THREAD (RFC 5256).</summary>
public sealed class SortingTests
{
    private static readonly DateTimeOffset s_arrived = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("Hello", "HELLO", false)]
    [InlineData("Re: Hello", "HELLO", true)]
    [InlineData("re : RE:fwd: Fw:hello", "HELLO", true)]
    [InlineData("Re[2]: hello", "HELLO", true)]
    [InlineData("[list] Re: [list] hello", "HELLO", true)]
    [InlineData("[list] hello", "HELLO", false)]
    [InlineData("[list]", "[LIST]", false)]
    [InlineData("[a] [b]", "[B]", false)]
    [InlineData("hello (fwd) (FWD)  ", "HELLO", true)]
    [InlineData("[Fwd: Re: hello]", "HELLO", true)]
    [InlineData("[fwd: [fwd: hello (fwd)]]", "HELLO", true)]
    [InlineData("  a \t b\r\n c ", "A B C", false)]
    [InlineData("regards: x", "REGARDS: X", false)]
    [InlineData("Re:", "", true)]
    [InlineData("", "", false)]
    [InlineData(null, "", false)]
    [InlineData("[[x] y", "[[X] Y", false)]
    public void A_base_subject_is_without_what_replies_add(string? subject, string expected, bool isReply) =>
        BaseSubject.Of(subject).ShouldBe(new BaseSubject(expected, isReply));

    [Fact]
    public void A_subject_that_goes_on_for_ever_costs_a_moment()
    {
        var began = Stopwatch.GetTimestamp();
        foreach (var piece in new[] { "[", "[x", "[x]", "re:", "re[x]:", "[fwd:", "(fwd)", " ", "fw" })
            for (var i = 0; i < 100; i++)
                BaseSubject.Of(string.Concat(Enumerable.Repeat(piece, 50_000)));
        Stopwatch.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void Messages_are_sorted_by_one_key_after_the_other_and_stay_in_order_when_equal()
    {
        string[] mails =
        [
            "From: Zoe <b@x>\r\nSubject: Re: beta\r\nDate: Mon, 5 Jan 2026 10:00:00 +0100\r\n\r\n",
            "From: adam@x\r\nSubject: alpha\r\nDate: Mon, 5 Jan 2026 10:00:00 +0000\r\n\r\n",
            "From: \"Carl\" <C@x>\r\nSubject: BETA\r\nDate: Sun, 4 Jan 2026 10:00:00 +0000\r\n\r\n",
            "Subject: =?utf-8?q?alpha?=\r\n\r\nmuch longer than the others are, to be the largest of them all\r\n",
        ];
        Sorted(mails, new SortKey(SortField.Subject, false)).ShouldBe([2u, 4u, 1u, 3u]);
        Sorted(mails, new SortKey(SortField.Subject, true)).ShouldBe([1u, 3u, 2u, 4u]);
        Sorted(mails, new SortKey(SortField.Date, false)).ShouldBe([4u, 3u, 1u, 2u]); // the last has no date: when it came
        Sorted(mails, new SortKey(SortField.From, false)).ShouldBe([4u, 2u, 1u, 3u]);
        Sorted(mails, new SortKey(SortField.DisplayFrom, false)).ShouldBe([4u, 2u, 3u, 1u]);
        Sorted(mails, new SortKey(SortField.Subject, false), new SortKey(SortField.Date, true)).ShouldBe([2u, 4u, 1u, 3u]);
        Sorted(mails, new SortKey(SortField.Size, true))[0].ShouldBe(4u);
        Sorted(mails, new SortKey(SortField.Arrival, true)).ShouldBe([4u, 3u, 2u, 1u]);
        new MailSorter([new SortKey(SortField.Size, false)], 10).NeedsStructure.ShouldBeFalse();
    }

    [Fact]
    public void More_than_the_bound_is_not_taken()
    {
        var sorter = new MailSorter([new SortKey(SortField.Size, false)], 1);
        sorter.TryAdd(1, 1, s_arrived, 5, null).ShouldBeTrue();
        sorter.TryAdd(2, 2, s_arrived, 5, null).ShouldBeFalse();
        var threader = new MailThreader(ThreadAlgorithm.References, 0);
        threader.TryAdd(1, 1, s_arrived, StructureReader.Read("\r\n"u8)).ShouldBeFalse();
    }

    [Fact]
    public void Threads_by_subject_have_the_first_sent_as_parent() =>
        Threads(ThreadAlgorithm.OrderedSubject,
            "Subject: b\r\nDate: Sun, 4 Jan 2026 10:00:00 +0000\r\n\r\n",
            "Subject: Re: a\r\nDate: Mon, 5 Jan 2026 10:00:00 +0000\r\n\r\n",
            "Subject: a\r\nDate: Sat, 3 Jan 2026 10:00:00 +0000\r\n\r\n",
            "Subject: [x] a\r\nDate: Tue, 6 Jan 2026 10:00:00 +0000\r\n\r\n",
            "Subject: Re: B\r\nDate: Sun, 4 Jan 2026 11:00:00 +0000\r\n\r\n").ShouldBe("(3 (2)(4))(1 5)");

    [Fact]
    public void Threads_by_references_nest_as_answers_do()
    {
        Threads(ThreadAlgorithm.References, Mail("1"), Mail("2", "1"), Mail("3", "1 2"), Mail("4", "1")).ShouldBe("(1 (2 3)(4))");
        // What came first answers what comes later; the order of arrival makes no difference.
        Threads(ThreadAlgorithm.References, Mail("3", "1 2"), Mail("2", "1"), Mail("1")).ShouldBe("(3 2 1)");
        // One that is not here holds two answers together, and goes when it has one.
        Threads(ThreadAlgorithm.References, Mail("2", "gone"), Mail("3", "gone")).ShouldBe("((1)(2))");
        Threads(ThreadAlgorithm.References, Mail("2", "gone"), Mail("3", "2")).ShouldBe("(1 2)");
        Threads(ThreadAlgorithm.References, Mail("1"), Mail("3", "1 gone"), Mail("4", "1 gone")).ShouldBe("(1 (2)(3))");
        // Two with one id: the second stands alone.
        Threads(ThreadAlgorithm.References, Mail("1"), Mail("1", subject: "other"), Mail("2", "1")).ShouldBe("(1 3)(2)");
    }

    [Fact]
    public void Loops_are_not_made()
    {
        Threads(ThreadAlgorithm.References, Mail("1", "2"), Mail("2", "1")).ShouldBe("(2 1)");
        Threads(ThreadAlgorithm.References, Mail("1", "1")).ShouldBe("(1)");
        Threads(ThreadAlgorithm.References, Mail("1", "2 3 1"), Mail("2", "3"), Mail("3", "1 2")).Count(c => c is '1' or '2' or '3').ShouldBe(3);
    }

    [Fact]
    public void Threads_of_one_subject_are_put_together()
    {
        Threads(ThreadAlgorithm.References, Mail("1", subject: "x"), Mail("2", subject: "Re: x")).ShouldBe("(1 2)");
        Threads(ThreadAlgorithm.References, Mail("1", subject: "Re: x"), Mail("2", subject: "x")).ShouldBe("(2 1)");
        Threads(ThreadAlgorithm.References, Mail("1", subject: "x"), Mail("2", subject: "x")).ShouldBe("((1)(2))");
        Threads(ThreadAlgorithm.References, Mail("1", subject: "x"), Mail("2", subject: "x"), Mail("3", subject: "re: x")).ShouldBe("((1)(2)(3))");
        Threads(ThreadAlgorithm.References, Mail("1", "gone", "x"), Mail("2", "gone", "x"), Mail("3", subject: "x")).ShouldBe("((1)(2)(3))");
        Threads(ThreadAlgorithm.References, Mail("1", "gone", "x"), Mail("2", "gone", "x"), Mail("3", "away", "x"), Mail("4", "away", "x")).ShouldBe("((1)(2)(3)(4))");
    }

    [Fact]
    public void A_hundred_thousand_messages_are_threaded_in_a_moment_whatever_their_shape()
    {
        const int Count = 100_000;
        var random = new Random(20261127);
        foreach (var parentOf in new Func<int, int>[] { i => i - 1, i => i + 1, _ => -1, i => i / 2, i => random.Next(Count) })
        {
            var threader = new MailThreader(ThreadAlgorithm.References, Count);
            for (var i = 0; i < Count; i++)
                threader.TryAdd((uint)i + 1, (uint)i, s_arrived.AddSeconds(i), StructureReader.Read(Encoding.ASCII.GetBytes(Mail($"{i}", $"{parentOf(i)}", "s" + i))));
            var began = Stopwatch.GetTimestamp();
            var output = new ArrayBufferWriter<byte>();
            new ImapWriter(output).Thread(threader.Threads());
            Stopwatch.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromSeconds(15));
            Encoding.ASCII.GetString(output.WrittenSpan).Split([' ', '(', ')', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(Count + 2, "each once, behind the response's name");
        }
    }

    private static string Mail(string id, string? references = null, string? subject = null) =>
        $"Message-ID: <{id}@x>\r\nSubject: {subject ?? "s" + id}\r\n" +
        (references is null ? "" : $"References: {string.Join(' ', references.Split(' ').Select(r => $"<{r}@x>"))}\r\n") + "\r\n";

    private static string Threads(ThreadAlgorithm algorithm, params string[] mails)
    {
        var threader = new MailThreader(algorithm, 100);
        for (uint i = 1; i <= mails.Length; i++)
            threader.TryAdd(i, i, s_arrived.AddMinutes(i), StructureReader.Read(Encoding.ASCII.GetBytes(mails[i - 1]))).ShouldBeTrue();
        var output = new ArrayBufferWriter<byte>();
        new ImapWriter(output).Thread(threader.Threads());
        return Encoding.ASCII.GetString(output.WrittenSpan)["* THREAD ".Length..^2];
    }

    private static uint[] Sorted(string[] mails, params SortKey[] keys)
    {
        var sorter = new MailSorter(keys, 100);
        for (uint i = 1; i <= mails.Length; i++)
            sorter.TryAdd(i, i, s_arrived.AddMinutes(i), mails[i - 1].Length, StructureReader.Read(Encoding.ASCII.GetBytes(mails[i - 1]))).ShouldBeTrue();
        return sorter.Sorted();
    }
}
