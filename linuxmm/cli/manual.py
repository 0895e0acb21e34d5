# SPDX-License-Identifier: GPL-2.0-or-later
"""The man page of the command, in the macros of man(7), from the verbs' own parsers.

    python3 -m linuxmm.cli.manual > linuxmm.1

Not by argparse-manpage: it has no wheel, which the locked development set asks for, and sets the
examples of a verb as running text.
"""

import argparse
import re
from collections.abc import Iterator
from typing import Final

from linuxmm.cli.main import EXIT_CODES, Parser
from linuxmm.cli.whole import options, places, whole_parser
from linuxmm.version import __version__

_SAID_ONCE: Final = re.compile(r"\n*exit codes:.*", re.S)  # of a verb, where it is the command's
FILES: Final = """\
Kernel sources, built kernels and compiled code are kept under $XDG_CACHE_HOME/linuxmm
(~/.cache/linuxmm); nothing else is written that was not asked for."""


def escaped(text: str) -> str:
    """Text as roff takes it: no escapes, and no line that begins with a request."""
    text = text.replace("\\", r"\e").replace("-", r"\-")
    return re.sub(r"^(?=[.'])", r"\\&", text, flags=re.M)


def manual() -> str:
    """The whole page."""
    parser, verbs = whole_parser()
    lines = [
        rf'.TH LINUXMM 1 "" "linuxmm {escaped(__version__)}" "User Commands"',
        ".SH NAME",
        r"linuxmm \- Linux memory management as an executable model",
        ".SH SYNOPSIS",
        r"\fBlinuxmm\fR \fIVERB\fR [\fIargument\fR ...]",
        ".SH DESCRIPTION",
        escaped(parser.description or ""),
        ".SH VERBS",
    ]
    for verb, own in verbs.items():
        lines += _verb(verb, own)
    lines += [".SH EXIT STATUS", *_as_it_is(EXIT_CODES.partition("\n")[2])]
    lines += [".SH ENVIRONMENT", ".TP", r"\fBLINUXMM_DEBUG\fR", "where a fault of ours was raised"]
    lines += [".TP", r"\fBNO_COLOR\fR", "no colour on a terminal"]
    lines += [".SH FILES", escaped(FILES)]
    return "\n".join(lines) + "\n"


def _verb(verb: str, parser: Parser) -> Iterator[str]:
    yield f".SS {verb}"
    usage = parser.format_usage().removeprefix("usage: ")
    yield rf"\fB{escaped(' '.join(usage.split()))}\fR"
    yield ".PP"
    yield escaped(parser.description or "")
    for action in places(parser):
        if action.help:
            yield from (".TP", rf"\fI{escaped(_metavar(action))}\fR", _help(parser, action))
    for action in options(parser):
        names = ", ".join(rf"\fB{escaped(name)}\fR" for name in action.option_strings)
        value = f" \\fI{escaped(_metavar(action))}\\fR" if action.nargs != 0 else ""
        yield from (".TP", names + value, _help(parser, action))
    epilog = _SAID_ONCE.sub("", parser.epilog or "").strip("\n")
    if epilog:
        yield ".PP"
        yield from _as_it_is(epilog)


def _metavar(action: argparse.Action) -> str:
    if action.metavar is not None:
        return action.metavar if isinstance(action.metavar, str) else " ".join(action.metavar)
    if action.choices:
        return "{" + ",".join(map(str, action.choices)) + "}"
    return action.dest.upper() if action.option_strings else action.dest


def _help(parser: Parser, action: argparse.Action) -> str:
    """What the help says of it, with its %(default)s filled in."""
    said = parser._get_formatter()._expand_help(action) if action.help else ""
    return escaped(" ".join(said.split())) or r"\&"


def _as_it_is(text: str) -> list[str]:
    """Lines that stay lines."""
    return [".nf", *escaped(text).split("\n"), ".fi"]


if __name__ == "__main__":
    import sys

    sys.stdout.write(manual())
