"""
A consumer of one queue, until it is killed: consume.py imap|pop3|sqs PORT-OR-URL USER. Prints "got SUBJECT" for each message that it has ended.
"""
import imaplib
import poplib
import random
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
        free = []
        for line in box.uid("FETCH", "1:*", "(FLAGS MODSEQ)")[1]:
            if line and b"$Leased" not in line:
                free.append((re.search(rb"UID (\d+)", line)[1].decode(), int(re.search(rb"MODSEQ \((\d+)\)", line)[1])))
        if not free:
            continue
        wanted = random.sample(free, min(len(free), 5))
        box.response("MODIFIED")
        # A change that came after the FETCH has a higher number than all that it told.
        box.uid("STORE", ",".join(uid for uid, _ in wanted), f"(UNCHANGEDSINCE {max(modseq for _, modseq in wanted)})", "+FLAGS.SILENT", "($Lease)")
        lost = members(box.response("MODIFIED")[1])
        box.response("FETCH")
        for uid, _ in wanted:
            if int(uid) in lost:
                continue
            fetched = [part for part in box.uid("FETCH", uid, "(BODY.PEEK[])")[1] if isinstance(part, tuple)]
            box.uid("STORE", uid, "+FLAGS.SILENT", r"(\Deleted)")
            if fetched and box.uid("EXPUNGE", uid)[0] == "OK":
                print("got", subject(fetched[0][1]), flush=True)


def members(codes):
    """The numbers of a MODIFIED response code; none without one."""
    all = set()
    for code in codes:
        for part in (code or b"").decode().split(","):
            ends = part.split(":")
            all.update(range(int(ends[0]), int(ends[-1]) + 1) if part else [])
    return all


def pop3():
    while True:
        try:
            box = poplib.POP3("127.0.0.1", int(place))
            box.user(user)
            box.pass_("secret")
        except poplib.error_proto:
            continue  # another one has the maildrop
        taken = []
        for number in range(1, box.stat()[0] + 1):
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
