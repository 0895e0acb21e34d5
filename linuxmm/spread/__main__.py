# SPDX-License-Identifier: GPL-2.0-or-later
"""``python -m linuxmm.spread FILE...``: do units from their files, for any batch system.

Of ``NAME.unit`` comes ``NAME.done`` beside it; one that is there already is left alone.
Exit codes: 0 all are done, 2 no unit, 4 one was made by another linuxmm, else what one failed with.
"""

import os
import signal
import sys
from pathlib import Path

from linuxmm.errors import InputError, LinuxmmError, one_line
from linuxmm.files import read_file, write_file
from linuxmm.spread.doing import do
from linuxmm.spread.kept import MOST_BYTES
from linuxmm.spread.local import receive, send
from linuxmm.spread.unit import answer, name_of


def serve() -> int:
    """Units from standard input, answers to standard output, until it closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started us ends us
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # what is open is closed on the way
    source, target = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what is printed meanwhile is no answer
    while (data := receive(source)) is not None:
        send(target, do(data))
    return 0


def file_done(path: Path) -> int:
    """Do the unit of a file."""
    data = read_file(path, MOST_BYTES)
    out = path.with_suffix(".done")
    if not out.exists():
        made = do(data)
        found = answer(made, name_of(data))
        if found is None or found.refused:
            print(f"{one_line(str(path))}: {found.refused if found else ''}", file=sys.stderr)
            return 4
        if found.failed:
            print(f"{one_line(str(path))}: {one_line(found.failed.said)}", file=sys.stderr)
            return found.failed.code
        write_file(out, made)
    return 0


def main(words: list[str]) -> int:
    if words == ["--serve"]:
        return serve()
    try:
        if not words or any(not word.endswith(".unit") for word in words):
            raise InputError("give files that end in .unit: python -m linuxmm.spread NAME.unit")
        return max(file_done(Path(word)) for word in words)
    except LinuxmmError as error:
        print(error, file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
