# SPDX-License-Identifier: GPL-2.0-or-later
"""Scenarios that come with linuxmm, by name; a file of that name comes first."""

from pathlib import Path

import pytest

from linuxmm.errors import ScenarioError
from linuxmm.scenario.parse import load
from linuxmm.scenario.shipped import called, file_of, folder


def test_a_scenario_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load("coherent-pages-stay").name == "coherent-pages-stay"
    assert load("live/mlock") == load(folder() / "live" / "mlock.mm")
    text = (folder() / "coherent-pages-stay.mm").read_text()
    Path("coherent-pages-stay").write_text(text.replace("coherent-pages-stay", "mine"))
    assert load("coherent-pages-stay").name == "mine"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("coherent-pages-stray", 'did you mean "coherent-pages-stay"?'),
        ("mlock", "several scenarios have this name: invariants/mlock or live/mlock"),
        ("no-such.mm", "cannot be read: no such file"),
        ("../etc/passwd", "cannot be read: no such file"),
    ],
)
def test_what_is_none(
    name: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ScenarioError, match=f"(?s).*{said.replace('?', '[?]')}"):
        load(name)


def test_every_name_finds_its_own_file() -> None:
    files = sorted(folder().rglob("*.mm"))
    assert len(files) > 100
    for path in files:
        assert file_of(str(path.relative_to(folder()).with_suffix(""))) == path
        assert file_of(called(str(path))) == path
    assert called("scenarios/live/mlock.mm") == "scenarios/live/mlock.mm"  # as somebody typed it
    assert called("/elsewhere/mlock.mm") == "/elsewhere/mlock.mm"
