"""Sends mails with Python's smtplib: send.py PORT, then a line on stdin for each mail: SENDER TAB RECIPIENTS (comma) TAB FILE."""
import re
import smtplib
import sys



def as_on_the_wire(data):
    """smtplib ends lines with CRLF in what it is given as text, and passes bytes as they are."""
    return re.sub(rb"\r\n|\n|\r(?!\n)", b"\r\n", data)


port = int(sys.argv[1])
with smtplib.SMTP("127.0.0.1", port, local_hostname="smtplib.test") as smtp:
    for line in sys.stdin:
        sender, recipients, path = line.rstrip("\n").split("\t")
        with open(path, "rb") as file:
            smtp.sendmail(sender, recipients.split(","), as_on_the_wire(file.read()), mail_options=["BODY=8BITMIME"])
