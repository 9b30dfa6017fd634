using System.Text;
using Posthorn.Protocols.Mime;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Mime;

public sealed class HeaderScanTests
{
    [Fact]
    public void Hops_are_counted_and_the_first_id_and_subject_found()
    {
        var scan = HeaderScan.Of("Received: a\r\n b\r\nRECEIVED: c\r\nX-Received: no\r\nMessage-Id:\r\n <1@x>\r\nSubject: =?utf-8?q?K=C3=A4se?=\r\n and more\r\nSubject: other\r\nDate: x\r\n\r\nReceived: body\r\n"u8);

        scan.ReceivedCount.ShouldBe(2);
        scan.MessageId.ShouldBe("1@x");
        scan.Subject.ShouldBe("K\u00e4se and more");
        scan.HasDate.ShouldBeTrue();
        scan.HasFrom.ShouldBeFalse();
        scan.IsComplete.ShouldBeTrue();
    }

    [Fact]
    public void A_header_that_goes_on_beyond_what_is_given_is_not_complete()
    {
        HeaderScan.Of("Received: a\r\nReceived: b"u8).ShouldBe(new HeaderScan(2, null, null, false, false, 24, false));
        HeaderScan.Of(""u8).ShouldBe(new HeaderScan(0, null, null, false, false, 0, false));
        HeaderScan.Of("no header\r\n"u8).ShouldBe(new HeaderScan(0, null, null, false, false, 0, true));
    }

    [Theory]
    [MemberData(nameof(Corpus.All), MemberType = typeof(Corpus))]
    public void A_scan_finds_what_the_parsed_header_holds(string name)
    {
        var bytes = Corpus.Read(name);
        var header = HeaderBlock.Parse(bytes);

        var scan = HeaderScan.Of(bytes);

        scan.ReceivedCount.ShouldBe(header.All("Received").Count());
        scan.Subject.ShouldBe(header.Text("Subject"));
        scan.MessageId.ShouldBe(header["Message-ID"]?.Value.Trim('<', '>'));
        scan.HasFrom.ShouldBe(header.Has("From"));
        scan.HasDate.ShouldBe(header.Has("Date"));
        scan.HeaderLength.ShouldBe(header.Length);
    }

    [Fact]
    public void A_scan_allocates_only_the_two_texts()
    {
        var mail = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 100).Select(i => $"X-Field-{i}: some value\r\n")) + "\r\n");
        HeaderScan.Of(mail);

        var before = GC.GetAllocatedBytesForCurrentThread();
        HeaderScan.Of(mail);

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }
}
