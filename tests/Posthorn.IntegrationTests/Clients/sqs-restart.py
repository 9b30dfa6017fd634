"""What lasts over a kill of the server: sqs-restart.py ENDPOINT before|after. Ends with "done: N checks"."""
import json
import sys

import boto3

from checks import check, done

endpoint, part = sys.argv[1:3]
sqs = boto3.client("sqs", endpoint_url=endpoint, region_name="eu-west-1", aws_access_key_id="any", aws_secret_access_key="thing")
notes = "restart-notes"

if part == "before":
    url = sqs.create_queue(QueueName="restart", Attributes={"VisibilityTimeout": "600", "ReceiveMessageWaitTimeSeconds": "3"}, tags={"a": "b"})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="one")
    sqs.send_message(QueueUrl=url, MessageBody="two", MessageAttributes={"kind": {"DataType": "Number.int", "StringValue": "2"}})
    taken = sqs.receive_message(QueueUrl=url)["Messages"][0]
    fifo = sqs.create_queue(QueueName="restart.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    sent = sqs.send_message(QueueUrl=fifo, MessageBody="x", MessageGroupId="g", MessageDeduplicationId="d")
    # The notes are a message too: what survives is read from the queue itself.
    notes_url = sqs.create_queue(QueueName=notes)["QueueUrl"]
    sqs.send_message(QueueUrl=notes_url, MessageBody=json.dumps({"handle": taken["ReceiptHandle"], "id": taken["MessageId"], "first": sent}, default=str))
    print("done: 1 checks")
    sys.exit()

note = json.loads(sqs.receive_message(QueueUrl=sqs.get_queue_url(QueueName=notes)["QueueUrl"])["Messages"][0]["Body"])
url = sqs.get_queue_url(QueueName="restart")["QueueUrl"]
shown = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
check(shown["ReceiveMessageWaitTimeSeconds"] == "3" and shown["VisibilityTimeout"] == "600", shown)
check(sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"a": "b"}, "tags")
messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], VisibilityTimeout=0)["Messages"]
check([m["Body"] for m in messages] == ["one", "two"], messages)
check(messages[0]["MessageId"] == note["id"], "the same id")
check(messages[1]["MessageAttributes"]["kind"]["DataType"] == "Number.int", messages)
sqs.delete_message(QueueUrl=url, ReceiptHandle=note["handle"])
left = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
check([m["Body"] for m in left] == ["two"], left)
fifo = sqs.get_queue_url(QueueName="restart.fifo")["QueueUrl"]
again = sqs.send_message(QueueUrl=fifo, MessageBody="x", MessageGroupId="g", MessageDeduplicationId="d")
check(again["MessageId"] == note["first"]["MessageId"] and again["SequenceNumber"] == note["first"]["SequenceNumber"], "still a duplicate")
done()
