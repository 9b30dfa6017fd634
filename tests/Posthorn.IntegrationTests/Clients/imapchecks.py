"""What the scripts on mailboxes share: counting what was checked."""
checks = 0


def check(fact, what):
    global checks
    checks += 1
    if not fact:
        raise AssertionError(what)


def done(how=""):
    print(f"done: {checks} checks{how}")
