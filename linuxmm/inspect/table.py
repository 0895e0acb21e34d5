# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of every page of a process, in blocks: as CSV, or as Parquet (extra `parquet`).

One row a page that is there: its address, its frame, and in words what it is.  Memory stays
bounded whatever the size of the process: a block is written before the next one is read.  The
only module that imports pyarrow.
"""

import csv
from array import array
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, TextIO

from linuxmm.errors import MissingExtra
from linuxmm.inspect.area import Area
from linuxmm.inspect.count import Tick, blocks, by_frame, expected, parts
from linuxmm.inspect.flags import flag_names
from linuxmm.inspect.kind import NONE, kind_of
from linuxmm.inspect.quicker import words_for
from linuxmm.inspect.report import cut
from linuxmm.inspect.source import Machine, Process
from linuxmm.inspect.words import (
    EXCLUSIVE,
    FILE,
    GUARD,
    PM_PFN,
    PRESENT,
    PROT_NONE,
    SOFT_DIRTY,
    SPECIAL,
    SWAP,
    UFFD_WP,
    region_of,
)
from linuxmm.uapi import PAGE_SIZE

LETTERS: Final = (
    ("P", PRESENT),
    ("S", SWAP),
    ("F", FILE),
    ("X", EXCLUSIVE),
    ("D", SOFT_DIRTY),
    ("W", UFFD_WP),
    ("G", GUARD),
    ("N", PROT_NONE),
    ("s", SPECIAL),
)
COLUMNS: Final = ("pid", "address", "pfn", "kind", "place", "node", "pagemap", "flags")
MAPPED_BY: Final = "mapped_by"  # how often the frame is mapped, where it was asked for
Label = tuple[str, str, int, str, str]  # kind, place, node, pagemap, flags


@dataclass(frozen=True)
class Block:
    """Some pages of one VMA that are there; lists of equal length, `labels` by word."""

    addresses: list[int]
    pfns: list[int]
    words: list[int]
    labels: dict[int, Label]
    mapped_by: list[int] | None


def label_of(machine: Machine, area: Area, word: int) -> Label:
    """A word in words: kind, place, node (-1: not known), letters of the entry, page flags."""
    letters = "".join(letter for letter, bit in LETTERS if word & bit)
    region = machine.physical.regions[region_of(word)]
    if not word & PRESENT:
        return kind_of(machine, area, word), "", -1, letters, ""
    kind = kind_of(machine, area, word)
    flags = "|".join(flag_names(word, kind))
    place = str(region) if machine.pfns else ""
    return kind, place, region.node if machine.pfns else -1, letters, flags


def table(
    machine: Machine,
    process: Process,
    ranges: list[tuple[int, int]],
    counts: bool = False,
    tick: Tick | None = None,
) -> Iterator[Block]:
    """Every page of a process (or of some ranges) that is there, by address."""
    areas = list(cut(process.areas, ranges))
    words = words_for(expected(process, areas))
    done, pages = 0, sum(area.nr_pages for area in areas)
    for area in areas:
        labels: dict[int, Label] = {}
        for start, end in parts(process, area):
            for addr, entries in blocks(process, start, end):
                found = words(machine, process, addr, entries)
                block = _block(machine, area, labels, addr, entries, found, counts)
                if block.addresses:
                    yield block
                if tick:
                    tick(done + (addr - area.start) // PAGE_SIZE, pages)
        done += area.nr_pages


def _block(
    machine: Machine,
    area: Area,
    labels: dict[int, Label],
    addr: int,
    entries: "array[int]",
    words: list[int],
    counts: bool,
) -> Block:
    for word in set(words) - labels.keys():
        labels[word] = label_of(machine, area, word)
    empty = {word for word in set(words) if labels[word][0] == NONE}
    places = [i for i, word in enumerate(words) if word not in empty]
    present = PRESENT if machine.pfns else 0
    pfns = [entries[i] & PM_PFN if words[i] & present else 0 for i in places]
    mapped_by = None
    if counts:
        known = by_frame(machine.read_counts, sorted({pfn for pfn in pfns if pfn}))
        mapped_by = [known.get(pfn, 0) for pfn in pfns]
    addresses = [addr + i * PAGE_SIZE for i in places]
    return Block(addresses, pfns, [words[i] for i in places], labels, mapped_by)


# --- CSV ------------------------------------------------------------------------------------------
class CsvWriter:
    """Rows of COLUMNS; addresses and frames in hex as everywhere else."""

    def __init__(self, stream: TextIO, counts: bool) -> None:
        self.writer = csv.writer(stream, lineterminator="\n")
        self.writer.writerow((*COLUMNS, MAPPED_BY) if counts else COLUMNS)

    def write(self, pid: int, found: Iterable[Block]) -> None:
        """Append the pages of one process."""
        for block in found:
            pages = zip(block.addresses, block.pfns, block.words, strict=True)
            rows = ((pid, hex(addr), hex(pfn), *block.labels[word]) for addr, pfn, word in pages)
            if block.mapped_by is None:
                self.writer.writerows(rows)
            else:
                pairs = zip(rows, block.mapped_by, strict=True)
                self.writer.writerows((*row, count) for row, count in pairs)


# --- Parquet --------------------------------------------------------------------------------------
class ParquetWriter(AbstractContextManager["ParquetWriter"]):
    """A Parquet file, one row group a block.  Raises: Skipped without pyarrow."""

    def __init__(self, stream: BinaryIO, counts: bool) -> None:
        self.arrow, parquet = _pyarrow()
        self.schema = _schema(self.arrow, counts)
        self.file = parquet.ParquetWriter(stream, self.schema)

    def write(self, pid: int, found: Iterable[Block]) -> None:
        """Append the pages of one process."""
        for block in found:
            self.file.write_table(self._table(pid, block))

    def _table(self, pid: int, block: Block) -> Any:
        rows = {word: i for i, word in enumerate(block.labels)}
        index = self.arrow.array([rows[word] for word in block.words], self.arrow.int32())
        columns = [[label[i] for label in block.labels.values()] for i in range(5)]
        texts = [self._column(index, column) for column in columns]
        names = [*COLUMNS[3:]]
        found = {
            "pid": self.arrow.array([pid] * len(block.words), self.arrow.int32()),
            "address": self.arrow.array(block.addresses, self.arrow.uint64()),
            "pfn": self.arrow.array(block.pfns, self.arrow.uint64()),
            **dict(zip(names, texts, strict=True)),
        }
        if block.mapped_by is not None:
            found[MAPPED_BY] = self.arrow.array(block.mapped_by, self.arrow.uint64())
        return self.arrow.table(found, self.schema)

    def _column(self, index: Any, values: list[Any]) -> Any:
        if values and isinstance(values[0], int):
            return self.arrow.array(values, self.arrow.int32()).take(index)
        values_column = self.arrow.array(values, self.arrow.string())
        return self.arrow.DictionaryArray.from_arrays(index, values_column)

    def __exit__(self, *_: object) -> None:
        self.file.close()


def _pyarrow() -> tuple[Any, Any]:
    """The package, which has no types of its own."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise MissingExtra("Parquet needs pyarrow", "parquet", "numpy pyarrow") from None
    return pyarrow, pyarrow.parquet


def _schema(arrow: Any, counts: bool) -> Any:
    text = arrow.dictionary(arrow.int32(), arrow.string())
    kinds = {"pid": arrow.int32(), "address": arrow.uint64(), "pfn": arrow.uint64()}
    kinds |= {"kind": text, "place": text, "node": arrow.int32(), "pagemap": text, "flags": text}
    if counts:
        kinds[MAPPED_BY] = arrow.uint64()
    return arrow.schema(kinds)
