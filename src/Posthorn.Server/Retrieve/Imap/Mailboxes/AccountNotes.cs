using System.Text.Json.Serialization;

namespace Posthorn.Server.Retrieve.Imap.Mailboxes;

/// <summary>What an account notes of its mailboxes, by their names for it.</summary>
internal sealed record AccountNotes
{
    public static AccountNotes Empty { get; } = new();

    /// <summary>The mailboxes it is subscribed to, whether they exist or not (RFC 9051 6.3.7); sorted ordinally.</summary>
    [JsonPropertyName("subscribed")]
    public IReadOnlyList<string> Subscribed { get; init; } = [];

    /// <summary>What mailboxes are used for (RFC 6154): name and attribute (<c>\Sent</c>), of those that were made so.</summary>
    [JsonPropertyName("uses")]
    public IReadOnlyDictionary<string, string> Uses { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    [JsonIgnore]
    public bool IsEmpty => Subscribed.Count == 0 && Uses.Count == 0;

    public bool IsSubscribed(string mailbox) => Subscribed.Contains(mailbox, StringComparer.Ordinal);

    public AccountNotes WithSubscribed(string mailbox) =>
        IsSubscribed(mailbox) ? this : this with { Subscribed = [.. Subscribed.Append(mailbox).Order(StringComparer.Ordinal)] };

    public AccountNotes WithoutSubscribed(string mailbox) => IsSubscribed(mailbox) ? this with { Subscribed = [.. Subscribed.Where(s => s != mailbox)] } : this;

    public AccountNotes WithUse(string mailbox, string? use)
    {
        var uses = new Dictionary<string, string>(Uses, StringComparer.Ordinal);
        uses.Remove(mailbox);
        if (use is not null)
            uses.Add(mailbox, use);
        return this with { Uses = uses };
    }

    /// <summary>The notes of a mailbox go with it to its new name; subscriptions stay, as RFC 9051 6.3.6 has it.</summary>
    public AccountNotes Renamed(string from, string to) => Uses.TryGetValue(from, out var use) ? WithUse(from, null).WithUse(to, use) : this;
}
