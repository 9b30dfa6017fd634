using Posthorn.Protocols.Imap.Commands;
using Posthorn.Protocols.Imap.Reading;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Imap;

/// <summary>What each command means, and what is refused for which reason.</summary>
public sealed class ImapCommandTests
{
    [Theory]
    [InlineData("capability", "(Capability)")]
    [InlineData("Noop ", "(Noop)")]
    [InlineData("LOGIN \"a b\" {3+}\r\n\"\\x", "(Login 'a b' '\"\\x')")]
    [InlineData("AUTHENTICATE plain", "(Authenticate 'PLAIN')")]
    [InlineData("AUTHENTICATE PLAIN AHRlc3QAdGVzdA==", "(Authenticate 'PLAIN' 'AHRlc3QAdGVzdA==')")]
    [InlineData("AUTHENTICATE EXTERNAL =", "(Authenticate 'EXTERNAL' '=')")]
    [InlineData("ENABLE condstore QRESYNC", "(Enable ['CONDSTORE' 'QRESYNC'])")]
    [InlineData("COMPRESS deflate", "(Compress 'DEFLATE')")]
    [InlineData("ID NIL", "(Id [])")]
    [InlineData("ID (\"name\" \"x\" \"version\" NIL)", "(Id [name=x version=])")]
    [InlineData("SELECT inbox", "(Select 'INBOX')")]
    [InlineData("SELECT &ZeVnLIqe-/x", "(Select '日本語/x')")]
    [InlineData("EXAMINE a (CONDSTORE)", "(Select 'a' ReadOnly CondStore)")]
    [InlineData("SELECT a (QRESYNC (67890007 20050715194045000 41,43:211,214:541))", "(Select 'a' (QResyncParameters 67890007 20050715194045000 41,43:211,214:541))")]
    [InlineData("SELECT a (QRESYNC (1 2 1:5 (1,3 2,9)) CONDSTORE)", "(Select 'a' CondStore (QResyncParameters 1 2 1:5 1,3 2,9))")]
    [InlineData("SELECT a (QRESYNC (1 2 (1 2)))", "(Select 'a' (QResyncParameters 1 2 1 2))")]
    [InlineData("CREATE owatagusiam/", "(Create 'owatagusiam' [])")]
    [InlineData("CREATE a (USE (\\Drafts \\Sent))", "(Create 'a' ['\\Drafts' '\\Sent'])")]
    [InlineData("DELETE a", "(Delete 'a')")]
    [InlineData("RENAME a b/c", "(Rename 'a' 'b/c')")]
    [InlineData("SUBSCRIBE a", "(Subscribe 'a')")]
    [InlineData("UNSUBSCRIBE a", "(Unsubscribe 'a')")]
    [InlineData("LIST \"\" *", "(List '' ['*'] None None [])")]
    [InlineData("LIST \"\" \"\"", "(List '' [''] None None [])")]
    [InlineData("LIST a/ %/b*", "(List 'a/' ['%/b*'] None None [])")]
    [InlineData("LIST (SUBSCRIBED RECURSIVEMATCH) \"\" (INBOX \"a%\") RETURN (CHILDREN STATUS (MESSAGES SIZE) SPECIAL-USE)",
        "(List '' ['INBOX' 'a%'] Subscribed, RecursiveMatch Children, SpecialUse, Status [Messages Size] Extended)")]
    [InlineData("LIST () \"\" * RETURN ()", "(List '' ['*'] None None [] Extended)")]
    [InlineData("LSUB \"\" %", "(Lsub '' '%')")]
    [InlineData("STATUS a (UIDNEXT messages DELETED HIGHESTMODSEQ MAILBOXID APPENDLIMIT DELETED-STORAGE)",
        "(Status 'a' [UidNext Messages Deleted HighestModSeq MailboxId AppendLimit DeletedStorage])")]
    [InlineData("GETQUOTA \"\"", "(GetQuota '')")]
    [InlineData("GETQUOTAROOT INBOX", "(GetQuotaRoot 'INBOX')")]
    [InlineData("SETQUOTA \"\" (STORAGE 512 message 10)", "(SetQuota '' [STORAGE=512 MESSAGE=10])")]
    [InlineData("EXPUNGE", "(Expunge)")]
    [InlineData("UID EXPUNGE 3:5,*", "(Expunge 3:5,*)")]
    [InlineData("COPY 2:4 MEETING", "(Copy 2:4 'MEETING')")]
    [InlineData("uid move $ x", "(Move Uid $ 'x')")]
    [InlineData("STORE 2:4 +FLAGS (\\Deleted \\deleted Junk)", "(Store 2:4 (StoreAction Add ['\\Deleted' 'Junk']))")]
    [InlineData("UID STORE 7 (UNCHANGEDSINCE 0) -flags.silent $Lease \\Seen", "(Store Uid 7 (StoreAction Remove ['$Lease' '\\Seen'] Silent) 0)")]
    [InlineData("STORE 1 FLAGS ()", "(Store 1 (StoreAction Replace []))")]
    [InlineData("FETCH 1 FULL", "(Fetch 1 [(Flags) (InternalDate) (Size) (Envelope) (Structure)])")]
    [InlineData("FETCH 1,3 (UID BODY[] RFC822 RFC822.HEADER RFC822.TEXT BODYSTRUCTURE MODSEQ EMAILID THREADID UID)",
        "(Fetch 1,3 [(Uid) (Body (FetchSection  Whole []) Body) (Body (FetchSection  Whole []) Rfc822) (Body (FetchSection  Header []) Peek Rfc822Header) (Body (FetchSection  Text []) Rfc822Text) (Structure Extended) (ModSeq) (EmailId) (ThreadId)])")]
    [InlineData("FETCH 1 BODY[1.2.MIME]<0.100>", "(Fetch 1 [(Body (FetchSection 1.2 Mime []) (PartialRange 0 100) Body)])")]
    [InlineData("FETCH 1 body.peek[3.header.fields.not (a \"b c\")]", "(Fetch 1 [(Body (FetchSection 3 HeaderFieldsNot ['a' 'b c']) Peek Body)])")]
    [InlineData("FETCH 1 (BINARY[1.2]<5.6> BINARY.PEEK[] BINARY.SIZE[4])", "(Fetch 1 [(Binary 1.2 (PartialRange 5 6)) (Binary  Peek) (BinarySize 4)])")]
    [InlineData("UID FETCH 1:* FLAGS (CHANGEDSINCE 12345 VANISHED)", "(Fetch Uid 1:* [(Uid) (Flags) (ModSeq)] 12345 Vanished)")]
    public void A_command_is_understood(string text, string expected) =>
        ImapDialogue.Of($"a {text}\r\n").ShouldBe([$"a: {expected}"]);

    [Theory]
    [InlineData("SEARCH ALL", "(Search (All))")]
    [InlineData("SEARCH UNSEEN 1:5,9 $", "(Search (And [(Not (Flag '\\Seen')) (Sequence 1:5,9) (Sequence $)]))")]
    [InlineData("SEARCH RETURN () NEW", "(Search All (And [(Flag '\\Recent') (Not (Flag '\\Seen'))]))")]
    [InlineData("UID SEARCH RETURN (MIN COUNT SAVE) UID 5:*", "(Search Uid Min, Count, Save (Sequence 5:* Uid))")]
    [InlineData("SEARCH CHARSET UTF-8 OR FROM {3+}\r\na b NOT (SUBJECT x LARGER 5)", "(Search (Or (Header 'FROM' 'a b') (Not (And [(Header 'SUBJECT' 'x') (Size Larger 5)]))))")]
    [InlineData("SEARCH SINCE 1-Feb-1994 SENTBEFORE \"01-Mar-2020\"", "(Search (And [(Date Internal Since 02/01/1994) (Date Sent Before 03/01/2020)]))")]
    [InlineData("SEARCH HEADER Message-ID \"\" BODY x TEXT y", "(Search (And [(Header 'Message-ID' '') (Text 'x') (Text 'y' WithHeader)]))")]
    [InlineData("SEARCH OLDER 60 YOUNGER 3600 SMALLER 9", "(Search (And [(Age Older 60) (Age 3600) (Size 9)]))")]
    [InlineData("SEARCH MODSEQ \"/flags/\\\\draft\" all 620162338", "(Search (ModSeq 620162338))")]
    [InlineData("SEARCH MODSEQ 1 KEYWORD $Lease UNKEYWORD x", "(Search (And [(ModSeq 1) (Flag '$Lease') (Not (Flag 'x'))]))")]
    [InlineData("SEARCH EMAILID M1 THREADID T1", "(Search (And [(EmailId 'M1') (ThreadId 'T1')]))")]
    [InlineData("SORT (REVERSE DATE SUBJECT) UTF-8 ALL", "(Sort [(SortKey Date Reverse) (SortKey Subject)] (All))")]
    [InlineData("UID SORT RETURN (COUNT) (DISPLAYFROM) US-ASCII DELETED", "(Sort Uid Count [(SortKey DisplayFrom)] (Flag '\\Deleted'))")]
    [InlineData("UID THREAD REFERENCES UTF-8 SINCE 5-MAR-2000", "(Thread Uid References (Date Internal Since 03/05/2000))")]
    public void A_search_is_understood(string text, string expected) =>
        ImapDialogue.Of($"a {text}\r\n").ShouldBe([$"a: {expected}"]);

    [Theory]
    [InlineData("", "BAD no command behind the tag")]
    [InlineData(" BLURB", "BAD unknown command")]
    [InlineData(" UID NOOP", "BAD unknown command")]
    [InlineData(" NOOP x", "BAD more arguments than the command takes")]
    [InlineData(" LOGIN x", "BAD fewer arguments than the command needs")]
    [InlineData(" LOGIN \"x y", "BAD arguments not understood")]
    [InlineData(" LOGIN x \"\\y\"", "BAD arguments not understood")]
    [InlineData(" LOGIN x \xFF", "BAD text is not UTF-8")]
    [InlineData(" SELECT", "BAD fewer arguments than the command needs")]
    [InlineData(" SELECT \"\"", "NO [CANNOT] no mailbox can have this name")]
    [InlineData(" SELECT &Jjo", "NO [CANNOT] no mailbox can have this name")]
    [InlineData(" SELECT \"a\tb\"", "NO [CANNOT] no mailbox can have this name")]
    [InlineData(" SELECT x (BLURB)", "BAD unknown option")]
    [InlineData(" SELECT x (QRESYNC (0 1))", "BAD not a number, or out of range")]
    [InlineData(" SELECT x (QRESYNC (1 1 1:*))", "BAD not a set of messages")]
    [InlineData(" STATUS x (BLURB)", "BAD unknown option")]
    [InlineData(" STATUS x ()", "BAD arguments not understood")]
    [InlineData(" LIST (RECURSIVEMATCH) \"\" *", "BAD unknown option")]
    [InlineData(" FETCH 0 FLAGS", "BAD not a set of messages")]
    [InlineData(" FETCH 1:+2 FLAGS", "BAD not a set of messages")]
    [InlineData(" FETCH 4294967296 FLAGS", "BAD not a set of messages")]
    [InlineData(" FETCH 1", "BAD fewer arguments than the command needs")]
    [InlineData(" FETCH 1 (FLAGS ALL)", "BAD not something that can be fetched")]
    [InlineData(" FETCH 1 BODY[MIME]", "BAD not a section of a message")]
    [InlineData(" FETCH 1 BODY[1.]", "BAD not a section of a message")]
    [InlineData(" FETCH 1 BODY[0]", "BAD not a number, or out of range")]
    [InlineData(" FETCH 1 BODY[1 TEXT]", "BAD not a section of a message")]
    [InlineData(" FETCH 1 BODY[]<0.0>", "BAD not a number, or out of range")]
    [InlineData(" FETCH 1 (FLAGS", "BAD fewer arguments than the command needs")]
    [InlineData(" FETCH 1 FLAGS (CHANGEDSINCE 1 VANISHED)", "BAD unknown option")]
    [InlineData(" STORE 1 FLAGS (\\Recent)", "BAD not a flag that can be stored")]
    [InlineData(" STORE 1 BLURB (x)", "BAD arguments not understood")]
    [InlineData(" SEARCH", "BAD fewer arguments than the command needs")]
    [InlineData(" SEARCH BLURB", "BAD not something that can be searched for")]
    [InlineData(" SEARCH CHARSET klingon ALL", "NO [BADCHARSET (US-ASCII UTF-8)] unknown charset")]
    [InlineData(" SEARCH ON 31-Feb-2020", "BAD not a date")]
    [InlineData(" SEARCH (ALL", "BAD fewer arguments than the command needs")]
    [InlineData(" SORT (BLURB) UTF-8 ALL", "BAD not something that can be sorted by")]
    [InlineData(" THREAD BLURB UTF-8 ALL", "BAD unknown threading algorithm")]
    public void What_is_not_understood_is_refused_with_its_reason(string text, string expected) =>
        ImapDialogue.Of($"a{text}\r\nb NOOP\r\n").ShouldBe([$"a {expected}", "b: (Noop)"]);

    [Fact]
    public void What_other_protocols_say_ends_the_session()
    {
        ImapDialogue.Of("GET / HTTP/1.1\r\n").ShouldBe(["GET BYE this is an IMAP server, closing"]);
        ImapDialogue.Of("EHLO x\r\n").ShouldBe(["EHLO BYE this is an IMAP server, closing"]);
    }

    [Fact]
    public void Depth_and_number_are_bounded_where_a_client_can_choose_them()
    {
        var limits = new ImapLimits { SearchDepthMax = 5, SearchKeysMax = 8, SequenceMembersMax = 3, ListItemsMax = 2, PatternCharactersMax = 10 };
        ImapDialogue.Of("a SEARCH NOT NOT NOT NOT ALL\r\n", limits)[0].ShouldStartWith("a: ");
        ImapDialogue.Of("a SEARCH NOT NOT NOT NOT NOT ALL\r\n", limits).ShouldBe(["a BAD [LIMIT] search nested too deep"]);
        ImapDialogue.Of("a SEARCH ((((ALL))))\r\n", limits)[0].ShouldStartWith("a: ");
        ImapDialogue.Of("a SEARCH (((((ALL)))))\r\n", limits).ShouldBe(["a BAD [LIMIT] search nested too deep"]);
        ImapDialogue.Of("a SEARCH 1 1 1 1 1 1 1 1\r\n", limits)[0].ShouldStartWith("a: ");
        ImapDialogue.Of("a SEARCH 1 1 1 1 1 1 1 1 1\r\n", limits).ShouldBe(["a BAD [LIMIT] too many search keys"]);
        ImapDialogue.Of("a FETCH 1,2,3 FLAGS\r\n", limits)[0].ShouldStartWith("a: ");
        ImapDialogue.Of("a FETCH 1,2,3,4 FLAGS\r\n", limits).ShouldBe(["a BAD [LIMIT] too many members in the set"]);
        ImapDialogue.Of("a FETCH 1 (UID FLAGS)\r\n", limits)[0].ShouldStartWith("a: ");
        ImapDialogue.Of("a FETCH 1 (UID FLAGS ENVELOPE)\r\n", limits).ShouldBe(["a BAD [LIMIT] too many items in the list"]);
        ImapDialogue.Of("a STORE 1 FLAGS (a b c)\r\n", limits).ShouldBe(["a BAD [LIMIT] too many items in the list"]);
        ImapDialogue.Of("a LIST abc/ %%%%%%%\r\n", limits).ShouldBe(["a BAD [LIMIT] the pattern is too long"]);
        ImapDialogue.Of("a LIST \"\" (INBOX 12345678901)\r\n", limits).ShouldBe(["a BAD [LIMIT] the pattern is too long"]);
        ImapDialogue.Of("a LSUB abc/ *******\r\n", limits).ShouldBe(["a BAD [LIMIT] the pattern is too long"]);
    }

    [Fact]
    public void Names_are_UTF8_once_the_client_enabled_it()
    {
        ImapDialogue.Of("a SELECT \"\xC3\xA9\"\r\n", isUtf8: true).ShouldBe(["a: (Select 'é')"]);
        ImapDialogue.Of("a SELECT \"\xC3\xA9\"\r\n").ShouldBe(["a NO [CANNOT] no mailbox can have this name"]);
        ImapDialogue.Of("a SELECT \"&AOk-\"\r\n", isUtf8: true).ShouldBe(["a: (Select '&AOk-')"]);
        ImapDialogue.Of("a SELECT \"&AOk-\"\r\n").ShouldBe(["a: (Select 'é')"]);
        ImapDialogue.Of("a SELECT \"\xC3(\"\r\n", isUtf8: true).ShouldBe(["a NO [CANNOT] no mailbox can have this name"]);
    }

    [Fact]
    public void A_password_never_shows_in_the_text_of_a_command() => new ImapCommand.Login("joe", "s3cret").ToString().ShouldNotContain("s3cret");

    [Fact]
    public void The_table_of_commands_is_complete()
    {
        ImapVerbs.All.ShouldBe(Enum.GetValues<ImapVerb>().Where(v => v != ImapVerb.Unknown));
        foreach (var verb in ImapVerbs.All)
        {
            ImapVerbs.Find(ImapVerbs.NameOf(verb).ToLowerInvariant()).ShouldBe(verb);
            ImapVerbs.StatesOf(verb).ShouldNotBe(ImapStates.None);
        }
        ImapVerbs.StatesOf(ImapVerb.Unknown).ShouldBe(ImapStates.None);
        ImapVerbs.StatesOf(ImapVerb.Fetch).ShouldBe(ImapStates.Selected);
        Enum.GetValues<StatusItem>().Select(i => StatusItems.TryFind(StatusItems.NameOf(i), out var found) ? found : default).ShouldBe(Enum.GetValues<StatusItem>());
    }
}
