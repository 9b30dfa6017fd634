using System.Buffers;
using Posthorn.Protocols.Smtp;
using Posthorn.Protocols.Smtp.Client;

namespace Posthorn.Server.Deliver.Outgoing.Connections;

/// <summary>
/// Sends mails over a connection. Where the server speaks PIPELINING (RFC 2920), MAIL, RCPT and DATA go in one write, and those of the next mail ride behind the
/// content of this one (3.1 allows content to begin a group): one round trip a mail.
/// </summary>
/// <remarks>
/// Every reply is waited for and looked at, whatever the ones before said; the rules are those of RFC 2920 3.1:
/// DATA may be agreed to although no recipient was, then an empty text is sent and nobody gets it.
/// </remarks>
internal static class MailSender
{
    private const int SliceBytes = 64 * 1024;

    /// <summary>
    /// Sends one mail; afterwards each of its recipients has a result. <paramref name="next"/>, when it fits this server too, is begun along the way:
    /// it must be the next mail sent, unless the connection breaks.
    /// </summary>
    /// <exception cref="DeliveryException">
    /// The connection was lost. Recipients that the server had refused before have their results, the others have none.
    /// <see cref="DeliveryStage.DataEnd"/> means that they may have been delivered all the same.
    /// </exception>
    public static async ValueTask SendAsync(SmtpConnection connection, Transaction mail, Transaction? next)
    {
        if (mail.Written is null)
        {
            if (!TryWriteEnvelope(connection, mail))
                return;
            if (connection.Capabilities.Pipelining)
                await connection.FlushAsync(DeliveryStage.Mail);
        }

        var isOpen = connection.Capabilities.Pipelining
            ? await TakePipelinedRepliesAsync(connection, mail)
            : await ExchangeEnvelopeAsync(connection, mail);
        if (!isOpen)
            return;

        if (!await TryWriteContentAsync(connection, mail))
            return;
        if (next is not null && connection.Capabilities.Pipelining && !connection.IsBroken)
            TryWriteEnvelope(connection, next);
        try
        {
            await connection.FlushAsync(DeliveryStage.Data);
        }
        catch (DeliveryException e) when (e.Stage == DeliveryStage.Data)
        {
            await TakeLastWordsAsync(connection, mail, e);
            return;
        }

        var reply = await connection.ReadReplyAsync(DeliveryStage.DataEnd);
        connection.Mails++;
        mail.SetRest(r => Result(connection, r, reply, OutcomeOf(reply)));
    }

    // Writes RSET when one is due, MAIL, and with PIPELINING also RCPT and DATA; false when this server can't have the mail.
    private static bool TryWriteEnvelope(SmtpConnection connection, Transaction mail)
    {
        if (TransactionParameters.Fit(mail, connection, out var refusal) is not { } envelope)
        {
            mail.SetRest(r => new RecipientResult(r, OutcomeOf(refusal!), refusal!, null, connection.Peer) { IsOfThisHost = refusal!.Status == TransactionParameters.RequireTlsUnsupported });
            return false;
        }

        mail.Written = envelope;
        if (!connection.Capabilities.Pipelining)
            return true;
        if (envelope.HasReset)
            SmtpCommands.Write(connection.Output, "RSET");
        SmtpCommands.WriteMail(connection.Output, envelope.Mail);
        foreach (var recipient in envelope.Mail.Recipients)
            SmtpCommands.WriteRecipient(connection.Output, recipient);
        if (!envelope.UsesBdat)
            SmtpCommands.Write(connection.Output, "DATA");
        connection.NeedsReset = false;
        return true;
    }

    // Whether the content is to be sent.
    private static async ValueTask<bool> TakePipelinedRepliesAsync(SmtpConnection connection, Transaction mail)
    {
        if (mail.Written!.HasReset)
            ThrowIfClosing(connection, await connection.ReadReplyAsync(DeliveryStage.Mail), DeliveryStage.Mail);
        var reply = await connection.ReadReplyAsync(DeliveryStage.Mail);
        ThrowIfClosing(connection, reply, DeliveryStage.Mail);
        var isMailTaken = reply.IsPositive;
        if (!isMailTaken)
            mail.SetRest(r => Result(connection, r, reply, OutcomeOf(reply)));
        var accepted = 0;
        for (var i = 0; i < mail.Recipients.Count; i++)
        {
            ThrowIfClosing(connection, reply, DeliveryStage.Recipient);
            reply = await connection.ReadReplyAsync(DeliveryStage.Recipient);
            TakeRecipientReply(connection, mail, i, reply, ref accepted);
        }

        if (mail.Written.UsesBdat)
        {
            connection.NeedsReset = !isMailTaken || accepted == 0;
            return isMailTaken && accepted > 0;
        }

        ThrowIfClosing(connection, reply, DeliveryStage.DataStart);
        return await TakeDataReplyAsync(connection, mail, isMailTaken, accepted);
    }

    private static async ValueTask<bool> TakeDataReplyAsync(SmtpConnection connection, Transaction mail, bool isMailTaken, int accepted)
    {
        var reply = await connection.ReadReplyAsync(DeliveryStage.DataStart);
        if (reply.IsPositive)
            throw new DeliveryException(new SmtpReply(451, new EnhancedStatusCode(4, 5, 0), $"an answer to DATA that does not fit: {reply}"), DeliveryStage.DataStart, connection.Host, connection.Peer);
        if (reply.IsIntermediate)
        {
            if (accepted > 0 && isMailTaken)
                return true;
            if (accepted > 0)
            {
                // Recipients without a sender: whoever agrees to that might deliver an empty text to them.
                await connection.DisposeAsync();
                return false;
            }

            // RFC 2920 3.1: agreed to although nobody is to get it; an empty text ends it.
            connection.Output.Write(".\r\n"u8);
            await connection.FlushAsync(DeliveryStage.Data);
            await connection.ReadReplyAsync(DeliveryStage.DataEnd);
            return false;
        }

        connection.NeedsReset = isMailTaken;
        mail.SetRest(r => Result(connection, r, reply, OutcomeOf(reply)));
        return false;
    }

    // Without PIPELINING: one command, one reply; nothing is asked for that can't succeed any more.
    private static async ValueTask<bool> ExchangeEnvelopeAsync(SmtpConnection connection, Transaction mail)
    {
        var envelope = mail.Written!;
        if (envelope.HasReset)
            ThrowIfClosing(connection, await connection.CommandAsync("RSET", DeliveryStage.Mail), DeliveryStage.Mail);
        connection.NeedsReset = false;
        SmtpCommands.WriteMail(connection.Output, envelope.Mail);
        await connection.FlushAsync(DeliveryStage.Mail);
        var reply = await connection.ReadReplyAsync(DeliveryStage.Mail);
        ThrowIfClosing(connection, reply, DeliveryStage.Mail);
        if (!reply.IsPositive)
        {
            mail.SetRest(r => Result(connection, r, reply, OutcomeOf(reply)));
            return false;
        }

        var accepted = 0;
        for (var i = 0; i < mail.Recipients.Count; i++)
        {
            ThrowIfClosing(connection, reply, DeliveryStage.Recipient);
            SmtpCommands.WriteRecipient(connection.Output, envelope.Mail.Recipients[i]);
            await connection.FlushAsync(DeliveryStage.Recipient);
            reply = await connection.ReadReplyAsync(DeliveryStage.Recipient);
            TakeRecipientReply(connection, mail, i, reply, ref accepted);
        }

        connection.NeedsReset = accepted == 0;
        if (accepted == 0 || envelope.UsesBdat)
            return accepted > 0;
        ThrowIfClosing(connection, reply, DeliveryStage.DataStart);
        SmtpCommands.Write(connection.Output, "DATA");
        await connection.FlushAsync(DeliveryStage.DataStart);
        return await TakeDataReplyAsync(connection, mail, isMailTaken: true, accepted);
    }

    private static void TakeRecipientReply(SmtpConnection connection, Transaction mail, int index, SmtpReply reply, ref int accepted)
    {
        if (reply.IsPositive)
        {
            accepted++;
            return;
        }

        if (mail.HasResult(index))
            return;
        // 452 4.5.3 (RFC 5321 4.5.3.1.10), by older servers 552: the mail has recipients enough. It is no word against this one.
        var wasTooMany = accepted > 0 && reply.Code is 452 or 552 && reply.Status is null or { Subject: 5, Detail: 3 };
        mail.Set(index, Result(connection, mail.Recipients[index], reply, wasTooMany ? RecipientOutcome.Deferred : OutcomeOf(reply)) with { WasTooMany = wasTooMany });
    }

    // False: the content can't be sent to this server; the connection is closed because nothing else ends a text that has begun.
    private static async ValueTask<bool> TryWriteContentAsync(SmtpConnection connection, Transaction mail)
    {
        var content = mail.Content!;
        try
        {
            if (mail.Written!.UsesBdat)
            {
                SmtpCommands.Write(connection.Output, $"BDAT {content.Length} LAST");
                await foreach (var slice in content.ReadAsync(SliceBytes))
                {
                    connection.Output.Write(slice.Span);
                    await connection.FlushIfFullAsync(DeliveryStage.Data);
                }

                return true;
            }

            var encoder = new DataEncoder();
            await foreach (var slice in content.ReadAsync(SliceBytes))
            {
                if (!encoder.TryWrite(slice.Span, connection.Output))
                    return await GiveUpTextAsync(connection, mail);
                await connection.FlushIfFullAsync(DeliveryStage.Data);
            }

            return encoder.TryEnd(connection.Output) || await GiveUpTextAsync(connection, mail);
        }
        catch (DeliveryException e) when (e.Stage == DeliveryStage.Data)
        {
            await TakeLastWordsAsync(connection, mail, e);
            return false;
        }
    }

    private static async ValueTask<bool> GiveUpTextAsync(SmtpConnection connection, Transaction mail)
    {
        await connection.DisposeAsync();
        var reply = new SmtpReply(554, new EnhancedStatusCode(5, 6, 0), $"the mail has a line of a single dot between bare CR or LF, which can only be sent with CHUNKING, and {connection.Host} does not support it");
        mail.SetRest(r => new RecipientResult(r, RecipientOutcome.Failed, reply, null, connection.Peer));
        return false;
    }

    // A server that has enough says so and closes: its reply is behind the error of our write. The content had not ended, so it was not delivered.
    private static async ValueTask TakeLastWordsAsync(SmtpConnection connection, Transaction mail, DeliveryException lost)
    {
        if (await connection.ReadLastWordsAsync() is not { IsPositive: false, IsIntermediate: false } reply)
            throw lost;
        mail.SetRest(r => Result(connection, r, reply, OutcomeOf(reply)));
    }

    // 421 ends the connection, whatever was asked: there will be no more replies.
    private static void ThrowIfClosing(SmtpConnection connection, SmtpReply reply, DeliveryStage stage)
    {
        if (connection.IsBroken)
            throw new DeliveryException(reply, stage, connection.Host, connection.Peer) { IsRemote = true };
    }

    private static RecipientOutcome OutcomeOf(SmtpReply reply) =>
        reply.IsPositive ? RecipientOutcome.Delivered : reply.IsPermanent ? RecipientOutcome.Failed : RecipientOutcome.Deferred;

    private static RecipientResult Result(SmtpConnection connection, Posthorn.Messages.Recipient recipient, SmtpReply reply, RecipientOutcome outcome) =>
        new(recipient, outcome, reply, connection.Host, connection.Peer)
        {
            IsRelayedWithoutDsn = outcome == RecipientOutcome.Delivered && !connection.Capabilities.Dsn,
        };
}
