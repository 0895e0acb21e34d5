"""``linuxmm gen``: a scenario from a seed, to run on the model or on a real kernel."""

import argparse
import os
import re

from linuxmm.cli.main import OK
from linuxmm.cli.out import print_json
from linuxmm.errors import InputError
from linuxmm.generate import TARGETS, Wish, check, generate
from linuxmm.generate.kinds import KINDS
from linuxmm.generate.scenario import FEWEST, LIMIT, MOST

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
    parser.add_argument("--format", choices=("text", "json"), default="text")


def _wrapped(words: list[str]) -> str:
    half = len(words) // 2 + 1
    return " ".join(words[:half]) + "\n            " + " ".join(words[half:])


def seed(text: str) -> int:
    """A seed: any number that is not negative."""
    if not (text.isascii() and text.isdigit()) or len(text) > 19 or int(text) >= MAX_SEED:
        raise argparse.ArgumentTypeError(f"{text} is no seed from 0 to {MAX_SEED - 1}")
    return int(text)


def count(text: str) -> int:
    """How many scenarios."""
    if not (text.isascii() and text.isdigit()) or len(text) > 6 or not 1 <= int(text) <= MAX_COUNT:
        raise argparse.ArgumentTypeError(f"{text} is no count from 1 to {MAX_COUNT}")
    return int(text)


def span(text: str) -> tuple[int, int]:
    """`1-8`, `5`."""
    match = _SPAN.fullmatch(text)
    first = int(match[1]) if match else 0
    last = int(match[2]) if match and match[2] else first
    if not 1 <= first <= last <= LIMIT:
        raise argparse.ArgumentTypeError(f"{text} is no number of steps; written 1-8 or 5")
    return first, last


def run(args: argparse.Namespace) -> int:
    """Print one, write many."""
    fewest, most = args.steps
    wish = Wish(TARGETS[args.target], fewest, most, args.kind, args.verb)
    check(wish)
    seeds = range(args.seed, args.seed + args.count)
    if args.out:
        _write(args.out, seeds, wish)
    elif args.format == "json":
        made = [{"seed": seed, "text": generate(seed, wish)} for seed in seeds]
        print_json({"schema": "linuxmm/gen/1", "scenarios": made})
    elif args.count > 1:
        raise InputError(f"{args.count} scenarios are {args.count} files: say where with --out DIR")
    else:
        print(generate(args.seed, wish), end="")
    return OK


def _write(folder: str, seeds: range, wish: Wish) -> None:
    """A file each; one that says something else already is not overwritten."""
    os.makedirs(folder, exist_ok=True)
    for seed in seeds:
        path, text = os.path.join(folder, f"{seed}.mm"), generate(seed, wish)
        try:
            with open(path, "x") as stream:
                stream.write(text)
        except FileExistsError:
            with open(path) as stream:
                same = stream.read() == text
            if not same:
                raise InputError("is there already and says something else", file=path) from None
