"""An IMAP mailbox worked over with Python's imaplib: imap.py PORT USER. Ends with "done: N checks"."""
import imaplib
import re
import sys
from datetime import datetime, timezone

from imapchecks import check, done

port, user = int(sys.argv[1]), sys.argv[2]
box = imaplib.IMAP4("127.0.0.1", port)


def ok(answer, what):
    check(answer[0] == "OK", f"{what}: {answer}")
    return answer[1]


def refused(answer, what):
    check(answer[0] == "NO", f"{what}: {answer}")


mails = [
    b"From: Ann <ann@client.test>\r\nTo: mq@posthorn.test\r\nSubject: order %d\r\nX-Kind: order\r\nX-Number: %d\r\n\r\nbody %d\r\n" % (i, i, i) for i in range(1, 21)]

check("IMAP4REV1" in box.capabilities, box.capabilities)
ok(box.login(user, "secret"), "login")
ok(box.create("Orders"), "create")
refused(box.create("Orders"), "create once more")
for i, mail in enumerate(mails):
    data = ok(box.append("Orders", r"(\Seen)" if i % 2 else None, datetime(2026, 3, 1, 12, i, tzinfo=timezone.utc), mail), "append")
    check(b"APPENDUID" in data[0], data)
check(b"MESSAGES 20" in ok(box.status("Orders", "(MESSAGES UNSEEN)"), "status")[0], "twenty")
check(ok(box.select("Orders"), "select") == [b"20"], "twenty to select")
check(ok(box.search(None, "ALL"), "search")[0].split() == [b"%d" % i for i in range(1, 21)], "all")
check(len(ok(box.search(None, "UNSEEN"), "search")[0].split()) == 10, "ten are unseen")
check(ok(box.search(None, "HEADER", "X-Number", '"7"'), "search")[0].split()[0] == b"7", "by a header field")
check(ok(box.search(None, "SUBJECT", '"order 12"'), "search")[0] == b"12", "by subject")
for i, mail in enumerate(mails, 1):
    check(ok(box.fetch(str(i), "(BODY.PEEK[])"), "fetch")[0][1] == mail, f"mail {i} byte for byte")
check(ok(box.fetch("3", "(BODY.PEEK[HEADER.FIELDS (X-KIND)])"), "fetch")[0][1].strip() == b"X-Kind: order", "a header field")
check(b"1-Mar-2026 12:04:00" in ok(box.fetch("5", "(INTERNALDATE)"), "fetch")[0].replace(b'"01-', b'"1-').replace(b" 1-", b"1-"), "the date it was given")
check(b"\\Flagged" in ok(box.store("1", "+FLAGS", r"(\Flagged work)"), "store")[0], "flags are told")
check(ok(box.search(None, "KEYWORD", "work"), "search")[0] == b"1", "by keyword")
ok(box.copy("1:5", "Orders"), "copy to itself")
ok(box.create("Done"), "create")
uids = re.findall(rb"UID (\d+)", b" ".join(ok(box.fetch("1:*", "(UID)"), "uids")))
check(uids == sorted(uids, key=int) and len(set(uids)) == 25, uids)
ok(box.uid("COPY", b"%s:%s" % (uids[0], uids[4]), "Done"), "uid copy")
ok(box.uid("MOVE", uids[5], "Done"), "uid move")
check(b"MESSAGES 6" in ok(box.status("Done", "(MESSAGES)"), "status")[0], "six are done")
ok(box.store("1:5", "+FLAGS.SILENT", r"(\Deleted)"), "mark")
ok(box.expunge(), "expunge")
check(ok(box.search(None, "ALL"), "search")[0].split() == [b"%d" % i for i in range(1, 20)], "nineteen are left")
other = imaplib.IMAP4("127.0.0.1", port)
ok(other.login(user, "secret"), "login")
ok(other.append("Orders", None, None, mails[0]), "append by another")
box.noop()
check(box.response("EXISTS")[1][-1] == b"20", "it is told")
ok(box.rename("Done", "Archive/Done"), "rename")
check(any(b"Archive/Done" in line for line in ok(box.list(), "list")), "it is listed")
ok(box.subscribe("Archive/Done"), "subscribe")
check(any(b"Archive/Done" in line for line in ok(box.lsub(), "lsub")), "subscribed")
ok(box.close(), "close")
ok(box.delete("Archive/Done"), "delete")
refused(box.select("Archive/Done"), "select what is gone")
box.logout()
other.logout()
done()
