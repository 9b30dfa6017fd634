using System.Text;
using Posthorn.Protocols.Mime;
using Posthorn.Server.Pipeline.Processors;

namespace Posthorn.Server.Pipeline.Mailets;

/// <summary><c>strip-attachments</c>: saves attachments as <see cref="SaveMailet"/> does, and leaves a line of text in their place.</summary>
internal sealed class StripMailet(AttachmentSaving saving) : IMailet
{
    private const string Example = "strip-attachments: { to-queue: attachments, name: \"\\\\.pdf$\" }";

    public async ValueTask ExecuteAsync(MailContext mail, CancellationToken cancellationToken)
    {
        var saved = await saving.SaveAsync(mail, cancellationToken);
        if (saved.Count == 0)
            return;
        var top = await mail.PartsAsync(cancellationToken);
        await BodyEdit.ApplyAsync(mail, saved.Select(part => Replacement(part, isWholeMail: ReferenceEquals(part, top))), cancellationToken);
    }

    public static StripMailet? Create(MailetBinding binding) =>
        AttachmentSaving.Create(binding, "to-queue", "to-folder", Example) is { } saving ? new StripMailet(saving) : null;

    private static BodyEdit Replacement(MimePart part, bool isWholeMail)
    {
        var text = Encoding.UTF8.GetBytes($"[attachment {part.FileName ?? part.ContentType.MediaType} was taken off this mail]\r\n");
        var encoding = MimeEncoder.Choose(text);
        // A mail that is nothing but the attachment keeps what it says of itself; a part keeps nothing.
        var header = new HeaderEditor(isWholeMail ? part.Header : HeaderBlock.Parse("\r\n"u8.ToArray()));
        header.Remove(field => field.Name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase));
        header.Add(HeaderField.CreateRaw("Content-Type", "text/plain; charset=utf-8"), inFront: false);
        if (encoding != TransferEncoding.SevenBit)
            header.Add(HeaderField.CreateRaw("Content-Transfer-Encoding", "quoted-printable"), inFront: false);
        return new BodyEdit(
            part.HeaderOffset,
            part.Length,
            (byte[])[.. header.ToBytes().Span, .. encoding == TransferEncoding.SevenBit ? text : MimeEncoder.QuotedPrintable(text)]);
    }
}
