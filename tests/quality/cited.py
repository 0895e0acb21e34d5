# SPDX-License-Identifier: GPL-2.0-or-later
"""What the repository's own text points at: its files, the pages it cites, the links of its pages.

Text is whatever git would keep: code, tests, scenarios, pages, tools.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"
_SKIPPED: Final = {".git", ".venv", "build", "__pycache__"}
_KINDS: Final = {".py", ".md", ".mm", ".toml", ".c", ".h", ".sh", ""}
_PAGE: Final = re.compile(r"(?<![\w/.-])((?:\.\./)*[\w][\w./-]*\.md)\b(?:#([\w-]+))?")
_LINK: Final = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")


class Cite(NamedTuple):
    """One mention of a page: where it stands, which page, which section of it (or "")."""

    path: Path
    line: int
    page: str
    section: str


@cache
def texts() -> dict[Path, str]:
    """Every text file of the repository."""
    tops = ("linuxmm", "tests", "docs", "scenarios", "tools", "benchmarks", "contrib", ".ci")
    found = [path for top in tops for path in sorted((ROOT / top).rglob("*")) if path.is_file()]
    found += [path for path in sorted(ROOT.iterdir()) if path.is_file()]
    kept = [p for p in found if p.suffix in _KINDS and not _SKIPPED & set(p.parts)]
    return {path: text for path in kept if (text := _text(path)) is not None}


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None  # a mail or a core of the tests: not ours to read


def cites(text: str, path: Path) -> Iterator[Cite]:
    """The pages (NAME.md) that a text names, in links or in prose."""
    for number, line in enumerate(text.splitlines(), 1):
        for page, section in _PAGE.findall(line):
            yield Cite(path, number, page, section)


def links(text: str) -> Iterator[str]:
    """The targets of Markdown links that stay in the repository."""
    for target in _LINK.findall(text):
        if "://" not in target:
            yield target


def page_of(cite: Cite) -> Path | None:
    """The file that is meant: beside the citing one, at the top, or under docs/."""
    for place in (cite.path.parent, ROOT, DOCS):
        if (place / cite.page).is_file():
            return place / cite.page
    return None


@cache
def sections(page: Path) -> frozenset[str]:
    """The anchors of a page, made from its headings as GitHub makes them."""
    heads = re.findall(r"^#+ +(.*)$", re.sub(r"(?ms)^```.*?^```", "", page.read_text()), flags=re.M)
    return frozenset(anchor(head) for head in heads)


def anchor(heading: str) -> str:
    """``COLD and PAGEOUT`` is ``cold-and-pageout``."""
    return re.sub(r"[^\w -]", "", heading.strip().lower()).replace(" ", "-")
