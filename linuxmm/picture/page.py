# SPDX-License-Identifier: GPL-2.0-or-later
"""One self-contained page: head, parts, foot, each as soon as it is known.

All that a page shows is in it: the style, the drawings.  Its policy allows nothing else to be
loaded and no script to run, whatever words of others stand in it; those are escaped.  The text is
ASCII (characters beyond are references), so that no stream's encoding changes it.  The only module
that imports jinja2 (extra `report`).
"""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from linuxmm.errors import MissingExtra, one_line, printable
from linuxmm.version import __version__

if TYPE_CHECKING:
    from jinja2 import Environment

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
MOST_OF_A_WORD: Final = 200  # characters of others' words in one place of a page


class Page:
    """What stands around the parts of a page.  Raises: Skipped without jinja2."""

    def __init__(self, title: str) -> None:
        self.head = part("head", title=word(title), style=_style(), policy=POLICY)
        self.foot = part("foot", version=__version__)

    def missing(self, missing: Sequence[dict[str, object]]) -> str:
        """What is not on the page, and why."""
        return part(
            "missing", missing=[(word(str(one["what"])), str(one["why"])) for one in missing]
        )


def part(template: str, **view: object) -> str:
    """A part of a page, from a template and what it shows.  Raises: Skipped without jinja2."""
    text = _environment().get_template(f"{template}.html").render(view)
    return printable(text).encode("ascii", "xmlcharrefreplace").decode("ascii")


def word(text: str, most: int = MOST_OF_A_WORD) -> str:
    """Words of others: on one line, and not endless."""
    return one_line(text, most)


def slug(text: str) -> str:
    """A name as an anchor of the page."""
    return "".join(c if c.isascii() and c.isalnum() else "-" for c in text[:MOST_OF_A_WORD])


@cache
def _environment() -> "Environment":
    """Everything that a template writes is escaped; a word that nobody gave is an error of ours."""
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ImportError:
        raise MissingExtra("a picture needs jinja2", "report", "jinja2") from None
    return Environment(
        loader=PackageLoader("linuxmm.picture"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _style() -> object:
    """Our own style sheet, the one text that is not escaped."""
    _environment()
    from markupsafe import Markup

    return Markup(files("linuxmm.picture").joinpath("style.css").read_text(encoding="ascii"))
