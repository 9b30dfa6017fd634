using System.Data.Common;
using Posthorn.Bodies;
using Posthorn.Messages;
using Posthorn.PostgreSql.Bodies;
using Posthorn.Queues;

namespace Posthorn.PostgreSql.Rows;

/// <summary>Makes of rows what they mean. The lists of columns and what reads them stand side by side, so that they stay the same.</summary>
internal static class RowReader
{
    /// <summary>Columns of a queue <c>q</c>.</summary>
    public const string QueueColumns =
        "q.queue_id, q.name, q.policy, q.policy_version, q.next_number, q.highest_mod_seq, q.message_count, q.byte_count, q.consumed_count, q.consumed_byte_count, q.deleted_at";

    /// <summary>Columns of a delivery <c>d</c>.</summary>
    public const string DeliveryColumns = """
        d.message_id, d.queue_id, d.number, d.mod_seq, d.accepted_at, d.enqueued_at, d.due_at, d.leased_until, d.lease_token, d.leased_by, d.receive_count,
        d.state, d.priority, d.is_held, d.is_due, d.group_name
        """;

    /// <summary>Columns of what every decision needs of a message <c>m</c>, behind those of its delivery.</summary>
    public const string DataColumns = "m.origin_id, m.deduplication_id, m.flags, m.skip, m.body_id, d.length";

    /// <summary>The other columns of a message <c>m</c>, behind <see cref="DataColumns"/>.</summary>
    public const string WholeColumns = "m.envelope, m.attributes, m.last_error, m.prefix";

    /// <summary>The bytes of the body of <c>m</c> and their checksum, in its row or in <c>b</c>, its body's row that was joined.</summary>
    public const string BytesColumns = "coalesce(m.bytes, b.bytes), coalesce(m.checksum, b.checksum)";

    private const int DeliveryCount = 16;
    private const int DataCount = 6;
    private const int WholeCount = 4;

    /// <summary>Where columns begin that follow a whole message's.</summary>
    public const int AfterWhole = DeliveryCount + DataCount + WholeCount;

    public static QueueRow Queue(DbDataReader row) => new()
    {
        Id = row.GetInt64(0),
        Name = QueueName.Parse(row.GetString(1)),
        Policy = PolicyJson.Read(row.GetString(2)),
        PolicyVersion = row.GetInt64(3),
        NextNumber = row.GetInt64(4),
        HighestModSeq = row.GetInt64(5),
        Messages = row.GetInt64(6),
        Bytes = row.GetInt64(7),
        Consumed = row.GetInt64(8),
        ConsumedBytes = row.GetInt64(9),
        IsDeleted = !row.IsDBNull(10),
    };

    /// <summary>A delivery with its data.</summary>
    /// <param name="row">The row.</param>
    /// <param name="isWhole">Whether <see cref="WholeColumns"/> are there too.</param>
    public static Entry Entry(DbDataReader row, bool isWhole) => new()
    {
        Id = (ulong)row.GetInt64(0),
        QueueId = row.GetInt64(1),
        Number = row.GetInt64(2),
        ModSeq = row.GetInt64(3),
        AcceptedAt = row.GetInt64(4),
        EnqueuedAt = row.GetInt64(5),
        DueAt = row.GetInt64(6),
        LeasedUntil = row.IsDBNull(7) ? null : row.GetInt64(7),
        Token = row.IsDBNull(8) ? 0 : (ulong)row.GetInt64(8),
        LeasedBy = row.IsDBNull(9) ? 0 : row.GetInt64(9),
        ReceiveCount = row.GetInt32(10),
        IsConsumed = row.GetInt16(11) == (short)MessageState.Consumed,
        Priority = Priority.Of(row.GetInt16(12)),
        IsHeld = row.GetBoolean(13),
        IsDue = row.GetBoolean(14) || row.GetInt16(11) == (short)MessageState.Ready,
        Group = row.GetString(15),
        Data = Data(row, isWhole),
    };

    /// <summary>The message as a caller sees it.</summary>
    public static Message Message(Entry entry, QueueName queue, MessageState state, Body body) => new()
    {
        Id = new MessageId(entry.Id),
        Origin = new MessageId(entry.Data.Origin),
        Queue = queue,
        Number = entry.Number,
        Group = entry.Group.Length == 0 ? null : entry.Group,
        DeduplicationId = entry.Data.DeduplicationId,
        State = state,
        Priority = entry.Priority,
        AcceptedAt = Time(entry.AcceptedAt),
        EnqueuedAt = Time(entry.EnqueuedAt),
        DueAt = Time(entry.DueAt),
        ReceiveCount = entry.ReceiveCount,
        ModSeq = entry.ModSeq,
        Envelope = entry.Data.Envelope,
        Attributes = entry.Data.Attributes,
        Flags = entry.Data.Flags,
        LastError = entry.Data.LastError,
        Content = new Content(body) { Prefix = entry.Data.Prefix, Skip = entry.Data.Skip },
    };

    /// <summary>The body of a message that was read whole, followed by <see cref="BytesColumns"/> (null when they are not in a row, or too many to be read along).</summary>
    public static Body Body(DbDataReader row, Entry entry, object owner, int at)
    {
        if (entry.Data.BodyId == 0)
            return Posthorn.Bodies.Body.Empty;
        var bytes = row.IsDBNull(at) ? null : row.GetFieldValue<byte[]>(at);
        if (bytes is not null)
            PostgresBody.Verify(bytes, row.GetInt64(at + 1));
        return new PostgresBody(owner, entry.Data.BodyId, entry.Data.BodyLength, bytes);
    }

    public static DateTimeOffset Time(long ticks) => new(ticks, TimeSpan.Zero);

    private static MessageData Data(DbDataReader row, bool isWhole)
    {
        const int at = DeliveryCount, whole = DeliveryCount + DataCount;
        ReadOnlyMemory<byte> prefix = isWhole && !row.IsDBNull(whole + 3) ? row.GetFieldValue<byte[]>(whole + 3) : default;
        var (skip, length) = (row.GetInt64(at + 3), row.GetInt64(at + 5));
        return new MessageData
        {
            Origin = (ulong)row.GetInt64(at),
            DeduplicationId = row.IsDBNull(at + 1) ? null : row.GetString(at + 1),
            Flags = MessageJson.ReadFlags(row.IsDBNull(at + 2) ? null : row.GetString(at + 2)),
            Skip = skip,
            BodyId = row.IsDBNull(at + 4) ? 0 : row.GetInt64(at + 4),
            BodyLength = length - prefix.Length + skip, // when it was not read whole: prefix and body together
            IsWhole = isWhole,
            Envelope = MessageJson.ReadEnvelope(isWhole && !row.IsDBNull(whole) ? row.GetString(whole) : null),
            Attributes = MessageJson.ReadAttributes(isWhole && !row.IsDBNull(whole + 1) ? row.GetString(whole + 1) : null),
            LastError = isWhole && !row.IsDBNull(whole + 2) ? row.GetString(whole + 2) : null,
            Prefix = prefix,
        };
    }
}
