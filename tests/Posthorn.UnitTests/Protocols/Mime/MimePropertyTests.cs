using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Posthorn.Protocols.Mime;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Mime;

public sealed class MimePropertyTests
{
    private static readonly MimeLimits SmallLimits = new() { NestingMax = 4, PartsMax = 12, FieldBytesMax = 60, HeadersBytesMax = 200 };

    /// <summary>Pieces of which mails and their faults are made.</summary>
    private static readonly string[] Pieces =
    [
        "\r\n", "\n", "\r", "\r\n\r\n", "--x", "--x--", "--xy", "--xy--", "\r\n--x\r\n", "\n--x\n", "\r\n--x--\r\n", "\r\n--xy\r\n", " ", "\t", "-", "--", "A: b\r\n", " folded\r\n",
        "Content-Type: multipart/mixed; boundary=x\r\n", "Content-Type: multipart/mixed; boundary=\"xy\"\r\n", "Content-Type: multipart/digest; boundary=x\r\n",
        "Content-Type: message/rfc822\r\n", "Content-Transfer-Encoding: base64\r\n", "Content-Transfer-Encoding: quoted-printable\r\n", "text", "=41=", "YWJj", "\0", "\xff", "From a@b\n", ":",
        "Content-Disposition: attachment; filename*0*=utf-8''%e4; filename*1=b\r\n", "Subject: =?utf-8?b?Y?= =?x?q?=?=\r\n", "To: g: \"a <b@c>, (d;\r\n",
    ];

    private static readonly Gen<byte[]> Mails = Gen.Elements(Pieces).ListOf().Select(pieces => Encoding.Latin1.GetBytes(string.Concat(pieces)));

    [Fact]
    public void Whatever_the_bytes_are_parts_lie_within_their_parents_and_nothing_fails() =>
        Prop.ForAll(Mails.ToArbitrary(), mail =>
        {
            MimeInvariants.AskEverything(mail, MimeInvariants.Check(mail, MimeLimits.Default));
            MimeInvariants.AskEverything(mail, MimeInvariants.Check(mail, SmallLimits));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000).WithEndSize(60));

    [Fact]
    public void Whatever_the_bytes_are_it_does_not_matter_how_they_come() =>
        Prop.ForAll(Mails.Zip(Gen.Choose(1, 7)).ToArbitrary(), pair =>
        {
            var (mail, bytesAtOnce) = pair;
            var whole = MimeReader.Read(mail, MimeLimits.Default);
#pragma warning disable xUnit1031 // completes at once: the stream is in memory
            var dribbled = MimeReader.ReadAsync(new DribblingStream(mail, bytesAtOnce), MimeLimits.Default, default).AsTask().GetAwaiter().GetResult();
#pragma warning restore xUnit1031
            Offsets(dribbled).ShouldBe(Offsets(whole));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000).WithEndSize(60));

    private static List<(long, long, long, string)> Offsets(MimePart root) =>
        [.. root.Descendants().Select(p => (p.HeaderOffset, p.BodyOffset, p.BodyLength, p.ContentType.MediaType))];
}
