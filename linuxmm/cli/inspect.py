# SPDX-License-Identifier: GPL-2.0-or-later
"""``linuxmm inspect``: what are the pages of this process, and what may the kernel do with them?"""

import argparse
import csv
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from io import TextIOWrapper
from typing import TYPE_CHECKING, Protocol, TextIO

from linuxmm.cli.main import told, worst_exit
from linuxmm.cli.out import as_json, print_text, say
from linuxmm.cli.pages import page_of
from linuxmm.cli.progress import Progress
from linuxmm.errors import InputError, LinuxmmError, NotModelled, one_line
from linuxmm.files import replacing, write_file
from linuxmm.inspect.live import (
    cgroup_ids,
    count_scan,
    open_machine,
    open_process,
    process_ids,
    without_frames,
)
from linuxmm.inspect.report import Report, WhatIf, cut, foreign, make_report, what_if
from linuxmm.inspect.source import Machine, Process
from linuxmm.inspect.verdict import Judge
from linuxmm.kernels import DEFAULT_KERNEL

if TYPE_CHECKING:  # imported where they are needed: start-up
    from linuxmm.inspect.reconcile import Difference, Total
    from linuxmm.inspect.sharing import Sharing
    from linuxmm.picture.page import Page

HELP = "what are the pages of this process, and what may the kernel do with them?"
MIN_PERIOD, MAX_PERIOD = 0.1, 86400  # seconds
MOST_NAMED = 3  # processes that could not be read, of those that were named
QUOTED = 40  # characters of a wrong word that are shown
_PID = re.compile(r"[0-9]{1,10}")
_ADDRESS = re.compile(r"(0x)?[0-9a-fA-F]{1,16}")
_EPILOG = """\
Each distinct combination of VMA flags, pagemap bits and kpageflags is put into the model
and asked for by the model's own lookups, site records and VMA rules.

examples:
  linuxmm inspect 1234
  linuxmm inspect 1234 --vma --kernel v6.1 --kernel v5.17-coherent
  linuxmm inspect 1234 --what-if coherent
  linuxmm inspect 1234 --range 7f0000000000-7f0000200000 --pages
  linuxmm inspect --all
  linuxmm inspect --cgroup system.slice/postgresql.service --format json
  linuxmm inspect 1234 --format html --output pages.html
  linuxmm inspect 1234 --periodic 5
  linuxmm inspect 1234 --pages --format parquet --output pages.parquet
  linuxmm inspect 1234 --scenario shape.mm && linuxmm run shape.mm
  linuxmm why 1234 7f0000000000
  linuxmm inspect 1234 --vmcore core --vmlinux vmlinux    # a dump, or /proc/kcore
  linuxmm inspect --all --qmp SOCKET --vmlinux vmlinux    # a guest of QEMU, running

From a core page tables and struct pages are read themselves (drgn; pip install
'linuxmm[vmcore]'): device-private, migrating and PROT_NONE entries, references,
mappings and pgmap types are exact, and sums are compared with mm->rss_stat. QEMU is
started with: -device vmcoreinfo -qmp unix:SOCKET,server=on,wait=off

exit codes: 0 done, 2 no such process or bad input, 3 a part could not be read,
4 no permission or no drgn; of several processes the worst counts"""


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.epilog = _EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    which = parser.add_argument_group("which processes")
    which.add_argument("pid", nargs="*", help="processes")
    which.add_argument("--all", action="store_true", help="one line for every process")
    which.add_argument(
        "--cgroup", metavar="PATH", help="a control group and those below it, as in /sys/fs/cgroup"
    )
    where = parser.add_argument_group("where (default: the running kernel)")
    where.add_argument("--vmcore", metavar="FILE", help="a dump of a kernel")
    where.add_argument("--qmp", metavar="SOCKET", help="a running guest of QEMU")
    where.add_argument("--vmlinux", metavar="FILE", help="its kernel, with types (DWARF)")
    what = parser.add_argument_group("what of them")
    what.add_argument("--range", action="append", default=[], metavar="A-B", help="hex addresses")
    what.add_argument("--vma", action="store_true", help="a line for every VMA")
    what.add_argument("--pages", action="store_true", help="runs of equal pages; as a file: pages")
    what.add_argument("--counts", action="store_true", help="how often each frame is mapped")
    what.add_argument(
        "--kernel",
        action="append",
        default=[],
        metavar="K",
        help=f"default: the record nearest to the running kernel; of a core {DEFAULT_KERNEL}",
    )
    what.add_argument(
        "--what-if", choices=("coherent",), metavar="KIND",
        help="what would be lost if anonymous pages were there: coherent",
    )  # fmt: skip
    what.add_argument("--quick", action="store_true", help="no smaps: kinds and nodes, no totals")
    what.add_argument(
        "--scan", action="store_true", help="PAGEMAP_SCAN only: kinds, no frames, no verdicts"
    )
    how = parser.add_argument_group("how")
    forms = ("text", "json", "jsonl", "csv", "parquet", "html")
    how.add_argument("--format", choices=forms, default="text", help="jsonl: a process a line")
    how.add_argument("--output", metavar="FILE", help="where to write; - (default): here")
    how.add_argument("--scenario", metavar="FILE", help="write its shape for linuxmm run")
    how.add_argument("--periodic", type=float, metavar="SEC", help="again and again: what changed")


def run(args: argparse.Namespace) -> int:
    """Print the reports; what could not be read is said, and counts as its error does."""
    _check(args)
    source = _source(args)
    pids = chosen(args, source)
    judges = [] if args.scan else [Judge(name) for name in rules(args, source.machine)]
    page = page_of(args.format, f"linuxmm inspect {' '.join(map(str, pids[:MOST_NAMED]))}")
    work = Work(args, source, judges, pids)
    work.page = page
    with ExitStack() as stack:
        if args.output not in (None, "-") and args.format != "parquet":
            opened = _growing if args.periodic is not None else _replacing
            work.out = stack.enter_context(opened(args.output))
        work.once()
        if args.periodic is not None:
            work.again_and_again()
    if work.interrupted:
        raise KeyboardInterrupt("interrupted: the processes behind are missing")
    return worst_exit(work.codes)


def rules(args: argparse.Namespace, machine: Machine) -> list[str]:
    """The kernels that were named; else the record nearest to the one that runs, if one does."""
    if args.kernel or getattr(args, "vmcore", None) or getattr(args, "qmp", None):
        return list(args.kernel) or [DEFAULT_KERNEL]
    from linuxmm.validate.judge import nearest_here  # only here: start-up

    near = nearest_here()
    machine.chosen = near.text()
    return [near.kernel]


@contextmanager
def _replacing(path: str) -> Iterator[TextIO]:
    """A text that is there when it is whole."""
    with replacing(path) as stream:
        text = TextIOWrapper(stream, encoding="utf-8", errors="backslashreplace", newline="")
        yield text
        text.detach().flush()


def _growing(path: str) -> TextIO:
    """A text that has no end (--periodic)."""
    return open(path, "w", encoding="utf-8", errors="backslashreplace")


def _check(args: argparse.Namespace) -> None:
    """Words that do not go together."""
    if args.periodic is not None and not MIN_PERIOD <= args.periodic <= MAX_PERIOD:
        raise InputError(f"--periodic {args.periodic:g}: from {MIN_PERIOD} to {MAX_PERIOD} seconds")
    if args.periodic is not None and args.format != "text":
        raise InputError("--periodic prints text: --format does not go with it")
    if args.format == "html" and (args.pages or args.what_if or args.counts or args.scenario):
        raise InputError("--format html: no --pages, --what-if, --counts, --scenario")
    if args.format == "parquet" and args.output in (None, "-"):
        raise InputError("--format parquet wants --output FILE")
    if args.scan and (args.kernel or args.what_if or args.counts or args.quick):
        raise InputError("--scan tells no frames: no --kernel, --what-if, --counts, --quick")
    if args.scan and (args.pages or args.scenario or args.format in ("csv", "parquet")):
        raise InputError("--scan counts only: no --pages, --scenario, csv or parquet")
    if args.vmcore and args.qmp:
        raise InputError("--vmcore and --qmp: name one of them")
    if args.vmlinux and not args.vmcore and not args.qmp:
        raise InputError("--vmlinux goes with --vmcore FILE or --qmp SOCKET")
    for name in ("cgroup", "quick", "scan", "periodic") if args.vmcore or args.qmp else ():
        if getattr(args, name):
            raise InputError(f"--{name} is for processes of the running kernel")
    for text in args.range:
        parse_range(text)


class Source(Protocol):
    """Whose processes are looked at: the running kernel's, a core's."""

    machine: Machine

    def process_ids(self) -> list[int]: ...

    def open(self, pid: int) -> Process: ...

    def totals(self, report: Report, judges: list[Judge]) -> "tuple[list[Total], list[Difference]]":
        """Our sums beside those that the kernel keeps."""

    def text(self, report: Report) -> str:
        """What only this source shows, as a section of the report; empty: nothing."""

    def document(self, report: Report) -> dict[str, object]:
        """The same for JSON."""


class Live:
    """The running kernel."""

    def __init__(self, quick: bool, scan: bool) -> None:
        self.quick = quick or scan
        live = open_machine()
        self.live = without_frames(live) if scan else live
        self.machine: Machine = self.live

    def process_ids(self) -> list[int]:
        return process_ids()

    def open(self, pid: int) -> Process:
        return open_process(pid, self.quick, self.live)

    def totals(self, report: Report, judges: list[Judge]) -> "tuple[list[Total], list[Difference]]":
        from linuxmm.inspect.reconcile import reconcile

        return reconcile(report, judges) if judges else ([], [])

    def text(self, report: Report) -> str:
        return ""

    def document(self, report: Report) -> dict[str, object]:
        return {}


def _source(args: argparse.Namespace) -> Source:
    """What the command line names."""
    if not args.vmcore and not args.qmp:
        return Live(args.quick, args.scan)
    from linuxmm.inspect.vmcore import open_core

    core = open_core(args.vmcore or "", args.qmp or "", args.vmlinux or "")
    from linuxmm.inspect.exact import CoreSource

    return CoreSource(core)


def chosen(args: argparse.Namespace, source: Source) -> list[int]:
    """The processes that were named, one way or another."""
    if [bool(args.pid), args.all, bool(args.cgroup)].count(True) != 1:
        raise InputError("name processes by pid, or give --all or --cgroup PATH")
    if args.scenario and (args.all or len(args.pid) != 1):
        raise InputError("--scenario takes one process")
    if args.cgroup:
        return cgroup_ids(args.cgroup)
    return source.process_ids() if args.all else [number(word) for word in args.pid]


def number(word: str) -> int:
    """A pid."""
    if not _PID.fullmatch(word) or int(word) == 0:
        raise InputError(f'"{word[:QUOTED]}" is no pid')
    return int(word)


def address(word: str) -> int:
    """An address, in hex as in maps.  Raises: ValueError."""
    if not _ADDRESS.fullmatch(word):
        raise ValueError
    return int(word, 16)


def parse_range(text: str) -> tuple[int, int]:
    """A-B in hex, whole pages."""
    low, _, high = text.partition("-")
    shown = text[:QUOTED]
    try:
        start, end = address(low) & ~4095, (address(high) + 4095) & ~4095
    except ValueError:
        raise InputError(f"--range {shown}: expected A-B, hex addresses as in maps") from None
    if start >= end:
        raise InputError(f"--range {shown}: it is empty")
    return start, end


class Work:
    """One call of the verb: its processes, one after the other, in the form that was asked."""

    def __init__(
        self, args: argparse.Namespace, source: Source, judges: list[Judge], pids: list[int]
    ) -> None:
        self.args, self.source, self.judges, self.pids = args, source, judges, pids
        self.machine = source.machine
        self.ranges = [parse_range(text) for text in args.range]
        self.out = sys.stdout
        self.codes: list[int] = []
        self.interrupted = False
        self.ended = 0  # processes of --all or --cgroup that ended before they were read
        self.left: list[str] = []  # what could not be read, and why
        self.told: list[str] = []  # the same, said already
        self.page: Page | None = None  # that is to be filled

    # --- reading
    def each(self, action: Callable[[Process], None]) -> None:
        """Give each process to `action`; of several, one that fails costs the others nothing."""
        for pid in self.pids:
            try:
                self._one(pid, action)
            except OSError:
                raise  # of our output
            except Exception as error:
                if len(self.pids) == 1 and not self.args.all:
                    raise
                self._failed(pid, error)

    def _one(self, pid: int, action: Callable[[Process], None]) -> None:
        with closing(self.source.open(pid)) as process:
            if self.ranges and not any(cut(process.areas, self.ranges)):
                where = " ".join(self.args.range)
                raise InputError(f"process {pid} maps nothing in {where}")
            action(process)
            if process.unread:
                nr = len(process.unread)
                self.left.append(f'{nr} lines of process {pid}, the first "{process.unread[0]}"')
                self.codes.append(NotModelled.exit_code)
            elif process.missed and not process.is_there():
                self.left.append(f"a part of process {pid}, which ended meanwhile")
                self.codes.append(NotModelled.exit_code)

    def _failed(self, pid: int, error: Exception) -> None:
        """Count and note a process that could not be read."""
        if isinstance(error, InputError) and not self.args.pid:
            self.ended += 1
            return
        if isinstance(error, LinuxmmError):
            self.left.append(str(error))
            self.codes.append(error.exit_code)
        else:
            code, why = told(error, f"process {pid}")
            self.told.append(why)
            self.codes.append(code)

    def report(self, process: Process) -> Report:
        """What there is to say of a process."""
        counter = count_scan if self.args.scan else None
        with Progress(f"reading {process.pid}") as progress:
            return make_report(
                self.machine, process, self.judges, self.ranges, progress.update, counter
            )

    # --- writing
    def say(self, text: str) -> None:
        if self.out is sys.stdout:
            print_text(text)
        else:
            self.out.write(text)

    def once(self) -> None:
        """Everything that was asked for, of every process."""
        args = self.args
        if args.scenario:
            self.each(self._scenario)
        elif args.format == "parquet" or (args.pages and args.format == "csv"):
            self._table()
        elif args.pages or args.format == "csv":
            self._runs()
        elif args.format in ("json", "jsonl"):
            self._json()
        elif self.page:
            self._html(self.page)
        elif args.all:
            self._summary()
        else:
            self._text()
        if self.ended:
            why = "ended before they were read" + ", or map nothing there" * bool(self.ranges)
            say(f"{self.ended} processes {why}")
        most = MOST_NAMED if self.args.pid else 1
        for why in self.left[:most]:
            say(f"not read: {why}")
        if len(self.left) > most:
            say(f"and {len(self.left) - most} more could not be read")
        self.left, self.ended = [], 0

    def _text(self) -> None:
        from linuxmm.inspect.text import report_text, summary_head, summary_line

        lines: list[str] = []

        def show(process: Process) -> None:
            report = self.report(process)
            totals, differences = self.source.totals(report, self.judges)
            changed = self._what_if(report)
            text = report_text(
                report,
                totals,
                differences,
                changed,
                shared=self._sharing(report),
                every_vma=self.args.vma,
                colour=self.out.isatty(),
            )
            more = self.source.text(report)
            self.say("\n" * bool(lines) + text + (f"\n{more}" if more else ""))
            lines.append(summary_line(report) if len(self.pids) > 1 else "")

        self.each(show)
        if len(lines) > 1:
            self.say("\n".join(["", "TOGETHER", summary_head(), *lines, ""]))

    def _summary(self) -> None:
        from linuxmm.inspect.text import foreign_lines, summary_head, summary_line

        for line in (*foreign_lines(foreign(self.machine, self.judges)), summary_head()):
            self.say(line + "\n")
        self.each(lambda process: self.say(summary_line(self.report(process)) + "\n"))

    def _json(self) -> None:
        """One document, also when it is told to end: then of the processes that are done.

        As lines: an object for each process as soon as it is done, then what is missing.
        """
        from linuxmm.inspect.document import SCHEMA, document

        found: list[dict[str, object]] = []

        def add(process: Process) -> None:
            report = self.report(process)
            totals, differences = self.source.totals(report, self.judges)
            changed, shared = self._what_if(report), self._sharing(report)
            shown = document(report, totals, differences, changed, self.args.vma, shared)
            shown |= self.source.document(report)
            if lines:
                self.say(as_json({"schema": SCHEMA, **shown}, None) + "\n")
            else:
                found.append(shown)

        lines = self.args.format == "jsonl"
        try:
            self.each(add)
        except KeyboardInterrupt:
            self.interrupted = True
        whole: dict[str, object] = (
            {"schema": SCHEMA}
            if lines
            else {
                "schema": SCHEMA,
                "processes": found,
            }
        )
        whole |= {"not_read": [*self.left, *self.told], "ended": self.ended}
        whole |= {"interrupted": self.interrupted}
        self.say((as_json(whole, None) if lines else as_json(whole)) + "\n")

    def _html(self, page: "Page") -> None:
        """One page, also when it is told to end: then of the processes that are done."""
        from linuxmm.picture.inspect import MOST_WHOLE, html, line

        is_whole = len(self.pids) <= MOST_WHOLE

        def show(process: Process) -> None:
            report = self.report(process)
            totals = self.source.totals(report, self.judges) if is_whole else ([], [])
            self.say((html(report, *totals) if is_whole else line(report)) + "\n")

        self.say(page.head + "\n")
        try:
            self.each(show)
        except KeyboardInterrupt:
            self.interrupted = True
        missing: list[dict[str, object]] = [
            {"what": "not read", "why": why} for why in (*self.left, *self.told)
        ]
        if self.interrupted:
            missing.append({"what": "interrupted", "why": "the processes behind are missing"})
        self.say((page.missing(missing) + "\n" if missing else "") + page.foot + "\n")

    def _what_if(self, report: Report) -> WhatIf | None:
        kind = self.args.what_if
        return what_if(report.rows, self.judges[0], kind) if kind else None

    def _sharing(self, report: Report) -> "Sharing | None":
        from linuxmm.inspect.sharing import sharing

        if not self.args.counts:
            return None
        with Progress("reading kpagecount") as progress:
            return sharing(self.machine, report.process, self.ranges, progress.update)

    def _scenario(self, process: Process) -> None:
        """The shape of one process as a scenario (`-`: on standard output)."""
        from linuxmm.inspect.scenario import scenario_text

        text = scenario_text(self.report(process))
        if self.args.scenario == "-":
            self.say(text)
        else:
            write_file(self.args.scenario, text.encode())

    def _runs(self) -> None:
        """Runs of equal pages, in columns or as CSV or JSON lines."""
        from linuxmm.inspect.document import COLUMNS, runs_of_pages

        writer = csv.writer(self.out, lineterminator="\n")
        if self.args.format == "csv":
            writer.writerow(("pid", *COLUMNS))

        def show(process: Process) -> None:
            for run in runs_of_pages(self.machine, process, self.ranges):
                if self.args.format == "csv":
                    writer.writerow((process.pid, *run))
                elif self.args.format in ("json", "jsonl"):
                    found = {"pid": process.pid, **dict(zip(COLUMNS, run, strict=True))}
                    self.out.write(as_json(found, None) + "\n")
                else:
                    self.out.write(_columns(*run) + "\n")

        self.each(show)

    def _table(self) -> None:
        """Every page as CSV or Parquet."""
        from linuxmm.inspect.table import CsvWriter, ParquetWriter, table

        counts = self.args.counts
        with ExitStack() as stack:
            writer: CsvWriter | ParquetWriter
            if self.args.format == "parquet":
                stream = stack.enter_context(replacing(self.args.output))
                writer = stack.enter_context(ParquetWriter(stream, counts))
            else:
                writer = CsvWriter(self.out, counts)

            def show(process: Process) -> None:
                with Progress(f"reading {process.pid}") as progress:
                    found = table(self.machine, process, self.ranges, counts, progress.update)
                    writer.write(process.pid, found)

            self.each(show)

    # --- periodic
    def again_and_again(self) -> None:
        """What changed since the last look, until the processes are gone."""
        from linuxmm.inspect.changes import State, lines_of, state_of

        before: dict[int, State] = {}
        every = list(self.pids)
        while every:
            for pid in list(every):
                now_is = time.strftime("%H:%M:%S")
                try:
                    with closing(self.source.open(pid)) as process:
                        now = state_of(self.report(process))
                except LinuxmmError as error:
                    self.say(f"{now_is} {one_line(str(error))}\n")
                    every.remove(pid)
                    continue
                except OSError:
                    raise  # of our output
                except Exception as error:
                    self.codes.append(told(error, f"process {pid}")[0])
                    every.remove(pid)
                    continue
                first, *more = lines_of(before.get(pid, now), now)
                self.say(f"{now_is} {pid}: {first}\n")
                self.say("".join(f"{line}\n" for line in more))
                before[pid] = now
            self.out.flush()
            if every:
                time.sleep(self.args.periodic)


def _columns(addr: str, pages: int, kind: str, place: str, letters: str, flags: str) -> str:
    """A run of equal pages as a line."""
    where = one_line(place)
    return f"{addr[2:]:>16} {pages:>7} {kind:<8} {where:<7} {letters:<4} {flags}".rstrip()
