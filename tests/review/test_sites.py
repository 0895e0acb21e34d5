# SPDX-License-Identifier: GPL-2.0-or-later
"""The verb `sites`: what is printed, and the exit codes of the contract."""

import json
from pathlib import Path

import pytest

from linuxmm.cli.main import main
from tests.cli.schemas import check
from tests.review.patches import diff, hunk, lookup_diff
from tests.review.test_tree import plant


def run(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    """The exit code and what was printed."""
    code = main(["sites", *args])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.mark.parametrize(
    "args", [["v6.1"], ["--kernel", "v6.1"], ["linuxmm/kernels/split-v1.toml"]]
)
def test_the_table_of_a_kernel_fits_80_columns(
    args: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    code, out, _ = run(capsys, *args)
    assert code == 0
    assert "  break_ksm" in out and "mm/ksm.c" in out
    assert max(map(len, out.split("\n"))) <= 80


def test_a_kernel_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "v5.17-coherent", "--format", "json")
    data = json.loads(out)
    assert (code, data["schema"], data["kernel"]) == (0, "linuxmm/sites/1", "v5.17-coherent")
    rule = next(entry for entry in data["sites"] if entry["site"] == "mm/ksm.c:break_ksm")
    assert rule["lookup"] == "follow_page"
    assert rule["flags"] == ["FOLL_GET", "FOLL_MIGRATION", "FOLL_REMOTE"]


def test_a_patch_before_and_after(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x.patch"
    called = "-\tp = follow_page(v, a, FOLL_GET);\n+\tp = follow_page(v, a, FOLL_GET | FOLL_DUMP);"
    path.write_text(
        diff("mm/ksm.c", hunk("static struct page *get_mergeable_page(int x)", called))
        + diff("drivers/\x1b[31mred.c", hunk("f()", "-\ta();\n+\tb();"))
    )
    code, out, _ = run(capsys, str(path))
    assert code == 0
    assert "follow_page(GET|DUMP)" in out
    assert "not modelled: drivers/\\x1b[31mred.c" in out and "\x1b" not in out
    code, out, _ = run(capsys, str(path), "--format", "json")
    data = json.loads(out)
    assert [entry["site"] for entry in data["sites"]] == ["mm/ksm.c:get_mergeable_page"]
    assert [entry["class"] for entry in data["hunks"]] == ["site", "file"]
    assert set(data["not_modelled"][0]) == {"file", "function", "hunk", "why"}


def test_a_patch_of_which_nothing_is_modelled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.patch"
    path.write_text(lookup_diff("drivers/x.c", "f", "one", "two"))
    assert run(capsys, str(path))[0] == 3


def test_a_tree_and_its_exit_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tree_sitter_c")
    plant(tmp_path)
    code, out, _ = run(capsys, str(tmp_path))
    assert code == 0 and "6 calls in 3 files" in " ".join(out.split())
    assert "nearest record: " in out and max(map(len, out.split("\n"))) <= 80 + len(str(tmp_path))
    code, out, _ = run(capsys, "--tree", str(tmp_path), "--kernel", "split-v1")
    assert code == 1 and "gone: mm/ksm.c:break_ksm: no such function" in out
    code, out, _ = run(capsys, str(tmp_path), "--kernel", "split-v1", "--format", "json")
    data = json.loads(out)
    assert (code, data["compared_with"], len(data["sites"])) == (1, "split-v1", 6)
    check("sites", data)
    data = json.loads(run(capsys, str(tmp_path), "--format", "json")[1])
    check("sites", data)
    assert data["compared_with"] is None and data["nearest"]["same"] >= 1


def test_a_tree_that_is_read_partly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tree_sitter_c")
    plant(tmp_path)
    bad = "int f(void)\n{\nvm_normal_page(1,2,3);\n}\n"
    (tmp_path / "bad.c").write_text(bad + "#define P vm_normal_page(1,2,3)\n" * 2_000)
    code, out, err = run(capsys, str(tmp_path))
    words = " ".join(out.split())
    assert (code, err) == (3, "") and "6 calls in 3 files" in words and "zap_pte_range" in words
    assert "the two disagree: 2001" in words
    assert (
        "disagree: bad.c:3: vm_normal_page: tree-sitter: a call in f; text search: a declaration"
    ) in words
    assert "and 1981 more of these: --format json has all" in words and len(out) < 10_000
    assert max(map(len, out.split("\n"))) <= 80
    code, out, _ = run(capsys, str(tmp_path), "--format", "json")
    data = json.loads(out)
    assert (code, data["partly"], len(data["disagreements"])) == (3, True, 2_001)
    assert data["disagreements"][0] == {
        "file": "bad.c",
        "line": 3,
        "name": "vm_normal_page",
        "tree_sitter": "a call in f",
        "text_search": "a declaration",
    }


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("", "is empty"), ("junk\n", "has no diff"), ("\0\1", "binary data")],
)
def test_bad_input_exits_with_2_and_one_line(
    text: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.mail"
    path.write_text(text)
    code, out, err = run(capsys, str(path))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert sentence in err and "x.mail" in err


def test_no_or_a_wrong_name_exits_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys)[0] == 2
    code, _, err = run(capsys, "split-v2")
    assert code == 2 and 'did you mean "split-v1"' in err
