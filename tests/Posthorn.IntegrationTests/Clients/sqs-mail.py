"""A mail for orders@… taken over SQS, and a message left for the other doors: sqs-mail.py ENDPOINT. Ends with "done: N checks"."""
import sys

import boto3

from checks import check, done

sqs = boto3.client("sqs", endpoint_url=sys.argv[1], region_name="eu-west-1", aws_access_key_id="any", aws_secret_access_key="thing")
url = sqs.create_queue(QueueName="orders")["QueueUrl"]
mail, = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20, AttributeNames=["All"], MessageAttributeNames=["All"])["Messages"]
check(mail["Body"].endswith("Subject: 42 boxes\r\nX-Kind: order\r\n\r\nGrüße\r\n") and "Return-Path: <ann@client.test>" in mail["Body"], mail["Body"])
attributes = {name: value["StringValue"] for name, value in mail["MessageAttributes"].items()}
check(attributes["mail.from"] == "ann@client.test" and attributes["mail.to"] == "orders@posthorn.test", attributes)
check(attributes["mail.subject"] == "42 boxes", attributes)
check(attributes["X-Kind"] == "order", attributes)
check(int(mail["Attributes"]["SentTimestamp"]) > 1_700_000_000_000, mail["Attributes"])
sqs.delete_message(QueueUrl=url, ReceiptHandle=mail["ReceiptHandle"])
other = sqs.create_queue(QueueName="from-sqs")["QueueUrl"]
sqs.send_message(QueueUrl=other, MessageBody="to everybody", MessageAttributes={"kind": {"DataType": "String", "StringValue": "greeting"}})
done()
