# SPDX-License-Identifier: GPL-2.0-or-later
"""``python -m tests.fuzz``: what `make fuzz` runs."""

import argparse
import secrets
import sys
from pathlib import Path

from tests.fuzz.driver import ALL, FOREVER, KEPT, fuzz
from tests.fuzz.target import TARGETS, judge, target


def main() -> int:
    """1 when there are finds."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=float, default=FOREVER, help="for each target")
    parser.add_argument("--inputs", type=int, default=ALL, help="for each target")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1 << 32))
    parser.add_argument("--replay", type=Path, metavar="FILE", help="this input alone, here")
    args = parser.parse_args()
    if unknown := set(args.targets) - set(TARGETS):
        parser.error(f"no target {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}")
    if args.replay:
        return _replay(args.targets[0] if args.targets else args.replay.parent.name, args.replay)
    if args.seconds == FOREVER and args.inputs == ALL:
        parser.error("say when to end: --seconds or --inputs")
    return max(_fuzz(name, args) for name in args.targets or TARGETS)


def _fuzz(name: str, args: argparse.Namespace) -> int:
    """One target and its figures."""
    if missing := target(name).missing:
        print(f"{name:10} skipped: {missing}")
        return 0
    print(f"{name:10} seed {args.seed}, failing inputs go to {KEPT.name}/{name}/", flush=True)
    figures = fuzz(name, args.seed, args.inputs, args.seconds)
    print(figures.text(), flush=True)
    return int(bool(figures.finds))


def _replay(name: str, path: Path) -> int:
    """One input again, in this process: a debugger may look."""
    find = judge(target(name), path.read_bytes())
    print(f"{find.kind}\n\n{find.details}" if find else "it has an answer")
    return int(find is not None)


if __name__ == "__main__":
    sys.exit(main())
