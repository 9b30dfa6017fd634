using System.Text;
using Posthorn.Protocols.Aws;
using Posthorn.Protocols.Sqs;
using Posthorn.Protocols.Sqs.Redrive;
using Posthorn.Queues;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Accept.Sqs.Queues;

/// <summary>Making, finding, changing and removing queues.</summary>
internal static class QueueActions
{
    private const int ListMax = 1_000;

    private static readonly TimeSpan s_retention = TimeSpan.FromSeconds(345_600);

    public static async ValueTask CreateAsync(SqsExchange exchange)
    {
        var call = exchange.Call;
        var attributes = call.Attributes ?? [];
        var isFifo = attributes.LastOrDefault(a => a.Key == QueueAttributes.FifoQueue).Value == "true";
        var name = NewName(call.QueueName!, isFifo);
        QueueAttributes.Check(attributes, isFifo, isNew: true);
        var tags = TagActions.Merge(new Dictionary<string, string>(StringComparer.Ordinal), call.Tags ?? []);
        exchange.Context.Queues.CheckAccess(name, exchange.Caller);
        await exchange.Context.Queues.Changing.WaitAsync(exchange.Aborted);
        try
        {
            if (exchange.Context.Queues.TryFind(name) is { } existing)
                CheckSame(exchange, existing, attributes);
            else
                await MakeAsync(exchange, name, attributes, isFifo, tags);
        }
        finally
        {
            exchange.Context.Queues.Changing.Release();
        }
        exchange.Answer.Begin(SqsAction.CreateQueue);
        exchange.Answer.Text("QueueUrl"u8, exchange.UrlOf(name));
    }

    public static void GetUrl(SqsExchange exchange)
    {
        var call = exchange.Call;
        if (call.QueueOwner is { Length: > 0 } owner && owner != exchange.Context.Urls.Account)
            throw SqsErrors.NoQueue();
        if (!QueueName.TryParse(call.QueueName, out var name, out _))
            throw SqsErrors.NoQueue();
        var queue = exchange.Context.Queues.Find(name, exchange.Caller);
        exchange.Answer.Begin(SqsAction.GetQueueUrl);
        exchange.Answer.Text("QueueUrl"u8, exchange.UrlOf(queue.Name));
    }

    public static void List(SqsExchange exchange)
    {
        var call = exchange.Call;
        var queues = exchange.Context.Queues.All(exchange.Caller).Select(q => q.Name).Where(q => q.Value.StartsWith(call.QueueNamePrefix ?? "", StringComparison.Ordinal));
        WritePage(exchange, SqsAction.ListQueues, "QueueUrls"u8, queues);
    }

    public static void ListSources(SqsExchange exchange)
    {
        var target = exchange.Queue().Name;
        WritePage(exchange, SqsAction.ListDeadLetterSourceQueues, "queueUrls"u8, exchange.Context.Queues.All(exchange.Caller).Where(q => q.Policy.DeadLetterQueue == target).Select(q => q.Name));
    }

    public static async ValueTask DeleteAsync(SqsExchange exchange)
    {
        var queue = exchange.Queue();
        await exchange.Context.Queues.Changing.WaitAsync(exchange.Aborted);
        try
        {
            await exchange.Context.Queues.DeleteAsync(queue.Name);
        }
        finally
        {
            exchange.Context.Queues.Changing.Release();
        }
        exchange.Answer.Begin(SqsAction.DeleteQueue);
    }

    public static async ValueTask PurgeAsync(SqsExchange exchange)
    {
        await exchange.Context.Queues.Changing.WaitAsync(exchange.Aborted);
        try
        {
            var queue = exchange.Queue();
            await exchange.Context.Queues.PurgeAsync(queue.Name, queue.Policy);
        }
        finally
        {
            exchange.Context.Queues.Changing.Release();
        }
        exchange.Answer.Begin(SqsAction.PurgeQueue);
    }

    public static void GetAttributes(SqsExchange exchange)
    {
        var queue = exchange.Queue();
        var attributes = ShownAttributes.Of(queue, exchange.Call.AttributeNames ?? [], exchange.ArnOf);
        exchange.Answer.Begin(SqsAction.GetQueueAttributes);
        exchange.Answer.Map("Attributes"u8, "Attribute"u8, "Name"u8, attributes);
    }

    public static async ValueTask SetAttributesAsync(SqsExchange exchange)
    {
        var attributes = exchange.Call.Attributes!;
        SqsQueue? before = null;
        await ChangeAsync(exchange, queue =>
        {
            before = queue;
            foreach (var (name, _) in attributes)
                if (QueueAttributes.ReadOnly.Contains(name))
                    throw SqsErrors.UnknownAttribute(name);
            QueueAttributes.Check(attributes, queue.IsFifo, isNew: false);
            var (policy, settings) = QueueAttributes.Change(queue, attributes, DeadLettersOf(exchange, queue.Name, queue.IsFifo, attributes), isNew: false);
            QueueAttributes.CheckThroughput(settings);
            return (policy, settings);
        });
        if (before is { IsFifo: true } && exchange.Context.Queues.TryFind(before.Name)?.Policy.Delay is { } delay && delay != before.Policy.Delay)
            await DelayChange.RunAsync(exchange.Context.Engine, exchange.Context.Time, before.Name, delay, exchange.Aborted);
        exchange.Answer.Begin(SqsAction.SetQueueAttributes);
    }

    /// <summary>Changes a queue; nobody else does meanwhile.</summary>
    public static async ValueTask ChangeAsync(SqsExchange exchange, Func<SqsQueue, (QueuePolicy? Policy, QueueSettings Settings)> change)
    {
        await exchange.Context.Queues.Changing.WaitAsync(exchange.Aborted);
        try
        {
            var queue = exchange.Queue();
            var (policy, settings) = change(queue);
            await exchange.Context.Queues.SaveAsync(queue.Name, policy == queue.Policy ? null : policy, settings);
        }
        finally
        {
            exchange.Context.Queues.Changing.Release();
        }
    }

    private static async ValueTask MakeAsync(
        SqsExchange exchange, QueueName name, IReadOnlyList<KeyValuePair<string, string>> attributes, bool isFifo, IReadOnlyDictionary<string, string> tags)
    {
        var now = exchange.Context.Time.GetUtcNow().ToUnixTimeSeconds();
        var policy = new QueuePolicy { Retention = s_retention, IsFifo = isFifo, LeasesMax = SqsLimits.InFlightMax, Fairness = isFifo ? null : QueueFairness.ByGroup };
        var blank = new SqsQueue(new QueueStatus(name, 0, policy, 0, 0, 0, 0, 0, null, 1), new QueueSettings { CreatedAt = now, Tags = tags });
        var (made, settings) = QueueAttributes.Change(blank, attributes, DeadLettersOf(exchange, name, isFifo, attributes), isNew: true);
        QueueAttributes.CheckThroughput(settings);
        await exchange.Context.Queues.SaveAsync(name, made, settings);
    }

    /// <summary>A queue of this name is the one that is asked for when every attribute given is what it has; tags do not count.</summary>
    private static void CheckSame(SqsExchange exchange, SqsQueue existing, IReadOnlyList<KeyValuePair<string, string>> attributes)
    {
        var shown = ShownAttributes.Of(existing, ["All"], exchange.ArnOf).ToDictionary(a => a.Key, a => a.Value, StringComparer.Ordinal);
        foreach (var (name, value) in attributes)
        {
            if (QueueAttributes.ReadOnly.Contains(name) || IsSame(name, shown.GetValueOrDefault(name), value))
                continue;
            throw new AwsException(SqsErrors.QueueNameExists, $"A queue already exists with the same name and a different value for attribute {name}");
        }
    }

    private static bool IsSame(string name, string? has, string given) =>
        (has ?? "") == given
        || (name == QueueAttributes.KmsDataKeyReusePeriodSeconds && has is null && given == "300")
        || (name == QueueAttributes.RedrivePolicy && has is not null && given.Length > 0
            && RedrivePolicy.Parse(has) with { IsCountText = false } == RedrivePolicy.Parse(given) with { IsCountText = false });

    private static QueueName NewName(string text, bool isFifo)
    {
        if (!SqsText.IsQueueName(text) || text.EndsWith(".fifo", StringComparison.Ordinal) != isFifo)
        {
            throw SqsErrors.Invalid(isFifo
                ? "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length"
                : "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
        }
        if (text == SpoolQueues.Prefix)
            throw SqsErrors.Invalid("QueueName", text, "It belongs to the mail path.");
        return QueueName.Parse(text);
    }

    /// <summary>The queue that a redrive policy among the attributes names: one that exists, is of the same kind, and allows it.</summary>
    private static QueueName? DeadLettersOf(SqsExchange exchange, QueueName source, bool isFifo, IReadOnlyList<KeyValuePair<string, string>> attributes)
    {
        if (attributes.LastOrDefault(a => a.Key == QueueAttributes.RedrivePolicy).Value is not { Length: > 0 } text)
            return null;
        var target = RedrivePolicy.Parse(text).Target;
        AwsException Bad(string reason) => SqsErrors.Invalid(QueueAttributes.RedrivePolicy, text, reason);
        if (target.Account != exchange.Context.Urls.Account || !QueueName.TryParse(target.Name, out var name, out _) || exchange.Context.Queues.TryFind(name) is not { } queue)
            throw Bad("Dead letter target does not exist.");
        exchange.Context.Queues.CheckAccess(name, exchange.Caller);
        if (name == source)
            throw Bad("A queue cannot be its own dead letter queue.");
        if (queue.IsFifo != isFifo)
            throw Bad($"Dead-letter queue must be same type of queue as the source.");
        if (queue.Settings[QueueAttributes.RedriveAllowPolicy] is { } allowing && !RedriveAllowPolicy.Parse(allowing).Allows(exchange.ArnOf(source)))
            throw Bad("The dead-letter queue does not allow this queue as a source.");
        return name;
    }

    /// <summary>A page of queues: all up to a thousand, or as many as asked for with a token for the rest.</summary>
    private static void WritePage(SqsExchange exchange, SqsAction action, ReadOnlySpan<byte> list, IEnumerable<QueueName> queues)
    {
        var call = exchange.Call;
        if (call.MaxResults is < 1 or > ListMax)
            throw SqsErrors.Invalid("MaxResults", call.MaxResults, $"MaxResults must be an integer between 1 and {ListMax}.");
        var after = call.NextToken is { Length: > 0 } token ? ReadToken(token) : null;
        var max = (int)(call.MaxResults ?? ListMax);
        var page = queues.Where(q => after is null || string.CompareOrdinal(q.Value, after) > 0).Take(max + 1).ToList();
        var answer = exchange.Answer;
        answer.Begin(action);
        if (page.Count > 0 || action == SqsAction.ListDeadLetterSourceQueues)
            answer.Texts(list, "QueueUrl"u8, page.Take(max).Select(exchange.UrlOf));
        if (page.Count > max && call.MaxResults is not null)
            answer.Text("NextToken"u8, Convert.ToBase64String(Encoding.UTF8.GetBytes(page[max - 1].Value)));
    }

    private static string ReadToken(string token)
    {
        var bytes = new byte[token.Length];
        return Convert.TryFromBase64String(token, bytes, out var length) ? Encoding.UTF8.GetString(bytes, 0, length)
            : throw SqsErrors.Invalid("NextToken", token, "Invalid or expired next token.");
    }
}
