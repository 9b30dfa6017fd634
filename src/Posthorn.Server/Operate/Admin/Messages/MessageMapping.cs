using Posthorn.Client.Contracts.Messages;
using Posthorn.Messages;
using Posthorn.Protocols.Mime;
using Posthorn.Server.Spool;
using Message = Posthorn.Messages.Message;
using MessageState = Posthorn.Client.Contracts.Messages.MessageState;

namespace Posthorn.Server.Operate.Admin.Messages;

/// <summary>Messages between the engine's words and the API's.</summary>
internal static class MessageMapping
{
    public static MessageInfo ToContract(this Message message) => new()
    {
        Id = message.Id.ToString(),
        Origin = message.Origin.ToString(),
        Queue = message.Queue,
        Number = message.Number,
        Group = message.Group,
        State = message.State.ToContract(),
        Priority = message.Priority.Value,
        AcceptedAt = message.AcceptedAt.ToUniversalTime(),
        EnqueuedAt = message.EnqueuedAt.ToUniversalTime(),
        DueAt = message.DueAt.ToUniversalTime(),
        ReceiveCount = message.ReceiveCount,
        Attempts = message.Attempts(),
        Sender = message.Envelope.Sender,
        Recipients = [.. message.Envelope.Recipients.Select(r => r.Address)],
        Bytes = message.Content.Length,
        Subject = message.Text(MailAttributes.Subject),
        MessageId = message.Text(MailAttributes.MessageId),
        LastError = message.LastError,
    };

    public static MessageDetail ToDetail(this Message message, HeaderBlock headers) => new()
    {
        Message = message.ToContract(),
        Recipients = [.. message.Envelope.Recipients.Select(ToContract)],
        EnvelopeId = message.Envelope.EnvelopeId,
        Attributes = message.AttributesToContract(),
        Flags = message.Flags,
        Headers = [.. headers.Fields.Select(f => new MessageHeader(f.Name, f.Text))],
    };

    public static IReadOnlyDictionary<string, MessageAttribute> AttributesToContract(this Message message) =>
        message.Attributes.Where(a => a.Key != MailAttributes.Structure).ToDictionary(
            a => a.Key,
            a => new MessageAttribute { Text = a.Value.Text, Bytes = a.Value.IsText ? null : a.Value.Bytes.ToArray(), Type = a.Value.Type },
            StringComparer.Ordinal);

    public static MessageState ToContract(this Posthorn.Messages.MessageState state) => state switch
    {
        Posthorn.Messages.MessageState.Ready => MessageState.Ready,
        Posthorn.Messages.MessageState.Delayed => MessageState.Delayed,
        Posthorn.Messages.MessageState.Leased => MessageState.Leased,
        Posthorn.Messages.MessageState.Held => MessageState.Held,
        Posthorn.Messages.MessageState.Consumed => MessageState.Consumed,
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, null),
    };

    public static Posthorn.Messages.MessageState ToEngine(this MessageState state) => state switch
    {
        MessageState.Ready => Posthorn.Messages.MessageState.Ready,
        MessageState.Delayed => Posthorn.Messages.MessageState.Delayed,
        MessageState.Leased => Posthorn.Messages.MessageState.Leased,
        MessageState.Held => Posthorn.Messages.MessageState.Held,
        MessageState.Consumed => Posthorn.Messages.MessageState.Consumed,
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, null),
    };

    /// <summary>How often it was tried: the mail path counts failed attempts itself, because one delivery may take several leases; elsewhere the receives.</summary>
    public static int Attempts(this Message message) =>
        message.Text(MailAttributes.Attempts) is { } text && int.TryParse(text, out var attempts) ? attempts : message.ReceiveCount;

    private static MessageRecipient ToContract(Recipient recipient) => new()
    {
        Address = recipient.Address,
        Notify = [.. Enum.GetValues<DsnNotify>().Where(n => n != DsnNotify.Default && recipient.Notify.HasFlag(n)).Select(n => n.ToString().ToLowerInvariant())],
        OriginalRecipient = recipient.OriginalRecipient,
    };
}
