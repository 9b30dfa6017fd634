using System.Buffers;
using System.Text;
using Posthorn.Protocols.Imap.Commands;
using Posthorn.Protocols.Imap.Fetching;
using Posthorn.Protocols.Imap.Responses;
using Posthorn.Protocols.Imap.Searching;
using Posthorn.Protocols.Imap.Sorting;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Imap;

public sealed class ImapWriterTests
{
    [Fact]
    public void Replies_have_a_tag_a_status_a_code_and_a_text()
    {
        Written(w => w.Reply("a1", ImapReply.Ok("done"))).ShouldBe("a1 OK done\r\n");
        Written(w => w.Reply("a1", ImapReplies.OverQuota)).ShouldBe("a1 NO [OVERQUOTA] over quota\r\n");
        Written(w => w.Reply("a1", ImapReplies.ShuttingDown)).ShouldBe("* BYE [UNAVAILABLE] shutting down, try again later\r\n");
        Written(w => w.Reply(null, ImapReplies.NoTag)).ShouldBe("* BAD a command begins with a tag\r\n");
        Written(w => w.Untagged(new ImapReply(ImapStatus.PreAuth, null, "hello"))).ShouldBe("* PREAUTH hello\r\n");
        Written(w => w.Continue("")).ShouldBe("+ \r\n");
        Written(w => w.Continue("idling")).ShouldBe("+ idling\r\n");
    }

    [Fact]
    public void Strings_are_quoted_when_they_may_be_and_literals_else()
    {
        Written(w => w.NString(null)).ShouldBe("NIL");
        Written(w => w.NString("")).ShouldBe("\"\"");
        Written(w => w.NString("a \"b\\c\"")).ShouldBe("\"a \\\"b\\\\c\\\"\"");
        Written(w => w.NString("a\r\nb")).ShouldBe("{4}\r\na\r\nb");
        Written(w => w.NString("é")).ShouldBe("{2}\r\nÃ©");
        Written(w => w.NString("é"), isUtf8: true).ShouldBe("\"Ã©\"");
        Written(w => w.String([0xFF]), isUtf8: true).ShouldBe("{1}\r\nÿ");
        Written(w => w.NString(new string('x', 1_000))).ShouldStartWith("\"x");
        Written(w => w.NString(new string('x', 1_001))).ShouldStartWith("{1001}\r\nx");
        Written(w => w.AString("INBOX]")).ShouldBe("INBOX]");
        Written(w => w.AString("NIL")).ShouldBe("\"NIL\"");
        Written(w => w.AString("a b")).ShouldBe("\"a b\"");
        Written(w => w.AString("")).ShouldBe("\"\"");
        Written(w => w.AString("50%")).ShouldBe("\"50%\"");
    }

    [Fact]
    public void What_is_said_of_mailboxes()
    {
        Written(w => w.Capability(["IMAP4rev1", "IDLE"])).ShouldBe("* CAPABILITY IMAP4rev1 IDLE\r\n");
        Written(w => w.Enabled([])).ShouldBe("* ENABLED\r\n");
        Written(w => w.Id([new("name", "Posthorn"), new("os", null)])).ShouldBe("* ID (\"name\" \"Posthorn\" \"os\" NIL)\r\n");
        Written(w => w.Flags([MailFlag.Seen, "$Lease"])).ShouldBe("* FLAGS (\\Seen $Lease)\r\n");
        Written(w => w.Exists(172)).ShouldBe("* 172 EXISTS\r\n");
        Written(w => w.Recent(0)).ShouldBe("* 0 RECENT\r\n");
        Written(w => w.Expunge(3)).ShouldBe("* 3 EXPUNGE\r\n");
        Written(w => w.Vanished([new(41, 41), new(300, 302)], isEarlier: true)).ShouldBe("* VANISHED (EARLIER) 41,300:302\r\n");
        Written(w => w.Vanished([new(5, 5)], isEarlier: false)).ShouldBe("* VANISHED 5\r\n");
        Written(w => w.Vanished([], isEarlier: false)).ShouldBe("");
        Written(w => w.List("Entwürfe", ["\\HasNoChildren", "\\Drafts"])).ShouldBe("* LIST (\\HasNoChildren \\Drafts) \"/\" Entw&APw-rfe\r\n");
        Written(w => w.List("Entwürfe", []), isUtf8: true).ShouldBe("* LIST () \"/\" \"EntwÃ¼rfe\"\r\n");
        Written(w => w.List("", ["\\Noselect"])).ShouldBe("* LIST (\\Noselect) \"/\" \"\"\r\n");
        Written(w => w.List("a", [], "SUBSCRIBED")).ShouldBe("* LIST () \"/\" a (CHILDINFO (\"SUBSCRIBED\"))\r\n");
        Written(w => w.Lsub("a/b", [])).ShouldBe("* LSUB () \"/\" a/b\r\n");
        Written(w => w.Status("a b", [new(StatusItem.Messages, 231), new(StatusItem.AppendLimit, null)], "F1"))
            .ShouldBe("* STATUS \"a b\" (MESSAGES 231 APPENDLIMIT NIL MAILBOXID (F1))\r\n");
        Written(w => w.Status("a", [], "F1")).ShouldBe("* STATUS a (MAILBOXID (F1))\r\n");
        Written(w => w.Namespace([""], [], ["Shared/"])).ShouldBe("* NAMESPACE ((\"\" \"/\")) NIL ((\"Shared/\" \"/\"))\r\n");
        Written(w => w.QuotaRoot("INBOX", [""])).ShouldBe("* QUOTAROOT INBOX \"\"\r\n");
        Written(w => w.Quota("", [("STORAGE", 10, 512), ("MESSAGE", 1, 2)])).ShouldBe("* QUOTA \"\" (STORAGE 10 512 MESSAGE 1 2)\r\n");
    }

    [Fact]
    public void What_was_found()
    {
        Written(w => w.Search([2, 84, 882], null)).ShouldBe("* SEARCH 2 84 882\r\n");
        Written(w => w.Search([2, 5], 917162500)).ShouldBe("* SEARCH 2 5 (MODSEQ 917162500)\r\n");
        Written(w => w.Search([], 5)).ShouldBe("* SEARCH\r\n");
        Written(w => w.Sort([5, 3, 4], null)).ShouldBe("* SORT 5 3 4\r\n");
        Written(w => w.ESearch("A285", isUid: true, SearchReturn.Min | SearchReturn.Max, [7, 12, 3800], null)).ShouldBe("* ESEARCH (TAG \"A285\") UID MIN 7 MAX 3800\r\n");
        Written(w => w.ESearch("a", isUid: false, SearchReturn.All | SearchReturn.Count, [1, 2, 3, 9], 5)).ShouldBe("* ESEARCH (TAG \"a\") ALL 1:3,9 COUNT 4 MODSEQ 5\r\n");
        Written(w => w.ESearch("a", isUid: true, SearchReturn.All | SearchReturn.Count | SearchReturn.Min, [], 5)).ShouldBe("* ESEARCH (TAG \"a\") UID COUNT 0\r\n");
        Written(w => w.ESearch("a", isUid: true, SearchReturn.Save, [1], null)).ShouldBe("");
        Written(w => w.ESearch("a", isUid: true, SearchReturn.Save | SearchReturn.Count, [1], null)).ShouldBe("* ESEARCH (TAG \"a\") UID COUNT 1\r\n");
    }

    [Fact]
    public void Threads_nest_as_the_standard_shows()
    {
        // RFC 5256 4: (2)(3 6 (4 23)(44 7 96))
        var threads = new[] { Leaf(2), Thread(3, Thread(6, Thread(4, Leaf(23)), Thread(44, Thread(7, Leaf(96))))) };
        Written(w => w.Thread(threads)).ShouldBe("* THREAD (2)(3 6 (4 23)(44 7 96))\r\n");
        Written(w => w.Thread([Thread(null, Leaf(3), Leaf(5))])).ShouldBe("* THREAD ((3)(5))\r\n");
        Written(w => w.Thread([])).ShouldBe("* THREAD\r\n");
        var deep = Leaf(1);
        for (uint i = 2; i <= 200_000; i++)
            deep = Thread(i, deep);
        Written(w => w.Thread([deep])).ShouldStartWith("* THREAD (200000 199999 ");

        static MailThread Leaf(uint number) => new(number, []);
        static MailThread Thread(uint? number, params MailThread[] children) => new(number, children);
    }

    [Fact]
    public void Fetched_items_stand_side_by_side()
    {
        Written(w =>
        {
            w.FetchBegin(12);
            w.FetchUid(4392);
            w.FetchFlags([MailFlag.Seen]);
            w.FetchInternalDate(new DateTimeOffset(1996, 7, 7, 2, 44, 25, TimeSpan.FromMinutes(-450)));
            w.FetchSize(4286);
            w.FetchModSeq(624140003);
            w.FetchEmailId("M1");
            w.FetchThreadId(null);
            w.FetchEnd();
        }).ShouldBe("* 12 FETCH (UID 4392 FLAGS (\\Seen) INTERNALDATE \" 7-Jul-1996 02:44:25 -0730\" RFC822.SIZE 4286 MODSEQ (624140003) EMAILID (M1) THREADID NIL)\r\n");
        Written(w =>
        {
            w.FetchBegin(1);
            w.FetchBody(new FetchItem.Body(FetchSection.Whole, new PartialRange(5, 9), IsPeek: true, BodyLabel.Body), 2);
            w.Output.Write("xy"u8);
            w.FetchBody(new FetchItem.Body(new FetchSection(new PartPath(1, 2), SectionText.HeaderFields, ["Date", "X y"]), null, IsPeek: false, BodyLabel.Body), 0);
            w.FetchBody(new FetchItem.Body(FetchSection.Header, null, IsPeek: true, BodyLabel.Rfc822Header), 0);
            w.FetchBodyNil(new FetchItem.Body(new FetchSection(new PartPath(9), SectionText.Mime, []), null, IsPeek: false, BodyLabel.Body));
            w.FetchBinary(new FetchItem.Binary(new PartPath(1), null, IsPeek: false), 0, hasNul: true);
            w.FetchBinaryNil(new FetchItem.Binary(new PartPath(2), new PartialRange(1, 2), IsPeek: true));
            w.FetchBinarySize(new PartPath(1), 7);
            w.FetchEnd();
        }).ShouldBe("* 1 FETCH (BODY[]<5> {2}\r\nxy BODY[1.2.HEADER.FIELDS (Date \"X y\")] {0}\r\n RFC822.HEADER {0}\r\n BODY[9.MIME] NIL BINARY[1] ~{0}\r\n BINARY[2]<1> NIL BINARY.SIZE[1] 7)\r\n");
    }

    [Fact]
    public void Codes_say_what_standards_say()
    {
        ResponseCodes.AppendUid(38505, 3955).ShouldBe("APPENDUID 38505 3955");
        ResponseCodes.CopyUid(38505, [304, 319, 320], [3956, 3957, 3958]).ShouldBe("COPYUID 38505 304,319:320 3956:3958");
        ResponseCodes.Modified([7, 9]).ShouldBe("MODIFIED 7,9");
        ResponseCodes.PermanentFlags([MailFlag.Seen, "\\*"]).ShouldBe("PERMANENTFLAGS (\\Seen \\*)");
        ResponseCodes.HighestModSeq(715194045007).ShouldBe("HIGHESTMODSEQ 715194045007");
        ResponseCodes.MailboxId("F1").ShouldBe("MAILBOXID (F1)");
    }

    [Fact]
    public void No_reply_of_the_catalogue_can_break_a_line()
    {
        var replies = typeof(ImapReplies).GetProperties().Select(p => (ImapReply)p.GetValue(null)!).ToArray();
        replies.Length.ShouldBeGreaterThan(40);
        replies.ShouldAllBe(r => Ascii.IsValid(r.Text) && r.Text.Length > 0 && !r.Text.Any(char.IsControl) && r.Text[0] != '[');
    }

    private static string Written(Action<ImapWriter> write, bool isUtf8 = false)
    {
        var output = new ArrayBufferWriter<byte>();
        write(new ImapWriter(output) { IsUtf8 = isUtf8 });
        return Encoding.Latin1.GetString(output.WrittenSpan);
    }
}
