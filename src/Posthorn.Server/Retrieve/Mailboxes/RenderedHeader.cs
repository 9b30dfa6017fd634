using System.Buffers;
using System.Globalization;
using System.Text;
using Posthorn.Messages;
using Posthorn.Protocols.Mime;
using Posthorn.Protocols.Sqs;
using Posthorn.Server.Accept.Sqs;

namespace Posthorn.Server.Retrieve.Mailboxes;

/// <summary>
/// Makes the header of a mail for a message that is none: who sent it, when, to which queue; its ids in <c>X-Posthorn-…</c>, and its attributes as
/// <c>X-Attribute-NAME</c>, as they can be sent under <c>/v1</c> (binary ones as <c>X-Binary-Attribute-NAME</c>, in base64).
/// </summary>
/// <remarks>
/// All of it ASCII, and nothing that changes while the message is in its queue: no priority, receive count or host name. Addresses are below
/// <c>.invalid</c> (RFC 2606 2), since nobody can be answered there.
/// Limits: a name that can be no field's is percent-encoded; what is beyond <see cref="AttributeBytesMax"/> is left out and counted in
/// <c>X-Posthorn-Attributes-Omitted</c>, so that the header stays one that every reader takes.
/// </remarks>
internal static class RenderedHeader
{
    /// <summary>Most bytes of attributes.</summary>
    private const int AttributeBytesMax = 64 * 1024;

    private const int FieldNameLengthMax = 77;
    private const string Domain = "posthorn.invalid";

    // What PUT under /v1 keeps, what webhooks answer with, and what SQS clients call it.
    private static readonly string[] s_typeNames = ["content-type", "Content-Type", "ContentType"];

    /// <summary>Characters of an attribute's name that stand as they are in a field's; the percent sign is not one of them, so that names stay different.</summary>
    private static readonly SearchValues<char> s_nameChars = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&'*+-.^_`|~");

    /// <summary>The media type that the message's sender gave it, when it is one; null otherwise.</summary>
    public static ContentType? MediaTypeOf(Message message) =>
        s_typeNames.Select(message.Text).FirstOrDefault(IsMediaType) is { } given ? ContentType.Parse(given) : null;

    /// <summary>The header with its blank line.</summary>
    public static byte[] Of(Message message)
    {
        var header = new ArrayBufferWriter<byte>(1_024);
        var sender = message.Text(StoredAttributes.SenderId);
        Write(header, HeaderField.CreateRaw("Date", MailDate.Format(message.AcceptedAt.ToUniversalTime())));
        Write(header, HeaderField.CreateRaw("From", new MailAddress(Clean(sender ?? "Posthorn"), "no-reply", Domain).ToHeader()));
        Write(header, HeaderField.CreateRaw("To", new MailAddress(message.Queue.Value, "queue", Domain).ToHeader()));
        Write(header, HeaderField.CreateRaw("Message-ID", $"<{message.Id}@{Domain}>"));
        Write(header, HeaderField.Create("Subject", SubjectOf(message)));
        Write(header, HeaderField.CreateRaw("X-Posthorn-Id", message.Id.ToString()));
        if (message.Origin != message.Id)
            Write(header, HeaderField.CreateRaw("X-Posthorn-Origin", message.Origin.ToString()));
        Write(header, HeaderField.Create("X-Posthorn-Queue", message.Queue.Value));
        Write(header, HeaderField.CreateRaw("X-Posthorn-Number", message.Number.ToString(CultureInfo.InvariantCulture)));
        if (message.Group is { } group)
            Write(header, HeaderField.Create("X-Posthorn-Group", Clean(group)));
        if (message.DeduplicationId is { } deduplicationId)
            Write(header, HeaderField.Create("X-Posthorn-Deduplication-Id", Clean(deduplicationId)));
        WriteAttributes(header, message);
        WriteType(header, message, isText: sender is not null);
        header.Write("\r\n"u8);
        return header.WrittenSpan.ToArray();
    }

    private static string SubjectOf(Message message) =>
        (message.Text("Subject") ?? message.Text("subject")) is { Length: > 0 } given
            ? Clean(given)
            : string.Create(CultureInfo.InvariantCulture, $"{message.Queue} {message.Number}");

    private static void WriteAttributes(ArrayBufferWriter<byte> header, Message message)
    {
        var end = header.WrittenCount + AttributeBytesMax;
        var omitted = 0;
        foreach (var attribute in StoredAttributes.Visible(message.Attributes))
        {
            if (FieldOf(attribute) is { } field && header.WrittenCount + field.Raw.Length <= end)
                Write(header, field);
            else
                omitted++;
        }
        if (omitted > 0)
            Write(header, HeaderField.CreateRaw("X-Posthorn-Attributes-Omitted", omitted.ToString(CultureInfo.InvariantCulture)));
    }

    private static HeaderField? FieldOf(SqsAttribute attribute)
    {
        var name = attribute.Text is null ? "X-Binary-Attribute-" : "X-Attribute-";
        name += attribute.Name.AsSpan().ContainsAnyExcept(s_nameChars) ? Uri.EscapeDataString(attribute.Name) : attribute.Name;
        if (name.Length > FieldNameLengthMax || (attribute.Text ?? attribute.Binary)!.Value.Length > AttributeBytesMax)
            return null;
        if (attribute.Text is not { } bytes)
            return HeaderField.CreateRaw(name, string.Join(' ', Convert.ToBase64String(attribute.Binary!.Value.Span).Chunk(60).Select(c => new string(c))));
        var text = Encoding.UTF8.GetString(bytes.Span);
        // A line end must not make another field; within an encoded word it is told all the same.
        return text.AsSpan().ContainsAny("\r\n\0") ? HeaderField.CreateRaw(name, EncodedWord.Encode(text)) : HeaderField.Create(name, text);
    }

    private static void WriteType(ArrayBufferWriter<byte> header, Message message, bool isText)
    {
        var given = s_typeNames.Select(message.Text).FirstOrDefault(IsMediaType);
        // RFC 2045 6.4: neither can be in base64.
        if (given is not null && ContentType.Parse(given) is { IsMultipart: true } or { Type: "message" })
            given = "application/octet-stream";
        // What SQS and SNS take is text (SQS's rule); of other bytes nothing is known.
        var type = given ?? (isText ? "text/plain; charset=utf-8" : "application/octet-stream");
        Write(header, HeaderField.CreateRaw("MIME-Version", "1.0"));
        Write(header, HeaderField.CreateRaw("Content-Type", type));
        Write(header, HeaderField.CreateRaw("Content-Transfer-Encoding", "base64"));
        if (!type.StartsWith("text/", StringComparison.OrdinalIgnoreCase))
            Write(header, HeaderField.CreateRaw("Content-Disposition", $"attachment; filename=\"{FileNameOf(message)}\""));
    }

    // ASCII without quotes: a name that needs RFC 2231 is among the attributes, where every reader finds it.
    private static string FileNameOf(Message message) =>
        FileName.Safe(message.Text("file-name")) is { Length: <= 100 } name && Ascii.IsValid(name) && !name.Contains('\\', StringComparison.Ordinal) ? name : $"{message.Id}.bin";

    private static bool IsMediaType(string? text) =>
        text is { Length: > 0 and <= 500 } && text.All(c => c is >= ' ' and <= '~') && System.Net.Http.Headers.MediaTypeHeaderValue.TryParse(text, out _);

    private static string Clean(string text) => text.AsSpan().ContainsAny("\r\n\0") ? string.Concat(text.Select(c => c is '\r' or '\n' or '\0' ? ' ' : c)) : text;

    private static void Write(ArrayBufferWriter<byte> header, HeaderField field) => header.Write(field.Raw.Span);
}
