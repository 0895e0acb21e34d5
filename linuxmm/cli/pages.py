# SPDX-License-Identifier: GPL-2.0-or-later
"""HTML on standard output: a page whose parts came from `linuxmm/picture`."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from linuxmm.cli.out import print_text

if TYPE_CHECKING:
    from linuxmm.picture.page import Page


def page_of(output: str, title: str) -> "Page | None":
    """The page that is to be filled, where HTML is wanted; before the work, which takes longer.

    Raises: Skipped without jinja2.
    """
    if output != "html":
        return None
    from linuxmm.picture.page import Page

    return Page(title)


def print_page(
    page: "Page", parts: Iterable[str], missing: Sequence[dict[str, object]] = ()
) -> None:
    """A whole page."""
    whole = [page.head, *parts]
    if missing:
        whole.append(page.missing(missing))
    print_text("\n".join([*whole, page.foot]) + "\n")
