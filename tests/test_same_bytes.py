# SPDX-License-Identifier: GPL-2.0-or-later
"""tools/same-bytes on two made-up trees: it must see one byte, and that nothing was compared."""

import subprocess
import sys
from pathlib import Path

from tests.fuzz.target import ROOT

MAIN = """\
import sys
if "gen" in sys.argv:
    print(*sys.argv[1:])
else:
    print("searching: 3 of 4, 2 s", file=sys.stderr)
    print("a line", file=sys.stderr)
    print({said!r}, *sys.argv[1:])
    sys.exit({code})
"""
MAILS = 'def seeds():\n    yield b"From: A\\n"\n'


def tree(folder: Path, said: str = "words of a tree", code: int = 0) -> Path:
    """A command that says these words and what it was given, and the mails of its tests."""
    for package in ("linuxmm", "tests/fuzz/targets"):
        (folder / package).mkdir(parents=True)
        (folder / package / "__init__.py").touch()
    (folder / "linuxmm" / "__main__.py").write_text(MAIN.format(said=said, code=code))
    (folder / "tests" / "fuzz" / "targets" / "mails.py").write_text(MAILS)
    (folder / "scenarios").mkdir()
    (folder / "scenarios" / "a.mm").write_text("a scenario of four words\n")
    return folder


def same_bytes(*words: object) -> tuple[int, str, str]:
    """Exit code, standard output and standard error."""
    command = [sys.executable, str(ROOT / "tools" / "same-bytes"), "--python", sys.executable]
    done = subprocess.run(
        [*command, *map(str, words)], capture_output=True, text=True, check=False, timeout=120
    )
    return done.returncode, done.stdout, done.stderr


def test_equal_trees_are_the_same(tmp_path: Path) -> None:
    base, head = tree(tmp_path / "one"), tree(tmp_path / "two")
    code, out, _ = same_bytes(base, head, "--only", "run*", "--only", "help*", "--only", "sites 00")
    assert code == 0, out
    assert "same" in out and "run all json" in out and "sites 00" in out and "DIFFERS" not in out


def test_one_byte_is_shown_with_its_command(tmp_path: Path) -> None:
    base, head = tree(tmp_path / "one"), tree(tmp_path / "two", "words of a trey")
    code, out, _ = same_bytes(base, head, "--only", "matrix", "--only", "help gen")
    assert code == 1
    verdicts = {
        line.split()[-1]: line.split()[0] for line in out.splitlines()[1:-1] if line[0] > " "
    }
    assert verdicts == {"matrix": "DIFFERS", "gen": "same"}
    shown = [line.strip() for line in out.splitlines() if line.startswith("  ")]
    assert shown == [
        "stdout, line 1 of 2, now of 2:", "- words of a tree matrix", "-",
        "+ words of a trey matrix", "+",
    ]  # fmt: skip
    assert out.endswith("\n1 of 2 the same\n")


def test_another_exit_code_differs(tmp_path: Path) -> None:
    base, head = tree(tmp_path / "one"), tree(tmp_path / "two", code=1)
    code, out, _ = same_bytes(base, head, "--only", "matrix")
    assert code == 1 and "      exit code: 0, now 1\n" in out


def test_what_differs_on_purpose_is_excused_by_name(tmp_path: Path) -> None:
    base, head = tree(tmp_path / "one"), tree(tmp_path / "two", "other words")
    words = (base, head, "--only", "matrix", "--only", "help gen", "--except", "matrix*")
    code, out, _ = same_bytes(*words)
    assert code == 0 and "excused: matrix\n" in out and out.endswith("\n1 of 1 the same\n")


def test_a_command_that_works_in_neither_tree_is_not_the_same(tmp_path: Path) -> None:
    base, head = tree(tmp_path / "one", code=70), tree(tmp_path / "two", code=70)
    code, out, _ = same_bytes(base, head, "--only", "matrix")
    assert code == 1 and "it works in neither tree: exit code 70" in out
    code, out, _ = same_bytes(base, head, "--only", "plans")  # nothing of it is there
    assert code == 1 and "load is in none of linuxmm.scenario.parse" in out


def test_no_comparison_is_no_agreement(tmp_path: Path) -> None:
    base = tree(tmp_path / "one")
    code, _, err = same_bytes(base, base, "--only", "nothing of this name")
    assert code == 2 and "no command is left" in err
    code, _, err = same_bytes("no-such-revision", base)
    assert code == 2 and err.startswith("same-bytes: no-such-revision is no folder")
