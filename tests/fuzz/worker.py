# SPDX-License-Identifier: GPL-2.0-or-later
"""The process that runs inputs, within the limits; what it cannot survive its parent tells.

    python -m tests.fuzz.worker TARGET SEED FIRST LAST SECONDS

Says on standard output, a JSON value a line: the number of each input before it runs, an object
for a find, and at the end its figures.  The kernel's own timers end it: after 5 s of CPU time of
one input (SIGPROF), or when it waits for 60 s (SIGALRM), with a traceback.
"""

import faulthandler
import json
import resource
import signal
import sys
import time
from typing import Final

from linuxmm.procfs import in_kb, parse_status, read
from tests.fuzz.target import judge, target

MOST_WAITING: Final = 60.0
MOST_BYTES: Final = 1 << 30


def main(name: str, seed: int, first: int, last: int, seconds: float) -> None:
    """The inputs from `first` to before `last`, or as many as there is time for."""
    chosen = target(name)
    judge(chosen, chosen.seeds[0])  # imports are no work of an input
    if chosen.in_bounds:
        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    faulthandler.enable()
    for number in (signal.SIGPROF, signal.SIGALRM):
        faulthandler.register(number, chain=True)
    ends, slowest, slowest_input = time.monotonic() + seconds, 0.0, first
    for i in range(first, last):
        if time.monotonic() > ends:
            break
        data = chosen.input(seed, i)
        say(i)
        began = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, chosen.most_seconds)
        signal.setitimer(signal.ITIMER_REAL, MOST_WAITING)
        find = judge(chosen, data)
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        took = time.process_time() - began
        if took > slowest:
            slowest, slowest_input = took, i
        if find is not None:
            say({"kind": find.kind, "details": find.details})
    own = in_kb(parse_status(read("/proc/self/status")))["VmHWM"]  # ru_maxrss: the parent's too
    peak = max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
    say({"slowest": slowest, "slowest_input": slowest_input, "peak_kb": peak})


def say(what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    name, seed, first, last, seconds = sys.argv[1:]
    main(name, int(seed), int(first), int(last), float(seconds))
