# SPDX-License-Identifier: GPL-2.0-or-later
"""A page as such: its policy, its bytes, words of others, what is missing on this machine."""

import re
import sys
import tomllib
from pathlib import Path

import pytest

from linuxmm.cli.main import main
from linuxmm.errors import MissingExtra
from linuxmm.picture import page
from linuxmm.picture.heat import LEVELS, level, share
from tests.picture.browser import TAB, browser
from tests.picture.html import checked

FOLDER = Path(page.__file__).parent
HOSTILE = "</style></pre><script>document.title='BROKEN'</script><img src=x onerror=alert(1)>\"'&"


def whole(title: str, missing: list[dict[str, object]]) -> str:
    one = page.Page(title)
    return "\n".join([one.head, one.missing(missing), one.foot]) + "\n"


def test_words_of_others_stay_words() -> None:
    text = whole(HOSTILE, [{"what": HOSTILE, "why": HOSTILE + "\x1b[31m\u202e"}])
    read = checked(text)
    assert read.text.count("<script>document.title='BROKEN'</script>") == 3
    assert "\\x1b[31m\\u202e" in read.text


def test_letters_beyond_ascii_are_references_and_surrogates_escapes() -> None:
    text = whole("\u00fc \u4e2d \U0001f427 \udce9", [])
    read = checked(text)
    assert "\u00fc \u4e2d \U0001f427 \\udce9" in read.text


def test_no_word_is_endless() -> None:
    assert len(whole("x" * 1_000_000, [])) < 40_000


def test_our_own_texts_are_ascii_and_nothing_in_a_template_goes_unescaped() -> None:
    templates = sorted((FOLDER / "templates").iterdir())
    assert len(templates) >= 5
    for file in (*templates, FOLDER / "style.css"):
        text = file.read_bytes().decode("ascii")
        assert "|safe" not in text.replace(" ", "") and "autoescape" not in text, file.name


def test_all_that_a_page_is_made_of_is_packed() -> None:
    """Templates and style are package data of the wheel, by the patterns of pyproject.toml."""
    project = tomllib.loads((FOLDER.parents[1] / "pyproject.toml").read_text())
    patterns = project["tool"]["setuptools"]["package-data"]["linuxmm"]
    packed = {path for pattern in patterns for path in FOLDER.parent.glob(pattern)}
    needed = {path for path in FOLDER.rglob("*") if path.suffix in (".html", ".css")}
    assert len(needed) >= 10 and needed <= packed


def test_the_style_loads_nothing_and_knows_dark_and_paper() -> None:
    style = (FOLDER / "style.css").read_text()
    assert not re.search(r"url\(|@import|@font-face|expression", style)
    assert "prefers-color-scheme: dark" in style and "@media print" in style


def test_one_module_imports_jinja2() -> None:
    root = FOLDER.parent
    users = [
        p for p in root.rglob("*.py") if re.search(r"^\s*(from|import) jinja2", p.read_text(), re.M)
    ]
    assert users == [FOLDER / "page.py"]


@pytest.mark.parametrize("verb", ["matrix", "mutate v6.1 --site break_ksm"])
def test_without_jinja2_one_sentence_names_the_extra(
    verb: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page._environment.cache_clear()
    monkeypatch.setitem(sys.modules, "jinja2", None)
    assert main([*verb.split(), "--format", "html"]) == 4
    out, err = capsys.readouterr()
    assert (out, err) == ("", "linuxmm: a picture needs jinja2: pip install 'linuxmm[report]'\n")


def test_where_pipx_installed_the_extra_comes_by_pipx(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pip would install it beside the environment of its own that pipx made."""
    (tmp_path / "pipx_metadata.json").write_text("{}")
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    told = str(MissingExtra("a picture needs jinja2", "report", "jinja2"))
    assert told == "a picture needs jinja2: pipx inject linuxmm jinja2"


def test_shades_go_from_none_to_all() -> None:
    assert [level(n, 100) for n in (0, 1, 10, 99, 100)] == [0, 1, 3, 5, LEVELS]
    assert level(1, 1) == LEVELS
    assert [share(n, 10) for n in (0, 1, 4, 9, 10)] == [0, 1, 2, 4, LEVELS]


def test_a_browser_runs_nothing_and_shows_what_a_cell_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In Chromium: the title is as written, the first cell's words come with Tab and not before."""
    (tmp_path / "one.mm").write_text(
        "linuxmm-scenario 1\nname: one\nintent: Try it.\nsteps:\n  P0: a = mmap 1p\n"
        "  P0: write a 1\n"
    )
    main(["matrix", str(tmp_path), "--format", "html"])
    file = tmp_path / "page.html"
    spoilt = whole(HOSTILE, [{"what": HOSTILE, "why": HOSTILE}])
    file.write_text(capsys.readouterr().out)
    (tmp_path / "spoilt.html").write_text(spoilt)
    with browser() as chromium:
        chromium.open(tmp_path / "spoilt.html")
        assert chromium.ask("document.title") == HOSTILE
        assert chromium.ask("document.scripts.length + document.images.length") == 0
        assert chromium.logged() == []
        chromium.open(file)
        shown = "[...document.querySelectorAll('.tip')].filter(t => t.offsetParent !== null || "
        shown += "getComputedStyle(t).display !== 'none').map(t => t.textContent)"
        assert chromium.ask(shown) == []
        chromium.type(TAB)
        (text,) = chromium.ask(shown)
        assert "anon x fault" in text and "one" in text
        light = chromium.ask("getComputedStyle(document.body).backgroundColor")
        chromium.emulate("prefers-color-scheme", "dark")
        assert chromium.ask("getComputedStyle(document.body).backgroundColor") != light
        assert chromium.paper().startswith(b"%PDF") and chromium.logged() == []
