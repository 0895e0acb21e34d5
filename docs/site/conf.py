# SPDX-License-Identifier: GPL-2.0-or-later
"""The site of docs/: Sphinx with MyST over the repository as it is, no page is written twice.

The pages are those of git; their order is that of docs/README.md, whose links are made the table of
contents.  Nothing is fetched, neither by the build nor by a reader.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from linuxmm.version import __version__  # noqa: E402

project = "linuxmm"
release = __version__
copyright = "the authors of linuxmm, GPL-2.0-or-later"
extensions = ["myst_parser"]
root_doc = "docs/README"
include_patterns = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/**.md"]
nitpicky = True
html_theme = "alabaster"
html_theme_options = {
    "description": "Linux memory management as an executable model",
    "page_width": "1100px",
    "sidebar_width": "260px",
    "font_family": "system-ui, 'DejaVu Sans', sans-serif",
    "head_font_family": "system-ui, 'DejaVu Sans', sans-serif",
    "code_font_family": "ui-monospace, 'DejaVu Sans Mono', monospace",
    "fixed_sidebar": False,
}
html_show_sourcelink = False
html_copy_source = False
myst_heading_anchors = 4  # as GitHub makes them, which the links are written for
myst_links_external_new_tab = False
# what is typed at a terminal is no language; docs/promises.md is printed, its heads are anchors
suppress_warnings = ["misc.highlighting_failure", "myst.header"]

_LINK = re.compile(r"\[([^\]\n]*)\]\(([^)\s#]+)\)")


def _contents(text: str) -> list[str]:
    """The pages that docs/README.md names, in its order, then those below the folders it names."""
    pages: list[Path] = []
    for _, target in _LINK.findall(text):
        path = (ROOT / "docs" / target).resolve()
        pages += sorted(path.glob("*.md")) if path.is_dir() else [path]
        if path.name == "README.md":
            pages += sorted(page for page in path.parent.glob("*.md") if page != path)
    names = [str(page.relative_to(ROOT).with_suffix("")) for page in pages]
    return [f"/{name}" for name in dict.fromkeys(names) if name != root_doc]


def _read(app: object, docname: str, source: list[str]) -> None:
    """A link to a folder (git shows one, a site does not) stays as its words.

    docs/README.md gets its own links as a table of contents, for the bar at the side.
    """
    contents = _contents(source[0]) if docname == root_doc else []
    here = (ROOT / docname).parent

    def words(link: re.Match[str]) -> str:
        return link[1] if (here / link[2]).is_dir() else link[0]

    source[0] = _LINK.sub(words, source[0])
    if contents:
        pages = dict.fromkeys([*contents, "/README", "/CHANGELOG"])
        source[0] += "\n```{toctree}\n:hidden:\n\n" + "\n".join(pages) + "\n```\n"


def setup(app: object) -> None:
    app.connect("source-read", _read)  # type: ignore[attr-defined]
