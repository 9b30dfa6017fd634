using System.Text;
using Posthorn.Protocols.Imap.Commands;
using Posthorn.Protocols.Imap.Reading;
using Posthorn.Protocols.Imap.Searching;
using Posthorn.Protocols.Imap.Structure;
using Posthorn.Protocols.Mime;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Imap;

/// <summary>Which messages a search finds, and what it reads for that.</summary>
public sealed class SearchTests
{
    private const string Mail =
        "From: =?utf-8?q?J=C3=BCrgen_M=C3=BCller?= <jm@Example.test>\r\nTo: \"Doe, Jane\" <jane@x.test>, bob@y.test\r\nSubject: =?iso-8859-1?q?Gr=FC=DFe?= aus\r\n =?utf-8?b?S8O2bG4=?=\r\n" +
        "Date: Wed, 17 Jul 1996 23:30:00 -0700\r\nMessage-ID: <m1@x.test>\r\nX-Kind: invoice\r\nX-Kind: second\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" +
        "--b\r\nContent-Type: text/plain; charset=iso-8859-15\r\nContent-Transfer-Encoding: quoted-printable\r\nX-Part: hidden\r\n\r\nDas kostet 5 =A4, sch=\r\n=F6n!\r\n" +
        "--b\r\nContent-Type: application/octet-stream\r\n\r\nneedle in an attachment\r\n" +
        "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ninside text\r\n--b--\r\n";

    [Theory]
    [InlineData("ALL", true)]
    [InlineData("SEEN", true)]
    [InlineData("UNSEEN", false)]
    [InlineData("KEYWORD $LEASE", true)]
    [InlineData("NEW", false)]
    [InlineData("OLD", true)]
    [InlineData("7", true)]
    [InlineData("*", false)]
    [InlineData("8:*", false)]
    [InlineData("9:7", true)]
    [InlineData("UID 70", true)]
    [InlineData("UID 1:69,71", false)]
    [InlineData("$", true)]
    [InlineData("LARGER 100", true)]
    [InlineData("SMALLER 100", false)]
    [InlineData("MODSEQ 500", true)]
    [InlineData("MODSEQ 501", false)]
    [InlineData("EMAILID M7", true)]
    [InlineData("EMAILID m7", false)]
    [InlineData("THREADID T1", false)]
    [InlineData("ON 1-Feb-2026", true)]
    [InlineData("BEFORE 1-Feb-2026", false)]
    [InlineData("SINCE 1-Feb-2026", true)]
    [InlineData("SINCE 2-Feb-2026", false)]
    [InlineData("SENTON 17-Jul-1996", true)]
    [InlineData("SENTBEFORE 18-Jul-1996", true)]
    [InlineData("SENTSINCE 18-Jul-1996", false)]
    [InlineData("YOUNGER 3600", true)]
    [InlineData("YOUNGER 3599", false)]
    [InlineData("OLDER 3600", true)]
    [InlineData("OLDER 3601", false)]
    [InlineData("FROM \"j\xC3\xBCrgen m\xC3\x9CLLER\"", true)]
    [InlineData("FROM jm@example.TEST", true)]
    [InlineData("TO \"doe, jane\"", true)]
    [InlineData("TO BOB", true)]
    [InlineData("CC \"\"", false)]
    [InlineData("SUBJECT \"GR\xC3\x9C\xC3\x9F" + "E AUS k\xC3\xB6ln\"", true)]
    [InlineData("HEADER x-kind SECOND", true)]
    [InlineData("HEADER X-Kind \"\"", true)]
    [InlineData("HEADER X-None \"\"", false)]
    [InlineData("HEADER Message-ID m1@", true)]
    [InlineData("BODY \"5 \xE2\x82\xAC, SCH\xC3\x96N\"", true)]
    [InlineData("BODY needle", false)]
    [InlineData("BODY \"inside text\"", true)]
    [InlineData("BODY inner", true)]
    [InlineData("BODY invoice", false)]
    [InlineData("BODY hidden", false)]
    [InlineData("TEXT invoice", true)]
    [InlineData("TEXT hidden", true)]
    [InlineData("TEXT \"X-Kind: inv\"", true)]
    [InlineData("TEXT \"gr\xC3\xBC\xC3\x9F" + "e\"", true)]
    [InlineData("TEXT \"\"", true)]
    [InlineData("BODY inner BODY \"inside text\" TEXT invoice", true)]
    [InlineData("BODY inner BODY needle", false)]
    [InlineData("BODY invoice TEXT invoice", false)]
    [InlineData("OR BODY needle TEXT invoice", true)]
    [InlineData("NOT BODY needle NOT BODY invoice TEXT hidden BODY \"5 \xE2\x82\xAC\"", true)]
    [InlineData("NOT NOT SEEN", true)]
    [InlineData("OR UNSEEN FROM j\xC3\xBCrgen", true)]
    [InlineData("OR UNSEEN FROM nobody", false)]
    [InlineData("SEEN FROM j\xC3\xBCrgen NOT BODY needle", true)]
    public async Task A_key_fits(string key, bool fits)
    {
        var plan = SearchPlan.Of(Parsed(key), Context());
        (await plan.MatchesAsync(new Message(Mail), CancellationToken.None)).ShouldBe(fits);
    }

    [Theory]
    [InlineData("BODY x SUBJECT y UNSEEN", SearchCost.Figures)]
    [InlineData("TEXT x HEADER X-Kind y FROM nobody", SearchCost.Structure)]
    [InlineData("TEXT x HEADER X-Kind nothing", SearchCost.Header)]
    [InlineData("OR BODY x OR HEADER X-Kind y SEEN", SearchCost.Figures)]
    [InlineData("NOT (BODY x UNSEEN)", SearchCost.Figures)]
    [InlineData("SUBJECT Gr BODY nothing", SearchCost.Text)]
    public async Task Nothing_is_read_that_does_not_decide(string key, SearchCost expected)
    {
        var message = new Message(Mail);
        await SearchPlan.Of(Parsed(key), Context()).MatchesAsync(message, CancellationToken.None);
        message.Read.ShouldBe(expected);
    }

    [Fact]
    public async Task A_mail_is_read_once_for_all_texts_that_are_looked_for()
    {
        var message = new Message(Mail);
        var plan = SearchPlan.Of(Parsed("BODY inner NOT BODY needle OR TEXT none (TEXT invoice TEXT hidden BODY inner)"), Context());
        (await plan.MatchesAsync(message, CancellationToken.None)).ShouldBeTrue();
        message.Opened.ShouldBe(1);
    }

    [Fact]
    public async Task A_search_of_figures_completes_at_once()
    {
        var plan = SearchPlan.Of(Parsed("OR (SEEN LARGER 5) NOT UID 5"), Context());
        plan.Cost.ShouldBe(SearchCost.Figures);
        var matching = plan.MatchesAsync(new Message(Mail), CancellationToken.None).AsTask();
        matching.IsCompletedSuccessfully.ShouldBeTrue();
        await matching;
        SearchPlan.Of(Parsed("SEEN BODY x"), Context()).Cost.ShouldBe(SearchCost.Text);
    }

    [Fact]
    public async Task A_text_is_found_wherever_pieces_are_cut()
    {
        foreach (var before in Enumerable.Range(8_150, 60))
        {
            var mail = $"Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{new string('.', before)}\u00dcberraschung{new string('.', 10_000)}\r\n";
            var message = new Message(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(mail)));
            (await SearchPlan.Of(new SearchKey.Text("\u00fcBERRASCHUNG", IsWithHeader: false), Context()).MatchesAsync(message, CancellationToken.None)).ShouldBeTrue($"{before}");
        }
    }

    [Fact]
    public async Task Text_without_a_charset_is_taken_as_UTF8_and_as_the_usual_8_bits()
    {
        foreach (var text in new[] { "caf\xE9", "caf\xC3\xA9" })
            (await SearchPlan.Of(new SearchKey.Text("CAF\u00c9", IsWithHeader: false), Context()).MatchesAsync(new Message($"Subject: x\r\n\r\n{text}\r\n"), CancellationToken.None)).ShouldBeTrue();
    }

    [Fact]
    public void Whether_mod_sequences_matter_is_told()
    {
        Parsed("OR SEEN NOT (SEEN MODSEQ 5)").HasModSeq.ShouldBeTrue();
        Parsed("OR SEEN NOT (SEEN BODY x)").HasModSeq.ShouldBeFalse();
    }

    private static SearchContext Context() => new(9, 99, new DateTimeOffset(2026, 2, 1, 13, 0, 0, TimeSpan.Zero), [new(1, 3), new(60, 75)]);

    private static SearchKey Parsed(string key)
    {
        var buffer = new System.Buffers.ReadOnlySequence<byte>(Encoding.Latin1.GetBytes($"a SEARCH {key}\r\n"));
        var input = new ImapReader(ImapLimits.Default).Read(ref buffer);
        return ((ImapCommand.Search)input.ShouldBeOfType<ImapInput.Complete>().Command).Key;
    }

    private sealed class Message(string mail) : ISearchedMessage
    {
        private readonly byte[] _mail = Encoding.Latin1.GetBytes(mail);

        public SearchCost Read { get; private set; }

        public int Opened { get; private set; }

        public IReadOnlyList<bool>? TextsFound { get; set; }

        public uint Number => 7;

        public uint Uid => 70;

        public ulong ModSeq => 500;

        public long Size => _mail.Length;

        public DateTimeOffset InternalDate => new(2026, 2, 1, 12, 0, 0, TimeSpan.Zero);

        public string EmailId => "M7";

        public string? ThreadId => null;

        public bool HasFlag(string flag) => flag.Equals("$Lease", StringComparison.OrdinalIgnoreCase) || flag == MailFlag.Seen;

        public async ValueTask<MailStructure> StructureAsync(CancellationToken cancellationToken)
        {
            Read = Read > SearchCost.Structure ? Read : SearchCost.Structure;
            await Task.Yield();
            return StructureReader.Read(_mail);
        }

        public async ValueTask<HeaderBlock> HeaderAsync(CancellationToken cancellationToken)
        {
            Read = Read > SearchCost.Header ? Read : SearchCost.Header;
            await Task.Yield();
            return HeaderBlock.Parse(_mail);
        }

        public ValueTask<Stream> OpenAsync(CancellationToken cancellationToken)
        {
            Read = SearchCost.Text;
            Opened++;
            return new(new MemoryStream(_mail));
        }
    }
}
