using System.Buffers;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Protocols.Imap.Fetching;
using Posthorn.Protocols.Imap.Responses;
using Posthorn.Protocols.Imap.Structure;
using Posthorn.Protocols.Mime;
using Posthorn.Server.Retrieve.Mailboxes;

namespace Posthorn.Server.Retrieve.Imap.Messages;

/// <summary>What FETCH tells of one message beyond flags: made ready before its answer begins, so that what cannot be read spoils no answer.</summary>
internal sealed class MessageFetch : IAsyncDisposable
{
    private const int HeaderBytesMax = 1 << 20;
    private const int BufferBytes = 16 * 1024;

    /// <summary>Longest header that is read before it is told; a longer one is told while it is read.</summary>
    private const int HeldHeaderBytesMax = 64 * 1024;

    private readonly Message _message;
    private readonly MailRendering _rendering;
    private Dictionary<PartPath, (long Length, bool HasNul)>? _decoded;
    private MailStructure? _structure;
    private byte[]? _header; // rented; null when it is read from the mail
    private Stream? _mail;

    private MessageFetch(Message message) => (_message, _rendering) = (message, MailRendering.Of(message));

    /// <summary>Whether a part's transfer encoding is not known, so that it cannot be told decoded (RFC 3516 4.3).</summary>
    public bool HasUnknownEncoding { get; private set; }

    /// <summary>Bytes of content that were told.</summary>
    public long BytesTold { get; private set; }

    /// <summary>Makes ready what is asked for: the structure, the open mail, the sizes of what is decoded.</summary>
    /// <exception cref="BodyLostException">The message is gone, or its bytes are damaged.</exception>
    public static async ValueTask<MessageFetch> PrepareAsync(ImapContext context, Message message, FetchRun run, CancellationToken cancellationToken)
    {
        var fetch = new MessageFetch(message);
        try
        {
            if (run.NeedsStructure)
                fetch._structure = await context.Structures.OfAsync(message, fetch._rendering, cancellationToken);
            if (run.NeedsHeader)
                await fetch.ReadHeaderAsync(context, cancellationToken);
            if (run.NeedsMail || (run.NeedsHeader && fetch._header is null))
                fetch._mail = await fetch._rendering.OpenAsync(context.Engine, cancellationToken);
            foreach (var path in run.Decoded)
                await fetch.MeasureAsync(path, cancellationToken);
            return fetch;
        }
        catch
        {
            await fetch.DisposeAsync();
            throw;
        }
    }

    /// <summary>Tells an item for which nothing more has to be read.</summary>
    /// <returns>False for another one: <see cref="TellAsync"/> tells it.</returns>
    public bool TryTell(FetchItem item, ImapWriter writer)
    {
        switch (item)
        {
            case FetchItem.InternalDate:
                writer.FetchInternalDate(MovedMessage.InternalDateOf(_message));
                return true;
            case FetchItem.Size:
                writer.FetchSize(_rendering.Length);
                return true;
            case FetchItem.Envelope:
                writer.FetchEnvelope(_structure!);
                return true;
            case FetchItem.Structure structure:
                writer.FetchStructure(_structure!, structure.IsExtended);
                return true;
            case FetchItem.EmailId:
                writer.FetchEmailId(MovedMessage.EmailIdOf(_message));
                return true;
            case FetchItem.BinarySize size:
                writer.FetchBinarySize(size.Part, _decoded?.GetValueOrDefault(size.Part).Length ?? 0);
                return true;
            case FetchItem.Body body when _header is not null && FetchRun.IsOfHeader(body):
                TellHeader(body, _header.AsSpan(0, (int)_structure!.HeaderLength), writer);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Tells one of the other items, whose bytes are read while they are told.</summary>
    /// <param name="item">What.</param>
    /// <param name="writer">Where to.</param>
    /// <param name="flush">Called whenever much was written.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="IOException">The mail cannot be read to its end; the answer is broken off, and so must the session be.</exception>
    public async ValueTask TellAsync(FetchItem item, ImapWriter writer, Func<ValueTask> flush, CancellationToken cancellationToken)
    {
        switch (item)
        {
            case FetchItem.Body body:
                await TellBodyAsync(body, writer, flush, cancellationToken);
                break;
            case FetchItem.Binary binary:
                await TellBinaryAsync(binary, writer, flush, cancellationToken);
                break;
            default:
                throw new InvalidOperationException($"{item} is asked for, but nothing is known to be told.");
        }
    }

    public ValueTask DisposeAsync()
    {
        if (_header is { } header)
            ArrayPool<byte>.Shared.Return(header);
        _header = null;
        return _mail?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    private async ValueTask ReadHeaderAsync(ImapContext context, CancellationToken cancellationToken)
    {
        var structure = _structure!;
        if (structure.HeaderLength > HeldHeaderBytesMax)
            return;
        var length = (int)structure.HeaderLength;
        _header = ArrayPool<byte>.Shared.Rent(length);
        if (await MailHeader.TryReadAsync(context.Engine, _message, _rendering, structure, _header.AsMemory(0, length), cancellationToken))
            return;
        ArrayPool<byte>.Shared.Return(_header);
        _header = null;
    }

    private async ValueTask MeasureAsync(PartPath path, CancellationToken cancellationToken)
    {
        var content = SectionResolver.Resolve(_structure!, path);
        if (content.Kind == SectionKind.Missing)
            return;
        if (content.Encoding == TransferEncoding.Unknown)
            HasUnknownEncoding = true;
        else
            (_decoded ??= []).Add(path, await content.MeasureAsync(_mail!, cancellationToken));
    }

    private async ValueTask TellBodyAsync(FetchItem.Body body, ImapWriter writer, Func<ValueTask> flush, CancellationToken cancellationToken)
    {
        var content = body.Section.Equals(FetchSection.Whole)
            ? new SectionContent(SectionKind.Bytes, 0, _rendering.Length)
            : SectionResolver.Resolve(_structure!, body.Section);
        switch (content.Kind)
        {
            case SectionKind.Missing:
                writer.FetchBodyNil(body);
                break;
            case SectionKind.Fields:
                await TellFieldsAsync(content, body, writer, cancellationToken);
                break;
            default:
                content = content.Cut(body.Partial);
                writer.FetchBody(body, content.Length);
                _mail!.Position = content.Offset;
                await CopyAsync(_mail, content.Length, writer, flush, cancellationToken);
                break;
        }
    }

    /// <summary>Tells the header of the mail, or fields of it, from memory.</summary>
    private void TellHeader(FetchItem.Body body, ReadOnlySpan<byte> header, ImapWriter writer)
    {
        if (body.Section.Text == SectionText.Header)
        {
            TellPiece(header, body, writer);
            return;
        }
        var buffer = ArrayPool<byte>.Shared.Rent(header.Length + HeaderFilter.AddedBytesMax);
        header.CopyTo(buffer); // it is filtered where it stands, and others may ask for the header too
        TellPiece(buffer.AsSpan(0, HeaderFilter.Filter(buffer, header.Length, body.Section)), body, writer);
        ArrayPool<byte>.Shared.Return(buffer);
    }

    private async ValueTask TellFieldsAsync(SectionContent content, FetchItem.Body body, ImapWriter writer, CancellationToken cancellationToken)
    {
        var length = (int)Math.Min(content.Length, HeaderBytesMax);
        var buffer = ArrayPool<byte>.Shared.Rent(length + HeaderFilter.AddedBytesMax);
        try
        {
            _mail!.Position = content.Offset;
            await _mail.ReadExactlyAsync(buffer.AsMemory(0, length), cancellationToken);
            TellPiece(buffer.AsSpan(0, HeaderFilter.Filter(buffer, length, body.Section)), body, writer);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Tells bytes, or the piece of them that was asked for.</summary>
    private void TellPiece(ReadOnlySpan<byte> bytes, FetchItem.Body body, ImapWriter writer)
    {
        var piece = new SectionContent(SectionKind.Bytes, 0, bytes.Length).Cut(body.Partial);
        writer.FetchBody(body, piece.Length);
        writer.Output.Write(bytes.Slice((int)piece.Offset, (int)piece.Length));
        BytesTold += piece.Length;
    }

    private async ValueTask TellBinaryAsync(FetchItem.Binary binary, ImapWriter writer, Func<ValueTask> flush, CancellationToken cancellationToken)
    {
        if (_decoded is null || !_decoded.TryGetValue(binary.Part, out var decoded))
        {
            writer.FetchBinaryNil(binary);
            return;
        }
        var content = SectionResolver.Resolve(_structure!, binary.Part);
        var length = binary.Partial is { } partial ? SectionContent.CutLength(decoded.Length, partial) : decoded.Length;
        writer.FetchBinary(binary, length, decoded.HasNul);
        await using var stream = MimeDecoder.Decode(_mail!, content.Offset, content.Length, content.Encoding);
        if (binary.Partial is { Offset: > 0 and var skipped } && length > 0)
            await SkipAsync(stream, skipped, cancellationToken);
        await CopyAsync(stream, length, writer, flush, cancellationToken);
    }

    private static async ValueTask SkipAsync(Stream stream, long length, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            while (length > 0)
            {
                var read = await stream.ReadAsync(buffer.AsMemory(0, (int)Math.Min(length, buffer.Length)), cancellationToken);
                if (read == 0)
                    throw new IOException("A mail ended before its end.");
                length -= read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async ValueTask CopyAsync(Stream from, long length, ImapWriter writer, Func<ValueTask> flush, CancellationToken cancellationToken)
    {
        BytesTold += length;
        try
        {
            while (length > 0)
            {
                var output = writer.Output;
                var room = output.GetMemory(); // what the pipe's block has left: one asked to be larger would not be pinned, nor full
                var read = await from.ReadAsync(room[..(int)Math.Min(length, room.Length)], cancellationToken);
                if (read == 0)
                    throw new IOException("A mail ended before its end.");
                output.Advance(read);
                length -= read;
                await flush();
            }
        }
        catch (BodyLostException e)
        {
            // So many bytes were announced: nothing else can be said any more.
            throw new IOException("A mail could not be read to its end.", e);
        }
    }
}
