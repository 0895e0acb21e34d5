# SPDX-License-Identifier: GPL-2.0-or-later
"""What a report says about seeing it again is true: typed as printed, it runs."""

import io
import os
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from linuxmm.cli.main import main
from linuxmm.errors import InputError
from linuxmm.kernels import as_toml, load, same_rules
from linuxmm.printed import WIDTH
from linuxmm.review.report import report
from linuxmm.review.rerun import Again, command_lines, quoted, run_command
from linuxmm.review.run import Review
from linuxmm.review.saved import Saved, keep
from linuxmm.scenario.parse import parse_pasted
from tests.review.patches import lookup_diff, read

ODD = ["a b.toml", "it's.toml", "$(id).toml", "-x.toml", "a\nb.toml", "\x1b[2J\x85\u202e.toml",
       "ä\udcff.toml", "*?[!]~;&|<>\\.toml", "x" * 200 + ".toml"]  # fmt: skip


def findings_of(text: str) -> list[tuple[list[str], list[str]]]:
    """Of each finding in a report, the witness and the lines that say how to run it."""
    found: list[tuple[list[str], list[str]]] = []
    part: list[str] = []
    for line in text.splitlines():
        if line in ("    machine:", "    steps:") and (not found or part is not found[-1][0]):
            part = []
            found.append((part, []))
        elif line.startswith("  rerun: "):
            part = found[-1][1]
        elif not line:
            part = []
        part.append(line)
    return found


def commands(lines: list[str]) -> list[list[str]]:
    """The words of each command, as a shell gets them."""
    text = "\n".join(lines).replace("  rerun: ", "", 1)
    return [shlex.split(line) for line in text.replace("\\\n", "").split("\n")]


def test_each_printed_witness_is_accepted_by_run_as_printed(
    seed_review: Review, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    again = Again.of("v5.17-coherent..split-v1")
    found = findings_of(report(seed_review, remaining=True, again=again))
    assert len(found) == len(seed_review.findings)
    for (witness, rerun), finding in zip(found, seed_review.findings, strict=True):
        text = "\n".join(witness)
        scenario = parse_pasted(text, "pasted")
        assert len(scenario.steps) == len(finding.witness.steps)
        if finding.part is not None:  # its kernel is no file yet: the next test
            continue
        [words] = commands(rerun)
        assert words[:3] == ["linuxmm", "run", "-"]
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        assert main(words[1:]) in (0, 1), finding.explanation
        assert finding.witness.steps[-1].split()[1] in capsys.readouterr().out


def unsaved(review: Review) -> Review:
    """The same review as if a patch had made its second kernel."""
    return replace(review, after_name="made by\na patch.toml", is_saved=False)


def test_a_kernel_that_is_no_file_is_first_written(
    seed_review: Review,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Both lines of each finding, in a row: the first writes what the second one names."""
    monkeypatch.chdir(tmp_path)
    review = unsaved(seed_review)
    again = Again.of("it's a patch.mail", "v6.1", "my tree")
    found = findings_of(report(review, again=again))
    for _, rerun in found:
        text = "\n".join(rerun).replace("  rerun: ", "", 1).replace("\\\n", "")
        first, second = (line for line in text.split("\n") if line.strip())
        assert shlex.split(first) == [
            "linuxmm", "review", "it's a patch.mail", "--base", "v6.1", "--tree", "my tree",
            "--save-witnesses", "witnesses",
        ]  # fmt: skip
        Saved(witnesses="witnesses").of(review)  # twice the same is no error
        words = bash_words(second)
        assert all(os.path.isfile(words[n]) for n in (2, 6)), words
        assert main(words[1:]) in (0, 1)
    parts = sum(finding.part is not None for finding in review.findings)
    assert len(list(Path("witnesses").iterdir())) == len(found) + 1 + parts
    capsys.readouterr()


def test_saved_names_are_those_of_the_lines(seed_review: Review, tmp_path: Path) -> None:
    review, files = Saved(witnesses=str(tmp_path / "new")).of(unsaved(seed_review))
    text = report(review, again=replace(Again.of("x"), files=files))
    found = findings_of(text)
    assert found
    for _, rerun in found:
        words = bash_words("\n".join(rerun).replace("  rerun: ", "", 1))
        assert os.path.isfile(words[2]) and os.path.isfile(words[6]), words


def test_standard_input_cannot_be_reviewed_again(seed_review: Review) -> None:
    text = report(unsaved(seed_review), again=Again.of("-"))
    assert "linuxmm run" not in text and "no file yet" in text


def bash_words(command: str) -> list[str]:
    """The words of a command as bash makes them."""
    script = f"set -f; args() {{ printf '%s\\0' \"$@\"; }}; args {command}"
    out = subprocess.run(["bash", "-c", os.fsencode(script)], capture_output=True, check=True)
    return [os.fsdecode(word) for word in out.stdout.split(b"\0")[:-1]]


@pytest.mark.parametrize("name", ODD)
def test_commands_survive_a_shell_whatever_the_names(name: str) -> None:
    lines = command_lines(run_command(name, [name, "v6.1"]), "  rerun: ", "    ")
    assert all(line.isprintable() for line in lines if "\udcff" not in name)
    assert all(len(line) <= WIDTH or len(line.split()) <= 3 for line in lines)
    path = f"./{name}" if name.startswith("-") else name
    assert bash_words("\n".join(lines).replace("  rerun: ", "", 1)) == [
        "linuxmm", "run", path, "--kernel", path, "--kernel", "v6.1",
    ]  # fmt: skip
    assert bash_words(quoted(name)) == [name]


def test_a_series_writes_each_kernel_once(seed_review: Review, tmp_path: Path) -> None:
    """Patch 2 changes no rule, so that its kernels are both the one that patch 1 made."""
    saved = Saved(kernels=str(tmp_path))
    one, _ = saved.of(replace(unsaved(seed_review), after_name="one.toml"))
    after = seed_review.after.replace(source="patch 2, on the kernel of patch 1")
    two, _ = saved.of(
        replace(
            seed_review, before=seed_review.after, after=after, findings=(), bounds=None,
            before_name="one.toml", after_name="one.toml", before_is_saved=False, is_saved=False,
        )
    )  # fmt: skip
    assert one.after_name == two.before_name == two.after_name == str(tmp_path / "one.toml")
    assert os.listdir(tmp_path) == ["one.toml"]


# --- files ----------------------------------------------------------------------------------------
def test_a_file_is_never_replaced(tmp_path: Path) -> None:
    folder = str(tmp_path / "a" / "b")
    path = keep(folder, "x.toml", "one")
    assert keep(folder, "x.toml", "one") == path
    for other in ("two", "on", "one and more"):
        with pytest.raises(InputError, match=r"x\.toml: is there already and is another file"):
            keep(folder, "x.toml", other)
    assert Path(path).read_text() == "one"
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to("nowhere")
    for name in ("fifo", "link"):
        with pytest.raises(InputError, match="another file"):
            keep(str(tmp_path), name, "one")
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    "subject",
    ["../../etc/x", "\x1b[2J\x00\x07 \x85 \u202e \u2028", "ページ", ".", "x" * 900],
)
def test_a_subject_makes_a_safe_name_and_a_kernel_that_loads(subject: str, tmp_path: Path) -> None:
    head = f"From: A <a@b>\nSubject: [PATCH] {subject}\n\n---\n"
    text = head + lookup_diff("mm/gup.c", "get_gate_page", "vm_normal_page", "vm_normal_page_pmd")
    kernel = read(text).kernel
    assert set(kernel.name) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-") and kernel.name
    path = keep(str(tmp_path), f"{kernel.name}.toml", as_toml(kernel))
    assert os.listdir(tmp_path) == [f"{kernel.name}.toml"]
    assert same_rules(load(path), kernel)
