"""
A consumer of one queue, until it is killed: consume.py imap|pop3|sqs PORT-OR-URL USER. Prints "got SUBJECT" for each message that it has ended.
"""
import imaplib
import poplib
import re
import sys

kind, place, user = sys.argv[1:4]


def subject(mail):
    return re.search(rb"(?im)^Subject: (.*?)\r?$", mail)[1].decode()


def imap():
    box = imaplib.IMAP4("127.0.0.1", int(place))
    box.login(user, "secret")
    box.select("INBOX")
    while True:
        box.noop()
        for line in box.uid("FETCH", "1:*", "(FLAGS MODSEQ)")[1]:
            if not line or b"$Leased" in line:
                continue
            uid, modseq = re.search(rb"UID (\d+)", line)[1].decode(), re.search(rb"MODSEQ \((\d+)\)", line)[1].decode()
            box.response("MODIFIED")
            if box.uid("STORE", uid, f"(UNCHANGEDSINCE {modseq})", "+FLAGS.SILENT", "($Lease)")[0] != "OK" or box.response("MODIFIED")[1] != [None]:
                box.response("FETCH")
                continue
            box.response("FETCH")
            fetched = [part for part in box.uid("FETCH", uid, "(BODY.PEEK[])")[1] if isinstance(part, tuple)]
            box.uid("STORE", uid, "+FLAGS.SILENT", r"(\Deleted)")
            if fetched and box.uid("EXPUNGE", uid)[0] == "OK":
                print("got", subject(fetched[0][1]), flush=True)


def pop3():
    while True:
        try:
            box = poplib.POP3("127.0.0.1", int(place))
            box.user(user)
            box.pass_("secret")
        except poplib.error_proto:
            continue  # another one has the maildrop
        taken = []
        for number in range(1, min(box.stat()[0], 5) + 1):
            taken.append(subject(b"\r\n".join(box.retr(number)[1])))
            box.dele(number)
        box.quit()
        for name in taken:
            print("got", name, flush=True)


def sqs():
    import boto3

    client = boto3.client("sqs", endpoint_url=place, region_name="eu-west-1", aws_access_key_id="any", aws_secret_access_key="thing")
    url = client.get_queue_url(QueueName=user)["QueueUrl"]
    while True:
        for message in client.receive_message(QueueUrl=url, MaxNumberOfMessages=3, WaitTimeSeconds=1).get("Messages", []):
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            print("got", subject(message["Body"].encode()), flush=True)


{"imap": imap, "pop3": pop3, "sqs": sqs}[kind]()
