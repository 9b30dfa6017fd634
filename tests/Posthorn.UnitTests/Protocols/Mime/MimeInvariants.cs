using Posthorn.Protocols.Mime;
using Shouldly;

namespace Posthorn.UnitTests.Protocols.Mime;

/// <summary>What holds of every mail, however broken.</summary>
internal static class MimeInvariants
{
    public static MimePart Check(byte[] mail, MimeLimits limits)
    {
        var root = MimeReader.Read(mail, limits);
        root.HeaderOffset.ShouldBe(0);
        root.Length.ShouldBe(mail.Length);
        CheckNested(root, 1, limits);
        root.Descendants().Count().ShouldBeLessThanOrEqualTo(limits.PartsMax);
        return root;
    }

    /// <summary>Everything that can be asked of a mail.</summary>
    public static void AskEverything(byte[] mail, MimePart root)
    {
        foreach (var part in root.Descendants())
        {
            foreach (var field in part.Header.Fields)
            {
                _ = (field.Text, AddressList.Parse(field.Value), MailDate.TryParse(field.Value, out _));
            }
            _ = (part.FileName, part.Disposition, part.ContentId, part.IsAttachment);
            using var body = MimeDecoder.Decode(new MemoryStream(mail), part);
            body.CopyTo(Stream.Null);
        }
        HeaderScan.Of(mail).HeaderLength.ShouldBe(HeaderBlock.Parse(mail).Length);
        new HeaderEditor(root.Header).Add("X-New", "x", inFront: true).ToBytes();
    }

    private static void CheckNested(MimePart part, int depth, MimeLimits limits)
    {
        depth.ShouldBeLessThanOrEqualTo(limits.NestingMax);
        part.BodyOffset.ShouldBeGreaterThanOrEqualTo(part.HeaderOffset);
        part.BodyLength.ShouldBeGreaterThanOrEqualTo(0);
        if (!part.Header.IsTruncated)
            part.Header.Length.ShouldBe((int)(part.BodyOffset - part.HeaderOffset));
        var from = part.BodyOffset;
        foreach (var child in part.Children)
        {
            child.HeaderOffset.ShouldBeGreaterThanOrEqualTo(from);
            from = child.HeaderOffset + child.Length;
            CheckNested(child, depth + 1, limits);
        }
        from.ShouldBeLessThanOrEqualTo(part.BodyOffset + part.BodyLength);
    }
}
