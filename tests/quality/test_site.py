# SPDX-License-Identifier: GPL-2.0-or-later
"""`make docs`: every page is in the site, every link leads somewhere, nothing comes from afar."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.quality.cited import DOCS, ROOT

pytest.importorskip("sphinx", reason="sphinx is not installed (make test installs it)")
pytest.importorskip("myst_parser", reason="myst-parser is not installed (make test installs it)")


def build(root: Path, out: Path) -> "subprocess.CompletedProcess[str]":
    words = ["-q", "-W", "--keep-going", "-b", "html", "-c", str(root / "docs" / "site")]
    command = [sys.executable, "-m", "sphinx", *words, str(root), str(out)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    done = build(ROOT, out)
    assert (done.returncode, done.stderr) == (0, "")  # a link that leads nowhere is a warning
    return out


def test_every_page_is_there(site: Path) -> None:
    pages = [*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    made = {path.relative_to(site).with_suffix("") for path in site.rglob("*.html")}
    assert len(pages) > 40
    assert {page.relative_to(ROOT).with_suffix("") for page in pages} <= made


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    tag = r'<(?:script|link|img|iframe)[^>]*(?:src|href)="(?:https?:)?//[^"]*"'
    far = re.compile(rf"{tag}|@import|url\(['\"]?(?:https?:)?//")
    texts = {path: path.read_text() for kind in ("html", "css") for path in site.rglob(f"*.{kind}")}
    assert len(texts) > 40
    assert [path for path, text in texts.items() if far.search(text)] == []


def test_a_link_that_leads_nowhere_fails_the_build(tmp_path: Path) -> None:
    (tmp_path / "docs" / "site").mkdir(parents=True)
    conf = (DOCS / "site" / "conf.py").read_text()
    (tmp_path / "docs" / "site" / "conf.py").write_text(conf)
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        (tmp_path / name).write_text("# A page\n")
    (tmp_path / "docs" / "README.md").write_text(
        "# Pages\n\n[one](one.md) [all](../CONTRIBUTING.md)\n"
    )
    (tmp_path / "docs" / "one.md").write_text("# One\n\n[there](#one) [two](two.md)\n")
    done = build(tmp_path, tmp_path / "out")
    assert done.returncode != 0 and "two.md" in done.stderr and "#one" not in done.stderr
