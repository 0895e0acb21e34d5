# SPDX-License-Identifier: GPL-2.0-or-later
"""``python3 -m linuxmm`` is the ``linuxmm`` command.

Importing takes longer than a person may need to change their mind: until the command has its own
way to end, Ctrl-C ends it here, and there is nothing yet to be lost.
"""

import os
import signal
import sys


def _quit(*_: object) -> None:
    """As an interrupted command ends (main.INTERRUPTED), without what is not imported yet."""
    try:
        os.write(2, b"linuxmm: interrupted\n")
    finally:
        os._exit(130)


if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, _quit)


def main() -> int:
    """The entry point of the installed command."""
    from linuxmm.cli.main import process

    return process()


if __name__ == "__main__":
    sys.exit(main())
