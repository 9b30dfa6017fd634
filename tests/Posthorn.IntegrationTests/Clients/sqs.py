"""Works an SQS endpoint over with boto3, as an application would: sqs.py ENDPOINT. Ends with a line "done: N checks"."""
import json
import sys
import threading
import time

import boto3
from botocore.config import Config

import checks
from checks import check

endpoint = sys.argv[1]
key, secret = (sys.argv[2], sys.argv[3]) if len(sys.argv) > 3 else ("any", "thing")
sqs = boto3.client("sqs", endpoint_url=endpoint, region_name="eu-west-1", aws_access_key_id=key, aws_secret_access_key=secret,
                   config=Config(retries={"max_attempts": 1}))


def refused(code, call, **arguments):
    # The Query protocol's codes have a prefix, which some versions of the client take off.
    return checks.refused((code, code.split(".")[-1]), call, **arguments)


def make(name, **attributes):
    return sqs.create_queue(QueueName=name, Attributes={k: str(v) for k, v in attributes.items()})["QueueUrl"]


def arn(url):
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def receive(url, **arguments):
    return sqs.receive_message(QueueUrl=url, **arguments).get("Messages", [])


def queues():
    url = make("py-orders", VisibilityTimeout=40, DelaySeconds=0)
    check(url.endswith("/000000000000/py-orders"), url)
    check(make("py-orders", VisibilityTimeout=40) == url, "the same queue again")
    refused("QueueAlreadyExists", sqs.create_queue, QueueName="py-orders", Attributes={"VisibilityTimeout": "41"})
    check(sqs.get_queue_url(QueueName="py-orders")["QueueUrl"] == url, "get_queue_url")
    refused("AWS.SimpleQueueService.NonExistentQueue", sqs.get_queue_url, QueueName="py-nobody")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"MessageRetentionPeriod": "120", "ReceiveMessageWaitTimeSeconds": "0"})
    shown = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    check(shown["VisibilityTimeout"] == "40" and shown["MessageRetentionPeriod"] == "120", shown)
    check(shown["QueueArn"] == "arn:aws:sqs:eu-west-1:000000000000:py-orders", shown["QueueArn"])
    check("Attributes" not in sqs.get_queue_attributes(QueueUrl=url), "no names, no attributes")
    refused("InvalidAttributeName", sqs.get_queue_attributes, QueueUrl=url, AttributeNames=["Foobar"])
    refused("InvalidAttributeValue", sqs.set_queue_attributes, QueueUrl=url, Attributes={"VisibilityTimeout": "43201"})
    sqs.tag_queue(QueueUrl=url, Tags={"team": "billing", "Team": "other"})
    check(sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"team": "billing", "Team": "other"}, "tags")
    sqs.untag_queue(QueueUrl=url, TagKeys=["team", "nothing"])
    check(sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"Team": "other"}, "untagged")
    for i in range(3):
        make(f"py-list-{i}")
    page = sqs.list_queues(QueueNamePrefix="py-list-", MaxResults=2)
    check(len(page["QueueUrls"]) == 2, page)
    rest = sqs.list_queues(QueueNamePrefix="py-list-", MaxResults=2, NextToken=page["NextToken"])
    check(len(rest["QueueUrls"]) == 1 and "NextToken" not in rest, rest)
    check("QueueUrls" not in sqs.list_queues(QueueNamePrefix="py-none-"), "no queues, no list")
    sqs.add_permission(QueueUrl=url, Label="one", AWSAccountIds=["111111111111"], Actions=["SendMessage"])
    policy = json.loads(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"])
    check(policy["Statement"][0]["Action"] == "SQS:SendMessage", policy)
    refused("InvalidParameterValue", sqs.add_permission, QueueUrl=url, Label="one", AWSAccountIds=["1"], Actions=["*"])
    sqs.remove_permission(QueueUrl=url, Label="one")
    check("Attributes" not in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"]), "no policy left")
    gone = make("py-gone")
    sqs.delete_queue(QueueUrl=gone)
    refused("AWS.SimpleQueueService.NonExistentQueue", sqs.send_message, QueueUrl=gone, MessageBody="x")


def messages():
    url = make("py-messages")
    body = "Grüße <html> & \"quotes\" \r\n\ttab 😀"
    sent = sqs.send_message(QueueUrl=url, MessageBody=body, MessageAttributes={
        "text": {"DataType": "String", "StringValue": "värde"},
        "count": {"DataType": "Number.int", "StringValue": "42"},
        "bytes": {"DataType": "Binary.png", "BinaryValue": b"\x00\xff"},
    }, MessageSystemAttributes={"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793"}})
    check(len(sent["MessageId"]) == 36, sent)
    check("MD5OfMessageSystemAttributes" in sent, sent)
    got, = receive(url, AttributeNames=["All"], MessageAttributeNames=["All"])
    check(got["Body"] == body and got["MessageId"] == sent["MessageId"], got)
    check(got["MD5OfBody"] == sent["MD5OfMessageBody"] and got["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"], got)
    check(got["MessageAttributes"]["bytes"] == {"DataType": "Binary.png", "BinaryValue": b"\x00\xff"}, got["MessageAttributes"])
    check(got["MessageAttributes"]["count"] == {"DataType": "Number.int", "StringValue": "42"}, got["MessageAttributes"])
    check(got["Attributes"]["ApproximateReceiveCount"] == "1" and got["Attributes"]["AWSTraceHeader"].startswith("Root=1-"), got["Attributes"])
    check(receive(url) == [], "leased")
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"], VisibilityTimeout=0)
    again, = receive(url, AttributeNames=["All"], MessageAttributeNames=["co.*", "text"])
    check(again["Attributes"]["ApproximateReceiveCount"] == "2", again["Attributes"])
    check(again["Attributes"]["ApproximateFirstReceiveTimestamp"] == got["Attributes"]["ApproximateFirstReceiveTimestamp"], again["Attributes"])
    check(set(again["MessageAttributes"]) == {"text", "count"}, again["MessageAttributes"])
    sqs.delete_message(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"])
    sqs.delete_message(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"])
    refused("ReceiptHandleIsInvalid", sqs.delete_message, QueueUrl=url, ReceiptHandle="garbage")
    refused("MissingParameter", sqs.send_message, QueueUrl=url, MessageBody="")
    refused("InvalidMessageContents", sqs.send_message, QueueUrl=url, MessageBody="\x08")
    sqs.send_message(QueueUrl=url, MessageBody="x" * 1048576)
    refused("InvalidParameterValue", sqs.send_message, QueueUrl=url, MessageBody="x" * 1048577)
    sqs.purge_queue(QueueUrl=url)
    check(receive(url) == [], "purged")


def batches():
    url = make("py-batch")
    sent = sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": str(i), "MessageBody": f"m{i}"} for i in range(9)] + [{"Id": "bad", "MessageBody": "x", "DelaySeconds": 901}])
    check(len(sent["Successful"]) == 9 and sent["Failed"][0]["Id"] == "bad" and sent["Failed"][0]["SenderFault"], sent)
    got = receive(url, MaxNumberOfMessages=10)
    check(sorted(m["Body"] for m in got) == [f"m{i}" for i in range(9)], got)
    changed = sqs.change_message_visibility_batch(QueueUrl=url, Entries=[{"Id": m["Body"], "ReceiptHandle": m["ReceiptHandle"], "VisibilityTimeout": 60} for m in got])
    check(len(changed["Successful"]) == 9, changed)
    done = sqs.delete_message_batch(QueueUrl=url, Entries=[{"Id": m["Body"], "ReceiptHandle": m["ReceiptHandle"]} for m in got] + [{"Id": "x", "ReceiptHandle": "garbage"}])
    check(len(done["Successful"]) == 9 and done["Failed"][0]["Code"] == "ReceiptHandleIsInvalid", done)
    refused("AWS.SimpleQueueService.EmptyBatchRequest", sqs.send_message_batch, QueueUrl=url, Entries=[])
    refused("AWS.SimpleQueueService.TooManyEntriesInBatchRequest", sqs.send_message_batch, QueueUrl=url, Entries=[{"Id": str(i), "MessageBody": "x"} for i in range(11)])
    refused("AWS.SimpleQueueService.BatchEntryIdsNotDistinct", sqs.send_message_batch, QueueUrl=url, Entries=[{"Id": "a", "MessageBody": "x"}] * 2)
    refused("AWS.SimpleQueueService.InvalidBatchEntryId", sqs.send_message_batch, QueueUrl=url, Entries=[{"Id": "a:b", "MessageBody": "x"}])


def timing():
    url = make("py-timing")
    sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=2)
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessagesDelayed"])["Attributes"]
    check(counts["ApproximateNumberOfMessagesDelayed"] == "1" and receive(url) == [], counts)
    began = time.monotonic()
    late, = receive(url, WaitTimeSeconds=10)
    check(1 < time.monotonic() - began < 5, "a wait sees what becomes due")
    sqs.delete_message(QueueUrl=url, ReceiptHandle=late["ReceiptHandle"])
    threading.Timer(0.5, lambda: sqs.send_message(QueueUrl=url, MessageBody="now")).start()
    began = time.monotonic()
    now, = receive(url, WaitTimeSeconds=20, VisibilityTimeout=1)
    check(time.monotonic() - began < 3, "a wait ends when a message comes")
    back, = receive(url, WaitTimeSeconds=10)
    check(back["Body"] == "now" and back["ReceiptHandle"] != now["ReceiptHandle"], "a lease that ended")
    sqs.delete_message(QueueUrl=url, ReceiptHandle=now["ReceiptHandle"])
    refused("InvalidParameterValue", sqs.receive_message, QueueUrl=url, WaitTimeSeconds=21)
    refused("InvalidParameterValue", sqs.receive_message, QueueUrl=url, MaxNumberOfMessages=11)


def dead_letters():
    dead = make("py-dead")
    source = make("py-source", RedrivePolicy=json.dumps({"deadLetterTargetArn": arn(dead), "maxReceiveCount": "1"}))
    sent = sqs.send_message(QueueUrl=source, MessageBody="poison")
    receive(source, VisibilityTimeout=0)
    check(receive(source) == [], "once is enough")
    got, = receive(dead, WaitTimeSeconds=10, AttributeNames=["All"])
    check(got["MessageId"] == sent["MessageId"] and got["Attributes"]["DeadLetterQueueSourceArn"] == arn(source), got)
    check(sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [source], "sources")
    sqs.change_message_visibility(QueueUrl=dead, ReceiptHandle=got["ReceiptHandle"], VisibilityTimeout=0)
    if hasattr(sqs, "start_message_move_task"):
        task = sqs.start_message_move_task(SourceArn=arn(dead))["TaskHandle"]
        back, = receive(source, WaitTimeSeconds=10, AttributeNames=["All"])
        check(back["Body"] == "poison" and back["Attributes"]["ApproximateReceiveCount"] == "1", back)
        listed = sqs.list_message_move_tasks(SourceArn=arn(dead))["Results"][0]
        check(listed["Status"] in ("RUNNING", "COMPLETED"), listed)
        refused("ResourceNotFoundException", sqs.start_message_move_task, SourceArn=arn(dead) + "-not")
        check(len(task) > 20, task)
        sqs.delete_message(QueueUrl=source, ReceiptHandle=back["ReceiptHandle"])


def fifo():
    url = make("py-orders.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    first = sqs.send_message(QueueUrl=url, MessageBody="1", MessageGroupId="a")
    twice = sqs.send_message(QueueUrl=url, MessageBody="1", MessageGroupId="a")
    check(first["MessageId"] == twice["MessageId"] and first["SequenceNumber"] == twice["SequenceNumber"], "deduplicated")
    second = sqs.send_message(QueueUrl=url, MessageBody="2", MessageGroupId="a")
    check(second["SequenceNumber"] > first["SequenceNumber"] and len(second["SequenceNumber"]) == 20, second)
    sqs.send_message(QueueUrl=url, MessageBody="3", MessageGroupId="b", MessageDeduplicationId="own")
    one, = receive(url, AttributeNames=["All"])
    check(one["Body"] == "1" and one["Attributes"]["MessageGroupId"] == "a", one)
    other, = receive(url, MaxNumberOfMessages=10)
    check(other["Body"] == "3", "the group is blocked, another is not")
    sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
    two, = receive(url, ReceiveRequestAttemptId="try")
    same, = receive(url, ReceiveRequestAttemptId="try")
    check(two["Body"] == "2" and two["ReceiptHandle"] == same["ReceiptHandle"], "a receive repeated")
    refused("MissingParameter", sqs.send_message, QueueUrl=url, MessageBody="x")
    refused("InvalidParameterValue", sqs.send_message, QueueUrl=url, MessageBody="x", MessageGroupId="a", DelaySeconds=3)
    refused("InvalidParameterValue", sqs.create_queue, QueueName="py-no-suffix", Attributes={"FifoQueue": "true"})


for part in (queues, messages, batches, timing, dead_letters, fifo):
    part()
checks.done(f" with boto3 {boto3.__version__}")
