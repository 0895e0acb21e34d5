# SPDX-License-Identifier: GPL-2.0-or-later
"""``linuxmm validate``: is the model right? A real kernel plays the same scenario."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from linuxmm.cli.files import scenario_files
from linuxmm.cli.gen import seed
from linuxmm.cli.main import BUG, INTERRUPTED, OK, SKIPPED, UNDECIDED, VIOLATED, told
from linuxmm.cli.numbers import whole
from linuxmm.cli.out import print_json, say
from linuxmm.cli.progress import Progress
from linuxmm.cli.several import UNFINISHED, Attempts
from linuxmm.cli.spreading import add_arguments, asked, refuse
from linuxmm.errors import InputError, LinuxmmError, ScenarioError
from linuxmm.kernels import DEFAULT_KERNEL
from linuxmm.kernels import load as load_kernel
from linuxmm.scenario.parse import load
from linuxmm.scenario.tree import Scenario

if TYPE_CHECKING:
    from linuxmm.kernels import Kernel
    from linuxmm.spread.launch import Launcher
    from linuxmm.validate.onsource import SourceJudge
    from linuxmm.validate.score import Judging, Verdict
    from linuxmm.validate.vm import Image

HELP = "Is the model right? Every observable of a scenario, compared with a real kernel."
_EPILOG = """\
examples:
  linuxmm validate scenarios/ --on vm        # Debian's 6.1 in a virtual machine
  linuxmm validate a.mm b.mm --on host       # the running kernel, natively
  linuxmm validate a.mm --on vm --repeat 20
  linuxmm validate scenarios/ --on vm --kernel-image 6.12   # Debian's (make vm KERNEL=6.12)
  linuxmm validate --generated 3000 --on vm --jobs 8        # eight guests
  linuxmm validate a.mm --kernel mine.toml   # does it behave by these rules?
  linuxmm validate --generated 500 --seed 1 --on host   # of linuxmm gen
  linuxmm validate a.mm --on vm --kernel-image arch/x86/boot/bzImage --headers .
  linuxmm validate scenarios/ --on source --tree linux-6.1   # by the kernel's own C
  linuxmm validate scenarios/ --on source --tree linux-6.1 --each   # each function alone too
  linuxmm validate scenarios/ --on source --tree linux-6.1 --compiled   # and as machine code

Steps that the kernel at hand cannot play are left out on both sides, counted and
told; linuxmm doctor says what this machine can run, make vm installs the rest.

exit codes: 0 everything compared agrees, 1 a disagreement, 2 bad input,
3 nothing could be compared or a run broke off, 4 something is missing here,
70 a bug of linuxmm in one of them (the others are played all the same)"""
_CODES: Final = {
    "agree": OK, "disagree": VIOLATED, "undecided": UNDECIDED, "skipped": SKIPPED, "fault": BUG,
}  # fmt: skip
MAX_SMALL: Final = 200  # disagreements that are made small, of one run


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.epilog = _EPILOG
    parser.add_argument("files", nargs="*", metavar="FILE", help="a scenario, or a folder of them")
    parser.add_argument(
        "--generated", type=_count, default=0, metavar="N", help="N scenarios of linuxmm gen"
    )
    parser.add_argument("--seed", type=seed, default=0, metavar="N", help="of the first of them")
    parser.add_argument("--on", choices=("host", "vm", "source"), default="vm", help="default: vm")
    parser.add_argument("--tree", default="", metavar="DIR", help="--on source: its C is executed")
    parser.add_argument(
        "--each", action="store_true", help="--on source: each function alone as well"
    )
    parser.add_argument(
        "--compiled", action="store_true", help="--on source: the same text compiled as well"
    )
    parser.add_argument("--repeat", type=_count, default=1, metavar="N", help="play each so often")
    parser.add_argument(
        "--kernel",
        default="",
        metavar="K",
        help="the model's rules: a name or FILE.toml; else those nearest to the kernel "
        f"(--on source: {DEFAULT_KERNEL})",
    )
    parser.add_argument(
        "--kernel-image",
        default="",
        metavar="PATH",
        help="a bzImage of yours, or a series of Debian's: 6.12 (default: 6.1)",
    )
    parser.add_argument(
        "--headers", default="", metavar="DIR", help="build tree for its modules; runs its Makefile"
    )
    parser.add_argument("--modules", default="", metavar="DIR", help="test_hmm.ko and mmprobe.ko")
    parser.add_argument(
        "--no-minimise", action="store_true", help="leave disagreements as they were found"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    add_arguments(parser)


def _count(text: str) -> int:
    return whole(text, "count", 1, 100_000)


@dataclass
class _Results:
    """What came of the plays: how many of each verdict, and of the verdicts what is still needed.

    That is all of them for JSON, without their steps, and else those to be made small.
    """

    keep_all: bool
    counts: Counter[str] = field(default_factory=Counter)
    kept: "list[Verdict]" = field(default_factory=list)
    differing: "list[Verdict]" = field(default_factory=list)

    def add(self, verdict: "Verdict") -> None:
        self.counts[verdict.verdict] += 1
        if verdict.verdict == "disagree" and len(self.differing) < MAX_SMALL:
            self.differing.append(verdict)
        elif self.keep_all:
            verdict.scenario = replace(verdict.scenario, steps=(), expects=())
        if self.keep_all:
            self.kept.append(verdict)

    def codes(self) -> list[int]:
        return [_CODES[verdict] for verdict in self.counts]


def run(args: argparse.Namespace) -> int:
    """Play everything; finished results are kept and shown whatever happens."""
    from linuxmm.validate import report

    work = Attempts()
    if not args.files and not args.generated:
        raise InputError("nothing to play: give a scenario, or --generated N")
    files = _readable(args.files, work)
    if not files and not args.generated:
        if args.format == "json":
            print_json({"schema": report.SCHEMA, "missing": work.missing})
        return work.code
    total = (sum(map(len, files)) + args.generated) * args.repeat
    results = _Results(args.format == "json")
    broke_off: BaseException | None = None
    with _opened(args, _first_boot(files)) as judge:
        try:
            _play(judge, _scenarios(files, args, work), total, results, args)
            _make_small(judge, results, args)
        except (KeyboardInterrupt, LinuxmmError) as error:  # a guest that does not boot again
            broke_off = error
        described = judge.describe()
    done = f"{results.counts.total()} of {total} scenarios"
    if args.format == "json":
        if broke_off is not None:
            _miss_the_rest(work, broke_off, done)
        print_json(work.with_missing(report.as_json(results.kept, judge.score, described, args.on)))
    else:
        print(report.summary(results.counts, judge.score, described, judge.differs.values()))
    if isinstance(broke_off, KeyboardInterrupt):
        raise KeyboardInterrupt(f"interrupted after {done}") from None
    if broke_off is not None:
        raise broke_off
    work.codes += results.codes()
    if not judge.score.compared:
        work.codes.append(UNDECIDED if set(results.counts) - {"skipped"} else SKIPPED)
    return work.code


def _miss_the_rest(work: Attempts, why: BaseException, done: str) -> None:
    """The run broke off: an interrupt, or a guest that does not boot again."""
    code, said = INTERRUPTED, UNFINISHED
    if isinstance(why, LinuxmmError):
        code, said = why.exit_code, str(why)
    work.miss(f"what comes after {done}", code, said)


def _play(
    judge: "Judging",
    scenarios: Iterator[Scenario],
    total: int,
    results: _Results,
    args: argparse.Namespace,
) -> None:
    """Each verdict is told as soon as it is there; of hundreds that agree, how many."""
    from linuxmm.validate import report

    with Progress("playing") as progress:
        for verdict in judge.judge_all(scenarios):
            judge.score.differences.clear()  # the verdict has its own
            results.add(verdict)
            if verdict.error is not None:
                told(verdict.error, verdict.scenario.name)
            shown = verdict.verdict != "agree" or not args.generated
            if shown and args.format == "text":
                print(report.line(verdict), flush=True)
            elif not shown:
                progress.update(results.counts.total(), total)


def _make_small(judge: "Judging", results: _Results, args: argparse.Namespace) -> None:
    """The smallest scenario of each disagreement, the kernel as judge."""
    from linuxmm.validate import report
    from linuxmm.validate.minimise import make_small

    if args.no_minimise:
        return
    for verdict in results.differing:
        if verdict.small is None:  # else whoever did the unit has
            make_small(judge, verdict)
        if args.format == "text":
            print("\n" + report.small(verdict), flush=True)
    more = results.counts["disagree"] - len(results.differing)
    if more:
        say(f"{more} more that disagree were not made small (at most {MAX_SMALL} are)")


def _readable(paths: list[str], work: Attempts) -> list[list[str]]:
    """Every file that has a scenario in it, those that need the same boot together."""
    found: dict[tuple[str, ...], list[str]] = {}
    for path in paths:
        files = scenario_files([path])
        if not files:
            say(f"{path} has no scenario (*.mm)")
            work.miss(path, ScenarioError.exit_code, "has no scenario (*.mm)")
        for file in files:
            read = _load(file, work)
            if read is not None:
                found.setdefault(read.machine.boot_words, []).append(file)
    return [found[boot] for boot in sorted(found)]


def _first_boot(files: list[list[str]]) -> tuple[str, ...]:
    """What the scenarios that are played first need."""
    return load(files[0][0]).machine.boot_words if files else ()


def _load(file: str, work: Attempts) -> Scenario | None:
    """The scenario of a file; None, and why is told, where there is none."""
    try:
        return load(file)
    except InputError as error:
        say(str(error))
        work.miss(file, error.exit_code, str(error))
    return None


def _scenarios(
    files: list[list[str]], args: argparse.Namespace, work: Attempts
) -> Iterator[Scenario]:
    """Everything that is to be played, each made when its turn comes."""
    groups = files or [[]]
    for number, group in enumerate(groups):
        for _ in range(args.repeat):
            for file in group:
                read = _load(file, work)  # again: all of them at once may be more than fits
                if read is not None:
                    yield read
            if number == 0:  # without a word: as it boots
                yield from _generated(args, work)


def _generated(args: argparse.Namespace, work: Attempts) -> Iterator[Scenario]:
    """Scenarios that the judge can play, from a seed."""
    from linuxmm.generate import TARGETS, Wish, scenario

    wish = Wish(TARGETS[_target(args)])
    for i in range(args.generated):
        try:
            made = scenario(args.seed + i, wish)
        except Exception as error:  # one seed that we cannot make costs no other its result
            seeded = f"seed {args.seed + i}"
            work.miss(seeded, *told(error, seeded))
        else:
            yield made


def _target(args: argparse.Namespace) -> str:
    """Whose steps are generated: somebody's kernel may have what Debian's have not."""
    from linuxmm.validate.vm import is_series

    if args.on == "source":
        return "model"
    of_somebody = args.kernel_image and not is_series(args.kernel_image)
    return "own" if args.on == "vm" and of_somebody else str(args.on)


def _opened(args: argparse.Namespace, words: tuple[str, ...]) -> "Judging":
    """Who judges.  `words`: of the first boot."""
    from linuxmm.validate.judge import NEAREST, HostJudge, VmJudge
    from linuxmm.validate.vm import find_image

    away = asked(args)
    if args.on == "host" or args.compiled:
        refuse(args, "--on host" if args.on == "host" else "--compiled")
    kernel = load_kernel(args.kernel or DEFAULT_KERNEL)
    rules = kernel if args.kernel else NEAREST
    if args.on == "source":
        from linuxmm.validate.onsource import SourceJudge

        if not args.tree:
            raise InputError("--on source needs --tree DIR: a kernel tree whose C is executed")
        with Progress("compiling the core and the text") as progress:
            told_far = progress.update if args.compiled else None
            source = SourceJudge(args.tree, kernel, args.each, told_far)
        return _spread(away, source, None, args) if away else source
    if args.each:
        raise InputError("--each is for --on source: functions of a tree, one by one")
    if args.compiled:
        raise InputError("--compiled is for --on source: functions of a tree, as machine code")
    if args.on == "host":
        return HostJudge(kernel=rules, tell=say)
    image = find_image(args.kernel_image, args.modules, args.headers)
    if away is not None:
        return _spread(away, image, kernel if args.kernel else None, args)
    if sys.stderr.isatty():
        say("booting a virtual machine ...")
    return VmJudge(image, rules, words)


def _spread(
    away: "Launcher",
    with_: "Image | SourceJudge",
    kernel: "Kernel | None",
    args: argparse.Namespace,
) -> "Judging":
    """Scenarios in units: guests, or processes that have the tree's text."""
    from linuxmm.validate.onsource import SourceJudge
    from linuxmm.validate.units import UnitJudge, against_image, against_tree

    small = not args.no_minimise
    if isinstance(with_, SourceJudge):
        return UnitJudge(away, against_tree(with_, small))
    return UnitJudge(away, against_image(with_, kernel, small))
