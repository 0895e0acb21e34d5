# SPDX-License-Identifier: GPL-2.0-or-later
"""contrib/vim and contrib/vscode: made from the tables of the language, and they know its words."""

import importlib.util
import json
import re
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

from linuxmm.cli.main import main
from linuxmm.scenario.verbs import VERBS

ROOT = Path(__file__).parents[2]
SCENARIO = ROOT / "scenarios" / "coherent-pages-stay.mm"


@pytest.fixture(scope="module")
def editors() -> ModuleType:
    spec = importlib.util.spec_from_file_location("editors", ROOT / "tools" / "editors.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_files_are_what_the_tables_say(editors: ModuleType) -> None:
    for path, text in editors.files().items():
        assert (ROOT / path).read_text() == text, f"{path}: run tools/editors.py"


def test_every_verb_is_a_verb_for_both() -> None:
    grammar = json.loads((ROOT / "contrib/vscode/syntaxes/linuxmm.tmLanguage.json").read_text())
    matches = {p["name"].split(".")[-2]: p["match"] for p in grammar["patterns"]}
    vim = (ROOT / "contrib/vim/syntax/linuxmm.vim").read_text()
    keywords = {w for row in re.findall(r"keyword mmVerb (.*)", vim) for w in row.split()}
    for verb in VERBS.values():
        assert re.fullmatch(matches["verb"], verb.name) and verb.name in keywords
    assert re.fullmatch(matches["flag"], "MADV_PAGEOUT")
    assert re.fullmatch(matches["actor"], "P1.t2") and not re.fullmatch(matches["actor"], "Px")
    assert re.fullmatch(matches["outcome"], "bad-page-map")
    assert re.search(matches["section"], "expect v6.1:")
    assert not re.search(matches["verb"], "reader my-read read_it")


def test_vim_paints_a_scenario(tmp_path: Path) -> None:
    """Lines 2: `name:`, 14: `      coherent0: migrate P0.a[0:4]`, 20: `  r1 = -ENOENT*4`."""
    if shutil.which("vim") is None:
        pytest.skip("vim is not installed")
    script = tmp_path / "v.vim"
    asked = "[[1,1],[2,1],[14,7],[14,18],[19,1],[20,8],[16,3]]"
    script.write_text(
        f"set nocompatible\nset rtp^={ROOT}/contrib/vim\nfiletype on\nsyntax on\n"
        f"edit {SCENARIO}\nredir! > {tmp_path}/out\necho &filetype\n"
        f"for p in {asked}\necho synIDattr(synID(p[0],p[1],1),'name')\nendfor\nredir END\nqa!\n"
    )
    subprocess.run(["vim", "-es", "-u", str(script)], stdin=subprocess.DEVNULL, timeout=60)
    assert (tmp_path / "out").read_text().split() == [
        "linuxmm", "mmHeader", "mmSection", "mmActor", "mmVerb", "mmSection", "mmErrno", "mmLabel",
    ]  # fmt: skip


def test_the_hook_runs_what_changed(capsys: pytest.CaptureFixture[str]) -> None:
    """pre-commit calls the entry with the names of the files that match `files`."""
    hook = dict(
        re.findall(r"(?m)^[- ] (\w+): (.*)$", (ROOT / ".pre-commit-hooks.yaml").read_text())
    )
    assert hook["language"] == "python" and re.search(hook["files"], "a/b.mm")
    command = hook["entry"].split()
    assert command[0] == "linuxmm" and main([*command[1:], str(SCENARIO), str(SCENARIO)]) == 0
    assert capsys.readouterr().out.count("coherent-pages-stay") >= 2
