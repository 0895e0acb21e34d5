# SPDX-License-Identifier: GPL-2.0-or-later
"""Every JSON that a verb prints is what its published schema says, and has no key beside it.

Each document is then spoilt in every one of its shapes, and its schema has to refuse that.
"""

import io
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from linuxmm.cli.main import VERBS, main
from linuxmm.cli.schema import FOLDER
from linuxmm.review.report_json import as_json
from linuxmm.review.run import Review
from linuxmm.review.touched import STATUSES, Function
from tests.cli.schemas import check_strictly, jsonschema, objects
from tests.review.patches import lookup_diff
from tests.review.test_review_quiet import COMMENT, HALF, UNMODELLED

ROOT: Final = Path(__file__).parents[2]
SILENT: Final = {"schema"}  # prints schemas
SCENARIOS: Final = ("coherent-pages-stay", "live/mlock", "invariants/mlock")
VIOLATED: Final = """\
linuxmm-scenario 1
name:    wrong
intent:  An expectation that does not hold, and a page that nothing maps any more.

steps:
      P0: a = mmap 2p
      P0: write a 0x5a
  r1: P0: munmap a
expect v6.1:
  r1 = -EINVAL
"""


def test_every_verb_with_json_has_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == {*VERBS} - SILENT
    assert main(["schema"]) == 0
    assert capsys.readouterr().out.split() == [verb for verb in VERBS if verb not in SILENT]
    assert main(["schema", "revue"]) == 2
    assert 'did you mean "review"?' in capsys.readouterr().err


@pytest.mark.parametrize("verb", sorted({*VERBS} - SILENT))
def test_it_is_a_schema(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", verb]) == 0
    schema = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"linuxmm/{verb}/1"
    for one in objects(schema):  # a required key is a described one
        if "properties" in one and isinstance(one.get("required"), list):
            assert set(one["required"]) <= set(one["properties"])


@pytest.mark.parametrize(
    "words",
    [
        *(["run", name] for name in SCENARIOS),
        ["run", "coherent-pages-stay", "-k", "v6.1", "-k", "split-v1", "-k", "v5.17-coherent"],
        ["run", *SCENARIOS, "no-such-scenario"],
        ["run", *SCENARIOS, "--explain"],
        ["run", "violated.mm"],
        ["sites", "v6.1"],
        ["sites", "comment.patch"],
        ["border"],
        ["border", "put_page"],
        ["kernels", "list"],
        ["kernels", "show", "split-v1"],
        ["kernels", "diff", "v5.17-coherent", "v6.1"],
        ["matrix", str(ROOT / "scenarios" / "live")],
        ["gen", "--seed", "7", "--count", "2"],
        ["doctor"],
        ["source", "--list"],
        ["review", "comment.patch"],
        ["review", "half.patch"],
        ["review", "unmodelled.patch"],
        ["review", "gate.patch"],
        ["inspect", "PID"],
    ],
    ids=lambda words: " ".join(Path(word).name for word in words)[:60],
)
def test_what_a_verb_prints(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    gate = lookup_diff("mm/gup.c", "get_gate_page", "vm_normal_page", "vm_normal_page_pmd")
    patches = {"comment": COMMENT, "half": HALF, "unmodelled": UNMODELLED, "gate": gate}
    for name, text in patches.items():
        Path(f"{name}.patch").write_text(text)
    Path("violated.mm").write_text(VIOLATED)
    words = [word.replace("PID", str(os.getpid())) for word in words]
    code = main([*words, "--format", "json"])
    printed = capsys.readouterr().out
    assert code in (0, 1, 2, 3) and printed
    check_strictly(words[0], json.loads(printed))


def test_one_page_of_a_process(capsys: pytest.CaptureFixture[str]) -> None:
    first = Path("/proc/self/maps").read_text().partition("-")[0]
    code = main(["why", str(os.getpid()), first, "--format", "json"])
    printed = capsys.readouterr().out
    if code != 0:
        pytest.skip("this machine does not show its own pages")
    check_strictly("why", json.loads(printed))


def test_a_review_with_everything(seed_review: Review) -> None:
    functions = [Function(f"mm/a.c:f{n}", status) for n, status in enumerate(STATUSES)]
    review = replace(seed_review, functions=tuple(functions))
    document: Any = json.loads(json.dumps(as_json(review)))
    check_strictly("review", document)
    assert document["introduced"] and document["changed"] and document["remaining"]


def test_standard_input_that_is_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"no scenario\n")))
    assert main(["run", "-", "--format", "json"]) == 2
    check_strictly("run", json.loads(capsys.readouterr().out))
