# SPDX-License-Identifier: GPL-2.0-or-later
"""``linuxmm doctor``: what can this machine run, and what is missing?"""

import argparse

from linuxmm.cli.main import OK
from linuxmm.cli.out import print_json, print_text
from linuxmm.errors import one_line

HELP = "What can this machine run, and what is missing?"
_EPILOG = """\
example:
  linuxmm doctor

yes: it is there; NO: nothing is possible without it; no: something is not
possible, or not compared, without it.  Changes nothing; the exit code
is 0 whatever is missing. make vm installs what the virtual machine needs."""


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.epilog = _EPILOG
    parser.add_argument("--format", choices=("text", "json"), default="text")


def run(args: argparse.Namespace) -> int:
    """Look at everything and say it."""
    from linuxmm.validate.doctor import findings, is_ready

    groups = findings()
    if args.format == "json":
        shown = {
            name: [
                {"what": f.what, "there": f.there, "needed": f.needed, "says": f.says}
                for f in group
            ]
            for name, group in groups.items()
        }
        print_json({"schema": "linuxmm/doctor/1", "groups": shown})
        return OK
    for name, group in groups.items():
        state = "ready" if is_ready(group) else "something is missing"
        print_text(f"{name}\n" if name == "core" else f"{name}: {state}\n")
        for finding in group:
            mark = "yes" if finding.there else "NO " if finding.needed else "no "
            line = one_line(f"  {mark}  {finding.what:24} {finding.says}".rstrip())
            print_text(f"{line}\n")
    return OK
