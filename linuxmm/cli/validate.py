"""``linuxmm validate``: is the model right? A real kernel plays the same scenario."""

import argparse
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from linuxmm.cli.gen import seed
from linuxmm.cli.main import OK, SKIPPED, UNDECIDED, VIOLATED, worst_exit
from linuxmm.cli.numbers import whole
from linuxmm.cli.out import print_json, say
from linuxmm.cli.progress import Progress
from linuxmm.errors import InputError, LinuxmmError, ScenarioError
from linuxmm.kernels import load as load_kernel
from linuxmm.scenario.parse import load
from linuxmm.scenario.run import DEFAULT_KERNEL
from linuxmm.scenario.tree import Scenario

if TYPE_CHECKING:
    from linuxmm.validate.judge import Judge
    from linuxmm.validate.score import Verdict

HELP = "Is the model right? Every observable of a scenario, compared with a real kernel."
_EPILOG = """\
examples:
  linuxmm validate scenarios/ --on vm        # Debian's 6.1 in a virtual machine
  linuxmm validate a.mm b.mm --on host       # the running kernel, natively
  linuxmm validate a.mm --on vm --repeat 20
  linuxmm validate a.mm --kernel mine.toml   # does it behave by these rules?
  linuxmm validate --generated 500 --seed 1 --on host   # of linuxmm gen
  linuxmm validate a.mm --on vm --kernel-image arch/x86/boot/bzImage --headers .

Steps that the kernel at hand cannot play are left out on both sides, counted and
told; linuxmm doctor says what this machine can run, make vm installs the rest.

exit codes: 0 everything compared agrees, 1 a disagreement, 2 bad input,
3 nothing could be compared or a run broke off, 4 something is missing here"""
_CODES: Final = {"agree": OK, "disagree": VIOLATED, "undecided": UNDECIDED, "skipped": SKIPPED}


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.epilog = _EPILOG
    parser.add_argument("files", nargs="*", metavar="FILE", help="a scenario, or a folder of them")
    parser.add_argument(
        "--generated", type=_count, default=0, metavar="N", help="N scenarios of linuxmm gen"
    )
    parser.add_argument("--seed", type=seed, default=0, metavar="N", help="of the first of them")
    parser.add_argument("--on", choices=("host", "vm"), default="vm", help="default: vm")
    parser.add_argument("--repeat", type=_count, default=1, metavar="N", help="play each so often")
    parser.add_argument(
        "--kernel",
        default=DEFAULT_KERNEL,
        metavar="K",
        help="the model's rules: a name or FILE.toml",
    )
    parser.add_argument("--kernel-image", default="", metavar="PATH", help="a kernel of yours")
    parser.add_argument(
        "--headers", default="", metavar="DIR", help="build tree for its modules; runs its Makefile"
    )
    parser.add_argument("--modules", default="", metavar="DIR", help="test_hmm.ko and mmprobe.ko")
    parser.add_argument(
        "--no-minimise", action="store_true", help="leave disagreements as they were found"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")


def _count(text: str) -> int:
    return whole(text, "count", 1, 100_000)


def run(args: argparse.Namespace) -> int:
    """Play everything; finished results are kept and shown whatever happens."""
    from linuxmm.validate import report
    from linuxmm.validate.minimise import make_small
    from linuxmm.validate.score import AGREE, DISAGREE

    signal.signal(signal.SIGTERM, _stop)
    codes: list[int] = []
    if not args.files and not args.generated:
        raise InputError("nothing to play: give a scenario, or --generated N")
    scenarios = list(_scenarios(args.files, codes))
    scenarios += _generated(args)
    if not scenarios:
        return worst_exit(codes)
    done: list[Verdict] = []
    broke_off: BaseException | None = None
    with _opened(args) as judge, Progress("playing") as progress:
        try:
            total = len(scenarios) * args.repeat
            for verdict in judge.judge_all(scenarios * args.repeat):
                done.append(verdict)
                told = verdict.verdict != AGREE or not args.generated  # hundreds that agree
                if told and args.format == "text":
                    print(report.line(verdict), flush=True)
                elif not told:
                    progress.update(len(done), total)
            for verdict in done if not args.no_minimise else ():
                if verdict.verdict == DISAGREE:
                    make_small(judge, verdict)
                    if args.format == "text":
                        print("\n" + report.small(verdict), flush=True)
        except (KeyboardInterrupt, LinuxmmError) as error:  # a guest that does not boot again
            broke_off = error
        described = judge.describe()
    if args.format == "json":
        print_json(report.as_json(done, judge.score, described, args.on))
    else:
        print(report.summary(done, judge.score, described))
    if broke_off is not None:
        raise broke_off
    codes += [_CODES[verdict.verdict] for verdict in done]
    if not judge.score.compared:
        codes.append(UNDECIDED if any(v.verdict != "skipped" for v in done) else SKIPPED)
    return worst_exit(codes)


def _stop(number: int, frame: object) -> None:
    """Told to end: as after Ctrl-C, nothing is left behind."""
    raise KeyboardInterrupt


def _scenarios(paths: list[str], codes: list[int]) -> Iterator[Scenario]:
    """Every file; a folder means all scenarios below it."""
    for path in paths:
        files = sorted(map(str, Path(path).rglob("*.mm"))) if os.path.isdir(path) else [path]
        if not files:
            say(f"{path} has no scenario (*.mm)")
            codes.append(ScenarioError.exit_code)
        for file in files:
            try:
                yield load(file)
            except InputError as error:
                say(str(error))
                codes.append(error.exit_code)


def _generated(args: argparse.Namespace) -> Iterator[Scenario]:
    """Scenarios that the judge can play, from a seed."""
    from linuxmm.generate import TARGETS, Wish, scenario

    wish = Wish(TARGETS["own" if args.on == "vm" and args.kernel_image else args.on])
    return (scenario(args.seed + i, wish) for i in range(args.generated))


def _opened(args: argparse.Namespace) -> "Judge":
    from linuxmm.validate.judge import HostJudge, VmJudge
    from linuxmm.validate.vm import find_image

    kernel = load_kernel(args.kernel)
    if args.on == "host":
        return HostJudge(kernel=kernel)
    image = find_image(args.kernel_image, args.modules, args.headers)
    if sys.stderr.isatty():
        say("booting a virtual machine ...")
    return VmJudge(image, kernel)
