using Microsoft.AspNetCore.Mvc;
using Posthorn.Client.Contracts.Messages;
using Posthorn.Server.Operate.Admin.Http;

namespace Posthorn.Server.Operate.Admin.Messages;

/// <summary>A <see cref="MessageQuery"/> as a query string has it; lists are repeated keys.</summary>
internal sealed class MessageQueryValues
{
    [FromQuery] public string[]? Id { get; init; }

    [FromQuery] public string[]? Queue { get; init; }

    [FromQuery] public string? Sender { get; init; }

    [FromQuery] public string? Recipient { get; init; }

    [FromQuery] public string? Domain { get; init; }

    /// <summary>Each <c>Name</c>, <c>Name=value</c> or <c>Name~regex</c>.</summary>
    [FromQuery] public string[]? Header { get; init; }

    /// <summary>Each <c>name=text</c>.</summary>
    [FromQuery] public string[]? Attribute { get; init; }

    [FromQuery] public string[]? State { get; init; }

    [FromQuery] public string? OlderThan { get; init; }

    [FromQuery] public string? YoungerThan { get; init; }

    [FromQuery] public DateTimeOffset? ConsumedFrom { get; init; }

    [FromQuery] public DateTimeOffset? ConsumedBefore { get; init; }

    [FromQuery] public int? MinAttempts { get; init; }

    [FromQuery] public int? MaxAttempts { get; init; }

    [FromQuery] public string? Error { get; init; }

    [FromQuery] public int? MinPriority { get; init; }

    [FromQuery] public int? MaxPriority { get; init; }

    [FromQuery] public string? Group { get; init; }

    [FromQuery] public string? Origin { get; init; }

    public MessageQuery ToQuery() => new()
    {
        Ids = ListOf(Id),
        Queues = ListOf(Queue),
        Sender = Sender,
        Recipient = Recipient,
        Domain = Domain,
        Headers = ListOf(Header)?.Select(h => HeaderCondition.Parse(h) ?? throw Problems.BadRequest($"header: '{h}' names no field.")).ToList(),
        Attributes = ListOf(Attribute)?.Select(AttributeOf).GroupBy(a => a.Key, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.Last().Value, StringComparer.Ordinal),
        States = ListOf(State)?.Select(s => QueryValues.Enum<MessageState>(s, "state", default)).ToList(),
        OlderThan = QueryValues.Duration(OlderThan, "olderThan"),
        YoungerThan = QueryValues.Duration(YoungerThan, "youngerThan"),
        ConsumedFrom = ConsumedFrom,
        ConsumedBefore = ConsumedBefore,
        MinAttempts = MinAttempts,
        MaxAttempts = MaxAttempts,
        Error = Error,
        MinPriority = MinPriority,
        MaxPriority = MaxPriority,
        Group = Group,
        Origin = Origin,
    };

    // A missing key binds as an empty array; nothing asked is not the same as none of nothing.
    private static string[]? ListOf(string[]? values) => values is { Length: > 0 } ? values : null;

    private static KeyValuePair<string, string> AttributeOf(string text)
    {
        var end = text.IndexOf('=', StringComparison.Ordinal);
        return end > 0 ? new(text[..end], text[(end + 1)..]) : throw Problems.BadRequest($"attribute: '{text}' is not name=text.");
    }
}
