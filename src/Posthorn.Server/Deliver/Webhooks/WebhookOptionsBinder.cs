using Posthorn.Client.Contracts.Webhooks;
using Posthorn.Queues;
using Posthorn.Server.Operate.Configuration;

namespace Posthorn.Server.Deliver.Webhooks;

/// <summary>Binds <c>webhooks</c>.</summary>
internal static class WebhookOptionsBinder
{
    public static IReadOnlyList<WebhookOptions> Bind(ConfigReader root)
    {
        var webhooks = new List<WebhookOptions>();
        var (names, queues) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<QueueName>());
        foreach (var section in root.Sections("webhooks"))
        {
            var webhook = new WebhookRules(Read(section), section.Refuse).Build(isConfigured: true);
            section.Close();
            if (webhook is null)
                continue;
            if (!names.Add(webhook.Name))
                section.Refuse("name", $"there is another webhook '{webhook.Name}'; give each a name of its own");
            else if (!queues.Add(webhook.Queue))
                section.Refuse("queue", $"the queue '{webhook.Queue}' has a webhook already, and each message goes to one; to post to several, publish to a topic and give each webhook that topic");
            webhooks.Add(webhook);
        }
        return webhooks;
    }

    private static WebhookSettings Read(ConfigReader section) => new()
    {
        Name = section.Text("name"),
        Queue = section.Text("queue"),
        Topic = section.Text("topic"),
        Url = section.Text("url"),
        Secrets = section.Texts("secret"),
        Schedule = section.Text("schedule"),
        Timeout = section.OptionalDuration("timeout"),
        Concurrency = section.OptionalInteger("concurrency"),
        Rate = section.Text("rate"),
        AllowPrivate = section.OptionalFlag("allow-private"),
        Hosts = section.Texts("hosts"),
        Headers = ReadHeaders(section),
        ContentType = section.Text("content-type"),
        ReplyTo = section.Text("reply-to"),
        ReplyBytesMax = section.OptionalSize("reply-max"),
        Owner = section.Text("owner"),
        PauseAfter = section.OptionalInteger("pause-after"),
        Probes = section.Text("probes"),
        DisableAfter = section.OptionalDuration("disable-after"),
        NotifyAfter = section.OptionalDuration("notify-after"),
    };

    private static Dictionary<string, string>? ReadHeaders(ConfigReader section)
    {
        if (section.Section("headers") is not { } headers)
            return null;
        var read = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in headers.Entries())
        {
            if (headers.Text(entry.Key) is { } value && !read.TryAdd(entry.Key, value))
                section.Refuse("headers", $"'{entry.Key}' stands twice");
        }
        return read;
    }
}
