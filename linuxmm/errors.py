# SPDX-License-Identifier: GPL-2.0-or-later
"""The errors linuxmm raises, each with the exit code that a verb ends with.

What the modelled kernel does is a value (``-EFAULT``, ``SIGBUS``, a ``Bad page map``
event); only what a person did wrong, what is not modelled and what we broke is raised.
"""

import errno
import os
import sys
from typing import ClassVar, Final

MOST_OF_A_LINE: Final = 1000  # characters of others' words in one sentence
MOST_OF_A_NAME: Final = 400  # of a file's name in it


class LinuxmmError(Exception):
    """Base of every error we raise on purpose: one sentence for a person."""

    exit_code: ClassVar[int] = 70


class InputError(LinuxmmError):
    """A person's input is wrong: file, line, what was expected."""

    exit_code = 2

    def __init__(self, message: str, *, file: str = "", line: int = 0) -> None:
        self.file, self.line, self.message = file, line, message
        shown = one_line(file, MOST_OF_A_NAME)
        where = f"{shown}:{line}: " if file and line else f"{shown}: " if file else ""
        super().__init__(where + one_line(message))


class ScenarioError(InputError):
    """A scenario file does not follow the language (docs/scenario-language.md)."""


class PatchError(InputError):
    """A patch mail or diff cannot be read."""


class KernelError(InputError):
    """A kernel record (TOML) is wrong, or no kernel has that name."""


class WrongArgument(InputError, TypeError):
    """A call from Python with an argument that there is not, or of another type."""


class OutOfRange(InputError, IndexError):
    """Pages of a mapping that it does not have."""


class NotModelled(LinuxmmError):
    """A step needs something that the model does not know: never a guess."""

    exit_code = 3


class Skipped(LinuxmmError):
    """The environment lacks something (a package, a right, a device)."""

    exit_code = 4


class MissingExtra(Skipped):
    """A package that an extra of ours brings: the sentence says how to have it."""

    def __init__(self, what: str, extra: str, packages: str, otherwise: str = "") -> None:
        get = f"pip install 'linuxmm[{extra}]'"
        if os.path.isfile(os.path.join(sys.prefix, "pipx_metadata.json")):
            get = f"pipx inject linuxmm {packages}"  # where pip would install beside it
        super().__init__(f"{what}: {get}{otherwise}")


class ModelBug(LinuxmmError):
    """We broke something; the message says how to replay it."""

    exit_code = 70


# what the machine lacks: another name or another input would not help
_LACKS: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOMEM, errno.EMFILE)


def of_os(error: OSError, nameless: str) -> LinuxmmError:
    """A file that cannot be read or written: the person's (2), or the machine lacks room (4).

    `nameless` says what failed when no file did that has a name.
    """
    reason = error.strerror or str(error)
    if error.filename is None:
        return Skipped(f"{nameless}: {reason}")
    name = one_line(os.fsdecode(error.filename), MOST_OF_A_NAME)
    if error.errno in _LACKS:
        return Skipped(f"cannot write {name}: {reason}")
    return InputError(f"cannot use {name}: {reason}")


def nearest(word: str, words: "list[str] | tuple[str, ...] | dict[str, object]") -> str:
    """`; did you mean "x"?` for the nearest valid word, or the words themselves if few."""
    from difflib import get_close_matches  # only who made a mistake waits for it

    names = [name for name in words if name]
    close = get_close_matches(word, names, n=1, cutoff=0.5)
    if close:
        return f'; did you mean "{close[0]}"?'
    if 0 < len(names) <= 12:
        return "; valid: " + ", ".join(sorted(names))
    return ""


def one_line(text: str, most: int = MOST_OF_A_LINE) -> str:
    """Words of others, safe wherever a line of ours takes them.

    Line ends of every kind, control characters, bidirectional overrides and undecodable bytes
    become escapes, so that no name can end our line and begin one of its own.  Of what is longer
    than `most` the middle is left out (what we say of a word stands behind it), its length told.
    """
    if len(text) > most:
        head, tail = text[: most * 3 // 4], text[-(most - most * 3 // 4) :]
        text = f"{head}...{tail} ({len(text)} characters)"
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def printable(text: str) -> str:
    """Lines of ours made safe for a terminal; words of others in them: `one_line` first."""
    if text.replace("\n", "").isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
