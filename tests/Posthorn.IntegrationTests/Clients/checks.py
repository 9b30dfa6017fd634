"""What the scripts on boto3 share: counting what was checked, and calls that must be refused."""
from botocore.exceptions import ClientError

checks = 0


def check(fact, what):
    global checks
    checks += 1
    if not fact:
        raise AssertionError(what)


def refused(codes, call, **arguments):
    """Makes a call that must be refused with one of the codes, and returns what it was told."""
    try:
        call(**arguments)
    except ClientError as e:
        check(e.response["Error"]["Code"] in codes, f"{codes} expected, not {e.response['Error']}")
        return e.response["Error"]["Message"]
    raise AssertionError(f"{codes} expected, and it was done")


def done(how=""):
    print(f"done: {checks} checks{how}")
