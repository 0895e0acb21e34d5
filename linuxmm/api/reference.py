# SPDX-License-Identifier: GPL-2.0-or-later
"""The reference of the face, written from its signatures and docstrings.

``python -m linuxmm.api.reference`` prints what stands between the marks in ``docs/api.md``; a test
compares the two.
"""

import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Final

from linuxmm import api
from linuxmm.printed import PAGE_WIDTH, wrapped

# In the order in which one meets them; `StepOutcome` is what every step gives.  Of them a user
# makes machines; the others are given.
CLASSES: Final = (
    api.Machine,
    api.Process,
    api.Named,
    api.Device,
    api.Ksmd,
    api.Khugepaged,
    api.StepOutcome,
    api.PageState,
    api.Broken,
    api.Session,
    api.Run,
    api.KernelRun,
    api.Reviews,
    api.Kernel,
)
FUNCTIONS: Final = (api.load_kernel, api.run, api.review, api.assert_kept)
NAMES: Final = {"load": "load_kernel"}  # where it stands it is called otherwise


def reference() -> str:
    """The whole reference as Markdown."""
    functions = [line for f in FUNCTIONS for line in _item(f, NAMES.get(f.__name__, f.__name__))]
    out = ["### Functions", "", *functions, ""]
    for cls in CLASSES:
        out += [f"### {cls.__name__}", "", *_wrapped(_said(cls)), ""]
        if cls is api.Machine:
            out += [*_wrapped(f"`{_signature(cls, cls.__name__)}`"), ""]
        if is_dataclass(cls):
            out += [*_wrapped("Fields: " + ", ".join(f"`{f.name}`" for f in fields(cls))), ""]
        members = [line for name, member in _public(cls) for line in _item(member, name)]
        out += [*members, ""] if members else []
    return "\n".join(out)


def _public(cls: type) -> Iterator[tuple[str, object]]:
    """What a user may call or read, base classes first, in the order of the source."""
    for base in reversed(cls.__mro__):
        for name, member in vars(base).items():
            named = inspect.isfunction(member) or hasattr(member, "__get__")
            if not name.startswith("_") and named and inspect.getdoc(member):
                yield name, member


def _item(member: object, name: str) -> list[str]:
    """One function, method or property: how it is called, what it does."""
    return _wrapped(f"`{_signature(member, name)}`: {_said(member)}", "- ")


def _signature(member: object, name: str) -> str:
    """How it is called, in plain names."""
    if not callable(member):
        return name
    signature = inspect.signature(member)
    written = [
        parameter.replace(annotation=_Written(parameter.annotation))
        if isinstance(parameter.annotation, str)
        else parameter
        for parameter in signature.parameters.values()
        if parameter.name not in ("self", "unknown")  # which are none that may be given
    ]
    gives = signature.return_annotation
    gives = _Written(gives) if isinstance(gives, str) else gives
    text = f"{name}{signature.replace(parameters=written, return_annotation=gives)}"
    return re.sub(r"\b(?:[a-z_]+\.)+(?=[A-Z])", "", text).removesuffix(" -> None")


class _Written(str):
    """An annotation that is a string in the source: shown without its quotes."""

    __slots__ = ()
    __repr__ = str.__str__


def _said(member: object) -> str:
    """The first paragraph of the docstring, on one line."""
    text = (inspect.getdoc(member) or "").partition("\n\n")[0]
    return " ".join(text.replace("``", "`").split())


def _wrapped(text: str, first: str = "") -> list[str]:
    more = " " * len(first)
    return wrapped(text, first, more, PAGE_WIDTH, long_words=False, hyphens=False)


if __name__ == "__main__":
    sys.stdout.write(reference())
