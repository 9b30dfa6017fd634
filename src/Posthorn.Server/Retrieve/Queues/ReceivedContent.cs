using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Protocols.Mime;
using Posthorn.Protocols.Sqs;
using Posthorn.Server.Accept.Aws;
using Posthorn.Server.Accept.Sqs;
using Posthorn.Server.Operate.Admin.Messages;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Retrieve.Queues;

/// <summary>A message's content as a consumer over SQS gets it: its bytes where they are text, else base 64; and its attributes.</summary>
internal readonly record struct ReceivedContent(ReadOnlyMemory<byte> Body, IReadOnlyList<SqsAttribute> Attributes)
{
    /// <summary>Says how a body is encoded that is no text.</summary>
    private const string Encoding = StoredAttributes.ToldPrefix + "encoding";

    /// <summary>Says where a body is that is too large to come along.</summary>
    private const string BodyUrl = StoredAttributes.ToldPrefix + "body-url";

    /// <summary>Says how large it is.</summary>
    private const string BodySize = StoredAttributes.ToldPrefix + "body-size";

    /// <summary>Room for the bodies of messages that come along with an answer. A <see cref="Body"/> may lie in it.</summary>
    public static PooledBuffer RoomFor(IReadOnlyList<LeasedMessage> messages)
    {
        var room = new PooledBuffer();
        room.Reserve((int)messages.Sum(m => IsLarge(m.Message) ? 0 : m.Message.Content.Length)); // all at once: what is written in it must not move
        return room;
    }

    /// <param name="exchange">Who receives.</param>
    /// <param name="message">The message.</param>
    /// <param name="handle">Its receipt handle.</param>
    /// <param name="wanted">Which attributes.</param>
    /// <param name="room">Where its body is put when it is not at hand; see <see cref="RoomFor"/>.</param>
    public static async ValueTask<ReceivedContent> OfAsync(SqsExchange exchange, Message message, string handle, WantedAttributes wanted, PooledBuffer room)
    {
        var (engine, cancellationToken) = (exchange.Context.Engine, exchange.Aborted);
        // How to read the body is told whether it was asked for or not: without it the body means something else.
        var told = new List<SqsAttribute>();
        ReadOnlyMemory<byte> bytes = default;
        var body = bytes;
        if (IsLarge(message))
        {
            told.Add(Text(BodyUrl, $"{exchange.BaseUrl}/v1/messages/{handle}/body"));
            told.Add(Text(BodySize, message.Content.Length.ToString(System.Globalization.CultureInfo.InvariantCulture), "Number"));
        }
        else
        {
            body = bytes = await ReadAsync(engine, message, room, cancellationToken);
            if (!SqsText.IsAllowed(bytes.Span))
            {
                body = Base64(bytes.Span);
                told.Add(Text(Encoding, "base64"));
            }
        }
        if (wanted.WantsAny)
        {
            told.AddRange(StoredAttributes.Visible(message.Attributes).Where(a => wanted.Wants(a.Name)));
            if (message.IsMail())
                told.AddRange((await MailAsync(engine, message, bytes, cancellationToken)).Where(a => wanted.Wants(a.Name)));
        }
        return new ReceivedContent(body, told);
    }

    private static bool IsLarge(Message message) => message.Content.Length > SqsLimits.MessageBytesMax;

    private static async ValueTask<ReadOnlyMemory<byte>> ReadAsync(IEngine engine, Message message, PooledBuffer room, CancellationToken cancellationToken)
    {
        var content = message.Content;
        if (content.Prefix.Length == 0 && content.Body.Bytes is { } bytes)
            return bytes[(int)content.Skip..];
        var length = (int)content.Length;
        var whole = room.GetMemory(length)[..length];
        await using var stream = await engine.OpenAsync(content, cancellationToken);
        await stream.ReadExactlyAsync(whole, cancellationToken);
        room.Advance(length);
        return whole;
    }

    /// <summary>Of a mail: who sent it to whom, and what its header says for programs (every field that begins with <c>X-</c>).</summary>
    private static async ValueTask<List<SqsAttribute>> MailAsync(IEngine engine, Message message, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var attributes = new List<SqsAttribute>();
        Add(attributes, "mail.from", message.Envelope.Sender);
        Add(attributes, "mail.to", string.Join(", ", message.Envelope.Recipients.Select(r => r.Address)));
        Add(attributes, "mail.subject", message.Text(MailAttributes.Subject));
        Add(attributes, "mail.message-id", message.Text(MailAttributes.MessageId));
        var header = bytes.Length > 0 ? HeaderBlock.Parse(bytes) : await MessageHeaders.ReadAsync(engine, message, cancellationToken);
        foreach (var field in header.Fields)
        {
            if (field.Name.StartsWith("X-", StringComparison.OrdinalIgnoreCase) && !attributes.Exists(a => a.Name.Equals(field.Name, StringComparison.OrdinalIgnoreCase)))
                Add(attributes, field.Name, field.Text);
        }
        return attributes;
    }

    private static void Add(List<SqsAttribute> attributes, string name, string? value)
    {
        // What XML cannot carry, a header has no right to either.
        if (value?.Trim() is { Length: > 0 } text)
            attributes.Add(Text(name, SqsText.IsAllowed(System.Text.Encoding.UTF8.GetBytes(text)) ? text : string.Concat(text.Select(c => c < ' ' || c >= '\uFFFE' ? ' ' : c))));
    }

    private static SqsAttribute Text(string name, string text, string type = "String") => new(name, type, System.Text.Encoding.UTF8.GetBytes(text), null);

    private static byte[] Base64(ReadOnlySpan<byte> bytes)
    {
        var text = new byte[System.Buffers.Text.Base64.GetMaxEncodedToUtf8Length(bytes.Length)];
        System.Buffers.Text.Base64.EncodeToUtf8(bytes, text, out _, out var length);
        return text[..length];
    }
}
