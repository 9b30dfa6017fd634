using System.Xml.Linq;
using Posthorn.UnitTests.Accept.Sqs;

namespace Posthorn.UnitTests.Accept.Sns;

/// <summary>What a client of SNS says to a host.</summary>
internal static class SnsTalk
{
    public const string Prefix = "arn:aws:sns:us-east-1:000000000000:";

    /// <summary>Says something and hears what is answered, right or wrong.</summary>
    public static Task<SqsReply> SayAsync(this SqsHost host, string action, params (string Name, string Value)[] parameters) => host.PostFormAsync(
        string.Join('&', parameters.Prepend(("Version", "2010-03-31")).Prepend(("Action", action)).Select(p => $"{p.Item1}={Uri.EscapeDataString(p.Item2)}")));

    /// <summary>Says something that is to succeed.</summary>
    public static async Task<SqsReply> AskAsync(this SqsHost host, string action, params (string Name, string Value)[] parameters)
    {
        var reply = await host.SayAsync(action, parameters);
        return reply.Code is null ? reply : throw new InvalidOperationException($"{action} was refused: {reply.Text}");
    }

    public static async Task<string> MakeTopicAsync(this SqsHost host, string name, params (string Name, string Value)[] attributes) =>
        (await host.AskAsync("CreateTopic", [("Name", name), .. Entries(attributes)])).All("TopicArn").Single();

    /// <summary>Makes a queue and subscribes it; tells the subscription's ARN and the queue's URL.</summary>
    public static async Task<(string Arn, string Url)> SubscribeQueueAsync(this SqsHost host, string topic, string queue, params (string Name, string Value)[] attributes)
    {
        var url = queue.EndsWith(".fifo", StringComparison.Ordinal) ? await host.MakeAsync(queue, ("FifoQueue", "true")) : await host.MakeAsync(queue);
        var reply = await host.AskAsync("Subscribe", [("TopicArn", topic), ("Protocol", "sqs"), ("Endpoint", QueueArn(queue)), .. Entries(attributes)]);
        return (reply.All("SubscriptionArn").Single(), url);
    }

    public static string QueueArn(string queue) => $"arn:aws:sqs:us-east-1:000000000000:{queue}";

    public static Task<SqsReply> PublishAsync(this SqsHost host, string topic, string message, params (string Name, string Value)[] more) =>
        host.AskAsync("Publish", [("TopicArn", topic), ("Message", message), .. more]);

    /// <summary>Text attributes of a message, for <see cref="PublishAsync"/>.</summary>
    public static (string Name, string Value)[] Attribute(string name, string value, string type = "String", int number = 1) =>
    [
        ($"MessageAttributes.entry.{number}.Name", name), ($"MessageAttributes.entry.{number}.Value.DataType", type),
        ($"MessageAttributes.entry.{number}.Value.{(type == "Binary" ? "Binary" : "String")}Value", value),
    ];

    public static async Task<IReadOnlyDictionary<string, string>> AttributesAsync(this SqsHost host, string action, string name, string arn)
    {
        var reply = await host.AskAsync(action, (name, arn));
        return reply.Xml!.Descendants().Where(e => e.Name.LocalName == "entry").ToDictionary(e => Child(e, "key"), e => Child(e, "value"), StringComparer.Ordinal);
    }

    private static string Child(XElement element, string name) => element.Elements().Single(e => e.Name.LocalName == name).Value;

    private static IEnumerable<(string Name, string Value)> Entries(IEnumerable<(string Name, string Value)> attributes) =>
        attributes.SelectMany((a, i) => new[] { ($"Attributes.entry.{i + 1}.key", a.Name), ($"Attributes.entry.{i + 1}.value", a.Value) });
}
