# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of every page as CSV and Parquet, over a source made by hand and over ourselves."""

import csv
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from linuxmm.cli.main import main
from linuxmm.inspect.count import BLOCK_PAGES
from linuxmm.inspect.table import COLUMNS, CsvWriter, ParquetWriter, table
from linuxmm.inspect.words import KPF_ANON, KPF_LRU
from tests.inspect.fake import FakeMachine, FakeProcess, area, machine

START = 1 << 30
PRESENT, EXCLUSIVE, SWAP = 1 << 63, 1 << 56, 1 << 62
ME = str(os.getpid())


def made() -> tuple[FakeMachine, FakeProcess]:
    """Two pages of RAM on node 1, one of device memory, one in swap; far apart in the VMA."""
    entries = {
        START: PRESENT | EXCLUSIVE | 0x60000,
        START + 4096: PRESENT | 0x60001,
        START + 8192: PRESENT | EXCLUSIVE | 0x100005,
        START + (BLOCK_PAGES + 3) * 4096: SWAP | 7 << 5 | 1,
    }
    flags = {0x60000: KPF_ANON | KPF_LRU, 0x60001: KPF_ANON}
    whole = area(pages=3 * BLOCK_PAGES)
    return machine(flags=flags), FakeProcess(1, "made", [whole], entries=entries)


def test_rows_by_hand() -> None:
    stream = io.StringIO()
    CsvWriter(stream, False).write(7, table(*made(), []))
    head, *rows = csv.reader(io.StringIO(stream.getvalue()))
    assert head == list(COLUMNS)
    assert rows == [
        ["7", "0x40000000", "0x60000", "anon", "node1", "1", "PX", "LRU|ANON"],
        ["7", "0x40001000", "0x60001", "anon", "node1", "1", "P", "ANON"],
        ["7", "0x40002000", "0x100005", "coherent", "dax0.0 (node not known)", "-1", "PX", ""],
        ["7", "0x44003000", "0x0", "swap", "", "-1", "S", ""],
    ]


def test_a_range_is_cut_out() -> None:
    low, high = START + 4096, START + 8192
    (block,) = table(*made(), [(low, high)])
    assert block.addresses == [low]


def test_parquet_has_the_rows_of_csv(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    path = tmp_path / "pages.parquet"
    with path.open("wb") as stream, ParquetWriter(stream, counts=True) as writer:
        writer.write(7, table(*made(), [], counts=True))
    found = parquet.read_table(path).to_pylist()
    assert [row["address"] for row in found] == [
        START, START + 4096, START + 8192, START + (BLOCK_PAGES + 3) * 4096
    ]  # fmt: skip
    assert found[0] == {
        "pid": 7, "address": START, "pfn": 0x60000, "kind": "anon", "place": "node1", "node": 1,
        "pagemap": "PX", "flags": "LRU|ANON", "mapped_by": 0,
    }  # fmt: skip
    assert (found[3]["kind"], found[3]["node"], found[3]["flags"]) == ("swap", -1, "")
    assert parquet.ParquetFile(path).metadata.num_row_groups == 2  # one a block


def test_without_pyarrow_the_extra_is_named(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "from linuxmm.cli.main import main\n"
        f"sys.exit(main(['inspect', '{ME}', '--format', 'parquet', '--output', 'x.parquet']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 4 and "linuxmm[parquet]" in done.stderr
    assert done.stderr.count("\n") == 1 and not list(tmp_path.iterdir())


# --- files ----------------------------------------------------------------------------------------
FORMS = (
    ["--format", "text"],
    ["--format", "json"],
    ["--pages", "--format", "csv"],
    ["--pages", "--format", "parquet"],
)


@pytest.fixture(params=FORMS, ids=" ".join)
def form(request: pytest.FixtureRequest) -> list[str]:
    """Each way to write a file; the exit codes are the same for all."""
    if "parquet" in request.param:
        pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    return list(request.param)


@pytest.mark.live
@pytest.mark.parametrize(
    ("pids", "code", "whole"),
    [([ME], 0, True), (["4194999"], 2, False), ([ME, "4194999"], 2, True)],
)
def test_a_file_is_there_when_there_is_something_in_it(
    form: list[str], pids: list[str], code: int, whole: bool, tmp_path: Path
) -> None:
    path = tmp_path / "found"
    path.write_text("before")
    assert main(["inspect", *pids, *form, "--output", str(path)]) == code
    assert (path.read_bytes() != b"before") == whole and list(tmp_path.iterdir()) == [path]


@pytest.mark.live
def test_what_does_not_fit_is_told(form: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", ME, *form, "--output", "/dev/full"]) in (2, 4)
    said = capsys.readouterr()
    assert "No space left on device" in said.err and said.err.count("\n") == 1 and not said.out


@pytest.mark.live
def test_a_part_that_is_not_mapped_is_bad_input(form: list[str], tmp_path: Path) -> None:
    path = tmp_path / "found"
    arguments = ["inspect", ME, *form, "--range", "0-1000", "--output", str(path)]
    assert main(arguments) == 2 and not path.exists()


@pytest.mark.live
def test_our_own_pages_as_csv(tmp_path: Path) -> None:
    if not os.access("/proc/self/pagemap", os.R_OK):
        pytest.skip("/proc/self/pagemap cannot be read")
    path = tmp_path / "pages.csv"
    arguments = ["inspect", ME, "--pages", "--format", "csv", "--output", str(path)]
    assert main([*arguments, "--counts"]) == 0
    rows = list(csv.DictReader(path.open()))
    assert len(rows) > 1000 and {row["pid"] for row in rows} == {ME}
    assert [int(r["address"], 16) for r in rows] == sorted(int(r["address"], 16) for r in rows)
    if int(rows[0]["pfn"], 16):  # frames are shown
        assert any(int(row["mapped_by"]) == 1 for row in rows if row["kind"] == "anon")
