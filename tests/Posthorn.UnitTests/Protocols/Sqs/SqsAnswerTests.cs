using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Posthorn.Protocols.Aws;
using Posthorn.Protocols.Sqs;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Sqs;

/// <summary>One answer, written in both protocols from the same calls.</summary>
public sealed class SqsAnswerTests
{
    private const string Body = "<a href=\"x\">&\r\n\tGrüße 😀</a>";

    [Fact]
    public void A_received_message_in_JSON()
    {
        var message = JsonNode.Parse(Write(isJson: true))!["Messages"]![0]!;

        ((string)message["Body"]!).ShouldBe(Body);
        message["Attributes"]!.ToJsonString().ShouldBe("""{"SenderId":"x","SentTimestamp":"1"}""");
        message["MessageAttributes"]!.ToJsonString().ShouldBe("""{"n":{"StringValue":"42","DataType":"Number.int"},"b":{"BinaryValue":"AP8=","DataType":"Binary"}}""");
    }

    [Fact]
    public void A_received_message_in_XML()
    {
        var text = Write(isJson: false);
        text.ShouldContain("<Body>&lt;a href=&quot;x&quot;&gt;&amp;&#xD;\n\tGrüße 😀&lt;/a&gt;</Body>");
        text.ShouldContain("<Attribute><Name>SenderId</Name><Value>x</Value></Attribute><Attribute><Name>SentTimestamp</Name><Value>1</Value></Attribute>");
        text.ShouldContain("<MessageAttribute><Name>n</Name><Value><StringValue>42</StringValue><DataType>Number.int</DataType></Value></MessageAttribute>");
        text.ShouldContain("<MessageAttribute><Name>b</Name><Value><BinaryValue>AP8=</BinaryValue><DataType>Binary</DataType></Value></MessageAttribute>");
        text.ShouldEndWith("</ReceiveMessageResult><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></ReceiveMessageResponse>");
        XDocument.Parse(text).Descendants().Single(e => e.Name.LocalName == "Body").Value.ShouldBe(Body);
    }

    [Fact]
    public void What_is_void_has_no_result()
    {
        Void(isJson: true).ShouldBe("{}");
        Void(isJson: false).ShouldBe("<?xml version=\"1.0\"?><DeleteMessageResponse xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\"><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></DeleteMessageResponse>");
    }

    [Fact]
    public void A_refusal_has_the_names_and_the_words_of_its_protocol()
    {
        Refuse(isJson: true).ShouldBe("""{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist."}""");
        Refuse(isJson: false).ShouldBe("<?xml version=\"1.0\"?><ErrorResponse xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\"><Error><Type>Sender</Type>"
            + "<Code>AWS.SimpleQueueService.NonExistentQueue</Code><Message>The specified queue does not exist for this wsdl version.</Message><Detail/></Error><RequestId>id</RequestId></ErrorResponse>");
    }

    [Fact]
    public void Every_refusal_has_codes_of_its_own()
    {
        var errors = typeof(SqsErrors).GetProperties().Concat(typeof(AwsErrors).GetProperties()).Where(p => p.PropertyType == typeof(AwsError)).Select(p => (AwsError)p.GetValue(null)!).ToList();

        errors.Count.ShouldBeGreaterThan(25);
        errors.Select(e => e.Type).ShouldBeUnique();
        errors.Select(e => e.Code).ShouldBeUnique();
        foreach (var error in errors)
        {
            error.JsonStatus(isQueryMode: true).ShouldBe(error.Status);
            error.JsonStatus(isQueryMode: false).ShouldBe(error.Status is >= 500 or 413 ? error.Status : 400);
        }
    }

    private static string Write(bool isJson) => Written(isJson, answer =>
    {
        answer.Begin(SqsAction.ReceiveMessage);
        answer.BeginList("Messages"u8);
        answer.BeginItem("Message"u8);
        answer.Text("MessageId"u8, "m");
        answer.Text("Body"u8, Encoding.UTF8.GetBytes(Body));
        answer.Map("Attributes"u8, "Attribute"u8, "Name"u8, [new("SenderId", "x"), new("SentTimestamp", "1")]);
        answer.MessageAttributes([new SqsAttribute("n", "Number.int", "42"u8.ToArray(), null), new SqsAttribute("b", "Binary", null, new byte[] { 0, 0xff })]);
        answer.EndItem("Message"u8);
        answer.EndList();
        answer.End("id");
    });

    private static string Void(bool isJson) => Written(isJson, answer =>
    {
        answer.Begin(SqsAction.DeleteMessage);
        answer.End("id");
    });

    private static string Refuse(bool isJson) => Written(isJson, answer => answer.Error(SqsErrors.NoQueue(), "id"));

    private static string Written(bool isJson, Action<SqsAnswer> write)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var answer = SqsAnswer.Create(isJson, output))
            write(answer);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
