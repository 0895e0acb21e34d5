# SPDX-License-Identifier: GPL-2.0-or-later
"""What a page is made of, as a browser would read it: tags, attributes, words."""

from html.parser import HTMLParser
from typing import Final

from linuxmm.picture.page import POLICY

EMPTY: Final = frozenset(("meta", "br", "hr", "rect", "path", "line", "circle", "polyline", "use"))
# what loads something or runs something
ACTIVE: Final = frozenset(("script", "img", "iframe", "object", "embed", "link", "base", "form"))


class Read(HTMLParser):
    """A page: its tags in order, its words, what is open at the end."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.words: list[str] = []
        self.unclosed: list[str] = []
        self.wrong: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in EMPTY:
            self.unclosed.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        if not self.unclosed or self.unclosed.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        if not self.unclosed or self.unclosed[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def checked(page: str) -> Read:
    """A whole page: self-contained, well-formed, ASCII, nothing that loads or runs."""
    assert page.isascii() and page.startswith("<!DOCTYPE html>") and page.endswith("</html>\n")
    read = Read(page)
    assert (read.unclosed, read.wrong) == ([], [])
    assert not ACTIVE & set(read.tags)
    assert ("meta", "content", POLICY) in read.attributes
    for _, name, value in read.attributes:
        assert not name.startswith("on") and name not in ("src", "srcset", "action")
        assert name != "href" or value.startswith("#"), value
    assert "url(" not in page.partition("</style>")[0] and "@import" not in page
    ids = [value for _, name, value in read.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    targets = {value[1:] for _, name, value in read.attributes if name == "href"}
    assert targets <= set(ids)
    return read
