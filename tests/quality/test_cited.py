# SPDX-License-Identifier: GPL-2.0-or-later
"""Every page that code, tests, scenarios or pages cite is in the repository, sections too."""

import re
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.quality.cited import (
    DOCS,
    ROOT,
    Cite,
    anchor,
    cites,
    links,
    page_of,
    sections,
    texts,
)

# how a page outside would be cited: by the number of a section, behind a hyphenated name
_NUMBERED: Final = re.compile(
    r"(?<![\w/.-])([a-z]+-[a-z]+)(?:\.md)?,? \d+\.\d+[a-z]?\b|\b(?:section|table) [1-9]"
)
_NOT_PAGES: Final = frozenset({"page-types"})  # a program, and the seconds it takes


def _is_about_pages(path: Path) -> bool:
    """The tests of this folder name pages that do not exist, on purpose."""
    return path.parent.name == "quality" and path.suffix == ".py"


@cache
def all_cites() -> list[Cite]:
    return [
        c for path, text in texts().items() if not _is_about_pages(path) for c in cites(text, path)
    ]


def test_every_cited_page_is_in_the_repository() -> None:
    found = all_cites()
    assert sum(cite.page.startswith("facts/") for cite in found) > 100
    missing = [f"{c.path.relative_to(ROOT)}:{c.line}: {c.page}" for c in found if not page_of(c)]
    assert missing == []


def test_every_cited_section_is_there() -> None:
    missing = [
        f"{cite.path.relative_to(ROOT)}:{cite.line}: {cite.page}#{cite.section}"
        for cite in all_cites()
        if cite.section and (page := page_of(cite)) and cite.section not in sections(page)
    ]
    assert missing == []


def test_no_page_outside_is_cited_by_section_number() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {hit[0]}"
        for path, text in texts().items()
        if not _is_about_pages(path)
        for hit in _NUMBERED.finditer(text)
        if hit[1] not in _NOT_PAGES
    ]
    assert found == []


_SOURCE: Final = re.compile(r"(?<![\w/.<{*-])((?:[\w.-]+/)+[\w-]+\.py)\b")


def test_no_text_names_a_module_that_has_moved() -> None:
    """`explore/flips.py`, seen from the top, from linuxmm/ or from where it is said."""
    gone = [
        f"{path.relative_to(ROOT)}: {name}"
        for path, text in texts().items()
        if not _is_about_pages(path) and path.name != "CHANGELOG.md"
        for name in _SOURCE.findall(text)
        if Path(name).stem != "NAME"  # any
        and not any((top / name).exists() for top in (ROOT, ROOT / "linuxmm", *path.parents[:2]))
    ]
    assert gone == []


PAGES: Final = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in links(page.read_text()):
        path, _, section = target.partition("#")
        there = page.parent / path if path else page
        assert there.exists(), target
        assert not section or section in sections(there), target


def test_each_decision_has_a_number_of_its_own() -> None:
    notes = sorted((DOCS / "decisions").glob("*.md"))
    numbers = [int(note.name.partition("-")[0]) for note in notes]
    assert numbers == list(range(1, len(notes) + 1))
    titles = [note.read_text().partition(" ")[2].partition(".")[0] for note in notes]
    assert [int(title) for title in titles] == numbers


def test_every_page_is_in_the_reading_order() -> None:
    listed = {target.partition("#")[0] for target in links((DOCS / "README.md").read_text())}
    assert {path.name for path in DOCS.glob("*.md")} - listed == {"README.md"}
    assert "docs/README.md" in links((ROOT / "README.md").read_text())


def test_every_page_of_facts_is_listed_and_used() -> None:
    listed = set(links((DOCS / "facts" / "README.md").read_text()))
    names = {path.name for path in (DOCS / "facts").glob("*.md")} - {"README.md"}
    assert listed == names
    used = {Path(c.page).name for c in all_cites() if c.path.suffix in (".py", ".mm", ".toml")}
    assert names - used == set()


def test_the_reader_of_cites_sees_what_it_should() -> None:
    text = "# see facts/gone.md, docs/x.md#a-b, (real-thing.md 4), notes.mdx, `../README.md`"
    assert [(c.page, c.section) for c in cites(text, DOCS / "y.md")] == [
        ("facts/gone.md", ""),
        ("docs/x.md", "a-b"),
        ("real-thing.md", ""),
        ("../README.md", ""),
    ]
    assert page_of(Cite(DOCS / "y.md", 1, "facts/gone.md", "")) is None
    assert page_of(Cite(DOCS / "y.md", 1, "../README.md", "")) is not None
    assert _NUMBERED.search("hint bits (kernel-notes 4.5)")
    assert _NUMBERED.search("kernel-notes section 3") and not _NUMBERED.search("linux-source-6.1")
    assert anchor("get_user_pages, pin (`x`)") == "get_user_pages-pin-x"
