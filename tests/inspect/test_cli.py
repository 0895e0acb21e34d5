"""The verbs as a person calls them: exit codes, one sentence for every error, 80 columns."""

import json
import os
import subprocess
import sys

import pytest

from linuxmm.cli.main import main
from linuxmm.inspect.changes import changes
from linuxmm.inspect.live import process_ids

ME = str(os.getpid())
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
        (["inspect", ME, "--periodic", "0"], 2, "seconds"),
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
    assert words in said and said.count("\n") == 1


def test_a_kernel_thread_has_no_memory(capsys: pytest.CaptureFixture[str]) -> None:
    if not os.path.exists("/proc/2/status") or 2 in process_ids():
        pytest.skip("no kernel thread is visible here")
    assert main(["inspect", "2"]) in (2, 4)
    assert "kernel thread" in capsys.readouterr().err


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
    assert main(["why", readable, address, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "linuxmm/why/1" and found["kind"] == "anon"
    assert found["kernels"]["debian-6.1"]["verdicts"]["pin"]["word"] == "yes"


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
