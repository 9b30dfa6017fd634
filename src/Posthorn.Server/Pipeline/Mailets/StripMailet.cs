using System.Text;
using System.Text.RegularExpressions;
using Posthorn.Files;
using Posthorn.Messages;
using Posthorn.Protocols.Mime;
using Posthorn.Queues;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Pipeline.Matchers;
using Posthorn.Server.Pipeline.Processors;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Pipeline.Mailets;

/// <summary>
/// <c>strip-attachments</c>: saves attachments, decoded, to a queue or a folder, and leaves a line of text in their place. A file is whole, on stable storage
/// and under its name before the mail without it is; when the mail is tried again it is written again under the same name.
/// </summary>
internal sealed class StripMailet(QueueName? queue, string? folder, Regex? name, Regex? type) : IMailet
{
    private const int SliceBytes = 64 * 1024;
    private const string Example = "strip-attachments: { to-queue: attachments, name: \"\\\\.pdf$\" }";

    public async ValueTask ExecuteAsync(MailContext mail, CancellationToken cancellationToken)
    {
        var top = await mail.PartsAsync(cancellationToken);
        var parts = top.Descendants().Where(Selects).ToArray();
        var chosen = parts.Where(part => !Array.Exists(parts, outer => !ReferenceEquals(outer, part) && Holds(outer, part))).ToArray();
        if (chosen.Length == 0)
            return;

        var edits = new List<BodyEdit>(chosen.Length);
        await using (var stream = await mail.OpenAsync(cancellationToken))
        {
            for (var i = 0; i < chosen.Length; i++)
            {
                await using var decoded = MimeDecoder.Decode(stream, chosen[i]);
                if (queue is { } to)
                    await SaveAsync(mail, to, chosen[i], decoded, cancellationToken);
                else
                    await SaveAsync(mail.Services.OpenFolder(folder!), FileNameOf(mail, i + 1, chosen[i]), decoded, cancellationToken);
                edits.Add(Replacement(chosen[i], isWholeMail: ReferenceEquals(chosen[i], top)));
            }
        }

        await BodyEdit.ApplyAsync(mail, edits, cancellationToken);
    }

    public static StripMailet? Create(MailetBinding binding)
    {
        if (binding.Value is not ConfigNode.Map)
        {
            binding.Refuse($"takes where to, like: {Example}");
            return null;
        }

        var reader = ConfigReader.Open(binding.Value, binding.Errors);
        var queueText = MailetBinding.Item(reader, "to-queue");
        var folder = reader.FilePath("to-folder");
        var (name, type) = (Pattern(binding, reader, "name"), Pattern(binding, reader, "type"));
        reader.Close();
        if ((queueText is null) == (folder is null))
        {
            binding.Refuse($"takes one of to-queue and to-folder, like: {Example}");
            return null;
        }

        if (folder is not null && !CanMake(reader, folder))
            return null;
        QueueName? queue = queueText is null ? null : binding.Queue(queueText);
        return new StripMailet(queue, folder, name, type);
    }

    private static bool CanMake(ConfigReader reader, string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            reader.Refuse("to-folder", $"the folder cannot be made: {e.Message}");
            return false;
        }
    }

    private static Regex? Pattern(MailetBinding binding, ConfigReader reader, string key)
    {
        if (MailetBinding.Item(reader, key) is not { } scalar)
            return null;
        try
        {
            return Matchers.Pattern.Compile(scalar.Text);
        }
        catch (RegexParseException e)
        {
            binding.Refuse(scalar, $"'{scalar.Text}' is no regular expression: {e.Message}");
            return null;
        }
    }

    private bool Selects(MimePart part) =>
        part.IsAttachment
        && (name is null || (part.FileName is { } fileName && name.IsMatch(fileName)))
        && (type is null || type.IsMatch(part.ContentType.MediaType));

    private static bool Holds(MimePart outer, MimePart inner) =>
        outer.HeaderOffset <= inner.HeaderOffset && outer.HeaderOffset + outer.Length >= inner.HeaderOffset + inner.Length;

    private static async ValueTask SaveAsync(MailContext mail, QueueName queue, MimePart part, Stream decoded, CancellationToken cancellationToken)
    {
        var content = await mail.Run.WriteBodyAsync((body, token) => body.CopyFromAsync(decoded, long.MaxValue, token), cancellationToken);
        var attributes = new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { ["content-type"] = part.ContentType.MediaType };
        if (part.FileName is { } fileName)
            attributes["file-name"] = fileName;
        // No envelope: with one it would be taken for a mail (MailMark).
        if (mail.Sender.Length > 0)
            attributes["sender"] = mail.Sender;
        if (mail.Text(MailAttributes.MessageId) is { } messageId)
            attributes["message-id"] = messageId;
        mail.Run.Produce(new NewMessage { Queue = queue, Content = content, Attributes = attributes, Priority = mail.Priority }, "an attachment");
    }

    private static async ValueTask SaveAsync(IJournalFileSystem folder, string name, Stream decoded, CancellationToken cancellationToken)
    {
        var aside = $"{name}.part";
        await folder.DeleteAsync(aside);
        await using (var file = await folder.OpenAsync(aside, OpenIntent.Create))
        {
            var slice = new byte[SliceBytes];
            long offset = 0;
            while (await decoded.ReadAtLeastAsync(slice, slice.Length, throwOnEndOfStream: false, cancellationToken) is > 0 and var read)
            {
                await file.WriteAsync(offset, slice.AsMemory(0, read));
                offset += read;
            }

            await file.FlushAsync();
        }

        await folder.RenameAsync(aside, name);
        await folder.FlushFolderAsync("");
    }

    // The mail's id makes it unique; the number tells two attachments of one name apart.
    private static string FileNameOf(MailContext mail, int number, MimePart part)
    {
        var wanted = part.FileName ?? $"attachment.{part.ContentType.Subtype}";
        // ".part" must still fit behind it.
        while (Encoding.UTF8.GetByteCount(wanted) > 200)
            wanted = wanted[1..];
        return FileName.Safe($"{mail.Id}-{number}-{wanted}")!;
    }

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
