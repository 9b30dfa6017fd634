"""Works a maildrop over with Python's own poplib: pop3.py PORT CERTIFICATE FOLDER. The maildrop of orders:s3cret holds the files of FOLDER, sorted by
name and with trace lines in front, and one message that is no mail. Ends with "done: N checks"."""
import email
import os
import poplib
import ssl
import sys
import time

port, certificate, folder = int(sys.argv[1]), sys.argv[2], sys.argv[3]
checks = 0


def check(fact, what):
    global checks
    checks += 1
    if not fact:
        raise AssertionError(what)


def refused(code, call, *arguments):
    try:
        call(*arguments)
    except poplib.error_proto as e:
        check(str(e).startswith(f"b'-ERR {code}"), e)
        return
    raise AssertionError(f"-ERR {code} expected, and it was done")


def open_session():
    """Opens the maildrop, once the server has seen that the session before is gone."""
    for attempt in range(200):
        pop = poplib.POP3("127.0.0.1", port, timeout=30)
        pop.user("orders")
        try:
            pop.pass_("s3cret")
            return pop
        except poplib.error_proto as e:
            if "[IN-USE]" not in str(e):
                raise
            pop.quit()
            time.sleep(0.05)
    raise AssertionError("the maildrop stays locked")


mails = [open(os.path.join(folder, name), "rb").read() for name in sorted(os.listdir(folder))]
pop = poplib.POP3("127.0.0.1", port, timeout=30)
check(pop.getwelcome().startswith(b"+OK"), pop.getwelcome())
capabilities = pop.capa()
for name in ("TOP", "UIDL", "USER", "SASL", "STLS", "UTF8", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", "IMPLEMENTATION"):
    check(name in capabilities, f"{name} in {capabilities}")
check({"PLAIN", "LOGIN", "SCRAM-SHA-256"} <= set(capabilities["SASL"]), capabilities["SASL"])
try:
    pop.apop("orders", "s3cret")
    check(False, "APOP was done")
except poplib.error_proto as e:
    check("APOP not supported" in str(e), e)  # the greeting offers none
refused("", pop.stat)
pop.user("orders")
refused("[AUTH]", pop.pass_, "wrong")
pop.utf8()
pop.user("orders")
pop.pass_("s3cret")
count, size = pop.stat()
check(count == len(mails) + 1, count)
listed = {int(line.split()[0]): int(line.split()[1]) for line in pop.list()[1]}
check(sum(listed.values()) == size, (listed, size))
uids = [line.split()[1] for line in pop.uidl()[1]]
check(len(set(uids)) == count and all(0 < len(uid) <= 70 for uid in uids), uids)
left = list(mails)
for number in range(1, len(mails) + 1):
    answer, lines, _ = pop.retr(number)
    raw = b"\r\n".join(lines) + b"\r\n"
    found = [mail for mail in left if raw.endswith(b"\r\n" + mail)]
    check(len(found) == 1, f"mail {number}: {raw[:300]!r} … {raw[-200:]!r}")
    left.remove(found[0])
    check(len(raw) == listed[number] == int(answer.split()[1]), (number, len(raw), listed[number]))
    top = pop.top(number, 0)[1]
    check(raw.startswith(b"\r\n".join(top)), top)
rendered = email.message_from_bytes(b"\r\n".join(pop.retr(count)[1]))
check(rendered.get_payload(decode=True) == b"\x00\x01\xffno mail", rendered.as_string())
check(rendered["X-Attribute-kind"] == "order", rendered.items())
refused("", pop.retr, count + 1)
second = poplib.POP3("127.0.0.1", port, timeout=30)
second.user("orders")
refused("[IN-USE]", second.pass_, "s3cret")
pop.dele(1)
refused("", pop.retr, 1)
pop.rset()
pop.dele(2)
pop.close()  # no QUIT: nothing is removed

pop = open_session()
check(pop.stat()[0] == count and [line.split()[1] for line in pop.uidl()[1]] == uids, pop.uidl())
pop.dele(1)
check(pop.quit().startswith(b"+OK"), "quit")

pop = poplib.POP3("127.0.0.1", port, timeout=30)
pop.stls(ssl.create_default_context(cafile=certificate))
pop.user("orders")
pop.pass_("s3cret")
check([line.split()[1] for line in pop.uidl()[1]] == uids[1:], pop.uidl())
pop.quit()
print(f"done: {checks} checks")
