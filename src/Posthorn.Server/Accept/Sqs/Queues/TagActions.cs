using Posthorn.Protocols.Aws;
using Posthorn.Protocols.Sqs;

namespace Posthorn.Server.Accept.Sqs.Queues;

/// <summary>Tags: texts that a queue's owner puts on it, for lists and bills.</summary>
internal static class TagActions
{
    private const int KeyLengthMax = 128;
    private const int ValueLengthMax = 256;

    public static async ValueTask TagAsync(SqsExchange exchange)
    {
        await QueueActions.ChangeAsync(exchange, queue => (queue.Policy, queue.Settings with { Tags = Merge(queue.Settings.Tags, exchange.Call.Tags!) }));
        exchange.Answer.Begin(SqsAction.TagQueue);
    }

    public static async ValueTask UntagAsync(SqsExchange exchange)
    {
        var keys = exchange.Call.TagKeys!;
        if (keys.Count == 0 || keys.Any(k => k.Length is 0 or > KeyLengthMax))
            throw SqsErrors.Invalid($"Tag keys must be between 1 and {KeyLengthMax} characters in length.");
        await QueueActions.ChangeAsync(exchange, queue =>
            (queue.Policy, queue.Settings with { Tags = queue.Settings.Tags.Where(t => !keys.Contains(t.Key)).ToDictionary(StringComparer.Ordinal) }));
        exchange.Answer.Begin(SqsAction.UntagQueue);
    }

    public static void List(SqsExchange exchange)
    {
        var tags = exchange.Queue().Settings.Tags;
        exchange.Answer.Begin(SqsAction.ListQueueTags);
        exchange.Answer.Map("Tags"u8, "Tag"u8, "Key"u8, [.. tags.OrderBy(t => t.Key, StringComparer.Ordinal)]);
    }

    /// <summary>Tags with others put over them.</summary>
    /// <exception cref="AwsException">A key or a value is none, or there are too many.</exception>
    public static IReadOnlyDictionary<string, string> Merge(IReadOnlyDictionary<string, string> tags, IReadOnlyList<KeyValuePair<string, string>> others)
    {
        var merged = new Dictionary<string, string>(tags, StringComparer.Ordinal);
        foreach (var (key, value) in others)
        {
            if (key.Length is 0 or > KeyLengthMax)
                throw SqsErrors.Invalid($"Tag keys must be between 1 and {KeyLengthMax} characters in length.");
            if (value.Length > ValueLengthMax)
                throw SqsErrors.Invalid($"Tag values must be between 0 and {ValueLengthMax} characters in length.");
            merged[key] = value;
        }
        if (merged.Count > SqsLimits.TagsMax)
            throw SqsErrors.Invalid($"Too many tags added for queue. Maximum number of tags allowed: {SqsLimits.TagsMax}.");
        return merged;
    }
}
