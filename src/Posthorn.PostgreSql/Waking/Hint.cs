using System.Text.Json;
using System.Text.Json.Serialization;
using Posthorn.Queues;

namespace Posthorn.PostgreSql.Waking;

/// <summary>What one node tells the others over <c>NOTIFY</c>: where something has happened. Only a hint: what it says can always be read, and is looked for now and then.</summary>
internal sealed class Hint
{
    /// <summary>Longest payload that PostgreSQL takes, with room to spare.</summary>
    private const int BytesMax = 7_500;

    private static readonly JsonSerializerOptions Options = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault };

    /// <summary>Whose it is.</summary>
    [JsonPropertyName("n")]
    public long Node { get; init; }

    /// <summary>Whether the node has just come, and wants to be told of everything from now on.</summary>
    [JsonPropertyName("h")]
    public bool IsHello { get; init; }

    /// <summary>The node that it is for, when it answers a hello; 0 for all.</summary>
    [JsonPropertyName("t")]
    public long To { get; init; }

    /// <summary>Whether anything may have happened.</summary>
    [JsonPropertyName("e")]
    public bool IsEverything { get; init; }

    /// <summary>Whether documents were set.</summary>
    [JsonPropertyName("d")]
    public bool HasDocuments { get; set; }

    /// <summary>Queues in which something happened.</summary>
    [JsonPropertyName("q")]
    public List<QueueHint>? Queues { get; set; }

    /// <summary>Takes in what another hint of this node says, which came later.</summary>
    public void Add(Hint later)
    {
        HasDocuments |= later.HasDocuments;
        (Queues ??= []).AddRange(later.Queues ?? []);
    }

    /// <summary>As payload: with what happened when it is short enough, else only where.</summary>
    public string Write()
    {
        var text = JsonSerializer.Serialize(this, Options);
        if (text.Length <= BytesMax && System.Text.Encoding.UTF8.GetByteCount(text) <= BytesMax)
            return text;
        var places = new Hint
        {
            Node = Node, HasDocuments = HasDocuments,
            Queues = [.. (Queues ?? []).GroupBy(q => q.QueueId).Select(q => new QueueHint(q.Key, q.Last().Name, q.First().ModSeqBefore, q.Last().ModSeq, null, q.Any(h => h.IsRemade)))],
        };
        text = JsonSerializer.Serialize(places, Options);
        return System.Text.Encoding.UTF8.GetByteCount(text) <= BytesMax ? text : JsonSerializer.Serialize(new Hint { Node = Node, IsEverything = true }, Options);
    }

    public static Hint? Read(string payload)
    {
        try
        {
            return JsonSerializer.Deserialize<Hint>(payload, Options);
        }
        catch (JsonException)
        {
            return null; // a later version's, or somebody's who tries the channel out
        }
    }
}
