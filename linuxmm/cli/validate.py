"""``linuxmm validate``: is the model right? A real kernel plays the same scenario."""

import argparse
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from linuxmm.cli.main import OK, SKIPPED, UNDECIDED, VIOLATED, say, worst_exit
from linuxmm.errors import InputError, ScenarioError, printable
from linuxmm.scenario.outcome import Json
from linuxmm.scenario.parse import load
from linuxmm.scenario.tree import Scenario

if TYPE_CHECKING:
    from collections import Counter

    from linuxmm.validate.judge import Judge
    from linuxmm.validate.score import Score, Verdict

HELP = "Is the model right? Every observable of a scenario, compared with a real kernel."
_EPILOG = """\
examples:
  linuxmm validate scenarios/ --on vm        # Debian's 6.1 in a virtual machine
  linuxmm validate a.mm b.mm --on host       # the running kernel, natively
  linuxmm validate a.mm --on vm --repeat 20
  linuxmm validate a.mm --on vm --kernel-image arch/x86/boot/bzImage --modules DIR

Steps that the kernel at hand cannot play are left out on both sides, counted and
told; linuxmm doctor says what this machine can run, make vm installs the rest.

exit codes: 0 everything compared agrees, 1 a disagreement, 2 bad input,
3 nothing could be compared or a run broke off, 4 something is missing here"""
_CODES: Final = {"agree": OK, "disagree": VIOLATED, "undecided": UNDECIDED, "skipped": SKIPPED}
_SHOWN: Final = 8  # differences of one scenario in the text


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.epilog = _EPILOG
    parser.add_argument("files", nargs="+", metavar="FILE", help="a scenario, or a folder of them")
    parser.add_argument("--on", choices=("host", "vm"), default="vm", help="default: vm")
    parser.add_argument("--repeat", type=_count, default=1, metavar="N", help="play each so often")
    parser.add_argument("--kernel-image", default="", metavar="PATH", help="a kernel of yours")
    parser.add_argument("--modules", default="", metavar="DIR", help="test_hmm.ko and mmprobe.ko")
    parser.add_argument(
        "--no-minimise", action="store_true", help="leave disagreements as they were found"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")


def _count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 100_000:
        raise argparse.ArgumentTypeError(f"{text} is no count from 1 to 100000")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Play everything; finished results are kept and shown whatever happens."""
    signal.signal(signal.SIGTERM, _stop)
    codes: list[int] = []
    scenarios = list(_scenarios(args.files, codes))
    if not scenarios:
        return worst_exit(codes)
    done: list[Verdict] = []
    interrupted = False
    with _opened(args) as judge:
        try:
            for verdict in judge.judge_all(scenarios * args.repeat):
                done.append(verdict)
                if args.format == "text":
                    print(_line(verdict), flush=True)
            if not args.no_minimise:
                _minimise(judge, done, args.format == "text")
        except KeyboardInterrupt:
            interrupted = True
        described = judge.describe()
    if args.format == "json":
        print(json.dumps(_as_json(done, judge.score, described, args.on), indent=2))
    else:
        print(_summary(done, judge.score, described))
    if interrupted:
        raise KeyboardInterrupt
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


def _opened(args: argparse.Namespace) -> "Judge":
    from linuxmm.validate.judge import HostJudge, VmJudge
    from linuxmm.validate.vm import find_image

    if args.on == "host":
        return HostJudge()
    image = find_image(args.kernel_image, args.modules)
    if sys.stderr.isatty():
        say("booting a virtual machine ...")
    return VmJudge(image)


# --- disagreements, made small --------------------------------------------------------------------
def _minimise(judge: "Judge", done: "list[Verdict]", told: bool) -> None:
    """The smallest scenario that still differs in the same observable, for each that differs."""
    from linuxmm.validate.minimise import minimise
    from linuxmm.validate.score import Score

    for verdict in done:
        if verdict.verdict != "disagree" or verdict.small is not None:
            continue
        wanted = verdict.differences[0].observable.split()[-1]
        kept, scratch = judge.score.__dict__.copy(), Score()

        def differs(smaller: Scenario, wanted: str = wanted) -> bool:
            found = next(judge.judge_all([smaller])).differences
            return any(difference.observable.split()[-1] == wanted for difference in found)

        judge.score.__dict__.update(scratch.__dict__)
        try:
            verdict.small = minimise(verdict.scenario, differs)
        finally:
            judge.score.__dict__.update(kept)
        if told:
            print(_small_text(verdict))


def _small_text(verdict: "Verdict") -> str:
    from linuxmm.scenario.format import format_scenario

    assert verdict.small is not None
    lines = [f"\n{verdict.scenario.name}: the smallest that still differs:"]
    lines += ["    " + line for line in format_scenario(verdict.small).splitlines() if line]
    return printable("\n".join(lines))


# --- text -----------------------------------------------------------------------------------------
def _line(verdict: "Verdict") -> str:
    """One scenario: verdict, observables, what was left out, where it differs first."""
    name = verdict.scenario.name
    text = f"{verdict.verdict:9} {name[:44]:44} {verdict.compared:6} compared"
    if verdict.dropped:
        text += f", {verdict.dropped} steps left out"
    lines = [text]
    if verdict.reason:
        lines.append(f"          {verdict.reason.splitlines()[-1]}")
    for difference in verdict.differences[:_SHOWN]:
        lines.append(f"  line {difference.line}: {difference.step}: {difference.observable}")
        lines.append(f"      model   {difference.model}")
        lines.append(f"      kernel  {difference.host}")
    more = len(verdict.differences) - _SHOWN
    if more > 0:
        lines.append(f"  ... and {more} more")
    return printable("\n".join(lines))


def _summary(done: "list[Verdict]", score: "Score", described: str) -> str:
    """Which kernel it was, how many scenarios came to what, and the scoreboard."""
    from linuxmm.validate.scoreboard import scoreboard

    counts = {word: sum(v.verdict == word for v in done) for word in _CODES}
    lines = [
        "",
        f"judge      {described}",
        "scenarios  " + ", ".join(f"{n} {word}" for word, n in counts.items() if n),
        *scoreboard(score),
    ]
    return printable("\n".join(lines))


# --- JSON -----------------------------------------------------------------------------------------
def _as_json(done: "list[Verdict]", score: "Score", described: str, on: str) -> Json:
    return {
        "schema": "linuxmm/validate/1",
        "on": on,
        "judge": described,
        "scenarios": [_verdict_json(verdict) for verdict in done],
        "compared": score.compared,
        "agreed": score.agreed.total(),
        "by_observable": _shares(score.seen, score.agreed),
        "by_system": _shares(score.seen_by_system, score.agreed_by_system),
        "by_kind": _shares(score.seen_by_kind, score.agreed_by_kind),
        "left_out": dict(score.skipped.most_common()),
        "not_compared": dict(score.masked.most_common()),
        "undecided": dict(score.undecided.most_common()),
    }


def _shares(seen: "Counter[str]", agreed: "Counter[str]") -> Json:
    return {what: {"compared": nr, "agreed": agreed[what]} for what, nr in sorted(seen.items())}


def _verdict_json(verdict: "Verdict") -> Json:
    from linuxmm.scenario.format import format_scenario

    return {
        "scenario": verdict.scenario.name,
        "file": verdict.scenario.file,
        "verdict": verdict.verdict,
        "reason": verdict.reason,
        "compared": verdict.compared,
        "steps_left_out": verdict.dropped,
        "differences": [
            {
                "line": d.line,
                "step": d.step,
                "observable": d.observable,
                "model": d.model,
                "kernel": d.host,
            }
            for d in verdict.differences
        ],
        "smallest": format_scenario(verdict.small) if verdict.small else None,
    }
