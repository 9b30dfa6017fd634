"""Works an SNS endpoint over with boto3, as an application would: sns.py ENDPOINT [KEY SECRET]. Ends with a line "done: N checks"."""
import base64
import json
import sys
import urllib.request

import boto3
from botocore.config import Config

import checks
from checks import check

endpoint = sys.argv[1]
key, secret = (sys.argv[2], sys.argv[3]) if len(sys.argv) > 3 else ("any", "thing")
options = dict(endpoint_url=endpoint, region_name="eu-west-1", aws_access_key_id=key, aws_secret_access_key=secret, config=Config(retries={"max_attempts": 1}))
sns, sqs = boto3.client("sns", **options), boto3.client("sqs", **options)


def refused(code, call, **arguments):
    checks.refused((code,), call, **arguments)


def make(name, **attributes):
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def receive(url):
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], AttributeNames=["All"]).get("Messages", [])
    for message in messages:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return messages


topic = sns.create_topic(Name="py-orders", Tags=[{"Key": "team", "Value": "a"}])["TopicArn"]
check(topic == "arn:aws:sns:eu-west-1:000000000000:py-orders", topic)
check(sns.create_topic(Name="py-orders")["TopicArn"] == topic, "made again")
check(topic in [t["TopicArn"] for t in sns.list_topics()["Topics"]], "listed")
check(sns.list_tags_for_resource(ResourceArn=topic)["Tags"] == [{"Key": "team", "Value": "a"}], "tags")
sns.tag_resource(ResourceArn=topic, Tags=[{"Key": "b", "Value": "c"}])
sns.untag_resource(ResourceArn=topic, TagKeys=["team"])
check(sns.list_tags_for_resource(ResourceArn=topic)["Tags"] == [{"Key": "b", "Value": "c"}], "tags changed")
sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="Orders")
attributes = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
check(attributes["DisplayName"] == "Orders" and json.loads(attributes["Policy"])["Statement"], attributes)

raw_url, raw_arn = make("py-raw")
plain_url, plain_arn = make("py-plain")
raw = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=raw_arn, Attributes={"RawMessageDelivery": "true"})["SubscriptionArn"]
plain = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=plain_arn, Attributes={"FilterPolicy": json.dumps({"kind": ["new", {"prefix": "un"}]})})["SubscriptionArn"]
check(len(sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]) == 2, "subscriptions")
check(sns.get_subscription_attributes(SubscriptionArn=raw)["Attributes"]["RawMessageDelivery"] == "true", "raw")
sent = sns.publish(TopicArn=topic, Subject="boxes", Message="42 <boxes> & \"ü\"\r\n",
                   MessageAttributes={"kind": {"DataType": "String", "StringValue": "new"}, "bytes": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}})
message, = receive(raw_url)
check(message["Body"] == "42 <boxes> & \"ü\"\r\n", message)
check(message["MessageAttributes"]["bytes"]["BinaryValue"] == b"\x00\xff", message)
envelope = json.loads(receive(plain_url)[0]["Body"])
check(envelope["MessageId"] == sent["MessageId"] and envelope["Message"] == "42 <boxes> & \"ü\"\r\n" and envelope["Subject"] == "boxes", envelope)
check(base64.b64decode(envelope["MessageAttributes"]["bytes"]["Value"]) == b"\x00\xff", envelope)
check(b"BEGIN CERTIFICATE" in urllib.request.urlopen(envelope["SigningCertURL"]).read(), "certificate")
sns.publish(TopicArn=topic, Message="x", MessageAttributes={"kind": {"DataType": "String", "StringValue": "old"}})
check(len(receive(raw_url)) == 1 and receive(plain_url) == [], "filtered")
sns.publish(TargetArn=topic, MessageStructure="json", Message=json.dumps({"default": "others", "sqs": "queues"}))
check(receive(raw_url)[0]["Body"] == "queues", "structure")

if hasattr(sns, "publish_batch"):
    batch = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[{"Id": str(i), "Message": f"m{i}"} for i in range(10)])
    check([s["Id"] for s in batch["Successful"]] == [str(i) for i in range(10)] and batch.get("Failed", []) == [], batch)
    check(len(receive(raw_url)) == 10, "batch")
    refused("BatchEntryIdsNotDistinct", sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=[{"Id": "a", "Message": "x"}] * 2)

fifo = sns.create_topic(Name="py.fifo", Attributes={"FifoTopic": "true", "ContentBasedDeduplication": "true"})["TopicArn"]
fifo_url, fifo_arn = make("py-q.fifo", FifoQueue="true")
sns.subscribe(TopicArn=fifo, Protocol="sqs", Endpoint=fifo_arn, Attributes={"RawMessageDelivery": "true"})
first = sns.publish(TopicArn=fifo, Message="1", MessageGroupId="g")
again = sns.publish(TopicArn=fifo, Message="1", MessageGroupId="g")
check(first["MessageId"] == again["MessageId"] and first["SequenceNumber"] == again["SequenceNumber"], again)
for i in range(2, 6):
    sns.publish(TopicArn=fifo, Message=str(i), MessageGroupId="g")
check([m["Body"] for m in receive(fifo_url)] == ["1", "2", "3", "4", "5"], "order")

sns.add_permission(TopicArn=topic, Label="l", AWSAccountId=["111111111111"], ActionName=["Publish"])
sns.remove_permission(TopicArn=topic, Label="l")
sns.set_subscription_attributes(SubscriptionArn=raw, AttributeName="RawMessageDelivery", AttributeValue="false")
check(sns.get_subscription_attributes(SubscriptionArn=raw)["Attributes"]["RawMessageDelivery"] == "false", "set")
check(sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ann@posthorn.test")["SubscriptionArn"] == "pending confirmation", "pending")
refused("NotFound", sns.publish, TopicArn=topic + "x", Message="x")
refused("InvalidParameter", sns.publish, TopicArn=topic, Message="x", Subject="a\nb")
refused("InvalidParameter", sns.subscribe, TopicArn=topic, Protocol="sqs", Endpoint="http://x")
refused("ParameterValueInvalid", sns.publish, TopicArn=topic, Message="x", MessageAttributes={"a": {"DataType": "Color", "StringValue": "v"}})
refused("ResourceNotFound", sns.tag_resource, ResourceArn=topic + "x", Tags=[{"Key": "a", "Value": "b"}])
try:
    sns.get_topic_attributes(TopicArn=topic + "x")
except sns.exceptions.NotFoundException as e:
    check(e.response["Error"]["Code"] == "NotFound", e.response)
else:
    raise AssertionError("the exception of the client's own model expected, and it was done")
sns.unsubscribe(SubscriptionArn=plain)
check(len(sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]) == 2, "ended")
sns.delete_topic(TopicArn=topic)
check(topic not in [t["TopicArn"] for t in sns.list_topics()["Topics"]], "deleted")
checks.done()
