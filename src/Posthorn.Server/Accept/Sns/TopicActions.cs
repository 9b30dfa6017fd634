using Posthorn.Protocols.Aws;
using Posthorn.Protocols.Sns;
using Posthorn.Server.Accept.Aws;
using Posthorn.Server.Deliver.Topics;

namespace Posthorn.Server.Accept.Sns;

/// <summary>Making, finding, changing and removing topics, and their policies.</summary>
internal static class TopicActions
{
    private const int RegionLengthMax = 32;

    private static readonly string[] s_grantable =
        ["*", "Publish", "Subscribe", "Receive", "GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic", "ListSubscriptionsByTopic"];

    public static async ValueTask CreateAsync(SnsExchange exchange)
    {
        var (name, attributes) = (exchange.Call.Required("Name"), exchange.Call.Attributes);
        var isFifo = attributes.LastOrDefault(a => a.Key == TopicAttribute.FifoTopic).Value == "true";
        if (!TopicArn.IsName(name) || TopicArn.IsFifoName(name) != isFifo)
            throw SnsErrors.Invalid(isFifo ? "Topic Name Reason: Fifo Topic names must end with .fifo and must be made up of only uppercase and lowercase ASCII letters, numbers, underscores, and hyphens, and must be between 1 and 256 characters long." : "Topic Name");
        if (exchange.Caller.Region.Length > RegionLengthMax || exchange.Caller.Region.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '-'))
            throw SnsErrors.Invalid("Region");
        foreach (var (attribute, value) in attributes)
            TopicAttributes.Check(attribute, value, isFifo, isNew: true);
        var tags = TopicTagActions.Merge(new Dictionary<string, string>(StringComparer.Ordinal), exchange.Call.Tags);
        await exchange.ChangeAsync(async () =>
        {
            if (exchange.Context.Book.Find(exchange.Caller.Region, name) is { } existing)
            {
                CheckSame(existing, attributes, tags, exchange);
                return;
            }
            var topic = new Topic { Region = exchange.Caller.Region, Name = name, Owner = exchange.Caller.Account.Name, Tags = tags };
            await exchange.Context.Book.SaveAsync(attributes.Where(a => a.Key != TopicAttribute.FifoTopic).Aggregate(topic, (t, a) => t.With(a.Key, a.Value)));
        });
        exchange.Answer.Begin();
        exchange.Answer.Text("TopicArn"u8, new TopicArn(exchange.Caller.Region, exchange.Account, name).ToString());
    }

    public static async ValueTask DeleteAsync(SnsExchange exchange)
    {
        var arn = TopicArn.Parse(exchange.Call.Required("TopicArn"), "TopicArn");
        await exchange.ChangeAsync(async () =>
        {
            if (arn.Account == exchange.Account && exchange.Context.Book.Find(arn.Region, arn.Name) is { } topic)
                await exchange.Context.Book.DeleteAsync(topic);
        });
        exchange.Answer.Begin();
    }

    public static void List(SnsExchange exchange)
    {
        var arns = exchange.Context.Book.Topics.Where(t => t.Topic.Region == exchange.Caller.Region).Select(t => t.Topic.ArnOf(exchange.Account).ToString());
        var (page, next) = SnsPage.Of(arns, a => a, exchange.Call["NextToken"]);
        exchange.Answer.Begin();
        exchange.Answer.List("Topics"u8, page, static (answer, arn) => answer.Text("TopicArn"u8, arn));
        exchange.Answer.TextIfAny("NextToken"u8, next);
    }

    public static void GetAttributes(SnsExchange exchange)
    {
        var topic = exchange.Topic();
        exchange.Answer.Begin();
        exchange.Answer.Map("Attributes"u8, TopicAttributes.Shown(topic, exchange.Account));
    }

    public static async ValueTask SetAttributeAsync(SnsExchange exchange)
    {
        var (name, value) = (exchange.Call.Required("AttributeName"), exchange.Call["AttributeValue"] ?? "");
        await exchange.ChangeAsync(async () =>
        {
            var topic = exchange.Topic().Topic;
            TopicAttributes.Check(name, value, topic.IsFifo, isNew: false);
            await exchange.Context.Book.SaveAsync(topic.With(name, value));
        });
        exchange.Answer.Begin();
    }

    public static async ValueTask AddPermissionAsync(SnsExchange exchange)
    {
        var call = exchange.Call;
        var (label, accounts, actions) = (call.Required("Label"), call.Texts("AWSAccountId"), call.Texts("ActionName"));
        if (accounts.Count == 0)
            throw SnsErrors.Missing("AWSAccountId");
        if (actions.Count == 0)
            throw SnsErrors.Missing("ActionName");
        await exchange.ChangeAsync(async () =>
        {
            var topic = exchange.Topic().Topic;
            if (actions.Any(a => !s_grantable.Contains(a)))
                throw SnsErrors.Invalid("Policy statement action out of service scope!");
            var arn = topic.ArnOf(exchange.Account);
            var policy = PolicyDocument.Add(PolicyOf(topic, exchange), "__default_policy_ID", arn.ToString(), label, accounts, actions.Select(a => $"SNS:{a}"))
                ?? throw SnsErrors.Invalid("Statement already exists");
            await exchange.Context.Book.SaveAsync(topic.With(TopicAttribute.Policy, policy));
        });
        exchange.Answer.Begin();
    }

    public static async ValueTask RemovePermissionAsync(SnsExchange exchange)
    {
        var label = exchange.Call.Required("Label");
        await exchange.ChangeAsync(async () =>
        {
            var topic = exchange.Topic().Topic;
            await exchange.Context.Book.SaveAsync(topic.With(TopicAttribute.Policy, PolicyDocument.Remove(PolicyOf(topic, exchange), label).Policy));
        });
        exchange.Answer.Begin();
    }

    private static string PolicyOf(Topic topic, SnsExchange exchange) =>
        topic[TopicAttribute.Policy] ?? TopicAttributes.DefaultPolicy(topic.ArnOf(exchange.Account), exchange.Account);

    /// <summary>A topic of this name is the one that is asked for when every attribute given is what it has, and its tags are, if any are given.</summary>
    private static void CheckSame(SubscribedTopic existing, IReadOnlyList<KeyValuePair<string, string>> attributes, IReadOnlyDictionary<string, string> tags, SnsExchange exchange)
    {
        var shown = TopicAttributes.Shown(existing, exchange.Account).ToDictionary(a => a.Key, a => a.Value, StringComparer.Ordinal);
        if (attributes.Any(a => (shown.GetValueOrDefault(a.Key) ?? (a.Key == TopicAttribute.FifoTopic ? "false" : "")) != a.Value))
            throw SnsErrors.Invalid("Attributes Reason: Topic already exists with different attributes");
        if (tags.Count > 0 && (tags.Count != existing.Topic.Tags.Count || tags.Any(t => existing.Topic.Tags.GetValueOrDefault(t.Key) != t.Value)))
            throw SnsErrors.Invalid("Tags Reason: Topic already exists with different tags");
    }
}
