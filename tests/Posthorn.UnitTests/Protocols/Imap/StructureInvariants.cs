using System.Buffers;
using System.Text;
using Posthorn.Protocols.Imap.Fetching;
using Posthorn.Protocols.Imap.Responses;
using Posthorn.Protocols.Imap.Structure;
using Posthorn.Protocols.Mime;
using Shouldly;

namespace Posthorn.UnitTests.Protocols.Imap;

/// <summary>What holds of the structure of every mail, however broken.</summary>
internal static class StructureInvariants
{
    public static void Check(byte[] mail)
    {
        var structure = StructureReader.Read(mail);
        structure.Size.ShouldBe(mail.Length);
        MailStructure.TryRead(structure.Encoded.ToArray(), out var again).ShouldBeTrue();
        CheckMail(again!, mail, again!.Root, MimeReader.Read(mail, MimeLimits.Default with { NestingMax = 60 }), []);
        CheckText(again);
        _ = again.References.Count;
        again.HeaderLength.ShouldBe(again.Root.HeaderLength);
        if (again.HeaderChecksum is { } checksum)
            checksum.ShouldBe(StructureEncoder.Checksum(mail.AsSpan(0, (int)again.HeaderLength)));
        foreach (var text in Enum.GetValues<SectionText>())
            CheckRange(mail, SectionResolver.Resolve(again, new FetchSection(default, text, [])));
        SectionResolver.Resolve(again, FetchSection.Whole).ShouldBe(new SectionContent(SectionKind.Bytes, 0, mail.Length));
    }

    /// <summary>A mail, the outer one or one inside: the parts of a multipart have numbers, else its body is part 1.</summary>
    private static void CheckMail(MailStructure structure, byte[] mail, StructurePart part, MimePart expected, int[] path)
    {
        CheckFigures(mail, part, expected);
        if (!part.IsMultipart)
            CheckNumbered(structure, mail, part, expected, [.. path, 1]);
        else
            CheckChildren(structure, mail, part, expected, path);
    }

    private static void CheckNumbered(MailStructure structure, byte[] mail, StructurePart part, MimePart expected, int[] path)
    {
        CheckFigures(mail, part, expected);
        var number = new PartPath([.. path]);
        Of(SectionText.Whole).ShouldBe(new SectionContent(SectionKind.Bytes, part.BodyOffset, part.BodyLength));
        Of(SectionText.Mime).ShouldBe(new SectionContent(SectionKind.Bytes, part.HeaderOffset, part.HeaderLength));
        if (part.IsMessage)
        {
            var inner = part.Children[0];
            Of(SectionText.Header).ShouldBe(new SectionContent(SectionKind.Bytes, inner.HeaderOffset, inner.HeaderLength));
            Of(SectionText.Text).ShouldBe(new SectionContent(SectionKind.Bytes, inner.BodyOffset, inner.BodyLength));
            CheckMail(structure, mail, inner, expected.Children[0], path);
        }
        else
        {
            Of(SectionText.Header).ShouldBe(SectionContent.Missing);
            SectionResolver.Find(structure.Root, new PartPath([.. path, part.Children.Count + 1])).ShouldBeNull();
            CheckChildren(structure, mail, part, expected, path);
        }

        SectionContent Of(SectionText text) => SectionResolver.Resolve(structure, new FetchSection(number, text, []));
    }

    private static void CheckChildren(MailStructure structure, byte[] mail, StructurePart part, MimePart expected, int[] path)
    {
        for (var i = 0; i < part.Children.Count; i++)
            CheckNumbered(structure, mail, part.Children[i], expected.Children[i], [.. path, i + 1]);
    }

    private static void CheckFigures(byte[] mail, StructurePart part, MimePart expected)
    {
        (part.HeaderOffset, part.BodyOffset, part.BodyLength).ShouldBe((expected.HeaderOffset, expected.BodyOffset, expected.BodyLength));
        part.Encoding.ShouldBe(expected.TransferEncoding);
        part.Lines.ShouldBe(mail.AsSpan((int)part.BodyOffset, (int)part.BodyLength).Count((byte)'\n'));
        part.Children.Count.ShouldBe(expected.Children.Count);
    }

    private static void CheckRange(byte[] mail, SectionContent content)
    {
        content.Offset.ShouldBeGreaterThanOrEqualTo(0);
        (content.Offset + content.Length).ShouldBeLessThanOrEqualTo(mail.Length);
    }

    /// <summary>What is written can be read: parentheses match outside strings.</summary>
    private static void CheckText(MailStructure structure)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new ImapWriter(output);
        writer.FetchBegin(1);
        writer.FetchEnvelope(structure);
        writer.FetchStructure(structure, isExtended: false);
        writer.FetchStructure(structure, isExtended: true);
        writer.FetchEnd();
        ImapText.Parse(output.WrittenSpan["* 1 FETCH ".Length..^2]).ShouldBe(6);
    }
}
