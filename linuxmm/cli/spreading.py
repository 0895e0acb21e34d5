# SPDX-License-Identifier: GPL-2.0-or-later
"""The arguments of verbs whose work is done in units, by processes beside us or by workers."""

import argparse
import os
from typing import TYPE_CHECKING, Final, TypeVar

from linuxmm.cli.numbers import whole
from linuxmm.cli.out import say
from linuxmm.cli.several import LongWork
from linuxmm.errors import InputError, one_line
from linuxmm.spread.launch import Launcher, launcher
from linuxmm.spread.unit import Failed

if TYPE_CHECKING:
    from linuxmm.explore.difference import Found
    from linuxmm.kernels import Kernel

MOST_JOBS: Final = 1024
T = TypeVar("T")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--jobs` and `--scheduler`, in a group of their own."""
    group = parser.add_argument_group(
        "many processes", "finished units are kept and not done again (docs/scale.md)"
    )
    group.add_argument(
        "--jobs",
        type=_jobs,
        default=0,
        metavar="N",
        help="N processes of this machine; 0: one for each CPU",
    )
    group.add_argument(
        "--scheduler",
        default="",
        metavar="ADDRESS",
        help="the workers of a Dask scheduler: tcp://host:8786 (extra sweep)",
    )


def _jobs(text: str) -> int:
    return whole(text, "number of processes", 0, MOST_JOBS) or os.cpu_count() or 1


def asked(args: argparse.Namespace) -> Launcher | None:
    """Who does the units; None: this process, without any.  Raises: InputError."""
    return launcher(args.jobs, args.scheduler, lambda text: say(one_line(text)))


def refuse(args: argparse.Namespace, without: str) -> None:
    """Raises: InputError when units were asked for and there are none of this work."""
    if args.jobs or args.scheduler:
        raise InputError(f"--jobs and --scheduler do not go with {without}")


def walk_away(away: Launcher, kernel: "Kernel", work: LongWork) -> "Found":
    """The walk through the catalogue, its set-ups done as units."""
    from linuxmm.explore.units import walk

    def far(done: int, of: int) -> None:
        work.update(done, of, "walking through the catalogue")

    return walk(away, kernel, far)


def raised(found: T | Failed) -> T:
    """What a piece gave.  Raises: what it failed with."""
    if isinstance(found, Failed):
        raise found.error()
    return found
