using System.Globalization;
using System.Text;
using Posthorn.Client.Contracts;
using Posthorn.Client.Contracts.Messages;

namespace Posthorn.Client;

/// <summary>Builds a query string; what is null is left out.</summary>
internal sealed class QueryText
{
    private readonly StringBuilder _text = new();

    public QueryText Add(string name, string? value)
    {
        if (value is not null)
            _text.Append(_text.Length == 0 ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        return this;
    }

    public QueryText Add(string name, int? value) => Add(name, value?.ToString(CultureInfo.InvariantCulture));

    public QueryText Add(string name, TimeSpan? value) => Add(name, value is { } duration ? DurationText.Format(duration) : null);

    public QueryText Add(string name, DateTimeOffset? value) => Add(name, value?.ToString("O", CultureInfo.InvariantCulture));

    public QueryText Add(string name, IEnumerable<string>? values)
    {
        foreach (var value in values ?? [])
            Add(name, value);
        return this;
    }

    public QueryText Add(MessageQuery query) => this
        .Add("id", query.Ids)
        .Add("queue", query.Queues)
        .Add("sender", query.Sender)
        .Add("recipient", query.Recipient)
        .Add("domain", query.Domain)
        .Add("header", query.Headers?.Select(h => h.ToString()))
        .Add("attribute", query.Attributes?.Select(a => $"{a.Key}={a.Value}"))
        .Add("state", query.States?.Select(s => s.ToString().ToLowerInvariant()))
        .Add("olderThan", query.OlderThan)
        .Add("youngerThan", query.YoungerThan)
        .Add("consumedFrom", query.ConsumedFrom)
        .Add("consumedBefore", query.ConsumedBefore)
        .Add("minAttempts", query.MinAttempts)
        .Add("maxAttempts", query.MaxAttempts)
        .Add("error", query.Error)
        .Add("minPriority", query.MinPriority)
        .Add("maxPriority", query.MaxPriority)
        .Add("group", query.Group)
        .Add("origin", query.Origin);

    public override string ToString() => _text.ToString();
}
