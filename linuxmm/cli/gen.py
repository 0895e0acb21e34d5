# SPDX-License-Identifier: GPL-2.0-or-later
"""``linuxmm gen``: a scenario from a seed, to run on the model or on a real kernel."""

import argparse
import os
import re

from linuxmm.cli.numbers import MOST_SHOWN, whole
from linuxmm.cli.out import print_json, print_text
from linuxmm.cli.several import FORMATS, FORMATS_HELP, Document, LongWork
from linuxmm.errors import InputError, one_line
from linuxmm.files import read_file, write_file
from linuxmm.generate import TARGETS, Wish, check, generate
from linuxmm.generate.kinds import KINDS
from linuxmm.generate.scenario import FEWEST, LIMIT, MOST
from linuxmm.scenario.words import MAX_BYTES

SCHEMA = "linuxmm/gen/1"
HELP = "A scenario from a seed: page kind x mapping x operation x flag."
_EPILOG = """\
examples:
  linuxmm gen --seed 7
  linuxmm gen --seed 7 --kind coherent --verb mprotect | linuxmm run -
  linuxmm gen --for host --count 500 --out generated/
  linuxmm gen --steps 12-20 --for vm
  linuxmm validate --generated 500 --seed 1 --on host     # the same, judged

The same seed and options give the same bytes for ever. --for says who is to play
it, and with that which page kinds, verbs and devices it may use:
{targets}
page kinds: {kinds}

exit codes: 0 done, 2 bad input, 3 not modelled, 4 the target does not have it"""
_SPAN = re.compile(r"([0-9]{1,4})(?:-([0-9]{1,4}))?", re.ASCII)
MAX_SEED = 1 << 62
MAX_COUNT = 100_000


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    targets = "\n".join(f"  {target.name:6} {target.says}" for target in TARGETS.values())
    parser.epilog = _EPILOG.format(targets=targets, kinds=_wrapped(list(KINDS)))
    parser.add_argument("--seed", type=seed, default=0, metavar="N", help="default: 0")
    parser.add_argument(
        "--count", type=count, default=1, metavar="N", help="so many: of this seed and the next"
    )
    parser.add_argument(
        "--steps", type=span, default=(FEWEST, MOST), metavar="A-B", help="how many; default: 1-8"
    )
    parser.add_argument("--for", dest="target", choices=tuple(TARGETS), default="model")
    parser.add_argument("--kind", default="", metavar="KIND", help="about pages of this kind")
    parser.add_argument("--verb", default="", metavar="VERB", help="with a step of this verb")
    parser.add_argument("--out", default="", metavar="DIR", help="as DIR/SEED.mm")
    parser.add_argument("--format", choices=FORMATS, default="text", help=FORMATS_HELP)


def _wrapped(words: list[str]) -> str:
    half = len(words) // 2 + 1
    return " ".join(words[:half]) + "\n            " + " ".join(words[half:])


def seed(text: str) -> int:
    """A seed: any number that is not negative."""
    return whole(text, "seed", 0, MAX_SEED - 1)


def count(text: str) -> int:
    """How many scenarios."""
    return whole(text, "count", 1, MAX_COUNT)


def span(text: str) -> tuple[int, int]:
    """`1-8`, `5`."""
    match = _SPAN.fullmatch(text)
    first = int(match[1]) if match else 0
    last = int(match[2]) if match and match[2] else first
    if not 1 <= first <= last <= LIMIT:
        shown = one_line(text, MOST_SHOWN)
        raise argparse.ArgumentTypeError(f"{shown} is no number of steps; written 1-8 or 5")
    return first, last


def run(args: argparse.Namespace) -> int:
    """Print one, write many."""
    fewest, most = args.steps
    wish = Wish(TARGETS[args.target], fewest, most, args.kind, args.verb)
    check(wish)
    seeds = range(args.seed, args.seed + args.count)
    if args.format == "text" and args.count > 1 and not args.out:
        raise InputError(f"{args.count} scenarios are {args.count} files: say where with --out DIR")
    if args.out:
        os.makedirs(args.out, exist_ok=True)
    made: list[Document] = []
    with LongWork("generating", "scenarios") as work:
        for number in work.each(seeds, "scenarios", str):
            text = work.attempt(f"seed {number}", generate, number, wish)
            if text is None:
                continue
            if args.out:
                _write(args.out, number, text)
            elif args.format == "text":
                print_text(text)
            elif args.format == "jsonl":
                print_json({"schema": SCHEMA, "seed": number, "text": text}, indent=None)
            else:
                made.append({"seed": number, "text": text})
    if args.format == "json" and not args.out:
        print_json(work.with_missing({"schema": SCHEMA, "scenarios": made}))
    elif args.format == "jsonl" and work.missing:
        print_json(work.with_missing({"schema": SCHEMA}), indent=None)
    return work.finish()


def _write(folder: str, seed: int, text: str) -> None:
    """A file; one that says something else already is not overwritten."""
    path = os.path.join(folder, f"{seed}.mm")
    try:
        write_file(path, text.encode(), overwrite=False)
    except FileExistsError:
        if read_file(path, MAX_BYTES) != text.encode():
            raise InputError("is there already and says something else", file=path) from None
