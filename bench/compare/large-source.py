"""Sends large mails as fast as a server takes them: python3 large-source.py PORT MAILS MEGABYTES SESSIONS

smtp-source writes its mails line by line, which for large ones takes longer than a server's work; this sends one made before, in a few calls.
"""
import socket
import sys
import threading

port, mails, megabytes, sessions = map(int, sys.argv[1:])
line = b"X" * 76 + b"\r\n"
head = b"From: <sender@client.test>\r\nTo: <box@d1.test>\r\nSubject: large\r\n\r\n"
mail = head + line * ((megabytes * 1_000_000 - len(head)) // len(line)) + b".\r\n"
failures = []


def session(count):
    try:
        with socket.create_connection(("127.0.0.1", port)) as connection, connection.makefile("rb") as replies:
            def ask(command, code):
                connection.sendall(command)
                reply = replies.readline()
                if not reply.startswith(code):
                    raise OSError(f"{command[:40]!r} was answered {reply!r}")

            ask(b"", b"220")
            ask(b"HELO client.test\r\n", b"250")
            for _ in range(count):
                ask(b"MAIL FROM:<sender@client.test>\r\n", b"250")
                ask(b"RCPT TO:<box@d1.test>\r\n", b"250")
                ask(b"DATA\r\n", b"354")
                ask(mail, b"250")
            ask(b"QUIT\r\n", b"221")
    except OSError as error:
        failures.append(error)


threads = [threading.Thread(target=session, args=(mails // sessions + (n < mails % sessions),)) for n in range(sessions)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
for failure in failures:
    print(f"large-source: {failure}", file=sys.stderr)
sys.exit(1 if failures else 0)
