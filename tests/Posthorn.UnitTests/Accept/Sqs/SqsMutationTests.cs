using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Posthorn.Contracts;
using Posthorn.Journal;
using Posthorn.Server.Accept.Aws;
using Posthorn.Server.Accept.Sqs;
using Posthorn.Server.Accept.Sqs.Queues;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Retrieve.Queues;
using Posthorn.Server.Retrieve.Queues.Moving;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Accept.Sqs;

/// <summary>
/// Requests that were right and then were damaged: bytes changed, pieces left out, doubled and spliced, in both protocols. Whatever comes, the answer is one that
/// a client can read and never a 500. POSTHORN_LONG=1 tries a million.
/// </summary>
public sealed class SqsMutationTests
{
    private const int Seed = 20261126;

    private static readonly int s_mutations = Environment.GetEnvironmentVariable("POSTHORN_LONG") == "1" ? 1_000_000 : 20_000;

    private static readonly (string Action, string Json)[] s_json =
    [
        ("CreateQueue", """{"QueueName": "q", "Attributes": {"DelaySeconds": "0", "VisibilityTimeout": "10", "RedrivePolicy": "{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:dead\",\"maxReceiveCount\":3}"}, "tags": {"a": "b"}}"""),
        ("CreateQueue", """{"QueueName": "q.fifo", "Attributes": {"FifoQueue": "true", "ContentBasedDeduplication": "true"}}"""),
        ("SendMessage", """{"QueueUrl": "q", "MessageBody": "hi \u00e9 \n", "DelaySeconds": 0, "MessageAttributes": {"a": {"DataType": "String", "StringValue": "v"}, "b": {"DataType": "Binary", "BinaryValue": "AP8="}, "n": {"DataType": "Number", "StringValue": "1e3"}}, "MessageSystemAttributes": {"AWSTraceHeader": {"DataType": "String", "StringValue": "t"}}}"""),
        ("SendMessage", """{"QueueUrl": "q.fifo", "MessageBody": "hi", "MessageGroupId": "g", "MessageDeduplicationId": "d"}"""),
        ("SendMessageBatch", """{"QueueUrl": "/000000000000/q", "Entries": [{"Id": "1", "MessageBody": "hi"}, {"Id": "2", "MessageBody": "ho", "DelaySeconds": 1}]}"""),
        ("ReceiveMessage", """{"QueueUrl": "q", "AttributeNames": ["All"], "MessageAttributeNames": ["All", "foo.*"], "MaxNumberOfMessages": 10, "VisibilityTimeout": 0, "WaitTimeSeconds": 0}"""),
        ("DeleteMessage", """{"QueueUrl": "q", "ReceiptHandle": "$H"}"""),
        ("ChangeMessageVisibilityBatch", """{"QueueUrl": "q", "Entries": [{"Id": "1", "ReceiptHandle": "$H", "VisibilityTimeout": 0}]}"""),
        ("SetQueueAttributes", """{"QueueUrl": "q", "Attributes": {"Policy": "{\"Statement\":[{\"Sid\":\"x\"}]}", "RedriveAllowPolicy": "{\"redrivePermission\":\"allowAll\"}"}}"""),
        ("AddPermission", """{"QueueUrl": "q", "Label": "l", "AWSAccountIds": ["1"], "Actions": ["*"]}"""),
        ("RemovePermission", """{"QueueUrl": "q", "Label": "l"}"""),
        ("ListQueues", """{"QueueNamePrefix": "q", "MaxResults": 1, "NextToken": "cQ=="}"""),
        ("TagQueue", """{"QueueUrl": "q", "Tags": {"a": "b"}}"""),
        ("StartMessageMoveTask", """{"SourceArn": "arn:aws:sqs:us-east-1:000000000000:nobody"}"""),
        ("CancelMessageMoveTask", """{"TaskHandle": "eyJ0YXNrSWQiOiJ4Iiwic291cmNlQXJuIjoiYXJuOmF3czpzcXM6dXMtZWFzdC0xOjAwMDAwMDAwMDAwMDpkZWFkIn0="}"""),
    ];

    private static readonly string[] s_forms =
    [
        "Action=CreateQueue&Version=2012-11-05&QueueName=q&Attribute.1.Name=DelaySeconds&Attribute.1.Value=0&Tag.1.Key=a&Tag.1.Value=b",
        "Action=SendMessage&QueueUrl=q&MessageBody=hi%20%C3%A9&MessageAttribute.1.Name=a&MessageAttribute.1.Value.DataType=String&MessageAttribute.1.Value.StringValue=v&MessageAttribute.2.Name=b&MessageAttribute.2.Value.DataType=Binary&MessageAttribute.2.Value.BinaryValue=AP8%3D",
        "Action=SendMessageBatch&QueueUrl=q&SendMessageBatchRequestEntry.1.Id=1&SendMessageBatchRequestEntry.1.MessageBody=hi&SendMessageBatchRequestEntry.2.Id=2&SendMessageBatchRequestEntry.2.MessageBody=ho",
        "Action=ReceiveMessage&QueueUrl=http%3A%2F%2Fh%2F000000000000%2Fq&AttributeName.1=All&MessageAttributeName.1=All&MaxNumberOfMessages=10&VisibilityTimeout=0",
        "Action=DeleteMessageBatch&QueueUrl=q&DeleteMessageBatchRequestEntry.1.Id=1&DeleteMessageBatchRequestEntry.1.ReceiptHandle=$H",
        "Action=UntagQueue&QueueUrl=q&TagKey.1=a",
        "Action=GetQueueAttributes&QueueUrl=q&AttributeName.1=All",
        "Action=ListDeadLetterSourceQueues&QueueUrl=q",
    ];

    private static readonly byte[][] s_splices =
        [.. new[] { "\"", "\\", "{", "}", "[", "]", ",", ":", "null", "true", "-1", "1e999", "\\u0000", "\\ud800", "%", "%00", "%FF", "&", "=", ".", ".1.", "..", "\0", "\r\n", "q", "999999999999999999999", "../", "é" }.Select(Encoding.UTF8.GetBytes)];

    [Fact]
    public async Task Damaged_requests_are_answered_and_do_no_damage()
    {
        var log = new FailureLog();
        var random = new Random(Seed);
        const int lifetime = 5_000; // what the damaged requests send gathers
        for (var begun = 0; begun < s_mutations; begun += lifetime)
        {
            await using var engine = await JournalEngine.OpenAsync(new MemoryFileSystem(), new JournalOptions(), TimeProvider.System);
            var gate = await GateAsync(engine, log);
            foreach (var (action, json) in s_json[..4])
                (await SayAsync(gate, action, Encoding.UTF8.GetBytes(json))).Status.ShouldBe(action == "CreateQueue" && json.Contains("dead") ? 400 : 200, json);
            var handle = await HandleAsync(gate);
            for (var i = begun; i < begun + lifetime; i++)
            {
                var isJson = random.Next(2) == 0;
                var (action, right) = isJson ? s_json[random.Next(s_json.Length)] : ("", s_forms[random.Next(s_forms.Length)]);
                var request = Mutate(Encoding.UTF8.GetBytes(right.Replace("$H", handle, StringComparison.Ordinal)), random);
                var (status, text) = await SayAsync(gate, action, request);
                if (status is not (200 or 400 or 403 or 404) || text.Length == 0 || log.Failure is not null)
                    throw new InvalidOperationException($"Mutation {i} of seed {Seed}: {status} {text}\n{action} {Encoding.UTF8.GetString(request)}", log.Failure);
            }
        }
    }

    private static async Task<AwsGate> GateAsync(JournalEngine engine, FailureLog log)
    {
        var (accounts, timeline) = (new AccountBook([]), new Nowhere());
        var context = new SqsContext
        {
            Engine = engine, Timeline = timeline, Time = TimeProvider.System, Urls = new QueueUrls("000000000000"), Queues = new SqsQueues(engine, accounts, TimeProvider.System),
            MoveTasks = new MoveTasks(engine, new Posthorn.Clustering.SoleNode("one", default), timeline, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<MoveTasks>.Instance),
            Metrics = new SqsMetrics(), Logger = log,
            Stopping = new CancellationToken(canceled: true), // nobody waits: a damaged number would let the test do so for seconds
            Attempts = new ReceiveAttempts(TimeProvider.System),
        };
        context.Secrets = await SqsSecrets.OpenAsync(engine, TimeProvider.System, CancellationToken.None);
        var gate = new AwsGate(new SqsDoor(context), new SqsDoor(context), new AwsSignatures(accounts, accounts, TimeProvider.System), log);
        await SayAsync(gate, "CreateQueue", """{"QueueName": "q"}"""u8.ToArray());
        return gate;
    }

    private static async Task<string> HandleAsync(AwsGate gate)
    {
        var (_, text) = await SayAsync(gate, "ReceiveMessage", """{"QueueUrl": "q", "VisibilityTimeout": 0, "WaitTimeSeconds": 0}"""u8.ToArray());
        return (string)System.Text.Json.Nodes.JsonNode.Parse(text)!["Messages"]![0]!["ReceiptHandle"]!;
    }

    private static async Task<(int Status, string Text)> SayAsync(AwsGate gate, string action, byte[] body)
    {
        using var answer = new MemoryStream();
        var http = new DefaultHttpContext();
        http.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(answer));
        http.Features.Get<IHttpRequestFeature>()!.RawTarget = "/";
        http.Request.Method = "POST";
        http.Request.Path = "/";
        http.Request.Host = new HostString("localhost");
        http.Request.Body = new MemoryStream(body);
        if (action.Length > 0)
            http.Request.Headers["X-Amz-Target"] = "AmazonSQS." + action;
        await gate.HandleAsync(http);
        await http.Response.BodyWriter.FlushAsync();
        return (http.Response.StatusCode, Encoding.UTF8.GetString(answer.ToArray()));
    }

    private static byte[] Mutate(byte[] original, Random random)
    {
        var request = new List<byte>(original);
        for (var changes = random.Next(1, 5); changes > 0 && request.Count > 0; changes--)
        {
            var at = random.Next(request.Count);
            switch (random.Next(7))
            {
                case 0:
                    request[at] = (byte)random.Next(256);
                    break;
                case 1:
                    request.RemoveRange(at, Math.Min(random.Next(1, 20), request.Count - at));
                    break;
                case 2 or 3:
                    request.InsertRange(at, s_splices[random.Next(s_splices.Length)]);
                    break;
                case 4:
                    request.RemoveRange(at, request.Count - at);
                    break;
                case 5:
                    request.InsertRange(at, request.GetRange(random.Next(at / 2 + 1), Math.Min(at / 2, 100)));
                    break;
                default:
                    request[at] ^= (byte)(1 << random.Next(8));
                    break;
            }
        }
        return [.. request];
    }

    private sealed class Nowhere : Posthorn.Server.Operate.Timeline.ITimeline
    {
        public void Record(Posthorn.Server.Operate.Timeline.TimelineEvent happened)
        {
            // Nobody asks.
        }
    }

    private sealed class FailureLog : ILogger
    {
        public Exception? Failure { get; private set; }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Error)
                Failure = exception ?? new InvalidOperationException(formatter(state, exception));
        }
    }
}
