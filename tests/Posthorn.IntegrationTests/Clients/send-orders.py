"""The producer: sends orders as mails with X- fields and attached files: send-orders.py PORT FIRST COUNT BYTES-FROM BYTES-TO SEED. Prints "sent ORDER NAME SHA256"."""
import hashlib
import random
import smtplib
import sys
from email.message import EmailMessage

port, first, count, low, high, seed = map(int, sys.argv[1:7])
chance = random.Random(seed)
for order in range(first, first + count):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "shop@client.test", "orders@posthorn.test", f"Order {order}"
    mail["X-Order"], mail["X-Kind"] = str(order), "order"
    mail.set_content("The order is attached.")
    size, files = chance.randint(low, high), chance.randint(1, 3)
    lines = []
    for number in range(files):
        content = chance.randbytes(size // files * 3 // 4)
        name = f"part {number} of {order}.bin"
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
        lines.append(f"sent {order}-{number}-{name} {hashlib.sha256(content).hexdigest()}")
    while True:
        try:
            with smtplib.SMTP("127.0.0.1", port, timeout=60) as smtp:
                smtp.send_message(mail)
            break
        except (OSError, smtplib.SMTPException):
            continue  # the server was killed: the mail is sent again, as any mail server would
    print("\n".join(lines), flush=True)
