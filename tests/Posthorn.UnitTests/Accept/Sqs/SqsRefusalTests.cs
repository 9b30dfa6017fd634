using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Accept.Sqs;

/// <summary>
/// What is malformed or out of range, with the code that clients know it by. The table is said in JSON, and each of its rows is said as a form too; then
/// what only one of the protocols can say. Nothing of it changes anything.
/// </summary>
public sealed partial class SqsRefusalTests
{
    [Fact]
    public async Task What_is_wrong_is_refused_by_its_code_in_both_protocols()
    {
        await using var host = await SqsHost.StartAsync();
        var names = await PrepareAsync(host);
        var before = Counts(host);
        var wrong = new List<string>();

        foreach (var (action, members, code) in s_table)
        {
            var json = Filled(members, names);
            foreach (var (protocol, reply) in new[] { ("json", await host.SayAsync(action, json)), ("query", await host.PostFormAsync(FormOf(action, json))) })
            {
                var isClientError = (int)reply.Status is >= 400 and < 500;
                if (reply.Code != code || !isClientError || string.IsNullOrEmpty(reply.Message))
                    wrong.Add($"{protocol} {action} {members}: {(int)reply.Status} {reply.Code} {reply.Message}, wanted {code}");
            }
        }

        s_table.Length.ShouldBeGreaterThan(150);
        wrong.ShouldBeEmpty();
        Counts(host).ShouldBe(before);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Version=2012-11-05")]
    [InlineData("QueueName=q")]
    public async Task A_form_without_an_action_is_no_operation(string form)
    {
        await using var host = await SqsHost.StartAsync();
        var reply = await host.PostFormAsync(form);
        (reply.Status, reply.Text).ShouldBe((HttpStatusCode.NotFound, "<UnknownOperationException/>"));
    }

    [Theory]
    [InlineData("Action=ReceiveMessage&QueueUrl=q&MaxNumberOfMessages=x", "InvalidParameterValue")]
    [InlineData("Action=ReceiveMessage&QueueUrl=q&MaxNumberOfMessages=99999999999999999999", "InvalidParameterValue")]
    [InlineData("Action=ReceiveMessage&QueueUrl=q&WaitTimeSeconds=", "InvalidParameterValue")]
    [InlineData("Action=SendMessage&QueueUrl=q&MessageBody=%FF", "InvalidMessageContents")]
    [InlineData("Action=SendMessage&QueueUrl=%FF&MessageBody=x", "MalformedQueryString")]
    [InlineData("Action=SendMessage&QueueUrl=q&MessageBody=x&MessageAttribute.1.Name=a&MessageAttribute.1.Value.DataType=Binary&MessageAttribute.1.Value.BinaryValue=*", "InvalidParameterValue")]
    [InlineData("Action=SendMessage&QueueUrl=q&MessageBody=x&MessageAttribute.1.Value.DataType=String&MessageAttribute.1.Value.StringValue=v", "InvalidParameterValue")]
    [InlineData("Action=CreateQueue&QueueName=a&Attribute.1.Value=5", "MissingParameter")]
    [InlineData("Action=TagQueue&QueueUrl=q&Tag.1.Value=5", "MissingParameter")]
    [InlineData("Action=SendMessageBatch&QueueUrl=q&SendMessageBatchRequestEntry.0.Id=a", "AWS.SimpleQueueService.EmptyBatchRequest")]
    [InlineData("Action=SendMessageBatch&QueueUrl=q&Entries=", "AWS.SimpleQueueService.EmptyBatchRequest")]
    public async Task Only_a_form_can_be_wrong_like_this(string form, string code)
    {
        await using var host = await SqsHost.StartAsync();
        await host.MakeAsync("q");
        (await host.PostFormAsync(form)).Code.ShouldBe(code);
    }

    [Theory]
    [InlineData("ListQueues", "x", "MalformedInput")]
    [InlineData("ListQueues", "[]", "MalformedInput")]
    [InlineData("ListQueues", "{\"MaxResults\":\"x\"}", "MalformedInput")]
    [InlineData("ListQueues", "{\"MaxResults\":1.5}", "MalformedInput")]
    [InlineData("ListQueues", "{\"QueueNamePrefix\":[]}", "MalformedInput")]
    [InlineData("ListQueues", "{} x", "MalformedInput")]
    [InlineData("ListQueues", "{\"QueueNamePrefix\":\"", "MalformedInput")]
    [InlineData("CreateQueue", "{\"QueueName\":\"a\",\"Attributes\":[]}", "MalformedInput")]
    [InlineData("CreateQueue", "{\"QueueName\":\"a\",\"Attributes\":{\"DelaySeconds\":{}}}", "MalformedInput")]
    [InlineData("SendMessageBatch", "{\"QueueUrl\":\"q\",\"Entries\":{}}", "MalformedInput")]
    [InlineData("SendMessageBatch", "{\"QueueUrl\":\"q\",\"Entries\":[\"x\"]}", "MalformedInput")]
    [InlineData("SendMessage", "{\"QueueUrl\":\"q\",\"MessageBody\":\"\\ud800\"}", "InvalidMessageContents")]
    [InlineData("SendMessage", "{\"QueueUrl\":\"q\",\"MessageBody\":{}}", "MalformedInput")]
    [InlineData("SendMessage", "{\"QueueUrl\":\"q\",\"MessageBody\":\"x\",\"MessageAttributes\":{\"a\":{\"DataType\":\"Binary\",\"BinaryValue\":\"*\"}}}", "MalformedInput")]
    [InlineData("SendMessage", "{\"QueueUrl\":\"q\",\"MessageBody\":\"x\",\"MessageAttributes\":{\"a\":\"x\"}}", "MalformedInput")]
    [InlineData("SendMessage", "{\"QueueUrl\":\"q\",\"MessageBody\":\"x\",\"DelaySeconds\":true}", "MalformedInput")]
    public async Task Only_JSON_can_be_wrong_like_this(string action, string json, string code)
    {
        await using var host = await SqsHost.StartAsync();
        await host.MakeAsync("q");
        (await host.SayAsync(action, json)).Code.ShouldBe(code);
    }

    [Fact]
    public async Task The_status_of_a_refusal_is_what_the_client_knows()
    {
        await using var host = await SqsHost.StartAsync();
        var names = await PrepareAsync(host);
        foreach (var (action, members, plain, queryMode) in new[]
        {
            ("StartMessageMoveTask", """{"SourceArn":"$Dx"}""", 400, 404),
            ("AddPermission", """{"QueueUrl":"$Q","Label":"l","AWSAccountIds":["1"],"Actions":["*","*","*","*","*","*","*","*"]}""", 400, 403),
            ("GetQueueUrl", """{"QueueName":"nobody"}""", 400, 400),
        })
        {
            var json = Filled(members, names);
            ((int)(await host.SayAsync(action, json)).Status).ShouldBe(plain);
            ((int)(await host.SayAsync(action, json, isQueryMode: true)).Status).ShouldBe(queryMode);
            ((int)(await host.PostFormAsync(FormOf(action, json))).Status).ShouldBe(queryMode);
        }
    }

    [Fact]
    public async Task A_request_that_is_too_large_is_not_read()
    {
        await using var host = await SqsHost.StartAsync();
        var reply = await host.SayAsync("ListQueues", new string(' ', (8 << 20) + 1));
        (reply.Status, reply.Code).ShouldBe((HttpStatusCode.RequestEntityTooLarge, "RequestEntityTooLarge"));
    }

    private static async Task<Dictionary<string, string>> PrepareAsync(SqsHost host)
    {
        var standard = await host.MakeAsync("standard");
        var fifo = await host.MakeAsync("fifo.fifo", ("FifoQueue", "true"));
        await host.MakeAsync("small", ("MaximumMessageSize", "1024"));
        await host.MakeAsync("closed", ("RedriveAllowPolicy", """{"redrivePermission":"denyAll"}"""));
        var dead = (await host.AttributeAsync(await host.MakeAsync("dead"), "QueueArn"))!;
        var source = (await host.AttributeAsync(await host.MakeAsync("source", ("RedrivePolicy", $$"""{"deadLetterTargetArn":"{{dead}}","maxReceiveCount":3}""")), "QueueArn"))!;
        await host.SendAsync(standard, "x");
        await host.SendAsync(fifo, "x", "g");
        return new Dictionary<string, string>
        {
            ["$Q"] = standard, ["$F"] = fifo, ["$D"] = dead, ["$S"] = source,
            ["$H"] = (string)(await host.ReceiveAsync(standard))[0]["ReceiptHandle"]!, ["$G"] = (string)(await host.ReceiveAsync(fifo))[0]["ReceiptHandle"]!,
            ["$E11"] = string.Join(',', Enumerable.Range(0, 11).Select(i => $$"""{"Id":"{{i}}","MessageBody":"x","ReceiptHandle":"x"}""")),
            ["$11"] = string.Join(',', Enumerable.Range(0, 11).Select(i => $$"""  "a{{i}}":{"DataType":"String","StringValue":"x"}""")),
            ["$51"] = string.Join(',', Enumerable.Range(0, 51).Select(i => $$"""  "a{{i}}":"x" """)),
        };
    }

    private static string Counts(SqsHost host) =>
        string.Join('\n', host.Engine.Queues().Select(q => $"{q.Name} {q.Messages} {q.NextNumber} {q.Policy}"));

    private static string Filled(string members, Dictionary<string, string> names)
    {
        var filled = Letters().Replace(members, m => new string('a', int.Parse(m.Groups["count"].Value, CultureInfo.InvariantCulture)));
        return names.OrderByDescending(n => n.Key.Length).Aggregate(filled, (text, name) => text.Replace(name.Key, name.Value, StringComparison.Ordinal));
    }

    /// <summary>The members as the Query protocol has them.</summary>
    private static string FormOf(string action, string json)
    {
        var form = new StringBuilder($"Action={action}&Version=2012-11-05");
        void Add(string name, string value) => form.Append('&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        void AddMembers(string prefix, JsonObject members)
        {
            foreach (var (name, value) in members)
                AddMember(prefix, name, value!);
        }
        void AddMember(string prefix, string name, JsonNode value)
        {
            switch (value)
            {
                case JsonObject map when name.EndsWith("Attributes", StringComparison.Ordinal) && name != "Attributes":
                    foreach (var ((key, typed), i) in map.Select((m, i) => (m, i + 1)))
                    {
                        Add($"{prefix}{name[..^1]}.{i}.Name", key);
                        foreach (var (part, text) in typed!.AsObject())
                            Add($"{prefix}{name[..^1]}.{i}.Value.{part}", (string)text!);
                    }
                    break;
                case JsonObject map:
                    foreach (var ((key, text), i) in map.Select((m, i) => (m, i + 1)))
                    {
                        Add($"{(name == "Attributes" ? "Attribute" : "Tag")}.{i}.{(name == "Attributes" ? "Name" : "Key")}", key);
                        Add($"{(name == "Attributes" ? "Attribute" : "Tag")}.{i}.Value", (string)text!);
                    }
                    break;
                case JsonArray { Count: 0 }:
                    Add(name, "");
                    break;
                case JsonArray list:
                    var singular = name switch { "Entries" => action + "RequestEntry", "Actions" => "ActionName", _ => name[..^1] };
                    foreach (var (item, i) in list.Select((item, i) => (item!, i + 1)))
                    {
                        if (item is JsonObject entry)
                            AddMembers($"{singular}.{i}.", entry);
                        else
                            Add($"{singular}.{i}", (string)item!);
                    }
                    break;
                default:
                    Add(prefix + name, value.GetValueKind() == JsonValueKind.String ? (string)value! : value.ToJsonString());
                    break;
            }
        }
        AddMembers("", JsonNode.Parse(json)!.AsObject());
        return form.ToString();
    }

    [GeneratedRegex(@"\$A(?<count>\d+)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1_000)]
    private static partial Regex Letters();
}
