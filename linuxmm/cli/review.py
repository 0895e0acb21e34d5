# SPDX-License-Identifier: GPL-2.0-or-later
"""``linuxmm review``: what does this patch change, fix and break?"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from linuxmm.cli.out import print_text, say
from linuxmm.cli.pages import page_of
from linuxmm.cli.progress import Progress
from linuxmm.cli.several import FORMATS, FORMATS_HELP, Document, Several
from linuxmm.cli.spreading import add_arguments, asked, raised
from linuxmm.errors import InputError
from linuxmm.files import read_file
from linuxmm.printed import columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linuxmm.review.rerun import Again
    from linuxmm.review.run import Change, Review
    from linuxmm.review.series import Left

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
  linuxmm review patch.mail --tree ~/linux      # with the patch applied or without
  linuxmm review patch.mail --tree v6.1         # Debian's, after linuxmm source v6.1
  linuxmm review HEAD~3..HEAD --tree .
  linuxmm review v6.1..mine.toml --format json
  linuxmm review series.mbox --jobs 8           # patches beside each other
  linuxmm review patch.mail --format html > review.html
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
    parser.add_argument(
        "--tree", metavar="DIR", default="",
        help="sources to execute functions of: a folder, or a release that linuxmm source got",
    )  # fmt: skip
    parser.add_argument(
        "--format", choices=(*FORMATS, "b4", "html"), default="text", help=FORMATS_HELP
    )
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
    add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Review the input and print it; several patches give the worst exit code."""
    from linuxmm.review.rerun import Again
    from linuxmm.review.run import changes
    from linuxmm.review.saved import Saved
    from linuxmm.review.series import Left

    if args.short and args.format != "text":
        raise InputError("--short is a form of the text: leave --format out")
    started = time.monotonic()
    coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    done: list[Review] = []
    left = Left()
    found = changes(args.patch, args.base, args.tree)
    again = Again.of(args.patch, args.base, args.tree, args.remaining)
    saved = Saved(args.save_kernels, args.save_witnesses, args.remaining)
    with _several([change.title for change in found], args, coloured) as several, _Parts() as parts:
        told = _told(found, args, parts)
        for change, review_of in zip(found, told, strict=True):
            review = several.attempt(change.title, review_of)
            parts.clear()
            if review is None:
                several.show(None)
                continue
            several.codes.append(review.exit_code)
            kept = several.attempt(change.title, saved.of, review)
            review, files = kept if kept is not None else (review, again.files)
            here = replace(again, files=files)
            shown = several.attempt(change.title, _shown, review, args, here, coloured, left)
            several.show(*shown or ())
            done.append(review)
    if args.format == "text" and 1 < len(found) == len(done):
        from linuxmm.review.series import screen

        print_text("\n" + "-" * columns() + "\n\n" + screen(done))
    if args.format == "text" and time.monotonic() - started > 2:
        say(f"took {time.monotonic() - started:.0f} s")
    return several.code


def _told(
    found: "list[Change]", args: argparse.Namespace, parts: "_Parts"
) -> "Iterator[Callable[[], Review]]":
    """Each review in its turn, to be made here or made elsewhere already.

    Raises: InputError for what is no mail of patches.
    """
    away = asked(args)
    if away is None:
        return (partial(change.review, parts.update) for change in found)
    from linuxmm.review.away import reviews
    from linuxmm.review.mail import MAX_BYTES

    if not os.path.isfile(args.patch):
        raise InputError("--jobs and --scheduler are for a file with patches: mail, mbox, diff")
    data = read_file(args.patch, MAX_BYTES)
    made = reviews(away, found, data, args.patch, args.base, args.tree)
    return (partial(raised, each) for each in made)


def _several(titles: list[str], args: argparse.Namespace, coloured: bool) -> Several:
    """One object for one patch, an array for several; b4 always reads an array."""
    from linuxmm.review.b4 import not_reviewed
    from linuxmm.review.report_json import SCHEMA

    def of_b4(missing: Document) -> Document:
        return not_reviewed(missing, several.done if len(titles) > 1 else 0)

    is_b4 = args.format == "b4"
    several = Several(
        titles,
        "json" if is_b4 else args.format,
        SCHEMA,
        array=is_b4,
        indent=1,
        between="\n" if args.short else "\n" + "-" * columns() + "\n\n",
        coloured=coloured,
        entry=of_b4 if is_b4 else None,
        page=page_of(args.format, f"linuxmm review {args.patch}"),
    )
    return several


def _shown(
    review: "Review", args: argparse.Namespace, again: "Again", coloured: bool, left: "Left"
) -> "Sequence[str | Document]":
    """All that is shown of one review; left: what the parts before it left broken."""
    from linuxmm.review import report
    from linuxmm.review.b4 import as_b4
    from linuxmm.review.report_json import as_json
    from linuxmm.review.summary import short

    if args.format == "b4":
        return [{**check} for check in as_b4([review])]
    if args.format == "html":
        from linuxmm.picture.review import html

        return [html(review, again, remaining=args.remaining)]
    if args.format != "text":
        return [as_json(review, left.mended_by(review))]
    if args.short:
        return [short(review, remaining=args.remaining)]
    text = report.report(review, remaining=args.remaining, verbose=args.verbose, again=again)
    return [report.coloured(text) if coloured else text]


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
