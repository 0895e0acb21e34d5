# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/learn: the last command of each page, which asks the kernel that runs here."""

from pathlib import Path

import pytest

from linuxmm.cli.main import SKIPPED, main
from tests.quality.cited import DOCS
from tests.quality.typed import pattern, typed

pytestmark = pytest.mark.live
LEARN = sorted((DOCS / "learn").glob("*.md"))


@pytest.mark.parametrize("page", LEARN, ids=lambda page: page.stem)
def test_the_scenario_of_the_page_on_this_kernel(
    page: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    acts = list(typed(page.read_text()))
    for act in acts:
        if act.file:
            Path(act.file).write_text(act.shown)
    last = acts[-1]
    assert last.command.startswith("linuxmm validate ") and last.command.endswith(" --on host")
    code = main(last.command.split()[1:])
    out, err = capsys.readouterr()
    if code == SKIPPED:
        pytest.skip(err.strip())
    assert code == 0 and pattern(last.shown).fullmatch(out), out
