using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Posthorn.Protocols.Aws;
using Posthorn.Protocols.Sns;
using Posthorn.Protocols.Sns.Notifications;
using Posthorn.Protocols.Sqs;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Sns;

/// <summary>Requests as clients send them (captured), answers as they read them, and the envelope.</summary>
public sealed class SnsCodecTests
{
    [Fact]
    public void Captured_requests_are_read()
    {
        var create = Read("Action=CreateTopic&Version=2010-03-31&Name=t&Attributes.entry.1.key=FifoTopic&Attributes.entry.1.value=true&Tags.member.1.Key=a&Tags.member.1.Value=b");
        (create.Action, create["Name"], create.Attributes.Single(), create.Tags.Single()).ShouldBe(
            (SnsAction.CreateTopic, "t", KeyValuePair.Create("FifoTopic", "true"), KeyValuePair.Create("a", "b")));

        var publish = Read("Action=Publish&Version=2010-03-31&TopicArn=arn&Message=m%26+n&Subject=s&MessageAttributes.entry.2.Name=b&MessageAttributes.entry.2.Value.DataType=Binary"
            + "&MessageAttributes.entry.2.Value.BinaryValue=AP8%3D&MessageAttributes.entry.1.Name=a&MessageAttributes.entry.1.Value.DataType=String&MessageAttributes.entry.1.Value.StringValue=v").Message;
        (Encoding.UTF8.GetString(publish.Text!.Value.Span), publish.Subject, publish.Attributes.Count).ShouldBe(("m& n", "s", 2));
        publish.Attributes[0].Name.ShouldBe("a");
        publish.Attributes[1].Value.ToArray().ShouldBe([0, 255]);
        publish.Attributes[1].Text.ShouldBeNull();

        var batch = Read("Action=PublishBatch&PublishBatchRequestEntries.member.10.Id=last&PublishBatchRequestEntries.member.10.Message=z&PublishBatchRequestEntries.member.2.Id=first"
            + "&PublishBatchRequestEntries.member.2.Message=m&PublishBatchRequestEntries.member.2.MessageAttributes.entry.1.Name=a");
        batch.Entries.Select(e => e.Id).ShouldBe(["first", "last"]);
        batch.Entries[0].Attributes.Single().Name.ShouldBe("a");
        Read("Action=Subscribe&ReturnSubscriptionArn=true").Flag("ReturnSubscriptionArn").ShouldBeTrue();
        Read("Action=UntagResource&TagKeys.member.1=a&TagKeys.member.2=b").Texts("TagKeys").ShouldBe(["a", "b"]);
        SnsCall.Read(default, default).ShouldBeNull();
        Should.Throw<AwsException>(() => Read("Action=Nothing")).Error.ShouldBe(AwsErrors.InvalidAction);
    }

    [Fact]
    public void Lists_wrap_members_and_maps_wrap_entries()
    {
        var output = new ArrayBufferWriter<byte>();
        var answer = new SnsAnswer(SnsAction.ListTopics, output);
        answer.Begin();
        answer.List("Topics"u8, ["a", "<b>"], static (to, arn) => to.Text("TopicArn"u8, arn));
        answer.Map("Attributes"u8, [KeyValuePair.Create("k", "v")]);
        answer.End("id");
        Encoding.UTF8.GetString(output.WrittenSpan).ShouldBe(
            "<?xml version=\"1.0\"?><ListTopicsResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><ListTopicsResult><Topics><member><TopicArn>a</TopicArn></member>"
            + "<member><TopicArn>&lt;b&gt;</TopicArn></member></Topics><Attributes><entry><key>k</key><value>v</value></entry></Attributes></ListTopicsResult>"
            + "<ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></ListTopicsResponse>");
    }

    [Theory]
    [InlineData("1")]
    [InlineData("2")]
    public void An_envelope_is_signed_and_its_pieces_make_one_object(string version)
    {
        using var key = RSA.Create(2_048);
        var notification = new Notification
        {
            MessageId = "id", TopicArn = "arn:aws:sns:r:0:t", Text = "say \"ü\"\n"u8.ToArray(), Subject = "s", Time = new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero),
            Attributes = [new SqsAttribute("n", "String", "v"u8.ToArray(), null), new SqsAttribute("b", "Binary", null, new byte[] { 0, 255 })],
        };
        var text = Encoding.UTF8.GetString(notification.Own("http://x/?a=b&c=d")) + Encoding.UTF8.GetString(notification.Shared(new NotificationSigner(key, "http://x/c.pem", version)))[1..];
        var json = JsonNode.Parse(text)!;
        ((string)json["Type"]!, (string)json["Message"]!, (string)json["Timestamp"]!, (string)json["UnsubscribeURL"]!, (string)json["SignatureVersion"]!).ShouldBe(
            ("Notification", "say \"ü\"\n", "2026-01-02T03:04:05.678Z", "http://x/?a=b&c=d", version));
        ((string?)json["MessageAttributes"]!["b"]!["Value"]).ShouldBe("AP8=");
        const string Canonical = "Message\nsay \"ü\"\n\nMessageId\nid\nSubject\ns\nTimestamp\n2026-01-02T03:04:05.678Z\nTopicArn\narn:aws:sns:r:0:t\nType\nNotification\n";
        key.VerifyData(
            Encoding.UTF8.GetBytes(Canonical), Convert.FromBase64String((string)json["Signature"]!), version == "2" ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1,
            RSASignaturePadding.Pkcs1).ShouldBeTrue();
    }

    private static SnsCall Read(string form) => SnsCall.Read(default, Encoding.UTF8.GetBytes(form))!;
}
