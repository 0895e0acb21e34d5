# SPDX-License-Identifier: GPL-2.0-or-later
"""What ``linuxmm kernels`` prints: 80 columns, exit codes, JSON by contract."""

import json
from functools import partial
from pathlib import Path

import pytest

from linuxmm.cli.main import main
from linuxmm.errors import KernelError
from linuxmm.explore.setups import SETUPS
from linuxmm.kernels import Test, diff, load, lookup_text, site_as_toml
from linuxmm.kernels.text import diff_text
from linuxmm.review import parts
from tests.cli.schemas import check

SCHEMA = "linuxmm/kernels/1"


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = main(["kernels", *words])
    out = capsys.readouterr().out
    paths = [word for word in words if "/" in word]  # as long as they are
    told = [line for line in out.splitlines() if not any(path in line for path in paths)]
    assert all(len(line) <= 80 for line in told) or "json" in words
    return code, out


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    code, out = run(capsys, "list")
    assert code == 0
    for name in ("v5.17-coherent", "split-v1", "debian-6.1  (alias v6.1)", "6.1.192"):
        assert name in out


def test_show_is_toml_of_the_kernel(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out = run(capsys, "show", "v6.1")
    path = tmp_path / "copy.toml"
    path.write_text(out)
    assert code == 0 and load(str(path)) == load("v6.1")


def test_show_one_site(capsys: pytest.CaptureFixture[str]) -> None:
    _, whole = run(capsys, "show", "v6.1")
    for name in ("mm/ksm.c:break_ksm", "break_ksm"):
        code, out = run(capsys, "show", "v6.1", name)
        assert code == 0 and out.startswith('[site."mm/ksm.c:break_ksm"]\n') and out in whole
    _, both = run(capsys, "show", "v6.1", "collapse_pte_mapped_thp")
    assert both.count("[site.") == 2  # of the function: both of its lookups
    assert main(["kernels", "show", "v6.1", "mm/ksm.c:break_ks"]) == 2
    assert 'no site "mm/ksm.c:break_ks"; did you mean "break_ksm"?' in capsys.readouterr().err


def test_diff_of_the_patch(capsys: pytest.CaptureFixture[str]) -> None:
    code, out = run(capsys, "diff", "v5.17-coherent", "split-v1")
    assert code == 1
    assert "v5.17-coherent -> split-v1: 33 rules differ" in out
    assert "  any                                               takes the place of normal\n" in out
    assert "      - devmap -> none\n" in out
    assert "      normal -> lru if FOLL_MLOCK|FOLL_LRU, else any\n" in out
    assert "  mm/ksm.c:break_ksm                                +FOLL_LRU\n" in out


def test_diff_with_6_1_names_every_kind(capsys: pytest.CaptureFixture[str]) -> None:
    code, out = run(capsys, "diff", "split-v1", "v6.1")
    assert code == 1
    for words in (
        "pte_marker  off -> on",
        "FOLL_MLOCK is gone",
        "+ zone_device -> -ENOENT, put",
        "mm/mlock.c:__munlock_pagevec_fill                 is gone",
        "mm/mlock.c:mlock_pte_range                        is new",
        "-FOLL_LRU",
    ):
        assert words in out


def test_diff_of_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    code, out = run(capsys, "diff", "v6.1", "debian-6.1")
    assert (code, out) == (0, "debian-6.1 and debian-6.1 have the same rules\n")


def test_predicates_configs_and_flag_values_in_a_diff(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        'base = "v6.1"\n[config]\ndevice_private = false\n[foll]\nFOLL_PIN = 0x200000\n'
        '[predicate.longterm_pinnable]\nrows = ["zero_pfn -> yes", "otherwise -> no"]\n'
        '[site."mm/ksm.c:break_ksm"]\nrefused = "-EFAULT"\n'
    )
    before, after = load("v6.1"), load(str(path))
    text = diff_text(before, after, diff(before, after))
    assert "device_private  on -> off" in text
    assert "FOLL_PIN = 0x40000 -> 0x200000" in text
    assert "- device_coherent -> no" in text and "+ otherwise -> no" in text
    assert "refused 0 -> -EFAULT" in text


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, out = run(capsys, "list", "--format", "json")
    body = json.loads(out)
    assert code == 0 and body["schema"] == SCHEMA
    assert body["kernels"][2]["aliases"] == ["v6.1"]

    code, out = run(capsys, "show", "split-v1", "--format", "json")
    kernel = json.loads(out)["kernel"]
    assert kernel["site"]["mm/gup.c:follow_page_pte"]["lookup"] == {
        "FOLL_MLOCK|FOLL_LRU": "lru",
        "otherwise": "any",
    }
    assert kernel["foll"]["FOLL_LRU"] == 0x100000

    code, out = run(capsys, "diff", "v5.17-coherent", "split-v1", "--format", "json")
    body = json.loads(out)
    assert code == 1 and body["same"] is False and len(body["differences"]) == 33
    assert body["differences"][0] == {
        "kind": "foll",
        "name": "FOLL_LRU",
        "field": "",
        "before": None,
        "after": 0x100000,
    }


def test_wrong_use_is_two(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kernels", "show", "v6.l"]) == 2
    assert 'did you mean "v6.1"?' in capsys.readouterr().err
    assert main(["kernels"]) == 2
    assert main(["kernels", "diff", "v6.1"]) == 2


def test_a_site_in_words() -> None:
    split = load("split-v1")
    assert lookup_text(split.site("mm/ksm.c:get_mergeable_page")) == "follow_page(GET|LRU)"
    assert lookup_text(split.site("mm/mlock.c:mlock_pte_range")) == "absent"
    assert lookup_text(split.site("mm/memory.c:do_wp_page")) == "any"


def test_a_site_as_toml() -> None:
    rule = load("v6.1").site("mm/ksm.c:get_mergeable_page")
    assert rule.tests[0] == Test("zone_device", "no_page", True)
    assert site_as_toml(rule) == {
        "lookup": "follow_page",
        "flags": ["FOLL_GET"],
        "refused": "no_page",
        "tests": [
            {"refuse": "zone_device", "gives": "no_page", "put": True},
            {"refuse": "not_anon", "gives": "no_page", "put": True},
        ],
        "source": "mm/ksm.c:get_mergeable_page",
        "rests_on": "read",
    }


def test_newer_flags_are_a_rule_like_any_other(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path, shown = tmp_path / "newer.toml", tmp_path / "shown.toml"
    path.write_text('base = "v6.1"\n[flags]\nMADV_GUARD_INSTALL = true\n')
    newer = load(str(path))
    assert newer.flags == ("MADV_GUARD_INSTALL",) and newer.digest() != load("v6.1").digest()
    shown.write_text(run(capsys, "show", str(path))[1])
    assert load(str(shown)) == newer
    text = diff_text(load("v6.1"), newer, diff(load("v6.1"), newer))
    assert "newer flags\n  MADV_GUARD_INSTALL  nothing -> on\n" in text
    path.write_text('base = "v6.1"\n[flags]\nMADV_GARD_INSTALL = true\n')
    with pytest.raises(KernelError, match="did you mean"):
        load(str(path))


MINE = """base = "v6.1"
[behaviour]
longterm_write_refuses_files = "yes"
own_advice = "any"
"""


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """v6.1 and two later behaviours, and a catalogue that reaches one of them."""
    few = tuple(one for one in SETUPS if one.name == "file-read")
    monkeypatch.setattr(parts, "Parts", partial(parts.Parts, setups=few))
    path = tmp_path / "mine.toml"
    path.write_text(MINE)
    return str(path)


def test_diff_told_as_facts(mine: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(tmp_path / "found")
    words = ("diff", "v6.1", mine, "--witness", "--save-witnesses", folder)
    code, out = run(capsys, *words)
    assert code == 1
    assert out.startswith("debian-6.1 -> mine: 2 rules differ; programs show 1 of them\n")
    assert "  pin FOLL_LONGTERM FOLL_WRITE of a shared file mapping: 1 -> -EFAULT\n" in out
    assert "within these bounds\n  own_advice\n" in out
    assert "bounds: 1 set-up, 3 actions deep" in out
    kept = f"{folder}/longterm-write-refuses-files.mm"
    assert main(["run", kept, "--kernel", "v6.1", "--kernel", mine]) == 0
    assert "-EFAULT" in capsys.readouterr().out
    assert main(["kernels", "diff", "v6.1", "debian-6.1", "--witness"]) == 0


def test_facts_as_json(mine: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = run(capsys, "diff", "v6.1", mine, "--witness", "--format", "json")
    body = json.loads(out)
    check("kernels", body)
    told = {part["name"]: part for part in body["parts"]}
    assert code == 1 and len(body["differences"]) == 2 and body["bounds"]["setups"] == 1
    assert told["own_advice"]["verdict"] == "not-shown" and told["own_advice"]["witness"] is None
    one = told["longterm_write_refuses_files"]
    assert one["shows"] == {"before": ["1"], "after": ["-EFAULT"]}
    assert one["witness"].startswith("linuxmm-scenario 1\n")


def test_nothing_is_written_over(
    mine: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "longterm-write-refuses-files.mm").write_text("mine")
    code = main(["kernels", "diff", "v6.1", mine, "--save-witnesses", str(tmp_path)])
    said = capsys.readouterr()
    assert code == 2 and "nothing is replaced" in said.err
    assert "1 -> -EFAULT" in said.out  # what was found is shown all the same
