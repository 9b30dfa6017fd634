using System.Text.Json;
using System.Text.Json.Serialization;

namespace Posthorn.Server.Deliver.Outgoing.Overview;

/// <summary>What a node tells the others of the destinations that it has.</summary>
/// <remarks>
/// Limits: <see cref="DestinationsMax"/> destinations and <see cref="CharsMax"/> characters, those first that an administrator looks for; of a destination
/// <see cref="DomainsMax"/> domains and the beginning of its last reply. What is left off is counted.
/// </remarks>
/// <param name="Destinations">The destinations.</param>
/// <param name="LeftOff">How many more there are.</param>
internal sealed partial record DestinationNotice(IReadOnlyList<DestinationFigures> Destinations, int LeftOff)
{
    public const int DestinationsMax = 250;
    public const int DomainsMax = 10;
    public const int ReplyCharsMax = 200;

    /// <summary>With each of them six bytes of JSON at most, well below what a notice may have.</summary>
    public const int CharsMax = 64 * 1024;

    /// <summary>What it is told under.</summary>
    public const string Subject = "destinations";

    /// <summary>The notice of some destinations: what backs off first, then what has the most connections, then what failed most.</summary>
    public static DestinationNotice Of(IReadOnlyCollection<DestinationFigures> destinations)
    {
        var (told, chars) = (new List<DestinationFigures>(), 0);
        foreach (var destination in destinations.OrderByDescending(d => d.BackingOffUntil is not null).ThenByDescending(d => d.Connections).ThenByDescending(d => d.Deferred + d.Failed))
        {
            var shortened = destination with
            {
                Domains = [.. destination.Domains.Take(DomainsMax)],
                LastReply = destination.LastReply is { Length: > ReplyCharsMax } reply ? reply[..ReplyCharsMax] + "…" : destination.LastReply,
            };
            chars += shortened.Name.Length + shortened.Domains.Sum(d => d.Length) + (shortened.LastReply?.Length ?? 0);
            if (told.Count == DestinationsMax || chars > CharsMax)
                break;
            told.Add(shortened);
        }

        return new DestinationNotice(told, destinations.Count - told.Count);
    }

    /// <summary>A notice as it was written; null when a later version's cannot be read.</summary>
    public static DestinationNotice? Read(ReadOnlySpan<byte> content)
    {
        try
        {
            return JsonSerializer.Deserialize(content, NoticeJson.Default.DestinationNotice) is { Destinations: not null } notice ? notice : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, NoticeJson.Default.DestinationNotice);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.KebabCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
    [JsonSerializable(typeof(DestinationNotice))]
    private sealed partial class NoticeJson : JsonSerializerContext;
}
