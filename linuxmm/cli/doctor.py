# SPDX-License-Identifier: GPL-2.0-or-later
"""``linuxmm doctor``: what can this machine run, and what is missing?"""

import argparse
from typing import TYPE_CHECKING

from linuxmm.cli.main import OK
from linuxmm.cli.out import print_json, print_text
from linuxmm.errors import one_line
from linuxmm.printed import hanging, wrapped

if TYPE_CHECKING:
    from linuxmm.validate.doctor import Finding

HELP = "What can this machine run, and what is missing?"
_EPILOG = """\
example:
  linuxmm doctor

yes: it is there; NO: nothing is possible without it; no: something is not
possible without it; -: what this kernel does otherwise.  Changes nothing; the
exit code is 0 whatever is missing. make vm installs what the virtual machine
needs."""


_ABILITIES = (
    "A name in brackets: the line says what this kernel does otherwise than 6.1, or does not "
    "allow us. Steps that need it are left out, or not compared, and counted; "
    "docs/validation.md says which."
)


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
            print_text("\n".join(_lines(finding)) + "\n")
        if any(finding.ability for finding in group):
            print_text("\n".join(wrapped(_ABILITIES, "  ")) + "\n")
    return OK


def _lines(finding: "Finding") -> list[str]:
    """What was found; of an ability what this kernel does, and its name behind."""
    mark = "yes" if finding.there else "NO " if finding.needed else "no "
    if finding.ability:
        return hanging("  -    ", one_line(f"{finding.says} [{finding.what}]"))
    return hanging(f"  {mark}  {finding.what:24} ", one_line(finding.says))
