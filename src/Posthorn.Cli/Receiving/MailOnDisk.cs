using Posthorn.Cli.Connection;
using Posthorn.Client.Contracts.Sending;
using Posthorn.Protocols.Mime;
using Posthorn.Server.Deliver.Attachments;

namespace Posthorn.Cli.Receiving;

/// <summary>A received message in a file: never more of it in memory than a slice. Of a mail its parts are known.</summary>
internal sealed class MailOnDisk
{
    private readonly IReadOnlyList<MimePart> _attachments;
    private readonly string? _fileName;

    private MailOnDisk(string path, MimePart? mail, string? fileName)
    {
        (Path, Header, _fileName) = (path, mail?.Header ?? HeaderBlock.Empty, fileName);
        _attachments = mail is null ? [] : AttachmentParts.Of(mail);
        IsMail = mail is not null;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The mail's header; no fields for what is none.</summary>
    public HeaderBlock Header { get; }

    /// <summary>Whether it is a mail: it has an envelope.</summary>
    public bool IsMail { get; }

    /// <summary>Writes the message's bytes into a folder.</summary>
    public static async Task<MailOnDisk> FetchAsync(Session session, ReceivedMessage received, string folder)
    {
        var isMail = received.Message.Sender is not null;
        var path = System.IO.Path.Combine(folder, isMail ? "mail.eml" : "message.bin");
        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite);
        await using (var body = await session.Client.OpenAsync(received, CancellationToken.None))
            await body.CopyToAsync(file, CancellationToken.None);
        if (!isMail)
            return new MailOnDisk(path, null, received.Attributes.TryGetValue("file-name", out var name) ? name.Text : null);
        file.Position = 0;
        return new MailOnDisk(path, await MimeReader.ReadAsync(file, MimeLimits.Default, CancellationToken.None), null);
    }

    /// <summary>
    /// Hands over each file that the message carries, decoded, with its number and what it would be called: a mail's attachments; of what is no mail
    /// the whole of it.
    /// </summary>
    public async Task SaveAsync(Func<int, string, Stream, ValueTask> save)
    {
        await using var file = File.OpenRead(Path);
        if (!IsMail)
        {
            await save(1, _fileName ?? "message.bin", file);
            return;
        }
        for (var i = 0; i < _attachments.Count; i++)
        {
            await using var decoded = MimeDecoder.Decode(file, _attachments[i]);
            await save(i + 1, AttachmentParts.NameOf(_attachments[i]), decoded);
        }
    }

    /// <summary>Writes a mail's attachments into a folder of their own, under their own names; of two with one name the second has a number.</summary>
    /// <returns>That folder; it is there also without attachments.</returns>
    public async Task<string> ExtractAsync(string folder)
    {
        var to = Directory.CreateDirectory(System.IO.Path.Combine(folder, "attachments")).FullName;
        if (!IsMail)
            return to;
        // Some file systems take two names for one that differ in case alone.
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        await SaveAsync(async (_, name, content) =>
        {
            await using var file = new FileStream(System.IO.Path.Combine(to, Free(name, taken)), FileMode.CreateNew, FileAccess.Write);
            await content.CopyToAsync(file, CancellationToken.None);
        });
        return to;
    }

    private static string Free(string name, HashSet<string> taken)
    {
        var free = name;
        for (var number = 2; !taken.Add(free); number++)
        {
            var dot = name.LastIndexOf('.');
            free = dot > 0 ? $"{name[..dot]}-{number}{name[dot..]}" : $"{name}-{number}";
            // The number may have made a name of the greatest length too long; its beginning goes.
            free = FileName.Safe(free.Length > name.Length && System.Text.Encoding.UTF8.GetByteCount(free) > FileName.BytesMax ? free[(free.Length - name.Length)..] : free) ?? $"attachment-{number}";
        }
        return free;
    }
}
