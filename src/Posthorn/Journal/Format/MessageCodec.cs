using System.Text;
using Posthorn.Journal.Segments;
using Posthorn.Messages;

namespace Posthorn.Journal.Format;

/// <summary>Writes and reads messages: the fixed fields of <see cref="MessageLayout"/>, then the group, the prefix and what varies.</summary>
internal static class MessageCodec
{
    /// <summary>Up to so many attributes are decoded one by one as they are asked for; more are all decoded at once, into a dictionary.</summary>
    private const int PackedAttributesMax = 16;

    /// <summary>Writes one operation.</summary>
    /// <returns>Where it begins.</returns>
    public static int Write(ByteWriter writer, OperationKind kind, in MessageRecord message)
    {
        var start = Operation.Begin(writer, kind, message.ReceiveCount);
        writer.Take(MessageLayout.GroupAt - Operation.HeaderLength);
        var groupLength = 0;
        if (message.Group is { Length: > 0 } group)
            Encoding.UTF8.GetBytes(group, writer.Take(groupLength = Encoding.UTF8.GetByteCount(group)));
        var operation = writer.Written[start..];
        operation[MessageLayout.PriorityAt] = (byte)message.Priority.Value;
        operation[MessageLayout.FlagsAt] = (byte)((message.IsHeld ? MessageLayout.HeldFlag : 0)
            | (message.IsShared ? MessageLayout.SharedFlag : 0) | (message.LeaseGoesOn ? MessageLayout.LeaseGoesOnFlag : 0)
            | (message.IsConsumed ? MessageLayout.ConsumedFlag : 0) | (message.IsDue ? MessageLayout.DueFlag : 0));
        operation[MessageLayout.BodyPlaceAt] = (byte)message.BodyPlace;
        MessageLayout.Set(operation, MessageLayout.IdAt, (long)message.Id);
        MessageLayout.Set(operation, MessageLayout.OriginAt, (long)message.Origin);
        MessageLayout.Set(operation, MessageLayout.NumberAt, message.Number);
        MessageLayout.Set(operation, MessageLayout.QueueAt, message.Queue);
        MessageLayout.Set(operation, MessageLayout.AcceptedAt, message.AcceptedAt);
        MessageLayout.Set(operation, MessageLayout.EnqueuedAt, message.EnqueuedAt);
        MessageLayout.Set(operation, MessageLayout.DueAt, message.DueAt);
        MessageLayout.Set(operation, MessageLayout.BodyAt, message.Body.Value);
        MessageLayout.Set(operation, MessageLayout.BodyLengthAt, message.BodyLength);
        MessageLayout.Set(operation, MessageLayout.SkipAt, message.Skip);
        MessageLayout.Set(operation, MessageLayout.PrefixLengthAt, message.Prefix.Length);
        MessageLayout.Set(operation, MessageLayout.GroupLengthAt, (ushort)groupLength);
        message.Prefix.Span.CopyTo(writer.Take(message.Prefix.Length));
        WriteVarying(writer, message, out var flagsAt);
        var distance = flagsAt - start;
        MessageLayout.Set(
            writer.Written[start..], MessageLayout.FlagListAt,
            message.Flags.Count == 0 ? MessageLayout.FlagListEmpty : distance > ushort.MaxValue ? MessageLayout.FlagListUnknown : (ushort)distance);
        Operation.End(writer, start);
        return start;
    }

    /// <summary>Reads one operation, which must be intact; nothing of the result refers to its bytes.</summary>
    /// <param name="operation">The operation; what follows it does not matter.</param>
    /// <param name="position">Where the operation lies: bodies in the same record are named relative to it.</param>
    public static MessageRecord Read(ReadOnlySpan<byte> operation, LogPosition position)
    {
        var flags = operation[MessageLayout.FlagsAt];
        var group = MessageLayout.Group(operation);
        var message = new MessageRecord
        {
            Id = MessageLayout.UInt64(operation, MessageLayout.IdAt),
            Origin = MessageLayout.UInt64(operation, MessageLayout.OriginAt),
            Number = MessageLayout.Int64(operation, MessageLayout.NumberAt),
            Queue = MessageLayout.Int64(operation, MessageLayout.QueueAt),
            Priority = Priority.Of(operation[MessageLayout.PriorityAt]),
            IsHeld = (flags & MessageLayout.HeldFlag) != 0,
            IsShared = (flags & MessageLayout.SharedFlag) != 0,
            IsConsumed = (flags & MessageLayout.ConsumedFlag) != 0,
            IsDue = (flags & MessageLayout.DueFlag) != 0,
            ReceiveCount = MessageLayout.Int32(operation, MessageLayout.ReceiveCountAt),
            AcceptedAt = MessageLayout.Int64(operation, MessageLayout.AcceptedAt),
            EnqueuedAt = MessageLayout.Int64(operation, MessageLayout.EnqueuedAt),
            DueAt = MessageLayout.Int64(operation, MessageLayout.DueAt),
            BodyPlace = (BodyPlace)operation[MessageLayout.BodyPlaceAt] == BodyPlace.None ? BodyPlace.None : BodyPlace.Key,
            Body = BodyKey(operation, position),
            BodyLength = MessageLayout.Int64(operation, MessageLayout.BodyLengthAt),
            Skip = MessageLayout.Int64(operation, MessageLayout.SkipAt),
            Group = group.IsEmpty ? null : Encoding.UTF8.GetString(group),
        };
        var reader = Varying(operation);
        message.Prefix = reader.Take(MessageLayout.Int32(operation, MessageLayout.PrefixLengthAt)).ToArray();
        ReadVarying(ref reader, ref message);
        return message;
    }

    /// <summary>The key of a message's body, wherever the operation stands.</summary>
    public static LogPosition BodyKey(ReadOnlySpan<byte> operation, LogPosition position) => (BodyPlace)operation[MessageLayout.BodyPlaceAt] switch
    {
        BodyPlace.None => LogPosition.None,
        BodyPlace.Here => new LogPosition(position.Value + MessageLayout.Int64(operation, MessageLayout.BodyAt)),
        _ => new LogPosition(MessageLayout.Int64(operation, MessageLayout.BodyAt)),
    };

    /// <summary>The flags of an operation as they are written, for <see cref="Flags"/>; empty when there are none.</summary>
    public static ReadOnlySpan<byte> FlagList(ReadOnlySpan<byte> operation)
    {
        var at = MessageLayout.UInt16(operation, MessageLayout.FlagListAt);
        if (at == MessageLayout.FlagListEmpty)
            return [];
        ReadOnlySpan<byte> rest;
        if (at == MessageLayout.FlagListUnknown)
        {
            var all = Varying(operation);
            all.Take(MessageLayout.Int32(operation, MessageLayout.PrefixLengthAt));
            SkipToFlags(ref all);
            rest = all.Rest;
        }
        else
            rest = operation[at..Operation.Length(operation)];
        var reader = new ByteReader(rest);
        var count = reader.Count();
        for (var i = 0; i < count; i++)
            reader.SkipText();
        return count == 0 ? [] : rest[..^reader.Remaining];
    }

    /// <summary>The flags that <see cref="FlagList"/> has found.</summary>
    public static string[] Flags(ReadOnlySpan<byte> flagList)
    {
        if (flagList.IsEmpty)
            return [];
        var reader = new ByteReader(flagList);
        return Texts(ref reader);
    }

    // What is behind the group: the prefix, what varies, and zeros up to a multiple of eight.
    private static ByteReader Varying(ReadOnlySpan<byte> operation)
    {
        var from = MessageLayout.GroupAt + MessageLayout.UInt16(operation, MessageLayout.GroupLengthAt);
        var tail = (operation[MessageLayout.FlagsAt] & MessageLayout.ModSeqFlag) != 0 ? MessageLayout.ModSeqLength : 0;
        return new ByteReader(operation[from..(Operation.Length(operation) - tail)]);
    }

    private static void SkipToFlags(ref ByteReader reader)
    {
        reader.SkipText(); // sender
        reader.SkipText(); // envelope id
        reader.Byte();
        for (var recipients = reader.Count(); recipients > 0; recipients--)
        {
            reader.SkipText();
            reader.Byte();
            reader.SkipText();
            for (var headers = reader.Count(); headers > 0; headers--)
                reader.SkipText();
        }
        for (var attributes = reader.Count(); attributes > 0; attributes--)
            PackedAttributes.Skip(ref reader);
    }

    private static void WriteVarying(ByteWriter writer, in MessageRecord message, out int flagsAt)
    {
        var envelope = message.Envelope;
        writer.Text(envelope.Sender);
        writer.Text(envelope.EnvelopeId);
        writer.Byte((byte)envelope.Return);
        writer.Count(envelope.Recipients.Count);
        for (var i = 0; i < envelope.Recipients.Count; i++)
        {
            var recipient = envelope.Recipients[i];
            writer.Text(recipient.Address);
            writer.Byte((byte)recipient.Notify);
            writer.Text(recipient.OriginalRecipient);
            Texts(writer, recipient.Headers);
        }
        writer.Count(message.Attributes.Count);
        if (message.Attributes is PackedAttributes { Bytes: var packed })
            packed.Span.CopyTo(writer.Take(packed.Length));
        else if (message.Attributes.Count > 0)
        {
            foreach (var (name, value) in message.Attributes)
                PackedAttributes.Write(writer, name, value);
        }
        flagsAt = writer.Length;
        Texts(writer, message.Flags);
        writer.Text(message.LastError);
        writer.Text(message.DeduplicationId);
    }

    private static void ReadVarying(ref ByteReader reader, ref MessageRecord message)
    {
        var sender = reader.Text();
        var envelopeId = reader.Text();
        var @return = (DsnReturn)reader.Byte();
        var recipients = reader.Count() is var count and > 0 ? new Recipient[count] : [];
        for (var i = 0; i < recipients.Length; i++)
        {
            recipients[i] = new Recipient(reader.Text()!)
            {
                Notify = (DsnNotify)reader.Byte(),
                OriginalRecipient = reader.Text(),
                Headers = Texts(ref reader),
            };
        }
        message.Envelope = sender is null && envelopeId is null && @return == DsnReturn.Default && recipients.Length == 0
            ? Envelope.None
            : new Envelope(sender, recipients) { EnvelopeId = envelopeId, Return = @return };
        message.Attributes = Attributes(ref reader);
        message.Flags = Texts(ref reader);
        message.LastError = reader.Text();
        message.DeduplicationId = reader.IsAtEnd ? null : reader.Text(); // version 1 has none
    }

    private static IReadOnlyDictionary<string, AttributeValue> Attributes(ref ByteReader reader)
    {
        var count = reader.Count();
        if (count == 0)
            return System.Collections.ObjectModel.ReadOnlyDictionary<string, AttributeValue>.Empty;
        var all = reader.Rest;
        for (var i = 0; i < count; i++)
            PackedAttributes.Skip(ref reader);
        var packed = new PackedAttributes(all[..^reader.Remaining].ToArray(), count);
        return count <= PackedAttributesMax ? packed : new Dictionary<string, AttributeValue>(packed, StringComparer.Ordinal);
    }

    private static void Texts(ByteWriter writer, IReadOnlyList<string> texts)
    {
        writer.Count(texts.Count);
        for (var i = 0; i < texts.Count; i++)
            writer.Text(texts[i]);
    }

    private static string[] Texts(ref ByteReader reader)
    {
        var count = reader.Count();
        var texts = count == 0 ? [] : new string[count];
        for (var i = 0; i < texts.Length; i++)
            texts[i] = reader.Text()!;
        return texts;
    }
}
