using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Posthorn.Bodies;
using Posthorn.Messages;
using Posthorn.Protocols.Imap.Commands;
using Posthorn.Protocols.Imap.Reading;
using Posthorn.Protocols.Imap.Structure;
using Posthorn.Protocols.Mime;
using Posthorn.Queues;
using Posthorn.Server.Retrieve.Imap.Leases;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Retrieve.Imap.Messages;

/// <summary>A message that APPEND brings, as it comes in: its bytes go on to the engine's body at once.</summary>
internal sealed class AppendedMessage : IAsyncDisposable
{
    /// <summary>What is larger has its structure found while it comes: afterwards its bytes would have to be read back.</summary>
    private const int ReadAsideBytesMin = 64 * 1024;

    private const int HeaderBytesMax = 16 * 1024;
    private const int MessageIdLengthMax = 998;
    private const int SubjectLengthMax = 200;

    private readonly AppendHeader _header;
    private readonly IBodyWriter _writer;
    private readonly byte[] _head;
    private readonly Pipe? _aside;
    private readonly Task<MailStructure>? _reading;
    private int _headLength;
    private Body? _body;
    private MailStructure? _structure;

    public AppendedMessage(AppendHeader header, IBodyWriter writer)
    {
        (_header, _writer, Left) = (header, writer, header.Size);
        _head = ArrayPool<byte>.Shared.Rent((int)Math.Min(header.Size, HeaderBytesMax));
        if (header.Size < ReadAsideBytesMin)
            return;
        _aside = new Pipe();
        _reading = StructureReader.ReadAsync(_aside.Reader.AsStream(), CancellationToken.None).AsTask();
    }

    /// <summary>Bytes that are still to come.</summary>
    public long Left { get; private set; }

    public long Size => _header.Size;

    /// <summary>Takes the next bytes, and lets them leave memory.</summary>
    /// <exception cref="Engine.StorageFullException">No space.</exception>
    public async ValueTask TakeAsync(ReadOnlySequence<byte> bytes)
    {
        foreach (var segment in bytes)
        {
            _writer.Write(segment.Span);
            var kept = Math.Min(segment.Length, (int)Math.Min(Size, HeaderBytesMax) - _headLength);
            segment.Span[..kept].CopyTo(_head.AsSpan(_headLength));
            _headLength += kept;
            if (_aside is not null)
                await _aside.Writer.WriteAsync(segment);
        }
        Left -= bytes.Length;
        await _writer.FlushAsync(CancellationToken.None);
    }

    /// <summary>All bytes are here.</summary>
    public async ValueTask CompleteAsync()
    {
        _body = await _writer.CompleteAsync(CancellationToken.None);
        if (_aside is not null)
            await _aside.Writer.CompleteAsync();
        _structure = _reading is not null ? await _reading : _body.Bytes is { } bytes ? StructureReader.Read(bytes.Span) : null;
    }

    /// <summary>The message to be added.</summary>
    public NewMessage ToMessage(QueueName queue, string account, string? address)
    {
        var scan = HeaderScan.Of(_head.AsSpan(0, _headLength));
        var attributes = new Dictionary<string, AttributeValue>(StringComparer.Ordinal)
        {
            [MailAttributes.Door] = "imap",
            [MailAttributes.Account] = account,
        };
        if (address is not null)
            attributes[MailAttributes.RemoteAddress] = address;
        if (scan.MessageId is { Length: <= MessageIdLengthMax } messageId)
            attributes[MailAttributes.MessageId] = messageId;
        if (scan.Subject is { } subject)
            attributes[MailAttributes.Subject] = subject.Length <= SubjectLengthMax ? subject : subject[..SubjectLengthMax];
        if (_header.IsUtf8)
            attributes[MailAttributes.SmtpUtf8] = "1";
        if (_header.InternalDate is { } date)
            attributes[MailAttributes.InternalDate] = MovedMessage.Format(date);
        if (_structure is { IsKeepable: true })
            attributes[MailAttributes.Structure] = AttributeValue.Of(_structure.Encoded, type: null, isText: false);
        return new NewMessage
        {
            Queue = queue,
            Content = _body!,
            Envelope = new Envelope(SenderOf(_structure), []),
            Attributes = attributes,
            Flags = [.. _header.Flags.Where(f => !LeaseKeywords.Contains(f) && !f.Equals(MailFlag.Recent, StringComparison.OrdinalIgnoreCase)).Select(MailFlag.Canonical)],
        };
    }

    public async ValueTask DisposeAsync()
    {
        ArrayPool<byte>.Shared.Return(_head);
        if (_aside is not null)
        {
            // Of what was cut off nobody wants to know the structure; its reading ends with what came.
            await _aside.Writer.CompleteAsync();
            await _reading!;
            await _aside.Reader.CompleteAsync();
        }
        await _writer.DisposeAsync();
    }

    /// <summary>What would have to be quoted in an address.</summary>
    private static readonly SearchValues<byte> s_specials = SearchValues.Create("<>@\",;:\\"u8);

    /// <summary>An envelope makes it a mail (<see cref="MailMark"/>). Who sent it is who it says it is from; else the null sender.</summary>
    private static string SenderOf(MailStructure? structure) =>
        structure?.Envelope.From is [{ Mailbox: { } mailbox, Host: { } host }, ..] && IsPlain(mailbox.Span) && IsPlain(host.Span)
            ? $"{Encoding.ASCII.GetString(mailbox.Span)}@{Encoding.ASCII.GetString(host.Span)}"
            : "";

    private static bool IsPlain(ReadOnlySpan<byte> text) => text.Length is > 0 and <= 255 && !text.ContainsAnyExceptInRange((byte)'!', (byte)'~') && !text.ContainsAny(s_specials);
}
