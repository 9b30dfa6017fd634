using System.Text.RegularExpressions;
using Posthorn.Messages;
using Posthorn.Protocols.Mime;
using Posthorn.Queues;
using Posthorn.Server.Deliver.Attachments;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Pipeline.Processors;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Pipeline.Mailets;

/// <summary>Which attachments a mailet saves, and where to: decoded, into a queue, as messages of the mail's own commit, or into a folder, before that commit.</summary>
internal sealed record AttachmentSaving(QueueName? Queue, string? Folder, Regex? Name, Regex? Type)
{
    /// <summary>Saves the attachments that are selected; in place and durable, or part of the mail's commit, when the task completes.</summary>
    /// <returns>Them, in the order they stand.</returns>
    public async ValueTask<IReadOnlyList<MimePart>> SaveAsync(MailContext mail, CancellationToken cancellationToken)
    {
        var chosen = AttachmentParts.Of(await mail.PartsAsync(cancellationToken), Selects);
        if (chosen.Count == 0)
            return chosen;
        var folder = Folder is null ? null : new AttachmentFolder(mail.Services.OpenFolder(Folder));
        await using var stream = await mail.OpenAsync(cancellationToken);
        for (var i = 0; i < chosen.Count; i++)
        {
            await using var decoded = MimeDecoder.Decode(stream, chosen[i]);
            if (folder is not null)
                await folder.SaveAsync(AttachmentFolder.NameOf(mail.Id.ToString(), i + 1, AttachmentParts.NameOf(chosen[i])), decoded, cancellationToken);
            else
                await PutAsync(mail, Queue!.Value, chosen[i], decoded, cancellationToken);
        }
        if (folder is not null)
            await folder.FlushAsync();
        return chosen;
    }

    /// <summary>Reads a section with one of two keys for where to, and perhaps <c>name</c> and <c>type</c>; null when it does not fit, which the binding was told.</summary>
    public static AttachmentSaving? Create(MailetBinding binding, string queueKey, string folderKey, string example)
    {
        if (binding.Value is not ConfigNode.Map)
        {
            binding.Refuse($"takes where to, like: {example}");
            return null;
        }
        var reader = ConfigReader.Open(binding.Value, binding.Errors);
        var queueText = MailetBinding.Item(reader, queueKey);
        var folder = reader.FilePath(folderKey);
        var (name, type) = (Pattern(binding, reader, "name"), Pattern(binding, reader, "type"));
        reader.Close();
        if ((queueText is null) == (folder is null))
        {
            binding.Refuse($"takes one of {queueKey} and {folderKey}, like: {example}");
            return null;
        }
        if (folder is not null && WhyNotMade(folder) is { } reason)
        {
            reader.Refuse(folderKey, reason);
            return null;
        }
        return new AttachmentSaving(queueText is null ? null : binding.Queue(queueText), folder, name, type);
    }

    /// <summary>Makes a folder; why not, when that fails.</summary>
    public static string? WhyNotMade(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"the folder cannot be made: {e.Message}";
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
        (Name is null || (part.FileName is { } fileName && Name.IsMatch(fileName))) && (Type is null || Type.IsMatch(part.ContentType.MediaType));

    private static async ValueTask PutAsync(MailContext mail, QueueName queue, MimePart part, Stream decoded, CancellationToken cancellationToken)
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
}
