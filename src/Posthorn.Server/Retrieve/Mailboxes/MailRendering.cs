using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Protocols.Mime;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Retrieve.Mailboxes;

/// <summary>
/// A message as a mail (RFC 5322), for doors that know nothing else. What came as a mail is its bytes as they are. What did not (SQS, SNS, <c>/v1</c>)
/// gets a header made of what is known of it (<see cref="RenderedHeader"/>), and its body in base64, so that any bytes survive any client.
/// </summary>
/// <remarks>
/// The size is known without reading the body, and size and bytes stay the same as long as the message is in its queue: only what never changes
/// goes into the header. (Text could be shown as text, but then the body would have to be read to know how long it becomes.)
/// </remarks>
internal sealed class MailRendering
{
    private readonly Message _message;

    private MailRendering(Message message, ReadOnlyMemory<byte> header, long length) => (_message, Header, Length) = (message, header, length);

    /// <summary>The header that was made, with its blank line; empty for what is a mail itself.</summary>
    public ReadOnlyMemory<byte> Header { get; }

    /// <summary>Number of bytes of the mail.</summary>
    public long Length { get; }

    /// <summary>Whether the message is a mail as it is: it came as one, or its sender called it one (a media type of <c>message/rfc822</c>).</summary>
    public bool IsAsItCame => Header.IsEmpty;

    public static MailRendering Of(Message message)
    {
        if (message.IsMail() || RenderedHeader.MediaTypeOf(message) is { IsMessage: true })
            return new MailRendering(message, default, message.Content.Length);
        var header = RenderedHeader.Of(message);
        return new MailRendering(message, header, header.Length + Base64LineStream.LengthOf(message.Content.Length));
    }

    /// <summary>Opens the mail from its first byte; the stream can seek, knows its length, reads asynchronously only and never holds a large body.</summary>
    /// <exception cref="BodyLostException">The message is gone, or its bytes are damaged.</exception>
    public async ValueTask<Stream> OpenAsync(IEngine engine, CancellationToken cancellationToken)
    {
        var content = await engine.OpenAsync(_message.Content, cancellationToken);
        return IsAsItCame ? content : new Base64LineStream(Header, content);
    }
}
