# SPDX-License-Identifier: GPL-2.0-or-later
"""Every JSON that a verb prints is what its published schema says, and has no key beside it.

The published schemas are open, for a reader of tomorrow's output; here they are closed: an
object whose keys are named has no other key, so that none stays unpublished.
"""

import io
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from linuxmm.cli.main import VERBS, main
from linuxmm.cli.schema import FOLDER
from linuxmm.review.report_json import as_json
from linuxmm.review.run import Review
from linuxmm.review.touched import STATUSES, Function
from tests.review.patches import lookup_diff
from tests.review.test_review_quiet import COMMENT, HALF, UNMODELLED

jsonschema = pytest.importorskip("jsonschema", reason="jsonschema: make test installs it")

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


def closed(schema: Any) -> Any:
    """The schema without the freedom to have more keys than are named."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: closed(value) for key, value in schema.items()}
    if "properties" in schema and schema.get("type") == "object":
        found.setdefault("additionalProperties", False)
    return found


def schema_of(verb: str) -> Any:
    return json.loads((FOLDER / f"{verb}.json").read_text())


def check(verb: str, document: Any) -> None:
    """Raises: jsonschema.ValidationError, which names the place."""
    jsonschema.Draft202012Validator(closed(schema_of(verb))).validate(document)


def objects(schema: Any) -> Iterator[Any]:
    if isinstance(schema, dict):
        yield schema
        for value in schema.values():
            yield from objects(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from objects(value)


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
    check(words[0], json.loads(printed))


def test_one_page_of_a_process(capsys: pytest.CaptureFixture[str]) -> None:
    first = Path("/proc/self/maps").read_text().partition("-")[0]
    code = main(["why", str(os.getpid()), first, "--format", "json"])
    printed = capsys.readouterr().out
    if code != 0:
        pytest.skip("this machine does not show its own pages")
    check("why", json.loads(printed))


def test_a_review_with_everything(seed_review: Review) -> None:
    functions = [Function(f"mm/a.c:f{n}", status) for n, status in enumerate(STATUSES)]
    review = replace(seed_review, functions=tuple(functions))
    document: Any = json.loads(json.dumps(as_json(review)))
    check("review", document)
    assert document["introduced"] and document["changed"] and document["remaining"]


def test_a_mutation_table_of_one_site(capsys: pytest.CaptureFixture[str]) -> None:
    from linuxmm.explore.mutation_table import as_json as table

    check("mutate", {"schema": "linuxmm/mutate/1", **table("v6.1", [])})


def test_standard_input_that_is_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"no scenario\n")))
    assert main(["run", "-", "--format", "json"]) == 2
    check("run", json.loads(capsys.readouterr().out))


@pytest.mark.parametrize("spoil", ["gone", "more", "type"])
def test_what_is_wrong_is_noticed(spoil: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["run", "coherent-pages-stay", "--format", "json"])
    document = json.loads(capsys.readouterr().out)
    step = document["kernels"]["v6.1"]["steps"][0]
    if spoil == "gone":
        del step["result"]
    elif spoil == "more":
        step["novel"] = 1
    else:
        step["line"] = "15"
    with pytest.raises(jsonschema.ValidationError):
        check("run", document)
