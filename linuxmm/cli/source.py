# SPDX-License-Identifier: GPL-2.0-or-later
"""``linuxmm source``: the sources of a Debian kernel, for ``review --tree``."""

import argparse

from linuxmm.cli.main import BAD_INPUT, OK
from linuxmm.cli.out import print_json, print_text, say
from linuxmm.cli.progress import Progress

SCHEMA = "linuxmm/source/1"
HELP = """\
The C sources of a Debian kernel, unpacked into the cache: prints where they are.

They come from /usr/src when the package linux-source-X.Y is installed, else apt fetches it.
Afterwards review --tree takes the release by its name. Only the folders that are read are
unpacked (mm, fs/proc, include, arch/x86/include); --all unpacks the others, too."""
EPILOG = """\
examples:
  linuxmm source v6.1
  linuxmm review patch.mail --tree v6.1
  linuxmm review patch.mail --tree $(linuxmm source v6.12)
  linuxmm source --list

exit codes: 0 it is there, 2 bad input, 4 apt or the network is missing"""


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.epilog = EPILOG
    parser.add_argument("release", nargs="?", help="a release, as --list names them")
    parser.add_argument("--list", action="store_true", help="what is here, and what can be had")
    parser.add_argument("--all", action="store_true", help="unpack the whole tree")
    parser.add_argument("--format", choices=("text", "json"), default="text")


def run(args: argparse.Namespace) -> int:
    """Gets the tree and prints its path, or lists."""
    from linuxmm.source import debian

    if args.list or args.release is None:
        if args.release is not None:
            say(f"--list lists all: leave {args.release} out")
            return BAD_INPUT
        return _list(args.format)
    with _Shown() as shown:
        name = debian.release(args.release)
        found = debian.get(name, whole=args.all, progress=shown.update)
    if args.format == "json":
        print_json({"schema": SCHEMA, "sources": [vars(found)]})
    else:
        print_text(f"{found.path}\n")
        say(f"{debian.package(name)} {found.version}".rstrip() + f": review --tree {name} takes it")
    return OK


def _list(output: str) -> int:
    """Every known release: unpacked, installed, or to be fetched."""
    from linuxmm.printed import table
    from linuxmm.source import debian

    rows, entries = [("release", "is", "version", "where")], []
    for name in debian.KNOWN:
        found, installed = debian.unpacked(name), debian.tarball(name)
        word = "unpacked" if found else "installed" if installed else "not here"
        where = found.path if found else str(installed or f"apt: {debian.package(name)}")
        version = found.version if found else ""
        rows.append((name, word, version, where))
        entries.append({"name": name, "is": word, "version": version, "path": where})
    if output == "json":
        print_json({"schema": SCHEMA, "sources": entries})
    else:
        print_text("\n".join(table(rows)) + "\n")
    return OK


class _Shown:
    """Progress of fetching and of unpacking, one line on standard error."""

    def __init__(self) -> None:
        self._what = ""
        self._progress: Progress | None = None

    def update(self, what: str, done: int, total: int) -> None:
        if what != self._what:
            self.close()
            self._what, self._progress = what, Progress(what)
        if self._progress is not None:
            self._progress.update(done, total)

    def close(self) -> None:
        if self._progress is not None:
            self._progress.close()

    def __enter__(self) -> "_Shown":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
