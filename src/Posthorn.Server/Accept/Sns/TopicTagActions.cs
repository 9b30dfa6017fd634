using Posthorn.Protocols.Aws;
using Posthorn.Protocols.Sns;
using Posthorn.Server.Deliver.Topics;

namespace Posthorn.Server.Accept.Sns;

/// <summary>Tags: texts that a topic's owner puts on it, for lists and bills.</summary>
internal static class TopicTagActions
{
    private const int KeyLengthMax = 128;
    private const int ValueLengthMax = 256;

    public static async ValueTask TagAsync(SnsExchange exchange)
    {
        await exchange.ChangeAsync(async () =>
        {
            var topic = Resource(exchange).Topic;
            await exchange.Context.Book.SaveAsync(topic with { Tags = Merge(topic.Tags, exchange.Call.Tags) });
        });
        exchange.Answer.Begin();
    }

    public static async ValueTask UntagAsync(SnsExchange exchange)
    {
        await exchange.ChangeAsync(async () =>
        {
            var topic = Resource(exchange).Topic;
            var keys = exchange.Call.Texts("TagKeys");
            await exchange.Context.Book.SaveAsync(topic with { Tags = topic.Tags.Where(t => !keys.Contains(t.Key)).ToDictionary(StringComparer.Ordinal) });
        });
        exchange.Answer.Begin();
    }

    public static void List(SnsExchange exchange)
    {
        var tags = Resource(exchange).Topic.Tags;
        exchange.Answer.Begin();
        exchange.Answer.List("Tags"u8, tags.OrderBy(t => t.Key, StringComparer.Ordinal), static (answer, tag) =>
        {
            answer.Text("Key"u8, tag.Key);
            answer.Text("Value"u8, tag.Value);
        });
    }

    /// <summary>Tags with others put over them.</summary>
    /// <exception cref="AwsException">A key or a value is none, a key is there twice, or there are too many.</exception>
    public static IReadOnlyDictionary<string, string> Merge(IReadOnlyDictionary<string, string> tags, IReadOnlyList<KeyValuePair<string, string>> others)
    {
        if (others.DistinctBy(t => t.Key, StringComparer.Ordinal).Count() < others.Count)
            throw SnsErrors.Invalid("Duplicated keys are not allowed.");
        var merged = new Dictionary<string, string>(tags, StringComparer.Ordinal);
        foreach (var (key, value) in others)
        {
            if (key.Length is 0 or > KeyLengthMax || value.Length > ValueLengthMax)
                throw SnsErrors.Invalid($"Tags Reason: keys have 1 to {KeyLengthMax} characters, values up to {ValueLengthMax}");
            merged[key] = value;
        }
        return merged.Count <= SnsLimits.TagsMax ? merged : throw new AwsException(SnsErrors.TagLimitExceeded, "Could not complete request: tag quota of per resource exceeded");
    }

    /// <summary>The topic, whose absence has another code here than elsewhere.</summary>
    private static SubscribedTopic Resource(SnsExchange exchange)
    {
        var arn = TopicArn.Parse(exchange.Call.Required("ResourceArn"), "ResourceArn");
        return (arn.Account == exchange.Account ? exchange.Context.Book.Find(arn.Region, arn.Name) : null)
            ?? throw new AwsException(SnsErrors.ResourceNotFound, "Resource does not exist");
    }
}
