"""``linuxmm inspect``: what are the pages of this process, and what may the kernel do with them?"""

import argparse
import csv
import json
import sys
import time
from collections.abc import Iterator

from linuxmm.errors import InputError, LinuxmmError
from linuxmm.inspect.document import COLUMNS, SCHEMA, document, runs_of_pages
from linuxmm.inspect.live import (
    LiveMachine,
    cgroup_ids,
    open_machine,
    open_process,
    process_ids,
)
from linuxmm.inspect.reconcile import reconcile
from linuxmm.inspect.report import Report, make_report, what_if
from linuxmm.inspect.text import changes, report_text, state_of, summary_lines
from linuxmm.inspect.verdict import Judge

HELP = "what are the pages of this process, and what may the kernel do with them?"
MAX_PERIOD = 86400
_EPILOG = """\
Each distinct combination of VMA flags, pagemap bits and kpageflags is put into the model
and asked for by the model's own lookups, site records and VMA rules.

examples:
  linuxmm inspect 1234
  linuxmm inspect 1234 --vma --kernel v6.1 --kernel v5.17-coherent
  linuxmm inspect 1234 --what-if coherent
  linuxmm inspect 1234 --range 7f0000000000-7f0000200000 --pages
  linuxmm inspect --all
  linuxmm inspect 1234 --scenario shape.mm && linuxmm run shape.mm
  linuxmm why 1234 7f0000000000

exit codes: 0 done, 2 no such process or bad input, 4 no permission"""


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.epilog = _EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("pid", nargs="*", help="processes")
    parser.add_argument("--all", action="store_true", help="one line for every process")
    parser.add_argument("--cgroup", metavar="PATH", help="the processes of a control group")
    parser.add_argument("--range", action="append", default=[], metavar="A-B", help="hex addresses")
    parser.add_argument("--vma", action="store_true", help="a line for every VMA")
    parser.add_argument("--pages", action="store_true", help="runs of equal pages instead")
    parser.add_argument("--kernel", action="append", default=[], metavar="K", help="default: v6.1")
    parser.add_argument("--what-if", choices=("coherent",), help="if anonymous pages were there")
    parser.add_argument("--quick", action="store_true", help="no smaps: kinds and nodes, no totals")
    parser.add_argument("--format", choices=("text", "json", "csv"), default="text")
    parser.add_argument("--scenario", metavar="FILE", help="write its shape for linuxmm run")
    parser.add_argument("--periodic", type=float, metavar="SEC", help="again and again")


def run(args: argparse.Namespace) -> int:
    """Print the reports; processes that went away meanwhile are said and do not count."""
    pids = chosen(args)
    judges = [Judge(name) for name in args.kernel or ["v6.1"]]
    machine = open_machine()
    if args.periodic is None:
        _once(args, machine, pids, judges)
        return 0
    if not 0 < args.periodic <= MAX_PERIOD:
        raise InputError(f"--periodic {args.periodic}: between 0 and {MAX_PERIOD} seconds")
    _again_and_again(args, machine, pids, judges)
    return 0


def _again_and_again(
    args: argparse.Namespace, machine: LiveMachine, pids: list[int], judges: list[Judge]
) -> None:
    """The whole report once, then what changed, until the processes are gone."""
    before: dict[int, dict[str, int]] = {}
    _once(args, machine, pids, judges)
    while pids:
        for pid in list(pids):
            try:
                (report,) = _reports(args, machine, [pid], judges)
            except InputError as error:
                print(error)
                pids.remove(pid)
                continue
            now = state_of(report)
            line = changes(before.get(pid, now), now)
            before[pid] = now
            print(f"{time.strftime('%H:%M:%S')} {pid}: {line}", flush=True)
        time.sleep(args.periodic)


def chosen(args: argparse.Namespace) -> list[int]:
    """The processes that were named, one way or another."""
    if [bool(args.pid), args.all, bool(args.cgroup)].count(True) != 1:
        raise InputError("name processes by pid, or give --all or --cgroup PATH")
    if args.cgroup:
        return cgroup_ids(args.cgroup)
    return process_ids() if args.all else [number(word) for word in args.pid]


def number(word: str) -> int:
    """A pid."""
    if not word.isdigit() or not word.isascii() or int(word) == 0:
        raise InputError(f'"{word}" is no pid')
    return int(word)


def parse_range(text: str) -> tuple[int, int]:
    """A-B in hex, whole pages."""
    low, _, high = text.partition("-")
    try:
        start, end = int(low, 16) & ~4095, (int(high, 16) + 4095) & ~4095
    except ValueError:
        raise InputError(f"--range {text}: expected A-B, hex addresses as in maps") from None
    if start >= end:
        raise InputError(f"--range {text}: it is empty")
    return start, end


def _once(
    args: argparse.Namespace, machine: LiveMachine, pids: list[int], judges: list[Judge]
) -> None:
    reports = _reports(args, machine, pids, judges)
    if args.scenario:
        _write_scenario(args, reports)
    elif args.pages or args.format == "csv":
        _print_pages(args, reports)
    elif args.format == "json":
        found = [_document(args, report, judges) for report in reports]
        print(json.dumps({"schema": SCHEMA, "processes": found}, indent=2))
    elif args.all:
        for line in summary_lines(reports):
            print(line)
    else:
        for i, report in enumerate(reports):
            print("\n" * bool(i) + _text(args, report, judges), end="")


def _reports(
    args: argparse.Namespace, machine: LiveMachine, pids: list[int], judges: list[Judge]
) -> Iterator[Report]:
    """The report of each process; with --all those that cannot be read are left out."""
    ranges = [parse_range(text) for text in args.range]
    for pid in pids:
        try:
            process = open_process(pid, args.quick, machine)
        except LinuxmmError:
            if not args.all:
                raise
            continue
        try:
            report = make_report(machine, process, judges, ranges)
            if ranges and not report.areas:
                raise InputError(f"process {pid} maps nothing in {' '.join(args.range)}")
            yield report
        finally:
            process.close()


def _text(args: argparse.Namespace, report: Report, judges: list[Judge]) -> str:
    totals, differences = reconcile(report, judges)
    changed = what_if(report.rows, judges[0], args.what_if) if args.what_if else None
    colour = sys.stdout.isatty()
    return report_text(report, totals, differences, changed, every_vma=args.vma, colour=colour)


def _document(args: argparse.Namespace, report: Report, judges: list[Judge]) -> dict[str, object]:
    totals, differences = reconcile(report, judges)
    changed = what_if(report.rows, judges[0], args.what_if) if args.what_if else None
    return document(report, totals, differences, changed, args.vma)


def _write_scenario(args: argparse.Namespace, reports: Iterator[Report]) -> None:
    """The shape of one process as a scenario (`-`: on standard output)."""
    from linuxmm.inspect.scenario import scenario_text

    if args.all or len(args.pid) != 1:
        raise InputError("--scenario takes one process")
    for report in reports:
        text = scenario_text(report)
        if args.scenario == "-":
            print(text, end="")
        else:
            with open(args.scenario, "w", encoding="utf-8") as stream:
                stream.write(text)


def _print_pages(args: argparse.Namespace, reports: Iterator[Report]) -> None:
    """Runs of equal pages, in columns or as CSV or JSON lines."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    if args.format == "csv":
        writer.writerow(("pid", *COLUMNS))
    for report in reports:
        for run in runs_of_pages(report):
            if args.format == "csv":
                writer.writerow((report.process.pid, *run))
            elif args.format == "json":
                print(
                    json.dumps({"pid": report.process.pid, **dict(zip(COLUMNS, run, strict=True))})
                )
            else:
                address, pages, kind, place, letters, flags = run
                print(f"{address[2:]:>14} {pages:>7} {kind:<8} {place:<7} {letters:<4} {flags}")
