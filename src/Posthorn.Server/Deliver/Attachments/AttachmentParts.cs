using Posthorn.Protocols.Mime;

namespace Posthorn.Server.Deliver.Attachments;

/// <summary>Finds the attachments of a mail.</summary>
public static class AttachmentParts
{
    /// <summary>The parts that people would call attachments, in the order they stand; of one within another the outer one alone, which holds it.</summary>
    /// <param name="mail">The mail.</param>
    /// <param name="selects">Which of them count; null is all.</param>
    public static IReadOnlyList<MimePart> Of(MimePart mail, Func<MimePart, bool>? selects = null)
    {
        var chosen = new List<MimePart>();
        // A part comes before those within it, and after it comes what lies behind it.
        foreach (var part in mail.Descendants())
        {
            if (part.IsAttachment && selects?.Invoke(part) != false && !(chosen is [.., var last] && part.HeaderOffset < last.HeaderOffset + last.Length))
                chosen.Add(part);
        }
        return chosen;
    }

    /// <summary>What the part calls itself, or <c>attachment.pdf</c> by its type; safe to be used as a file's name.</summary>
    public static string NameOf(MimePart part) =>
        part.FileName ?? FileName.Safe($"attachment.{part.ContentType.Subtype}")!;
}
