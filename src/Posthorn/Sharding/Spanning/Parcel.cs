using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Journal.Format;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Sharding.Spanning;

/// <summary>
/// An operation on its way to another shard: as a message in the outbox of the one that decided it. A message that is to be added lies there as
/// itself, with its content, envelope and attributes; where it goes and how is in one attribute more.
/// </summary>
/// <param name="Operation">What is to be done there.</param>
/// <param name="Place">Which of its consignment it is, from 0.</param>
/// <param name="Count">How many the consignment has: all that one commit hands to one shard.</param>
internal sealed record Parcel(CommitOperation Operation, int Place, int Count)
{
    /// <summary>The attribute that makes a message a parcel.</summary>
    public const string Attribute = "between-shards";

    private const byte Version = 1;
    private const long None = -1;

    /// <summary>The message for the outbox.</summary>
    /// <param name="consignment">What all parcels of the consignment have as their group.</param>
    /// <param name="dueAt">From when on other nodes take it up.</param>
    public NewMessage Pack(string consignment, DateTimeOffset dueAt)
    {
        using var writer = new ByteWriter();
        writer.Byte(Version);
        writer.Count(Place);
        writer.Count(Count);
        var (of, content) = (new NewMessage { Queue = BetweenQueues.Outbox, Content = Body.Empty }, (Content)Body.Empty);
        switch (Operation)
        {
            case CommitOperation.Add { Message: var message }:
                writer.Byte((byte)ParcelKind.Message);
                WriteMessage(writer, message);
                (of, content) = (message, message.Content);
                break;
            case CommitOperation.SetQueue set:
                writer.Byte((byte)ParcelKind.Queue);
                writer.Byte(set.IsOnlyWhenMissing ? (byte)1 : (byte)0);
                QueueCodec.Write(writer, identity: 0, set.Name, set.Policy, nextNumber: 0);
                break;
            case CommitOperation.DeleteQueue delete:
                writer.Byte((byte)ParcelKind.QueueRemoval);
                writer.Text(delete.Name.Value);
                break;
            case CommitOperation.SetDocument document:
                writer.Byte((byte)ParcelKind.Document);
                writer.Byte(document.Value is null ? (byte)0 : (byte)1);
                writer.Text(document.Key);
                content = Body.Of(document.Value?.ToArray() ?? []);
                break;
            default:
                throw new InvalidOperationException($"{Operation.GetType().Name} is decided where it happens.");
        }
        return new NewMessage
        {
            Queue = BetweenQueues.Outbox,
            Group = consignment,
            DueAt = dueAt,
            Content = content,
            Envelope = of.Envelope,
            Flags = of.Flags,
            LastError = of.LastError,
            Attributes = new Dictionary<string, AttributeValue>(of.Attributes, StringComparer.Ordinal) { [Attribute] = AttributeValue.Of(writer.Written.ToArray(), type: null, isText: false) },
        };
    }

    /// <summary>What is in a message of the outbox. Of a document the value is read from the content by <paramref name="read"/>.</summary>
    /// <exception cref="InvalidDataException">It is of a later program, or no parcel.</exception>
    public static async ValueTask<Parcel> UnpackAsync(Message message, Func<Content, ValueTask<byte[]>> read)
    {
        if (!message.Attributes.TryGetValue(Attribute, out var packed))
            throw new InvalidDataException($"The message {message.Id} in '{message.Queue}' is none that a shard has put there.");
        var parcel = Unpack(message, packed.Bytes.Span);
        return parcel.Operation is CommitOperation.SetDocument { Value: not null } document
            ? parcel with { Operation = document with { Value = await read(message.Content) } }
            : parcel;
    }

    private static Parcel Unpack(Message message, ReadOnlySpan<byte> packed)
    {
        var reader = new ByteReader(packed);
        if (reader.Byte() is var version and not Version)
            throw new InvalidDataException($"What is on its way from one shard to another has version {version}; this program knows {Version}. Update it.");
        var (place, count) = (reader.Count(), reader.Count());
        CommitOperation operation;
        switch ((ParcelKind)reader.Byte())
        {
            case ParcelKind.Message:
                operation = new CommitOperation.Add(ReadMessage(ref reader, message));
                break;
            case ParcelKind.Queue:
                var isOnlyWhenMissing = reader.Byte() != 0;
                var (name, policy, _) = QueueCodec.Read(reader.Rest);
                operation = new CommitOperation.SetQueue(name, policy) { IsOnlyWhenMissing = isOnlyWhenMissing };
                break;
            case ParcelKind.QueueRemoval:
                operation = new CommitOperation.DeleteQueue(QueueName.Parse(reader.Text()!));
                break;
            case ParcelKind.Document:
                var isSet = reader.Byte() != 0;
                operation = new CommitOperation.SetDocument(reader.Text()!, isSet ? default(ReadOnlyMemory<byte>) : null);
                break;
            default:
                throw new InvalidDataException($"The message {message.Id} in '{message.Queue}' is of a later program. Update this one.");
        }
        return new Parcel(operation, place, count);
    }

    private static void WriteMessage(ByteWriter writer, NewMessage message)
    {
        writer.Text(message.Queue.Value);
        writer.Text(message.Group);
        writer.Text(message.DeduplicationId);
        writer.Int64(message.Priority.Value);
        writer.Int64(message.DueAt?.UtcTicks ?? None);
        writer.Int64((long?)message.Origin?.Value ?? None);
        writer.Int64(message.AcceptedAt?.UtcTicks ?? None);
        writer.Byte(message.IsHeld ? (byte)1 : (byte)0);
        writer.Int64((long?)message.Arrival?.Id.Value ?? None);
        writer.Count(message.Arrival?.ReceiveCount ?? 0);
    }

    private static NewMessage ReadMessage(ref ByteReader reader, Message message)
    {
        var read = new NewMessage
        {
            Queue = QueueName.Parse(reader.Text()!),
            Group = reader.Text(),
            DeduplicationId = reader.Text(),
            Priority = Priority.Of((int)reader.Int64()),
            DueAt = TimeOf(reader.Int64()),
            Origin = IdOf(reader.Int64()),
            AcceptedAt = TimeOf(reader.Int64()),
            IsHeld = reader.Byte() != 0,
            Content = message.Content,
            Envelope = message.Envelope,
            Flags = message.Flags,
            LastError = message.LastError,
            Attributes = message.Attributes.Where(a => a.Key != Attribute).ToDictionary(StringComparer.Ordinal),
        };
        var (moved, receiveCount) = (IdOf(reader.Int64()), reader.Count());
        return read with { Arrival = moved is { } id ? new Arrival(id, IsMove: true, receiveCount) : null };
    }

    private static DateTimeOffset? TimeOf(long ticks) => ticks == None ? null : new DateTimeOffset(ticks, TimeSpan.Zero);

    private static MessageId? IdOf(long id) => id == None ? null : new MessageId((ulong)id);
}
