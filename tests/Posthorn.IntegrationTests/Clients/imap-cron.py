"""
The script that cron starts: takes each mail of a mailbox, files its attachments and removes it: imap-cron.py PORT USER FOLDER [MAX].
A claim is an UNCHANGEDSINCE store of $Lease (RFC 7162), so that several may run at once; a file is in place, whole and synced, before its mail goes.
"""
import email
import email.policy
import imaplib
import os
import re
import sys

port, user, folder = int(sys.argv[1]), sys.argv[2], sys.argv[3]
most = int(sys.argv[4]) if len(sys.argv) > 4 else 1_000_000


def claim(box, uid, modseq):
    answer = box.uid("STORE", uid, f"(UNCHANGEDSINCE {modseq})", "+FLAGS.SILENT", "($Lease)")
    lost = box.response("MODIFIED")[1] != [None]
    box.response("FETCH")
    return answer[0] == "OK" and not lost


def file_away(name, content):
    path = os.path.join(folder, name)
    partial = f"{path}.{os.getpid()}.partial"
    with open(partial, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    os.replace(partial, path)
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


box = imaplib.IMAP4("127.0.0.1", port)
box.login(user, "secret")
box.select("INBOX")
listed = box.uid("FETCH", "1:*", "(UID FLAGS MODSEQ)")[1]
taken = 0
for line in listed:
    if not line or taken == most:
        break
    uid, modseq = re.search(rb"UID (\d+)", line), re.search(rb"MODSEQ \((\d+)\)", line)
    if b"$Leased" in line or not claim(box, uid[1].decode(), modseq[1].decode()):
        continue
    fetched = [part for part in box.uid("FETCH", uid[1].decode(), "(BODY.PEEK[])")[1] if isinstance(part, tuple)]
    if not fetched:
        continue  # it went meanwhile
    mail = email.message_from_bytes(fetched[0][1], policy=email.policy.default)
    for number, attachment in enumerate(mail.iter_attachments()):
        file_away(f"{mail['X-Order']}-{number}-{os.path.basename(attachment.get_filename())}", attachment.get_content())
    box.uid("STORE", uid[1].decode(), "+FLAGS.SILENT", r"(\Deleted)")
    if box.uid("EXPUNGE", uid[1].decode())[0] == "OK":
        taken += 1
        print(f"filed {mail['X-Order']}", flush=True)
box.logout()
