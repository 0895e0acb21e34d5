# SPDX-License-Identifier: GPL-2.0-or-later
"""The verbs as a person calls them: exit codes, one sentence for every error, 80 columns."""

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from linuxmm.cli.main import main
from linuxmm.inspect.changes import changes
from linuxmm.inspect.live import process_ids
from linuxmm.validate.judge import Near, nearest_here

ME = str(os.getpid())
PERIODS = ("0", "1e-300", "0.05", "-1", "nan", "inf", "9" * 5000)
pytestmark = pytest.mark.live


@pytest.fixture
def readable() -> str:
    """This process, or a skip where not even its own pagemap may be read."""
    if not os.access("/proc/self/pagemap", os.R_OK):
        pytest.skip("/proc/self/pagemap cannot be read")
    return ME


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["inspect"], 2, "name processes"),
        (["inspect", "abc"], 2, "is no pid"),
        (["inspect", "4194999"], 2, "no process"),
        (["inspect", ME, "--all"], 2, "name processes"),
        (["inspect", ME, "--range", "zz-1"], 2, "hex addresses"),
        (["inspect", ME, "--range", "0-1000"], 2, "maps nothing in"),
        (["inspect", ME, "--kernel", "v9.9"], 2, "v9.9"),
        *(
            (["inspect", ME, "--periodic", word], 2, "from 0.1 to 86400 seconds")
            for word in PERIODS
        ),
        (["inspect", "9" * 5000], 2, "is no pid"),
        (["inspect", ME, "--range", "9" * 5000 + "-1"], 2, "hex addresses"),
        (["inspect", ME, "--range=-1-2"], 2, "hex addresses"),
        (["why", "9" * 5000, "0"], 2, "is no pid"),
        (["why", ME, "9" * 5000], 2, "is no address"),
        (["why", ME, "1_0"], 2, "is no address"),
        (["inspect", "--cgroup", "no/such"], 2, "control group"),
        (["why", ME, "xyz"], 2, "is no address"),
        (["why", ME, "0"], 2, "nearest VMA"),
    ],
)
def test_errors_are_one_sentence(
    arguments: list[str], code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == code
    said = capsys.readouterr().err
    assert words in said and said.count("\n") == 1 and len(said) < 200


def test_a_kernel_thread_has_no_memory(capsys: pytest.CaptureFixture[str]) -> None:
    if not os.path.exists("/proc/2/status") or 2 in process_ids():
        pytest.skip("no kernel thread is visible here")
    assert main(["inspect", "2"]) in (2, 4)
    assert "kernel thread" in capsys.readouterr().err


def test_a_process_that_is_waited_for_has_no_memory(capsys: pytest.CaptureFixture[str]) -> None:
    with subprocess.Popen([sys.executable, "-S", "-c", "pass"]) as child:
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert main(["inspect", str(child.pid)]) == 2
    assert "has exited" in capsys.readouterr().err


def test_the_rules_are_those_of_the_record_nearest_to_the_kernel(
    readable: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The kernel is asked what it does; its number is not looked at."""
    near = nearest_here()
    assert main(["inspect", readable]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert near.text() in said and f"MAY THE KERNEL, by the rules of {near.kernel}" in said
    assert near.why or near.same > near.asked / 2
    assert main(["inspect", readable, "--kernel", "v6.1"]) == 0
    assert near.text() not in " ".join(capsys.readouterr().out.split())


def test_how_the_rules_were_chosen_is_a_sentence() -> None:
    assert Near("v6.18", 8, 9).text() == (
        "rules of v6.18: the record nearest to this kernel (8 of 9 questions are answered alike)"
    )
    assert Near("v6.1", why="no cc").text() == (
        "rules of v6.1: this kernel could not be asked (no cc)"
    )


def test_of_several_the_others_are_reported(
    readable: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["inspect", readable, "4194999", "--format", "json"]) == 2
    said = capsys.readouterr()
    found = json.loads(said.out)
    assert [process["pid"] for process in found["processes"]] == [int(readable)]
    assert found["not_read"] == ["there is no process 4194999"]
    assert said.err == "linuxmm: not read: there is no process 4194999\n"


def program_of_32_bits() -> bytes:
    """An ELF file for i386 that waits for a signal: pause(2) again and again."""
    base, code = 0x08048000, bytes.fromhex("b81d000000cd80ebf7")
    start = 52 + 32
    head = b"\x7fELF\1\1\1" + bytes(9)
    head += struct.pack("<2H5I6H", 2, 3, 1, base + start, 52, 0, 0, 52, 32, 1, 40, 0, 0)
    segment = struct.pack("<8I", 1, 0, base, base, start + len(code), start + len(code), 5, 4096)
    return head + segment + code


def test_a_32_bit_process(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = tmp_path / "small"
    program.write_bytes(program_of_32_bits())
    program.chmod(0o755)
    try:
        child = subprocess.Popen([program])
    except OSError as error:
        pytest.skip(f"32-bit programs do not run here: {error.strerror}")
    with child:
        try:
            assert main(["inspect", str(child.pid), "--format", "json", "--vma"]) == 0
        finally:
            child.kill()
    (found,) = json.loads(capsys.readouterr().out)["processes"]
    text = next(vma for vma in found["vmas"] if int(vma["start"], 16) == 0x08048000)
    assert text["pages"] == 1 and sum(text["kinds"].values()) == 1
    assert max(int(vma["end"], 16) for vma in found["vmas"]) <= 1 << 32


def test_scan_tells_kinds_only(readable: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["inspect", readable, "--scan"])
    said = capsys.readouterr()
    if code == 4:
        assert "PAGEMAP_SCAN" in said.err
        pytest.skip("this kernel has no PAGEMAP_SCAN")
    assert "read from maps, PAGEMAP_SCAN" in said.out and "MAY THE KERNEL" not in said.out
    assert main(["inspect", readable, "--scan", "--counts"]) == 2


def test_a_process_is_watched(readable: str, capsys: pytest.CaptureFixture[str]) -> None:
    with subprocess.Popen(["sleep", "2.5"]) as child:
        assert main(["inspect", str(child.pid), "--periodic", "0.5", "--quick"]) == 0
    said = capsys.readouterr().out
    assert f"{child.pid}: no change" in said
    assert said.splitlines()[-1].endswith(("has exited: its memory is gone", "has just exited"))


def test_the_report_fits_80_columns(readable: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["inspect", readable, "--vma", "--what-if", "coherent", "--kernel", "v6.1"]
    assert main([*arguments, "--kernel", "split-v1"]) == 0
    text = capsys.readouterr().out
    assert [line for line in text.splitlines() if len(line) > 80] == []
    for title in ("PAGES", "MAY THE KERNEL", "VMAS", "WHAT IF", "TOTALS", "NOTES"):
        assert title in text


def test_json_has_its_schema(readable: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", readable, "--format", "json", "--vma"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "linuxmm/inspect/1"
    (process,) = found["processes"]
    present = process["properties"]["present"]
    assert present == sum(process["places"].values()) > 100
    assert sum(vma["properties"]["present"] for vma in process["vmas"]) == present


def test_why_names_functions(readable: str, capsys: pytest.CaptureFixture[str]) -> None:
    with open("/proc/self/maps") as stream:
        heap = next((line for line in stream if "[stack]" in line), "")
    address = hex(int(heap.split()[0].partition("-")[2], 16) - 4096)
    assert main(["why", readable, address]) == 0
    text = capsys.readouterr().out
    assert "mm/migrate.c:add_page_for_migration" in text and "vm_normal_page: a page" in text
    chain = text[text.index("moved by move_pages") : text.index("merged by KSM")].splitlines()
    assert "      vma_migratable lets it pass" in chain  # the VMA, the lookup, then the tests
    assert "      mm/migrate.c:add_page_for_migration: lookup normal: !special -> page" in chain
    assert chain.index("      test zone_device lets it pass") > 2
    assert main(["why", readable, address, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "linuxmm/why/1" and found["kind"] == "anon"
    (rules,) = found["kernels"].values()
    assert rules["verdicts"]["pin"]["word"] == "yes"


def test_runs_of_pages_as_csv(readable: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", readable, "--format", "csv"]) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head == "pid,address,pages,kind,place,pagemap,flags"
    assert len(rows) > 10 and all(row.startswith(readable + ",0x") for row in rows)


def test_without_numpy_a_small_process_is_no_matter(readable: str) -> None:
    code = (
        "import sys; sys.modules['numpy'] = None\n"
        "from linuxmm.cli.main import main\n"
        f"sys.exit(main(['inspect', '{readable}']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "MAY THE KERNEL" in done.stdout


def test_changes_are_signed() -> None:
    assert changes({"anon": 3, "file": 2}, {"anon": 5, "zero": 1}) == "anon +2, zero +1, file -2"
    assert changes({"anon": 3}, {"anon": 3}) == "no change"
