using System.Buffers;
using System.Text;
using System.Text.Json;
using Posthorn.Commits;
using Posthorn.Messages;

namespace Posthorn.PostgreSql.Rows;

/// <summary>What a commit with a key was answered, as <c>commit_keys.result</c> has it: id, number and whether it is a duplicate, of each.</summary>
internal static class ResultJson
{
    public static string Write(CommitResult result)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            Write(json, "added", result.Added);
            Write(json, "moved", result.Moved);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    public static CommitResult Read(string text)
    {
        using var document = JsonDocument.Parse(text);
        return new CommitResult(Read(document.RootElement.GetProperty("added"))) { Moved = Read(document.RootElement.GetProperty("moved")) };
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<AddedMessage> messages)
    {
        json.WriteStartArray(name);
        foreach (var message in messages)
        {
            json.WriteStartArray();
            json.WriteNumberValue(message.Id.Value);
            json.WriteNumberValue(message.Number);
            if (message.IsDuplicate)
                json.WriteNumberValue(1);
            json.WriteEndArray();
        }
        json.WriteEndArray();
    }

    private static List<AddedMessage> Read(JsonElement array) =>
        [.. array.EnumerateArray().Select(e => new AddedMessage(new MessageId(e[0].GetUInt64()), e[1].GetInt64()) { IsDuplicate = e.GetArrayLength() > 2 })];
}
