using System.Text.Json.Serialization;

namespace Posthorn.PostgreSql.Waking;

/// <summary>What happened in a queue.</summary>
/// <param name="QueueId">The queue's identity.</param>
/// <param name="Name">Its name.</param>
/// <param name="ModSeqBefore">Its mod-seq before.</param>
/// <param name="ModSeq">And after; the same when only time has done something.</param>
/// <param name="Changes">What is told to watches: number, kind, mod-seq of each; null when it is too much.</param>
/// <param name="IsRemade">Whether it was made, deleted or given another policy.</param>
internal sealed record QueueHint(
    [property: JsonPropertyName("i")] long QueueId,
    [property: JsonPropertyName("n")] string Name,
    [property: JsonPropertyName("b")] long ModSeqBefore,
    [property: JsonPropertyName("m")] long ModSeq,
    [property: JsonPropertyName("c")] long[][]? Changes,
    [property: JsonPropertyName("r")] bool IsRemade);
