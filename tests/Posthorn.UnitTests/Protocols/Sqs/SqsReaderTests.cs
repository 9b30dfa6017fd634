using System.Text;
using Posthorn.Protocols.Aws;
using Posthorn.Protocols.Sqs;
using Posthorn.Protocols.Sqs.Json;
using Posthorn.Protocols.Sqs.Query;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Sqs;

/// <summary>Requests as real clients send them (captured), in both protocols: the same call comes of both.</summary>
public sealed class SqsReaderTests
{
    private const string Url = "http%3A%2F%2F127.0.0.1%3A9324%2F000000000000%2Fq";

    [Fact]
    public void A_queue_to_be_made_is_the_same_in_both_protocols()
    {
        foreach (var call in new[]
        {
            Json(SqsAction.CreateQueue, """{"QueueName": "q", "Attributes": {"DelaySeconds": "5", "VisibilityTimeout": "10"}, "tags": {"a": "b"}}"""),
            Query("Action=CreateQueue&Version=2012-11-05&QueueName=q&Attribute.1.Name=DelaySeconds&Attribute.1.Value=5&Attribute.2.Name=VisibilityTimeout&Attribute.2.Value=10&Tag.1.Key=a&Tag.1.Value=b"),
        })
        {
            call.Action.ShouldBe(SqsAction.CreateQueue);
            call.QueueName.ShouldBe("q");
            call.Attributes.ShouldBe([new("DelaySeconds", "5"), new("VisibilityTimeout", "10")]);
            call.Tags.ShouldBe([new("a", "b")]);
        }
    }

    [Fact]
    public void A_message_is_the_same_in_both_protocols()
    {
        foreach (var call in new[]
        {
            Json(SqsAction.SendMessage, """{"QueueUrl": "http://127.0.0.1:9324/000000000000/q", "MessageBody": "hi", "DelaySeconds": 3, "MessageAttributes": {"a": {"DataType": "String", "StringValue": "v"}, "b": {"DataType": "Binary", "BinaryValue": "AP8="}}, "MessageSystemAttributes": {"AWSTraceHeader": {"DataType": "String", "StringValue": "t"}}}"""),
            Query($"Action=SendMessage&Version=2012-11-05&QueueUrl={Url}&MessageBody=hi&DelaySeconds=3&MessageAttribute.1.Name=a&MessageAttribute.1.Value.DataType=String&MessageAttribute.1.Value.StringValue=v&MessageAttribute.2.Name=b&MessageAttribute.2.Value.DataType=Binary&MessageAttribute.2.Value.BinaryValue=AP8%3D&MessageSystemAttribute.1.Name=AWSTraceHeader&MessageSystemAttribute.1.Value.DataType=String&MessageSystemAttribute.1.Value.StringValue=t"),
        })
        {
            call.QueueUrl.ShouldBe("http://127.0.0.1:9324/000000000000/q");
            TextOf(call.Entry.Body).ShouldBe("hi");
            call.Entry.DelaySeconds.ShouldBe(3);
            call.Entry.Attributes.Select(a => a.Name).ShouldBe(["a", "b"]);
            call.Entry.Attributes[1].Value.ToArray().ShouldBe([0, 0xff]);
            TextOf(call.Entry.SystemAttributes.ShouldHaveSingleItem().Value).ShouldBe("t");
        }
    }

    [Fact]
    public void A_batch_is_the_same_in_both_protocols_whatever_the_order_of_its_pairs()
    {
        foreach (var call in new[]
        {
            Json(SqsAction.SendMessageBatch, """{"Entries": [{"Id": "1", "MessageBody": "hi", "MessageAttributes": {"a": {"DataType": "String", "StringValue": "v"}}}, {"Id": "2", "MessageBody": "ho", "MessageGroupId": "g"}]}"""),
            Query("Action=SendMessageBatch&SendMessageBatchRequestEntry.2.MessageGroupId=g&SendMessageBatchRequestEntry.2.Id=2&SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.StringValue=v&SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.DataType=String&SendMessageBatchRequestEntry.1.MessageAttribute.1.Name=a&SendMessageBatchRequestEntry.1.MessageBody=hi&SendMessageBatchRequestEntry.2.MessageBody=ho&SendMessageBatchRequestEntry.1.Id=1"),
        })
        {
            call.Entries!.Select(e => e.Id).ShouldBe(["1", "2"]);
            call.Entries!.Select(e => TextOf(e.Body)).ShouldBe(["hi", "ho"]);
            call.Entries![0].Attributes.ShouldHaveSingleItem().DataType.ShouldBe("String");
            call.Entries![1].GroupId.ShouldBe("g");
        }
    }

    [Fact]
    public void A_receive_is_the_same_in_both_protocols()
    {
        foreach (var call in new[]
        {
            Json(SqsAction.ReceiveMessage, """{"AttributeNames": ["All"], "MessageAttributeNames": ["All", "foo.*"], "MaxNumberOfMessages": "10", "WaitTimeSeconds": 20, "Unknown": {"x": [1, {}]}, "VisibilityTimeout": null}"""),
            Query("Action=ReceiveMessage&AttributeName.1=All&MessageAttributeName.2=foo.%2A&MessageAttributeName.1=All&MaxNumberOfMessages=10&WaitTimeSeconds=20&Unknown.1=x"),
        })
        {
            call.AttributeNames.ShouldBe(["All"]);
            call.MessageAttributeNames.ShouldBe(["All", "foo.*"]);
            (call.MaxNumberOfMessages, call.WaitTimeSeconds, call.Entry.VisibilityTimeout).ShouldBe((10, 20, null));
        }
    }

    [Fact]
    public void Handles_tags_and_permissions_are_the_same_in_both_protocols()
    {
        foreach (var call in new[]
        {
            Json(SqsAction.AddPermission, """{"QueueUrl": "q", "Label": "l", "AWSAccountIds": ["1"], "Actions": ["*"]}"""),
            Query("Action=AddPermission&QueueUrl=q&Label=l&AWSAccountId.1=1&ActionName.1=%2A"),
        })
            (call.Label, call.AccountIds![0], call.Actions![0]).ShouldBe(("l", "1", "*"));
        Query("Action=UntagQueue&TagKey.1=a").TagKeys.ShouldBe(["a"]);
        Query("Action=DeleteMessageBatch&DeleteMessageBatchRequestEntry.1.Id=1&DeleteMessageBatchRequestEntry.1.ReceiptHandle=h").Entries!.Single().ReceiptHandle.ShouldBe("h");
        Query("Action=SetQueueAttributes&Attribute.Name=DelaySeconds&Attribute.Value=3").Attributes.ShouldBe([new("DelaySeconds", "3")]);
    }

    [Fact]
    public void Empty_lists_are_lists()
    {
        Json(SqsAction.SendMessageBatch, """{"Entries": []}""").Entries.ShouldBeEmpty();
        Query("Action=SendMessageBatch&Entries=").Entries.ShouldBeEmpty();
        Query("Action=UntagQueue&TagKeys=").TagKeys.ShouldBeEmpty();
    }

    [Fact]
    public void Escaped_text_is_read_as_it_was_meant()
    {
        const string body = "Grüße & =+%\r\n\t\"\\ 😀";
        TextOf(Query("Action=SendMessage&MessageBody=" + Uri.EscapeDataString(body)).Entry.Body).ShouldBe(body);
        TextOf(Query("Action=SendMessage&MessageBody=a+b%2Bc%").Entry.Body).ShouldBe("a b+c%");
        TextOf(Json(SqsAction.SendMessage, """{"MessageBody":"Gr\u00fc\u00dfe & =+%\r\n\t\"\\ \ud83d\ude00"}""").Entry.Body).ShouldBe(body);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("[]")]
    [InlineData("{\"QueueUrl\":{}}")]
    [InlineData("{\"MaxNumberOfMessages\":\"x\"}")]
    [InlineData("{\"MaxNumberOfMessages\":1.5}")]
    [InlineData("{\"Entries\":{}}")]
    [InlineData("{\"Entries\":[1]}")]
    [InlineData("{\"MessageAttributes\":[]}")]
    [InlineData("{\"MessageAttributes\":{\"a\":1}}")]
    [InlineData("{\"MessageAttributes\":{\"a\":{\"BinaryValue\":\"*\"}}}")]
    [InlineData("{\"QueueUrl\":\"\\ud800\"}")]
    [InlineData("{} {}")]
    public void What_is_no_request_is_refused_in_JSON(string json)
    {
        if (json.Length == 0)
            SqsJsonReader.Read(SqsAction.ListQueues, default).QueueNamePrefix.ShouldBeNull();
        else
            Should.Throw<AwsException>(() => Json(SqsAction.ReceiveMessage, json)).Error.ShouldBe(SqsErrors.Serialization);
    }

    [Fact]
    public void Every_action_and_member_is_found_by_its_name()
    {
        foreach (var action in Enum.GetValues<SqsAction>())
        {
            SqsActions.TryFind(action.ToString(), out var found).ShouldBeTrue();
            found.ShouldBe(action);
        }
        foreach (var member in Enum.GetValues<SqsMember>().Where(m => m != SqsMember.None))
        {
            SqsMembers.OfJson(member.ToString()).ShouldBe(member);
            SqsMembers.OfQuery(member.ToString()).ShouldBe(member);
        }
    }

    private static SqsCall Json(SqsAction action, string json) => SqsJsonReader.Read(action, Encoding.UTF8.GetBytes(json));

    private static SqsCall Query(string form) => SqsQueryReader.Read(default, Encoding.UTF8.GetBytes(form))!;

    private static string? TextOf(ReadOnlyMemory<byte>? bytes) => bytes is { } given ? Encoding.UTF8.GetString(given.Span) : null;
}
