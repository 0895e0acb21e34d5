# SPDX-License-Identifier: GPL-2.0-or-later
"""``linuxmm why``: what is at this address of a process, and which rule says what may be done?"""

import argparse

from linuxmm.cli.inspect import QUOTED, address, number, rules
from linuxmm.cli.out import print_json, print_text
from linuxmm.errors import InputError
from linuxmm.inspect.live import open_machine, open_process
from linuxmm.inspect.verdict import Judge
from linuxmm.inspect.why import area_at, why_document, why_text

HELP = "one page of a process: the entry, the lookup, each verdict and its kernel function"
_EPILOG = """\
examples:
  linuxmm why 1234 7f0000000000
  linuxmm why 1234 7f0000000000 --kernel v6.1 --kernel split-v1

exit codes: 0 done, 2 nothing there or bad input, 4 no permission"""


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.epilog = _EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("pid", help="a process")
    parser.add_argument("address", help="in hex, as in /proc/PID/maps")
    parser.add_argument(
        "--kernel",
        action="append",
        default=[],
        metavar="K",
        help="default: the record nearest to the running kernel",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")


def run(args: argparse.Namespace) -> int:
    """Print the chain."""
    pid = number(args.pid)
    try:
        addr = address(args.address)
    except ValueError:
        shown = args.address[:QUOTED]
        raise InputError(f'"{shown}" is no address: expected hex, as in maps') from None
    machine = open_machine()
    process = open_process(pid, machine=machine)
    try:
        area_at(process, addr)
        judges = [Judge(name) for name in rules(args, machine)]
        if args.format == "json":
            print_json(why_document(machine, process, judges, addr))
        else:
            print_text(why_text(machine, process, judges, addr))
    finally:
        process.close()
    return 0
