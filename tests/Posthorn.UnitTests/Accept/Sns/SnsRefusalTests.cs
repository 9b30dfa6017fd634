using Posthorn.UnitTests.Accept.Sqs;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Accept.Sns;

/// <summary>What is malformed or out of range, with the code and the words that clients know. Nothing of it changes anything.</summary>
public sealed class SnsRefusalTests
{
    private const string T = SnsTalk.Prefix + "t";
    private const string F = SnsTalk.Prefix + "f.fifo";
    private const string Queue = "arn:aws:sqs:us-east-1:000000000000:q";

    private static readonly (string Form, string Code, string Message)[] s_table =
    [
        ("Action=CreateTopic", "ValidationError", ""),
        ("Action=CreateTopic&Name=", "InvalidParameter", "Invalid parameter: Topic Name"),
        ("Action=CreateTopic&Name=a%20b", "InvalidParameter", "Invalid parameter: Topic Name"),
        ("Action=CreateTopic&Name=x.fifo", "InvalidParameter", "Invalid parameter: Topic Name"),
        ("Action=CreateTopic&Name=x&Attributes.entry.1.key=FifoTopic&Attributes.entry.1.value=true", "InvalidParameter", "Invalid parameter: Topic Name Reason"),
        ("Action=CreateTopic&Name=x&Attributes.entry.1.key=Color&Attributes.entry.1.value=true", "InvalidParameter", "Invalid parameter: Attributes Reason: Unknown attribute Color"),
        ("Action=CreateTopic&Name=x&Attributes.entry.1.key=ContentBasedDeduplication&Attributes.entry.1.value=true", "InvalidParameter", ""),
        ("Action=CreateTopic&Name=t&Attributes.entry.1.key=DisplayName&Attributes.entry.1.value=other", "InvalidParameter", "Invalid parameter: Attributes Reason: Topic already exists with different attributes"),
        ("Action=CreateTopic&Name=t&Tags.member.1.Key=k&Tags.member.1.Value=v", "InvalidParameter", "Invalid parameter: Tags Reason: Topic already exists with different tags"),
        ("Action=CreateTopic&Name=x&Tags.member.1.Key=k&Tags.member.1.Value=v&Tags.member.2.Key=k&Tags.member.2.Value=v", "InvalidParameter", "Invalid parameter: Duplicated keys are not allowed."),
        ("Action=GetTopicAttributes&TopicArn=abc", "InvalidParameter", "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1"),
        ("Action=GetTopicAttributes&TopicArn=" + SnsTalk.Prefix + "none", "NotFound", "Topic does not exist"),
        ("Action=GetTopicAttributes&TopicArn=arn:aws:sns:eu-west-1:000000000000:t", "InvalidParameter", "Invalid parameter: TopicArn"),
        ("Action=GetTopicAttributes&TopicArn=arn:aws:sns:us-east-1:111111111111:t", "NotFound", "Topic does not exist"),
        ($"Action=SetTopicAttributes&TopicArn={T}&AttributeName=FifoTopic&AttributeValue=true", "InvalidParameter", "Invalid parameter: AttributeName"),
        ($"Action=SetTopicAttributes&TopicArn={T}&AttributeName=SignatureVersion&AttributeValue=3", "InvalidParameter", ""),
        ($"Action=SetTopicAttributes&TopicArn={T}&AttributeName=Policy&AttributeValue=x", "InvalidParameter", ""),
        ($"Action=SetTopicAttributes&TopicArn={T}&AttributeName=DeliveryPolicy&AttributeValue=%7B", "InvalidParameter", "Invalid parameter: DeliveryPolicy:"),
        ($"Action=SetTopicAttributes&TopicArn={T}", "ValidationError", ""),
        ($"Action=Subscribe&TopicArn={T}&Endpoint=x", "ValidationError", ""),
        ($"Action=Subscribe&TopicArn={T}&Protocol=pigeon&Endpoint=x", "InvalidParameter", "Invalid parameter: Amazon SNS does not support this protocol string: pigeon"),
        ($"Action=Subscribe&TopicArn={T}&Protocol=lambda&Endpoint=x", "InvalidParameter", "Invalid parameter: Protocol Reason: this server does not deliver to lambda"),
        ($"Action=Subscribe&TopicArn={T}&Protocol=http&Endpoint=https://x.test", "InvalidParameter", "Invalid parameter: Endpoint must match the specified protocol"),
        ($"Action=Subscribe&TopicArn={T}&Protocol=sqs&Endpoint=http://x/q", "InvalidParameter", "Invalid parameter: SQS endpoint ARN"),
        ($"Action=Subscribe&TopicArn={T}&Protocol=sqs&Endpoint={Queue}.fifo", "InvalidParameter", "Invalid parameter: Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics"),
        ($"Action=Subscribe&TopicArn={T}&Protocol=sqs&Endpoint=arn:aws:sqs:us-east-1:000000000000:spool/process/root", "InvalidParameter", ""),
        ($"Action=Subscribe&TopicArn={T}&Protocol=email&Endpoint=nobody", "InvalidParameter", "Invalid parameter: Email address"),
        ($"Action=Subscribe&TopicArn={T}&Protocol=email&Endpoint=a@b.test%0D%0ABcc:%20c@d.test", "InvalidParameter", ""),
        ($"Action=Subscribe&TopicArn={F}&Protocol=email&Endpoint=a@b.test", "InvalidParameter", ""),
        ($"Action=Subscribe&TopicArn={T}&Protocol=mailbox&Endpoint=none", "InvalidParameter", ""),
        ($"Action=Subscribe&TopicArn={T}&Protocol=sms&Endpoint=abc", "InvalidParameter", ""),
        ($"Action=Subscribe&TopicArn={SnsTalk.Prefix}none&Protocol=sqs&Endpoint={Queue}", "NotFound", "Topic does not exist"),
        (Subscribe("RawMessageDelivery", "x"), "InvalidParameter", "Invalid parameter: Attributes Reason: RawMessageDelivery: Invalid value [x]. Must be true or false."),
        (Subscribe("FilterPolicyScope", "X"), "InvalidParameter", "Invalid parameter: Attributes Reason: FilterPolicyScope: Invalid value [X]. Please use either MessageBody or MessageAttributes"),
        (Subscribe("FilterPolicy", "%7B"), "InvalidParameter", "Invalid parameter: Attributes Reason: FilterPolicy: failed to parse JSON."),
        (Subscribe("FilterPolicy", "%7B%22a%22:1%7D"), "InvalidParameter", "Invalid parameter: Attributes Reason: FilterPolicy: \"a\" must be an object or an array"),
        (Subscribe("FilterPolicy", "%7B%22a%22:%7B%22b%22:[1]%7D%7D"), "InvalidParameter", "Invalid parameter: Filter policy scope MessageAttributes does not support nested filter policy"),
        (Subscribe("RedrivePolicy", "%7B%7D"), "InvalidParameter", "Invalid parameter: Attributes Reason: RedrivePolicy: deadLetterTargetArn is an invalid arn"),
        (Subscribe("DeliveryPolicy", "[]"), "InvalidParameter", ""),
        (Subscribe("Color", "x"), "InvalidParameter", ""),
        ($"Action=ConfirmSubscription&TopicArn={T}", "ValidationError", ""),
        ($"Action=ConfirmSubscription&TopicArn={T}&Token=x", "InvalidParameter", "Invalid parameter: Token"),
        ($"Action=ConfirmSubscription&TopicArn={SnsTalk.Prefix}none&Token=x", "InvalidParameter", "Invalid parameter: Topic"),
        ("Action=Unsubscribe&SubscriptionArn=abc", "InvalidParameter", "Invalid parameter: SubscriptionArn Reason: An ARN must have at least 6 elements, not 1"),
        ($"Action=Unsubscribe&SubscriptionArn={T}", "InvalidParameter", "Invalid parameter: SubscriptionId"),
        ($"Action=GetSubscriptionAttributes&SubscriptionArn={T}:x", "NotFound", "Subscription does not exist"),
        ($"Action=SetSubscriptionAttributes&SubscriptionArn={T}:x&AttributeName=RawMessageDelivery&AttributeValue=true", "NotFound", "Subscription does not exist"),
        ("Action=Publish&Message=x", "InvalidParameter", ""),
        ("Action=Publish&Message=x&PhoneNumber=%2B123", "InvalidParameter", ""),
        ($"Action=Publish&TopicArn={T}", "ValidationError", ""),
        ($"Action=Publish&TopicArn={T}&Message=", "InvalidParameter", "Invalid parameter: Empty message"),
        ($"Action=Publish&TopicArn={T}&Message=x&Subject=", "InvalidParameter", "Invalid parameter: Subject"),
        ($"Action=Publish&TopicArn={T}&Message=x&Subject=a%0Ab", "InvalidParameter", "Invalid parameter: Subject"),
        ($"Action=Publish&TopicArn={T}&Message=x&MessageStructure=xml", "InvalidParameter", "Invalid parameter: MessageStructure"),
        ($"Action=Publish&TopicArn={T}&Message=x&MessageStructure=json", "InvalidParameter", "Invalid parameter: Message Structure - JSON message body failed to parse"),
        ($"Action=Publish&TopicArn={T}&Message=%7B%7D&MessageStructure=json", "InvalidParameter", "Invalid parameter: Message Structure - No default entry in JSON message body"),
        ($"Action=Publish&TopicArn={T}&Message=x&MessageDeduplicationId=d", "InvalidParameter", "Invalid parameter: MessageDeduplicationId Reason:"),
        ($"Action=Publish&TopicArn={F}&Message=x", "InvalidParameter", "Invalid parameter: The MessageGroupId parameter is required for FIFO topics"),
        ($"Action=Publish&TopicArn={F}&Message=x&MessageGroupId=g", "InvalidParameter", "Invalid parameter: The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"),
        ($"Action=Publish&TopicArn={SnsTalk.Prefix}none&Message=x", "NotFound", "Topic does not exist"),
        (Attribute("a", "String", ""), "ParameterValueInvalid", "The message attribute 'a' must contain non-empty message attribute value for message attribute type 'String'."),
        (Attribute("a", "Color", "x"), "ParameterValueInvalid", "The message attribute 'a' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String."),
        (Attribute("a", "Number", "x"), "ParameterValueInvalid", ""),
        (Attribute("a%5E", "String", "x"), "ParameterValueInvalid", "Invalid non-alphanumeric character '#x5E' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots."),
        (Attribute(".a", "String", "x"), "ParameterValueInvalid", "Invalid message attribute name starting with character '.' was found."),
        (Attribute("a.", "String", "x"), "ParameterValueInvalid", "Invalid message attribute name ending with character '.' was found."),
        (Attribute("a..b", "String", "x"), "ParameterValueInvalid", "Message attribute name can not have successive '.' character."),
        (Attribute("a", "", "x"), "ValidationError", ""),
        ($"Action=PublishBatch&TopicArn={T}", "EmptyBatchRequest", ""),
        (Batch("a", "a"), "BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id."),
        (Batch("a b"), "InvalidBatchEntryId", "The Id of a batch entry in the batch request contains an impermissible character: a b"),
        (Batch([.. Enumerable.Range(0, 11).Select(i => $"e{i}")]), "TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible."),
        ($"Action=TagResource&ResourceArn={SnsTalk.Prefix}none&Tags.member.1.Key=a&Tags.member.1.Value=b", "ResourceNotFound", "Resource does not exist"),
        ($"Action=TagResource&ResourceArn={T}&{string.Join('&', Enumerable.Range(1, 51).Select(i => $"Tags.member.{i}.Key=k{i}&Tags.member.{i}.Value=v"))}", "TagLimitExceeded", "Could not complete request: tag quota of per resource exceeded"),
        ($"Action=AddPermission&Version=2010-03-31&TopicArn={T}&Label=l&AWSAccountId.member.1=1&ActionName.member.1=Fly", "InvalidParameter", "Invalid parameter: Policy statement action out of service scope!"),
        ("Action=Publish2&Version=2010-03-31", "InvalidAction", ""),
        ("Action=CreatePlatformApplication&Version=2010-03-31", "InvalidAction", ""),
        ("Action=ListTopics&NextToken=%2A", "InvalidParameter", ""),
        ($"Action=Publish&TopicArn={T}&Message=%01", "InvalidParameter", "Invalid parameter: Message Reason:"),
        ($"Action=Publish&TopicArn=%FF&Message=x", "MalformedQueryString", ""),
    ];

    [Fact]
    public async Task What_is_wrong_is_refused_by_its_code_and_in_its_words()
    {
        await using var host = await SqsHost.StartAsync();
        await host.MakeTopicAsync("t");
        await host.MakeTopicAsync("f.fifo", ("FifoTopic", "true"));
        var (_, url) = await host.SubscribeQueueAsync(T, "other", ("RawMessageDelivery", "true"));
        var wrong = new List<string>();
        foreach (var (form, code, message) in s_table)
        {
            var reply = await host.PostFormAsync(form);
            var isClientError = (int)reply.Status is >= 400 and < 500;
            if (reply.Code != code || !isClientError || string.IsNullOrEmpty(reply.Message) || !reply.Message.StartsWith(message, StringComparison.Ordinal))
                wrong.Add($"{form}: {(int)reply.Status} {reply.Code} {reply.Message}, wanted {code} {message}");
        }
        var large = await host.SayAsync("Publish", ("TopicArn", T), ("Message", new string('x', 262_145)));
        (large.Code, large.Message).ShouldBe(("InvalidParameter", "Invalid parameter: Message too long"));
        wrong.ShouldBeEmpty();
        s_table.Length.ShouldBeGreaterThan(75);
        (await host.BodiesAsync(url)).ShouldBeEmpty();
        (await host.AskAsync("ListTopics")).All("TopicArn").Length.ShouldBe(2);
        (await host.AskAsync("ListSubscriptions")).All("Endpoint").ShouldBe([SnsTalk.QueueArn("other")]);
    }

    private static string Subscribe(string name, string value) => $"Action=Subscribe&TopicArn={T}&Protocol=sqs&Endpoint={Queue}&Attributes.entry.1.key={name}&Attributes.entry.1.value={value}";

    private static string Attribute(string name, string type, string value) =>
        $"Action=Publish&TopicArn={T}&Message=x&MessageAttributes.entry.1.Name={name}&MessageAttributes.entry.1.Value.DataType={type}&MessageAttributes.entry.1.Value.StringValue={value}";

    private static string Batch(params string[] ids) =>
        $"Action=PublishBatch&TopicArn={T}&{string.Join('&', ids.Select((id, i) => $"PublishBatchRequestEntries.member.{i + 1}.Id={Uri.EscapeDataString(id)}&PublishBatchRequestEntries.member.{i + 1}.Message=x"))}";
}
