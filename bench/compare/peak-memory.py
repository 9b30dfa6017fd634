"""Watches every process of one mount namespace, ten times a second: python3 peak-memory.py PROCESS-IN-IT

Prints the sum of their proportional set sizes in MB, at the start and the highest, when it is told to stop (SIGTERM).
Proportional: what processes share is counted once.
"""
import os
import signal
import sys
import time


def proportional(process):
    with open(f"/proc/{process}/smaps_rollup") as rollup:
        for line in rollup:
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


def total(space):
    kib = 0
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{process}/ns/mnt") == space:
                kib += proportional(process)
        except OSError:
            pass  # It has ended meanwhile.
    return kib


def report(*_):
    print(f"{idle / 1000 * 1.024:.0f} {peak / 1000 * 1.024:.0f}", flush=True)
    sys.exit(0)


space = os.readlink(f"/proc/{sys.argv[1]}/ns/mnt")
idle = peak = total(space)
signal.signal(signal.SIGTERM, report)
print("watching", flush=True)
while True:
    peak = max(peak, total(space))
    time.sleep(0.1)
