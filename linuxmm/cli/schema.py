# SPDX-License-Identifier: GPL-2.0-or-later
"""``linuxmm schema``: the JSON Schema of what a verb prints with ``--format json``."""

import argparse
from pathlib import Path
from typing import Final

from linuxmm.cli.main import OK, VERBS
from linuxmm.cli.out import print_text
from linuxmm.errors import InputError, nearest

HELP = """\
The JSON Schema (draft 2020-12) of what a verb prints with --format json.

Keys may be added within a version; none goes and none changes its meaning before the number in
"schema" does. Without VERB: the verbs that have one."""
_EPILOG = """\
examples:
  linuxmm schema
  linuxmm schema review > review.json
  linuxmm review patch.mail --format json | check-jsonschema --schemafile review.json -

exit codes: 0 printed, 2 there is none"""
FOLDER: Final = Path(__file__).resolve().parents[1] / "schemas"


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.epilog = _EPILOG
    parser.add_argument("verb", nargs="?", default="", metavar="VERB", help="whose output")


def run(args: argparse.Namespace) -> int:
    """Print one, or the list."""
    known = [verb for verb in VERBS if (FOLDER / f"{verb}.json").is_file()]
    if not args.verb:
        print_text("".join(f"{verb}\n" for verb in known))
        return OK
    if args.verb not in known:
        raise InputError(f'no schema of "{args.verb}"{nearest(args.verb, known)}')
    print_text((FOLDER / f"{args.verb}.json").read_text(encoding="utf-8"))
    return OK
