# SPDX-License-Identifier: GPL-2.0-or-later
"""Twins compiled with the core around them: what they show is what they show interpreted."""

from pathlib import Path
from typing import Any

import pytest

from linuxmm.cli.main import main
from linuxmm.errors import NotModelled
from linuxmm.kernels import load
from linuxmm.play.steps_on_model import start
from linuxmm.scenario.parse import parse
from linuxmm.source.compiled import Compiled
from linuxmm.source.config import config_of
from linuxmm.source.execute import Executed, Version, translated
from linuxmm.source.folder import Folder
from linuxmm.source.tree import SourceTree
from linuxmm.validate import onsource
from linuxmm.validate.onsource import SourceJudge
from linuxmm.validate.score import Verdict
from tests.compiled import NEEDS_COMPILER
from tests.source.test_execute import ASKED, TEXT, tree

pytestmark = NEEDS_COMPILER
V61 = load("v6.1")
# get_ksm_page that never finds a page: the core's stable_tree_search asks again and again
NEVER = (
    "enum flags { ONE };\n"
    "static struct page *get_ksm_page(struct ksm_stable_node *stable_node, enum flags how)\n"
    "{\n\treturn NULL;\n}\n"
)
MERGED = """\
linuxmm-scenario 1
name: k
intent: k

machine:
  node0 512M
  ksm run = 1

steps:
  P0: a = mmap 4p
  P0: write a 0x5a 0x5a 0x11 0x11
  P0: madvise a MADV_MERGEABLE
  ksmd: full_scan 9
"""


def judged(folder: Path) -> tuple[SourceJudge, Verdict]:
    judge = SourceJudge(str(folder), V61, compiled=lambda done, of: None)
    (verdict,) = judge.judge_all([parse(ASKED, "asked")])
    return judge, verdict


def test_the_compiled_judge_agrees(tmp_path: Path) -> None:
    judge, verdict = judged(tree(tmp_path))
    assert verdict.verdict == "agree"
    assert judge.score.seen["(compiled)"] == judge.score.agreed["(compiled)"] == 6
    assert judge.describe().endswith(", compiled as well")


def test_a_compiled_text_that_does_otherwise_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The compiled side gets a text that keeps a reference: the judge says in what it shows."""

    def other(right: object, **how: Any) -> Compiled:
        return Compiled(
            versions(tree(tmp_path / "other", TEXT.replace("put_page(page);", ""))), **how
        )

    monkeypatch.setattr(onsource, "Compiled", other)
    _, verdict = judged(tree(tmp_path / "right"))
    assert verdict.verdict == "disagree"
    found = {d.observable for d in verdict.differences}
    assert found == {"promises, compiled", "state, compiled", "counters, compiled"}


def versions(folder: Path) -> dict[str, Version]:
    return translated(SourceTree(Folder(str(folder)), config_of(V61)))


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("if (!vma)", "if (nid)"),  # read before it is set
        TEXT.replace("page_to_nid(page)", "page_to_nid(0)"),  # NULL is followed
        TEXT.replace("n++", "n += 0"),  # without end
        TEXT.replace("int *status)", "int *status, int more)"),  # another release's shape
    ],
)
def test_outcomes_and_states_are_the_same(tmp_path: Path, text: str) -> None:
    texts = versions(tree(tmp_path, text))
    once, again = shown(Executed(texts), ASKED), shown(Compiled(texts, checked=True), ASKED)
    assert once == again and len(once) > 3


def test_a_loop_of_the_core_that_waits_for_text_ends(tmp_path: Path) -> None:
    (tmp_path / "mm").mkdir()
    (tmp_path / "mm/ksm.c").write_text(NEVER)
    texts = versions(tmp_path)
    once, again = shown(Executed(texts), MERGED), shown(Compiled(texts), MERGED)
    assert once == again and "endless" in str(again)


def shown(text: Executed, said: str) -> list[object]:
    """What each step with this text shows, and how the run ends."""
    scenario = parse(said, "x")
    seen: list[object] = []
    model = start(scenario.machine, V61.replace(text=text))
    try:
        for step in scenario.steps:
            outcome = model.step(step)
            events = [(event.name, event.site, event.text) for event in outcome.events]
            block = model.machine.block
            seen.append((outcome.result.text(), events, block.digest(), block.snapshot()))
    except NotModelled as error:
        seen.append(str(error))
    return seen


def test_compiled_is_for_source(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "--generated", "1", "--on", "host", "--compiled"]) == 2
    assert "--compiled is for --on source" in capsys.readouterr().err
