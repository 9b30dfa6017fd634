using System.Buffers;
using System.Globalization;
using Posthorn.Bodies;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Protocols.Mime;
using Posthorn.Protocols.Smtp;
using Posthorn.Protocols.Smtp.Commands;
using Posthorn.Protocols.Smtp.Data;
using Posthorn.Protocols.Smtp.Session;
using Posthorn.Server.Connections;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Accept.Smtp;

/// <summary>The mail itself: DATA, BDAT and what becomes of it.</summary>
internal sealed partial class SmtpSession
{
    /// <summary>Longest Subject that is kept beside the mail.</summary>
    private const int SubjectLengthMax = 200;

    /// <summary>Longest Message-ID that is kept beside the mail; RFC 5322 2.1.1 lets no line be longer.</summary>
    private const int MessageIdLengthMax = 998;

    private async ValueTask ReceiveDataAsync()
    {
        var intake = BeginIntake();
        Reply(SmtpReplies.StartData);
        var reader = new DataReader();
        var startedAt = _context.Time.GetTimestamp();
        while (!reader.IsComplete)
        {
            if (await ReadMailAsync(startedAt, reader.Length) is not { } buffer)
                return;
            reader.Read(ref buffer, intake.Output);
            _connection.Advance(buffer.Start);
            await intake.FlushAsync(reader.Length);
        }
        await FinishAsync(SmtpVerb.Data, intake, reader.HasBareNewline, reader.Length);
    }

    private async ValueTask ReceiveChunkAsync(SmtpCommand.Bdat bdat)
    {
        var intake = _transaction!.Intake ?? BeginIntake();
        var chunks = _transaction.Chunks ??= new ChunkReader();
        chunks.Begin(bdat.Size, bdat.IsLast);
        if (bdat.Size > Options.MessageBytesMax - chunks.Length)
            intake.Fail(SmtpReplies.TooLarge);
        var startedAt = _context.Time.GetTimestamp();
        var before = chunks.Length;
        while (chunks.Remaining > 0)
        {
            if (await ReadMailAsync(startedAt, chunks.Length - before) is not { } buffer)
                return;
            chunks.Read(ref buffer, intake.Output);
            _connection.Advance(buffer.Start);
            await intake.FlushAsync(chunks.Length);
        }
        if (bdat.IsLast)
        {
            await FinishAsync(SmtpVerb.BdatLast, intake, chunks.HasBareNewline, chunks.Length);
        }
        else if (intake.Failure is { } failure)
        {
            await EndTransactionAsync();
            _state = SmtpState.Failed;
            await RefuseAsync(SmtpVerb.Bdat, failure);
        }
        else
        {
            _state = SmtpState.Chunks;
            Reply(SmtpReplies.ChunkOk);
        }
    }

    /// <summary>Throws a chunk away that may not come; false when the session is over.</summary>
    private async ValueTask<bool> SkipChunkAsync(long size)
    {
        var skipped = new ChunkReader();
        skipped.Begin(size, isLast: false);
        var startedAt = _context.Time.GetTimestamp();
        while (skipped.Remaining > 0)
        {
            if (await ReadMailAsync(startedAt, skipped.Length) is not { } buffer)
                return false;
            skipped.Read(ref buffer, output: null);
            _connection.Advance(buffer.Start);
        }
        return true;
    }

    /// <summary>Waits for more of a mail; it may pause for <see cref="SmtpOptions.IdleTimeout"/>, but not be slower than <see cref="SmtpOptions.DataBytesPerSecondMin"/> on the whole.</summary>
    /// <param name="startedAt">The timestamp when it began.</param>
    /// <param name="received">Bytes so far.</param>
    /// <returns>Null: nothing more will come, the session is over.</returns>
    private async ValueTask<ReadOnlySequence<byte>?> ReadMailAsync(long startedAt, long received)
    {
        var pace = TimeSpan.FromSeconds(received / Options.DataBytesPerSecondMin) + Options.IdleTimeout;
        var left = pace - _context.Time.GetElapsedTime(startedAt);
        var (status, bytes) = await _connection.ReadBytesAsync(left < Options.IdleTimeout ? left : Options.IdleTimeout);
        if (status == LineRead.Complete)
            return bytes;
        Close(status);
        return null;
    }

    private MailIntake BeginIntake()
    {
        var transaction = _transaction!;
        var intake = new MailIntake(_context.Engine.CreateBody(), Options.MessageBytesMax);
        transaction.Intake = intake;
        intake.Begin(new TraceHeader
        {
            Hello = _hello,
            Peer = _peer,
            Hostname = _context.Hostname,
            Door = _door,
            IsExtended = _isExtended,
            IsAuthenticated = _account is not null,
            IsSmtpUtf8 = transaction.Parameters.IsSmtpUtf8,
            Cipher = _connection.Tls?.NegotiatedCipherSuite,
            Id = transaction.Id,
            Recipient = transaction.Recipients is [var only] ? only.Address : null,
            Time = _context.Time.GetUtcNow(),
        });
        return intake;
    }

    /// <summary>The end of the mail has come: commits it, and answers; over LMTP once for each recipient (RFC 2033 4.2).</summary>
    private async ValueTask FinishAsync(SmtpVerb verb, MailIntake intake, bool hasBareNewline, long received)
    {
        if (hasBareNewline && Options.BareNewlines == BareNewlines.Refuse)
            intake.Fail(SmtpReplies.BareNewline);
        var transaction = _transaction!;
        var reply = intake.Failure ?? await SubmitAsync(transaction, intake, received);
        _state = SmtpState.Ready;
        await EndTransactionAsync();
        if (reply.IsPositive)
        {
            _mails++;
            _errors = 0;
            _commandsSinceMail = 0;
            Reply(reply);
        }
        else
        {
            await RefuseAsync(verb, reply);
        }
        for (var i = 1; IsLmtp && i < transaction.RecipientsAccepted && _state != SmtpState.Closed; i++)
            Reply(reply);
    }

    /// <summary>Makes the mail durable. No cancellation: from here on the commit decides, whether or not the client is still there to hear of it.</summary>
    private async ValueTask<SmtpReply> SubmitAsync(SmtpTransaction transaction, MailIntake intake, long received)
    {
        var header = intake.ScanHeader();
        if (header.ReceivedCount > Options.HopsMax)
            return SmtpReplies.Looping;
        try
        {
            var body = await intake.CompleteAsync();
            var result = await _context.Spool.SubmitAsync(SubmissionOf(transaction, body, header), CancellationToken.None);
            var id = result.Added[0].Id.ToString();
            _context.Metrics.Accepted(_door, received);
            LogAccepted(
                _context.Logger, id, _door.ToString(), _peer, _hello, transaction.Id, transaction.Sender.ToString(), transaction.Recipients.Count, received, header.MessageId ?? "none", _account ?? "none");
            return SmtpReplies.Queued(id);
        }
        catch (StorageFullException)
        {
            return SmtpReplies.StorageFull;
        }
        catch (QueueFullException e)
        {
            return e.IsMessageTooLarge ? SmtpReplies.TooLarge : SmtpReplies.MailboxFull;
        }
        catch (EngineUnavailableException)
        {
            return SmtpReplies.NotKept;
        }
        catch (EngineFailedException)
        {
            return SmtpReplies.OutOfService;
        }
    }

    private Submission SubmissionOf(SmtpTransaction transaction, Body body, HeaderScan header)
    {
        var parameters = transaction.Parameters;
        var dueAt = DueAt(parameters);
        return new Submission
        {
            Content = body,
            Envelope = new Envelope(transaction.Sender.ToString(), transaction.Recipients)
            {
                EnvelopeId = parameters.EnvelopeId,
                Return = (DsnReturn)parameters.Return, // the same values
            },
            Attributes = AttributesOf(parameters, header, dueAt),
            Priority = transaction.Priority,
            DueAt = dueAt,
        };
    }

    private Dictionary<string, AttributeValue> AttributesOf(MailParameters parameters, HeaderScan header, DateTimeOffset? dueAt)
    {
        var attributes = new Dictionary<string, AttributeValue>(StringComparer.Ordinal)
        {
            [MailAttributes.Door] = IsLmtp ? "lmtp" : "smtp",
            [MailAttributes.RemoteHost] = _hello,
        };
        if (_peer.Address is { } address)
            attributes[MailAttributes.RemoteAddress] = address.ToString();
        if (_account is not null)
            attributes[MailAttributes.Account] = _account;
        if (header.MessageId is { Length: <= MessageIdLengthMax } messageId)
            attributes[MailAttributes.MessageId] = messageId;
        if (header.Subject is { } subject)
            attributes[MailAttributes.Subject] = subject.Length <= SubjectLengthMax ? subject : subject[..SubjectLengthMax];
        if (parameters.Body == MailBodyType.EightBitMime)
            attributes[MailAttributes.BodyType] = "8bitmime";
        if (parameters.IsSmtpUtf8)
            attributes[MailAttributes.SmtpUtf8] = "1";
        if (parameters.RequiresTls)
            attributes[MailAttributes.RequireTls] = "1";
        if (dueAt is { } due)
            attributes[MailAttributes.NotBefore] = due.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return attributes;
    }
}
