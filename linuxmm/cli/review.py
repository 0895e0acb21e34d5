"""``linuxmm review``: what does this patch change, fix and break?"""

import argparse
import os
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from linuxmm.cli.main import worst_exit
from linuxmm.cli.out import print_json
from linuxmm.cli.progress import Progress
from linuxmm.errors import InputError

if TYPE_CHECKING:
    from linuxmm.review.rerun import Again
    from linuxmm.review.run import Review

HELP = """\
What does this patch change, fix and break? With a minimal scenario for each finding.

PATCH is a patch mail, an mbox (each patch on top of the last), git format-patch output, the
text of a list-archive page, a diff, - for standard input, A..B for two kernels (built-in names,
aliases or TOML files), or with --tree DIR a range of its commits."""
_EPILOG = """\
examples:
  linuxmm review v5.17-coherent..split-v1
  linuxmm review patch.mail
  b4 am -o- MSGID | linuxmm review -
  linuxmm review patch.mail --base v6.1 --tree ~/linux
  linuxmm review HEAD~3..HEAD --tree .
  linuxmm review v6.1..mine.toml --format json
  linuxmm review patch.mail --save-witnesses DIR

exit codes: 0 all of it was read and judged and nothing differs, 1 something
is introduced or changed, 2 bad input, 3 undecided: partly read, not modelled"""


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.epilog = _EPILOG
    parser.add_argument("patch", metavar="PATCH", help="a patch, - or A..B")
    parser.add_argument(
        "--base",
        metavar="K",
        default="",
        help="the kernel that a patch applies to (default: the one its context fits best)",
    )
    parser.add_argument("--tree", metavar="DIR", default="", help="read whole functions there")
    parser.add_argument("--format", choices=("text", "json", "b4"), default="text")
    parser.add_argument("--remaining", action="store_true", help="also what was broken before")
    parser.add_argument("--short", action="store_true", help="the counts and a line a finding")
    parser.add_argument("--verbose", "-v", action="store_true", help="a witness for every choice")
    parser.add_argument(
        "--save-kernels", metavar="DIR", default="", help="write the kernels of patches there"
    )
    parser.add_argument(
        "--save-witnesses", metavar="DIR", default="",
        help="write the witness of each finding there, and the kernels if nowhere else",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Review the input and print it; several patches give the worst exit code."""
    from linuxmm.review.rerun import Again
    from linuxmm.review.run import reviews
    from linuxmm.review.saved import Saved

    if args.short and args.format != "text":
        raise InputError("--short is a form of the text: leave --format out")
    started = time.monotonic()
    done: list[Review] = []
    again = Again.of(args.patch, args.base, args.tree, args.remaining)
    saved = Saved(args.save_kernels, args.save_witnesses, args.remaining)
    with _Parts() as parts:
        for review in reviews(args.patch, args.base, args.tree, parts.update):
            parts.clear()
            review, files = saved.of(review)
            if args.format == "text":
                _print_text(review, args, replace(again, files=files), first=not done)
            done.append(review)
    if args.format == "text" and len(done) > 1:
        from linuxmm.review.series import screen

        print("\n" + "-" * 80 + "\n\n" + screen(done), end="", flush=True)
    if args.format != "text":
        _print_json(done, args.format)
    elif time.monotonic() - started > 2:
        print(f"linuxmm: took {time.monotonic() - started:.0f} s", file=sys.stderr)
    return worst_exit(review.exit_code for review in done)


def _print_text(review: "Review", args: argparse.Namespace, again: "Again", first: bool) -> None:
    from linuxmm.review.report import coloured, report
    from linuxmm.review.summary import short

    if args.short:
        print(("" if first else "\n") + short(review, remaining=args.remaining), end="", flush=True)
        return
    text = report(review, remaining=args.remaining, verbose=args.verbose, again=again)
    if sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
        text = coloured(text)
    print(text if first else "\n" + "-" * 80 + "\n\n" + text, end="", flush=True)


def _print_json(done: "list[Review]", output: str) -> None:
    """One object for one patch, an array for several; b4 always reads an array."""
    from linuxmm.review.b4 import as_b4
    from linuxmm.review.report_json import as_json

    if output == "b4":
        print_json(as_b4(done), indent=1)
        return
    objects = [as_json(review) for review in done]
    print_json(objects[0] if len(objects) == 1 else objects, indent=1)


class _Parts:
    """Progress of work in several parts, one line on standard error."""

    def __init__(self) -> None:
        self._what = ""
        self._progress: Progress | None = None

    def update(self, what: str, done: int, total: int) -> None:
        """How far a part is; a new part starts a new line."""
        if what != self._what or self._progress is None:
            self.clear()
            self._what, self._progress = what, Progress(what)
        self._progress.update(done, total)

    def clear(self) -> None:
        """Take the line away before something is printed."""
        if self._progress is not None:
            self._progress.close()
        self._what, self._progress = "", None

    def __enter__(self) -> "_Parts":
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()
