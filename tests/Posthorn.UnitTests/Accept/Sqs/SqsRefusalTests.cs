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
    /// <summary>Action, members in JSON, code. <c>$Q</c> is a standard queue, <c>$F</c> a FIFO queue, <c>$H</c> a handle of $Q, <c>$G</c> one of $F, <c>$D</c> and <c>$S</c> ARNs of a dead-letter queue and its source, <c>$A9</c> nine letters.</summary>
    private static readonly (string Action, string Members, string Code)[] s_table =
    [
        ("CreateQueue", "{}", "MissingParameter"),
        ("CreateQueue", """{"QueueName":""}""", "InvalidParameterValue"),
        ("CreateQueue", """{"QueueName":"a b"}""", "InvalidParameterValue"),
        ("CreateQueue", """{"QueueName":"a.b"}""", "InvalidParameterValue"),
        ("CreateQueue", """{"QueueName":"ä"}""", "InvalidParameterValue"),
        ("CreateQueue", """{"QueueName":"a/b"}""", "InvalidParameterValue"),
        ("CreateQueue", """{"QueueName":"spool"}""", "InvalidParameterValue"),
        ("CreateQueue", """{"QueueName":"$A81"}""", "InvalidParameterValue"),
        ("CreateQueue", """{"QueueName":"a.fifo"}""", "InvalidParameterValue"),
        ("CreateQueue", """{"QueueName":".fifo","Attributes":{"FifoQueue":"true"}}""", "InvalidParameterValue"),
        ("CreateQueue", """{"QueueName":"a","Attributes":{"FifoQueue":"true"}}""", "InvalidParameterValue"),
        ("CreateQueue", """{"QueueName":"$A76.fifo","Attributes":{"FifoQueue":"true"}}""", "InvalidParameterValue"),
        ("CreateQueue", """{"QueueName":"a","Attributes":{"FifoQueue":"false"}}""", "InvalidAttributeName"),
        ("CreateQueue", """{"QueueName":"a","Attributes":{"Foobar":"1"}}""", "InvalidAttributeName"),
        ("CreateQueue", """{"QueueName":"a","Attributes":{"":"1"}}""", "InvalidAttributeName"),
        ("CreateQueue", """{"QueueName":"a","Attributes":{"VisibilityTimeout":"-1"}}""", "InvalidAttributeValue"),
        ("CreateQueue", """{"QueueName":"a","Attributes":{"VisibilityTimeout":"43201"}}""", "InvalidAttributeValue"),
        ("CreateQueue", """{"QueueName":"a","Attributes":{"VisibilityTimeout":"x"}}""", "InvalidAttributeValue"),
        ("CreateQueue", """{"QueueName":"a","Attributes":{"VisibilityTimeout":""}}""", "InvalidAttributeValue"),
        ("CreateQueue", """{"QueueName":"a","Attributes":{"VisibilityTimeout":"99999999999"}}""", "InvalidAttributeValue"),
        ("CreateQueue", """{"QueueName":"a","Attributes":{"DelaySeconds":"901"}}""", "InvalidAttributeValue"),
        ("CreateQueue", """{"QueueName":"a","Attributes":{"MessageRetentionPeriod":"59"}}""", "InvalidAttributeValue"),
        ("CreateQueue", """{"QueueName":"a","Attributes":{"MessageRetentionPeriod":"1209601"}}""", "InvalidAttributeValue"),
        ("CreateQueue", """{"QueueName":"a","Attributes":{"ReceiveMessageWaitTimeSeconds":"21"}}""", "InvalidAttributeValue"),
        ("CreateQueue", """{"QueueName":"a","Attributes":{"MaximumMessageSize":"1023"}}""", "InvalidAttributeValue"),
        ("CreateQueue", """{"QueueName":"a","Attributes":{"MaximumMessageSize":"1048577"}}""", "InvalidAttributeValue"),
        ("CreateQueue", """{"QueueName":"a","Attributes":{"KmsDataKeyReusePeriodSeconds":"59"}}""", "InvalidAttributeValue"),
        ("CreateQueue", """{"QueueName":"a","Attributes":{"SqsManagedSseEnabled":"yes"}}""", "InvalidAttributeValue"),
        ("CreateQueue", """{"QueueName":"a","Attributes":{"Policy":"x"}}""", "InvalidAttributeValue"),
        ("CreateQueue", """{"QueueName":"a","Attributes":{"KmsMasterKeyId":"k","SqsManagedSseEnabled":"true"}}""", "InvalidAttributeName"),
        ("CreateQueue", """{"QueueName":"a","Attributes":{"ContentBasedDeduplication":"true"}}""", "InvalidAttributeName"),
        ("CreateQueue", """{"QueueName":"a","Attributes":{"DeduplicationScope":"queue"}}""", "InvalidAttributeName"),
        ("CreateQueue", """{"QueueName":"a","Attributes":{"FifoThroughputLimit":"perQueue"}}""", "InvalidAttributeName"),
        ("CreateQueue", """{"QueueName":"a.fifo","Attributes":{"FifoQueue":"true","DeduplicationScope":"x"}}""", "InvalidAttributeValue"),
        ("CreateQueue", """{"QueueName":"a.fifo","Attributes":{"FifoQueue":"true","FifoThroughputLimit":"x"}}""", "InvalidAttributeValue"),
        ("CreateQueue", """{"QueueName":"a.fifo","Attributes":{"FifoQueue":"true","ContentBasedDeduplication":"x"}}""", "InvalidAttributeValue"),
        ("CreateQueue", """{"QueueName":"a.fifo","Attributes":{"FifoQueue":"true","FifoThroughputLimit":"perMessageGroupId"}}""", "InvalidAttributeValue"),
        ("CreateQueue", """{"QueueName":"a","Attributes":{"RedrivePolicy":"x"}}""", "InvalidParameterValue"),
        ("CreateQueue", """{"QueueName":"a","Attributes":{"RedrivePolicy":"[]"}}""", "InvalidParameterValue"),
        ("CreateQueue", """{"QueueName":"a","Attributes":{"RedrivePolicy":"{\"maxReceiveCount\":1}"}}""", "InvalidParameterValue"),
        ("CreateQueue", """{"QueueName":"a","Attributes":{"RedrivePolicy":"{\"deadLetterTargetArn\":\"$D\"}"}}""", "InvalidParameterValue"),
        ("CreateQueue", """{"QueueName":"a","Attributes":{"RedrivePolicy":"{\"deadLetterTargetArn\":\"$D\",\"maxReceiveCount\":0}"}}""", "InvalidParameterValue"),
        ("CreateQueue", """{"QueueName":"a","Attributes":{"RedrivePolicy":"{\"deadLetterTargetArn\":\"$D\",\"maxReceiveCount\":1001}"}}""", "InvalidParameterValue"),
        ("CreateQueue", """{"QueueName":"a","Attributes":{"RedrivePolicy":"{\"deadLetterTargetArn\":\"$D\",\"maxReceiveCount\":\"x\"}"}}""", "InvalidParameterValue"),
        ("CreateQueue", """{"QueueName":"a","Attributes":{"RedrivePolicy":"{\"deadLetterTargetArn\":\"dead\",\"maxReceiveCount\":1}"}}""", "InvalidParameterValue"),
        ("CreateQueue", """{"QueueName":"a","Attributes":{"RedrivePolicy":"{\"deadLetterTargetArn\":\"$Dx\",\"maxReceiveCount\":1}"}}""", "InvalidParameterValue"),
        ("CreateQueue", """{"QueueName":"dead","Attributes":{"RedrivePolicy":"{\"deadLetterTargetArn\":\"$D\",\"maxReceiveCount\":1}"}}""", "QueueAlreadyExists"),
        ("CreateQueue", """{"QueueName":"a.fifo","Attributes":{"FifoQueue":"true","RedrivePolicy":"{\"deadLetterTargetArn\":\"$D\",\"maxReceiveCount\":1}"}}""", "InvalidParameterValue"),
        ("CreateQueue", """{"QueueName":"a","Attributes":{"RedriveAllowPolicy":"{}"}}""", "InvalidParameterValue"),
        ("CreateQueue", """{"QueueName":"a","Attributes":{"RedriveAllowPolicy":"{\"redrivePermission\":\"some\"}"}}""", "InvalidParameterValue"),
        ("CreateQueue", """{"QueueName":"a","Attributes":{"RedriveAllowPolicy":"{\"redrivePermission\":\"byQueue\"}"}}""", "InvalidParameterValue"),
        ("CreateQueue", """{"QueueName":"a","Attributes":{"RedriveAllowPolicy":"{\"redrivePermission\":\"allowAll\",\"sourceQueueArns\":[\"$S\"]}"}}""", "InvalidParameterValue"),
        ("CreateQueue", """{"QueueName":"a","tags":{"$A129":"x"}}""", "InvalidParameterValue"),
        ("CreateQueue", """{"QueueName":"a","tags":{"x":"$A257"}}""", "InvalidParameterValue"),
        ("CreateQueue", """{"QueueName":"standard","Attributes":{"DelaySeconds":"7"}}""", "QueueAlreadyExists"),
        ("GetQueueUrl", "{}", "MissingParameter"),
        ("GetQueueUrl", """{"QueueName":"nobody"}""", "AWS.SimpleQueueService.NonExistentQueue"),
        ("GetQueueUrl", """{"QueueName":"Standard"}""", "AWS.SimpleQueueService.NonExistentQueue"),
        ("GetQueueUrl", """{"QueueName":"standard","QueueOwnerAWSAccountId":"111111111111"}""", "AWS.SimpleQueueService.NonExistentQueue"),
        ("ListQueues", """{"MaxResults":0}""", "InvalidParameterValue"),
        ("ListQueues", """{"MaxResults":1001}""", "InvalidParameterValue"),
        ("ListQueues", """{"MaxResults":1,"NextToken":"*"}""", "InvalidParameterValue"),
        ("DeleteQueue", "{}", "MissingParameter"),
        ("DeleteQueue", """{"QueueUrl":"http://h/000000000000/nobody"}""", "AWS.SimpleQueueService.NonExistentQueue"),
        ("DeleteQueue", """{"QueueUrl":"http://h/111111111111/standard"}""", "AWS.SimpleQueueService.NonExistentQueue"),
        ("PurgeQueue", """{"QueueUrl":"nobody"}""", "AWS.SimpleQueueService.NonExistentQueue"),
        ("PurgeQueue", """{"QueueUrl":"spool%2Foutgoing"}""", "AWS.SimpleQueueService.NonExistentQueue"),
        ("GetQueueAttributes", """{"QueueUrl":"$Q","AttributeNames":["Foobar"]}""", "InvalidAttributeName"),
        ("GetQueueAttributes", """{"QueueUrl":"$Q","AttributeNames":["All","visibilityTimeout"]}""", "InvalidAttributeName"),
        ("GetQueueAttributes", """{"AttributeNames":["All"]}""", "MissingParameter"),
        ("SetQueueAttributes", """{"QueueUrl":"$Q"}""", "MissingParameter"),
        ("SetQueueAttributes", """{"QueueUrl":"$Q","Attributes":{"QueueArn":"x"}}""", "InvalidAttributeName"),
        ("SetQueueAttributes", """{"QueueUrl":"$Q","Attributes":{"ApproximateNumberOfMessages":"1"}}""", "InvalidAttributeName"),
        ("SetQueueAttributes", """{"QueueUrl":"$Q","Attributes":{"FifoQueue":"true"}}""", "InvalidAttributeName"),
        ("SetQueueAttributes", """{"QueueUrl":"$F","Attributes":{"FifoQueue":"false"}}""", "InvalidAttributeValue"),
        ("SetQueueAttributes", """{"QueueUrl":"$F","Attributes":{"FifoThroughputLimit":"perMessageGroupId"}}""", "InvalidAttributeValue"),
        ("SetQueueAttributes", """{"QueueUrl":"$Q","Attributes":{"ContentBasedDeduplication":"true"}}""", "InvalidAttributeName"),
        ("SetQueueAttributes", """{"QueueUrl":"$Q","Attributes":{"DelaySeconds":"1.5"}}""", "InvalidAttributeValue"),
        ("SetQueueAttributes", """{"QueueUrl":"nobody","Attributes":{"DelaySeconds":"1"}}""", "AWS.SimpleQueueService.NonExistentQueue"),
        ("SetQueueAttributes", """{"QueueUrl":"$Q","Attributes":{"RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:standard\",\"maxReceiveCount\":1}"}}""", "InvalidParameterValue"),
        ("SetQueueAttributes", """{"QueueUrl":"$Q","Attributes":{"RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:111111111111:dead\",\"maxReceiveCount\":1}"}}""", "InvalidParameterValue"),
        ("SetQueueAttributes", """{"QueueUrl":"$Q","Attributes":{"RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:closed\",\"maxReceiveCount\":1}"}}""", "InvalidParameterValue"),
        ("SendMessage", """{"QueueUrl":"$Q"}""", "MissingParameter"),
        ("SendMessage", """{"MessageBody":"x"}""", "MissingParameter"),
        ("SendMessage", """{"QueueUrl":"","MessageBody":"x"}""", "MissingParameter"),
        ("SendMessage", """{"QueueUrl":"$Q","MessageBody":""}""", "MissingParameter"),
        ("SendMessage", """{"QueueUrl":"nobody","MessageBody":""}""", "AWS.SimpleQueueService.NonExistentQueue"),
        ("SendMessage", """{"QueueUrl":"http://h/","MessageBody":"x"}""", "AWS.SimpleQueueService.NonExistentQueue"),
        ("SendMessage", """{"QueueUrl":"$Q","MessageBody":"\u0000"}""", "InvalidMessageContents"),
        ("SendMessage", """{"QueueUrl":"$Q","MessageBody":"a\bb"}""", "InvalidMessageContents"),
        ("SendMessage", """{"QueueUrl":"$Q","MessageBody":"a\uffff"}""", "InvalidMessageContents"),
        ("SendMessage", """{"QueueUrl":"$Q","MessageBody":"a\ufffe"}""", "InvalidMessageContents"),
        ("SendMessage", """{"QueueUrl":"$Q","MessageBody":"$A1048577"}""", "InvalidParameterValue"),
        ("SendMessage", """{"QueueUrl":"http://h/000000000000/small","MessageBody":"$A1025"}""", "InvalidParameterValue"),
        ("SendMessage", """{"QueueUrl":"http://h/000000000000/small","MessageBody":"$A1010","MessageAttributes":{"name":{"DataType":"String","StringValue":"value"}}}""", "InvalidParameterValue"),
        ("SendMessage", """{"QueueUrl":"$Q","MessageBody":"x","DelaySeconds":-1}""", "InvalidParameterValue"),
        ("SendMessage", """{"QueueUrl":"$Q","MessageBody":"x","DelaySeconds":901}""", "InvalidParameterValue"),
        ("SendMessage", """{"QueueUrl":"$Q","MessageBody":"x","MessageDeduplicationId":"d"}""", "InvalidParameterValue"),
        ("SendMessage", """{"QueueUrl":"$Q","MessageBody":"x","MessageGroupId":""}""", "InvalidParameterValue"),
        ("SendMessage", """{"QueueUrl":"$Q","MessageBody":"x","MessageGroupId":"a b"}""", "InvalidParameterValue"),
        ("SendMessage", """{"QueueUrl":"$Q","MessageBody":"x","MessageGroupId":"$A129"}""", "InvalidParameterValue"),
        ("SendMessage", """{"QueueUrl":"$F","MessageBody":"x","MessageGroupId":"g"}""", "InvalidParameterValue"),
        ("SendMessage", """{"QueueUrl":"$F","MessageBody":"x","MessageDeduplicationId":"d"}""", "MissingParameter"),
        ("SendMessage", """{"QueueUrl":"$F","MessageBody":"x","MessageGroupId":"g","MessageDeduplicationId":""}""", "InvalidParameterValue"),
        ("SendMessage", """{"QueueUrl":"$F","MessageBody":"x","MessageGroupId":"g","MessageDeduplicationId":"ä"}""", "InvalidParameterValue"),
        ("SendMessage", """{"QueueUrl":"$F","MessageBody":"x","MessageGroupId":"g","MessageDeduplicationId":"$A129"}""", "InvalidParameterValue"),
        ("SendMessage", """{"QueueUrl":"$F","MessageBody":"x","MessageGroupId":"g","MessageDeduplicationId":"d","DelaySeconds":2}""", "InvalidParameterValue"),
        ("SendMessage", """{"QueueUrl":"$Q","MessageBody":"x","MessageAttributes":{"a":{"DataType":"String","StringValue":""}}}""", "InvalidParameterValue"),
        ("SendMessage", """{"QueueUrl":"$Q","MessageBody":"x","MessageAttributes":{"a":{"DataType":"String"}}}""", "InvalidParameterValue"),
        ("SendMessage", """{"QueueUrl":"$Q","MessageBody":"x","MessageAttributes":{"a":{"DataType":"Binary","StringValue":"x"}}}""", "InvalidParameterValue"),
        ("SendMessage", """{"QueueUrl":"$Q","MessageBody":"x","MessageAttributes":{"a":{"DataType":"Number","StringValue":"x"}}}""", "InvalidParameterValue"),
        ("SendMessage", """{"QueueUrl":"$Q","MessageBody":"x","MessageAttributes":{"a":{"DataType":"Stringy","StringValue":"x"}}}""", "InvalidParameterValue"),
        ("SendMessage", """{"QueueUrl":"$Q","MessageBody":"x","MessageAttributes":{"a":{"DataType":"String.","StringValue":"x"}}}""", "InvalidParameterValue"),
        ("SendMessage", """{"QueueUrl":"$Q","MessageBody":"x","MessageAttributes":{"a":{"DataType":"","StringValue":"x"}}}""", "InvalidParameterValue"),
        ("SendMessage", """{"QueueUrl":"$Q","MessageBody":"x","MessageAttributes":{"a":{"StringValue":"x"}}}""", "InvalidParameterValue"),
        ("SendMessage", """{"QueueUrl":"$Q","MessageBody":"x","MessageAttributes":{"a":{"DataType":"String","StringValue":"\u0001"}}}""", "InvalidParameterValue"),
        ("SendMessage", """{"QueueUrl":"$Q","MessageBody":"x","MessageAttributes":{"":{"DataType":"String","StringValue":"x"}}}""", "InvalidParameterValue"),
        ("SendMessage", """{"QueueUrl":"$Q","MessageBody":"x","MessageAttributes":{"a b":{"DataType":"String","StringValue":"x"}}}""", "InvalidParameterValue"),
        ("SendMessage", """{"QueueUrl":"$Q","MessageBody":"x","MessageAttributes":{"AWS.a":{"DataType":"String","StringValue":"x"}}}""", "InvalidParameterValue"),
        ("SendMessage", """{"QueueUrl":"$Q","MessageBody":"x","MessageAttributes":{"amazon.a":{"DataType":"String","StringValue":"x"}}}""", "InvalidParameterValue"),
        ("SendMessage", """{"QueueUrl":"$Q","MessageBody":"x","MessageAttributes":{".a":{"DataType":"String","StringValue":"x"}}}""", "InvalidParameterValue"),
        ("SendMessage", """{"QueueUrl":"$Q","MessageBody":"x","MessageAttributes":{"a.":{"DataType":"String","StringValue":"x"}}}""", "InvalidParameterValue"),
        ("SendMessage", """{"QueueUrl":"$Q","MessageBody":"x","MessageAttributes":{"a..b":{"DataType":"String","StringValue":"x"}}}""", "InvalidParameterValue"),
        ("SendMessage", """{"QueueUrl":"$Q","MessageBody":"x","MessageAttributes":{"$A256":{"DataType":"String","StringValue":"x"}}}""", "InvalidParameterValue"),
        ("SendMessage", """{"QueueUrl":"$Q","MessageBody":"x","MessageAttributes":{$11}}""", "InvalidParameterValue"),
        ("SendMessage", """{"QueueUrl":"$Q","MessageBody":"x","MessageSystemAttributes":{"Other":{"DataType":"String","StringValue":"x"}}}""", "InvalidParameterValue"),
        ("SendMessage", """{"QueueUrl":"$Q","MessageBody":"x","MessageSystemAttributes":{"AWSTraceHeader":{"DataType":"Number","StringValue":"1"}}}""", "InvalidParameterValue"),
        ("SendMessageBatch", """{"QueueUrl":"$Q"}""", "AWS.SimpleQueueService.EmptyBatchRequest"),
        ("SendMessageBatch", """{"QueueUrl":"$Q","Entries":[]}""", "AWS.SimpleQueueService.EmptyBatchRequest"),
        ("SendMessageBatch", """{"QueueUrl":"$Q","Entries":[{"Id":"","MessageBody":"x"}]}""", "AWS.SimpleQueueService.InvalidBatchEntryId"),
        ("SendMessageBatch", """{"QueueUrl":"$Q","Entries":[{"Id":"a:b","MessageBody":"x"}]}""", "AWS.SimpleQueueService.InvalidBatchEntryId"),
        ("SendMessageBatch", """{"QueueUrl":"$Q","Entries":[{"Id":"$A81","MessageBody":"x"}]}""", "AWS.SimpleQueueService.InvalidBatchEntryId"),
        ("SendMessageBatch", """{"QueueUrl":"$Q","Entries":[{"MessageBody":"x"}]}""", "AWS.SimpleQueueService.InvalidBatchEntryId"),
        ("SendMessageBatch", """{"QueueUrl":"$Q","Entries":[{"Id":"a","MessageBody":"x"},{"Id":"a","MessageBody":"y"}]}""", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"),
        ("SendMessageBatch", """{"QueueUrl":"$Q","Entries":[$E11]}""", "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"),
        ("SendMessageBatch", """{"QueueUrl":"$Q","Entries":[{"Id":"a","MessageBody":"$A524288"},{"Id":"b","MessageBody":"$A524289"}]}""", "AWS.SimpleQueueService.BatchRequestTooLong"),
        ("SendMessageBatch", """{"QueueUrl":"nobody","Entries":[{"Id":"a","MessageBody":"x"}]}""", "AWS.SimpleQueueService.NonExistentQueue"),
        ("SendMessageBatch", """{"QueueUrl":"$F","Entries":[{"Id":"a","MessageBody":"x"}]}""", "InvalidParameterValue"),
        ("SendMessageBatch", """{"QueueUrl":"$F","Entries":[{"Id":"a","MessageBody":"x","MessageGroupId":"g"}]}""", "InvalidParameterValue"),
        ("ReceiveMessage", "{}", "MissingParameter"),
        ("ReceiveMessage", """{"QueueUrl":"nobody"}""", "AWS.SimpleQueueService.NonExistentQueue"),
        ("ReceiveMessage", """{"QueueUrl":"$Q","MaxNumberOfMessages":0}""", "InvalidParameterValue"),
        ("ReceiveMessage", """{"QueueUrl":"$Q","MaxNumberOfMessages":11}""", "InvalidParameterValue"),
        ("ReceiveMessage", """{"QueueUrl":"$Q","WaitTimeSeconds":-1}""", "InvalidParameterValue"),
        ("ReceiveMessage", """{"QueueUrl":"$Q","WaitTimeSeconds":21}""", "InvalidParameterValue"),
        ("ReceiveMessage", """{"QueueUrl":"$Q","VisibilityTimeout":-1}""", "InvalidParameterValue"),
        ("ReceiveMessage", """{"QueueUrl":"$Q","VisibilityTimeout":43201}""", "InvalidParameterValue"),
        ("ReceiveMessage", """{"QueueUrl":"$Q","AttributeNames":["Foobar"]}""", "InvalidAttributeName"),
        ("ReceiveMessage", """{"QueueUrl":"$Q","MessageSystemAttributeNames":["Foobar"]}""", "InvalidAttributeName"),
        ("ReceiveMessage", """{"QueueUrl":"$F","ReceiveRequestAttemptId":"a b"}""", "InvalidParameterValue"),
        ("DeleteMessage", """{"QueueUrl":"$Q"}""", "MissingParameter"),
        ("DeleteMessage", """{"QueueUrl":"$Q","ReceiptHandle":""}""", "MissingParameter"),
        ("DeleteMessage", """{"QueueUrl":"$Q","ReceiptHandle":"garbage"}""", "ReceiptHandleIsInvalid"),
        ("DeleteMessage", """{"QueueUrl":"$Q","ReceiptHandle":"$A66"}""", "ReceiptHandleIsInvalid"),
        ("DeleteMessage", """{"QueueUrl":"$Q","ReceiptHandle":"$A2000"}""", "ReceiptHandleIsInvalid"),
        ("DeleteMessage", """{"QueueUrl":"$F","ReceiptHandle":"$H"}""", "ReceiptHandleIsInvalid"),
        ("DeleteMessage", """{"QueueUrl":"$Q","ReceiptHandle":"$G"}""", "ReceiptHandleIsInvalid"),
        ("DeleteMessage", """{"QueueUrl":"nobody","ReceiptHandle":"$H"}""", "AWS.SimpleQueueService.NonExistentQueue"),
        ("DeleteMessageBatch", """{"QueueUrl":"$Q","Entries":[]}""", "AWS.SimpleQueueService.EmptyBatchRequest"),
        ("DeleteMessageBatch", """{"QueueUrl":"$Q","Entries":[{"Id":"a","ReceiptHandle":"x"},{"Id":"a","ReceiptHandle":"x"}]}""", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"),
        ("DeleteMessageBatch", """{"QueueUrl":"$Q","Entries":[$E11]}""", "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"),
        ("ChangeMessageVisibility", """{"QueueUrl":"$Q","ReceiptHandle":"$H"}""", "MissingParameter"),
        ("ChangeMessageVisibility", """{"QueueUrl":"$Q","VisibilityTimeout":1}""", "MissingParameter"),
        ("ChangeMessageVisibility", """{"QueueUrl":"$Q","ReceiptHandle":"x","VisibilityTimeout":1}""", "ReceiptHandleIsInvalid"),
        ("ChangeMessageVisibility", """{"QueueUrl":"$Q","ReceiptHandle":"$H","VisibilityTimeout":-1}""", "InvalidParameterValue"),
        ("ChangeMessageVisibility", """{"QueueUrl":"$Q","ReceiptHandle":"$H","VisibilityTimeout":43201}""", "InvalidParameterValue"),
        ("ChangeMessageVisibilityBatch", """{"QueueUrl":"$Q","Entries":[]}""", "AWS.SimpleQueueService.EmptyBatchRequest"),
        ("ChangeMessageVisibilityBatch", """{"QueueUrl":"$Q","Entries":[{"Id":"*","ReceiptHandle":"x","VisibilityTimeout":1}]}""", "AWS.SimpleQueueService.InvalidBatchEntryId"),
        ("TagQueue", """{"QueueUrl":"$Q"}""", "MissingParameter"),
        ("TagQueue", """{"QueueUrl":"$Q","Tags":{"":"x"}}""", "InvalidParameterValue"),
        ("TagQueue", """{"QueueUrl":"$Q","Tags":{$51}}""", "InvalidParameterValue"),
        ("UntagQueue", """{"QueueUrl":"$Q"}""", "MissingParameter"),
        ("UntagQueue", """{"QueueUrl":"$Q","TagKeys":[]}""", "InvalidParameterValue"),
        ("ListQueueTags", """{"QueueUrl":"nobody"}""", "AWS.SimpleQueueService.NonExistentQueue"),
        ("AddPermission", """{"QueueUrl":"$Q","AWSAccountIds":["1"],"Actions":["*"]}""", "MissingParameter"),
        ("AddPermission", """{"QueueUrl":"$Q","Label":"l","AWSAccountIds":[],"Actions":["*"]}""", "MissingParameter"),
        ("AddPermission", """{"QueueUrl":"$Q","Label":"l","AWSAccountIds":["1"],"Actions":[]}""", "MissingParameter"),
        ("AddPermission", """{"QueueUrl":"$Q","Label":"a b","AWSAccountIds":["1"],"Actions":["*"]}""", "InvalidParameterValue"),
        ("AddPermission", """{"QueueUrl":"$Q","Label":"l","AWSAccountIds":["1"],"Actions":["CreateQueue"]}""", "InvalidParameterValue"),
        ("AddPermission", """{"QueueUrl":"$Q","Label":"l","AWSAccountIds":["1"],"Actions":["Foo"]}""", "InvalidParameterValue"),
        ("AddPermission", """{"QueueUrl":"$Q","Label":"l","AWSAccountIds":["1"],"Actions":["*","*","*","*","*","*","*","*"]}""", "OverLimit"),
        ("RemovePermission", """{"QueueUrl":"$Q","Label":"nothing"}""", "InvalidParameterValue"),
        ("ListDeadLetterSourceQueues", """{"QueueUrl":"$Q","MaxResults":0}""", "InvalidParameterValue"),
        ("StartMessageMoveTask", "{}", "MissingParameter"),
        ("StartMessageMoveTask", """{"SourceArn":"dead"}""", "InvalidParameterValue"),
        ("StartMessageMoveTask", """{"SourceArn":"arn:aws:sns:us-east-1:000000000000:dead"}""", "InvalidParameterValue"),
        ("StartMessageMoveTask", """{"SourceArn":"$Dx"}""", "ResourceNotFoundException"),
        ("StartMessageMoveTask", """{"SourceArn":"$S"}""", "InvalidParameterValue"),
        ("StartMessageMoveTask", """{"SourceArn":"$D","DestinationArn":"$Sx"}""", "ResourceNotFoundException"),
        ("StartMessageMoveTask", """{"SourceArn":"$D","DestinationArn":"$D"}""", "InvalidParameterValue"),
        ("StartMessageMoveTask", """{"SourceArn":"$D","MaxNumberOfMessagesPerSecond":0}""", "InvalidParameterValue"),
        ("StartMessageMoveTask", """{"SourceArn":"$D","MaxNumberOfMessagesPerSecond":501}""", "InvalidParameterValue"),
        ("CancelMessageMoveTask", """{"TaskHandle":"x"}""", "InvalidParameterValue"),
        ("CancelMessageMoveTask", """{"TaskHandle":"e30="}""", "InvalidParameterValue"),
        ("ListMessageMoveTasks", """{"SourceArn":"$D","MaxResults":11}""", "InvalidParameterValue"),
        ("ListMessageMoveTasks", """{"SourceArn":"$Dx"}""", "ResourceNotFoundException"),
        ("FooBar", "{}", "InvalidAction"),
        ("sendMessage", """{"QueueUrl":"$Q","MessageBody":"x"}""", "InvalidAction"),
    ];

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
