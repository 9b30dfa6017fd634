using System.Buffers;
using System.Text.Json;

namespace Posthorn.Sharding;

/// <summary>What the home shard has recorded of another one.</summary>
/// <param name="Identity">Its store.</param>
/// <param name="Name">What it was called.</param>
/// <param name="Range">Where ids of its messages lie; never another's, also when it is not there any more.</param>
/// <param name="Queues">The patterns of its queues; none when it has none any more.</param>
internal sealed record ShardRecord(Guid Identity, string Name, int Range, IReadOnlyList<string> Queues)
{
    /// <summary>As the document has them.</summary>
    public static ReadOnlyMemory<byte> Write(IReadOnlyList<ShardRecord> records)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartArray();
        foreach (var record in records)
        {
            json.WriteStartObject();
            json.WriteString("identity", record.Identity);
            json.WriteString("name", record.Name);
            json.WriteNumber("range", record.Range);
            json.WriteStartArray("queues");
            foreach (var pattern in record.Queues)
                json.WriteStringValue(pattern);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.Flush();
        return buffer.WrittenMemory;
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static IReadOnlyList<ShardRecord> Read(ReadOnlyMemory<byte> document)
    {
        using var json = JsonDocument.Parse(document);
        return
        [
            .. json.RootElement.EnumerateArray().Select(r => new ShardRecord(
                r.GetProperty("identity").GetGuid(), r.GetProperty("name").GetString()!, r.GetProperty("range").GetInt32(),
                [.. r.GetProperty("queues").EnumerateArray().Select(q => q.GetString()!)])),
        ];
    }
}
