# SPDX-License-Identifier: GPL-2.0-or-later
"""One byte block and the columns over it: build, view, snapshot, restore, digest, grow."""

from array import array
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from linuxmm.state.layout import COLUMNS, MAX_OUT, NR_STACK, SHAPES, SIZE_P, SIZE_R, State

ITEM_SIZE: Final[dict[str, int]] = {"q": 8, "i": 4, "B": 1}
PART_ORDER: Final = ("state", "counters", "scratch")

Sizes = dict[str, int]


def _entries(name: str, sizes: Sizes) -> int:
    spec = COLUMNS[name]
    rows = 1 if spec.shape == "1" else sizes[spec.shape]
    return rows * spec.per_row


def _column_order() -> list[str]:
    """State, then counters, then scratch; within a part wide types first (alignment)."""
    return sorted(
        COLUMNS,
        key=lambda name: (
            PART_ORDER.index(COLUMNS[name].part),
            -ITEM_SIZE[COLUMNS[name].type],
        ),
    )


ORDER: Final[list[str]] = _column_order()


class Layout(NamedTuple):
    """Where each column of a block lies, for one set of sizes."""

    offsets: dict[str, int]
    part_end: dict[str, int]
    columns: tuple[tuple[str, int, int, Literal["q", "i", "B"]], ...]  # name, bytes, type
    nr_bytes: int


@lru_cache(maxsize=256)
def layout_of(capacities: tuple[int, ...]) -> Layout:
    """The layout for the capacities of the tables, in the order of SHAPES."""
    sizes = dict(zip(SHAPES, capacities, strict=True))
    offsets: dict[str, int] = {}
    part_end: dict[str, int] = {}
    columns = []
    offset = 0
    for name in ORDER:
        spec = COLUMNS[name]
        start = offsets[name] = -(-offset // 8) * 8
        offset = start + _entries(name, sizes) * ITEM_SIZE[spec.type]
        columns.append((name, start, offset, spec.type))
        part_end[spec.part] = offset = -(-offset // 8) * 8
    return Layout(offsets, part_end, tuple(columns), offset)


class Block:
    """The bytes of one machine and the interpreted view `m` over them.

    `sizes` gives the capacity of each table by its shape letter, null row included.
    """

    def __init__(self, sizes: Sizes) -> None:
        self.sizes: Sizes = {letter: sizes[letter] for letter in SHAPES}
        layout = layout_of(tuple(self.sizes.values()))
        self.offsets, self.part_end = layout.offsets, layout.part_end
        self.data = bytearray(layout.nr_bytes)
        self.view = memoryview(self.data)
        self.m: State = self._make_view(layout)
        for i, letter in enumerate(SHAPES):
            self.m.size[i] = self.sizes[letter]
            self.m.used[i] = 1
        self._hashed = self.part_end["state"]
        kept = self.part_end["counters"]
        self._kept, self._scratch = self.view[:kept], self.view[kept:]
        self._zeros = bytes(layout.nr_bytes - kept)
        self._before = bytearray(kept)

    def _make_view(self, layout: Layout) -> State:
        m = State()
        for name, start, stop, kind in layout.columns:
            setattr(m, name, self.view[start:stop].cast(kind))
        return m

    def snapshot(self) -> bytes:
        """State and counters as bytes; scratch is not kept."""
        return self._kept.tobytes()

    def restore(self, snapshot: bytes | bytearray) -> None:
        """Put a snapshot of a block of the same sizes back; scratch is cleared."""
        self._kept[:] = snapshot
        self._scratch[:] = self._zeros

    def begin_step(self) -> None:
        """Remember state and counters for `undo_step`; forget events, results and traps."""
        self._before[:] = self._kept
        self._scratch[:] = self._zeros

    def undo_step(self) -> None:
        """Back to the last `begin_step`."""
        self.restore(self._before)

    def cleared(self) -> "array[int]":
        """The words that a step finds empty: from, how many, and again.

        All of scratch but the stack, which holds anything (`mm/stack.py`), and `out`, of which a
        search knows how far it is written.
        """
        kept = self.part_end["counters"] // 8
        stack, out = self.offsets["stack"] // 8, self.offsets["out"] // 8
        behind = stack + NR_STACK
        assert out + MAX_OUT == len(self.data) // 8
        return array("q", (kept, stack - kept, behind, out - behind))

    def digest(self) -> bytes:
        """16 bytes that name this state (counters and scratch apart)."""
        from hashlib import blake2b  # loads OpenSSL: not for a run that hashes nothing

        return blake2b(self.view[: self._hashed], digest_size=16).digest()

    def same_state(self, snapshot: bytes, other: bytes) -> bool:
        """Do two snapshots of this block hold the same state (counters apart)?"""
        return snapshot[: self._hashed] == other[: self._hashed]

    def counters_of(self, snapshot: bytes) -> bytes:
        """The counters in a snapshot of this block; a block that has grown keeps as many."""
        return snapshot[self._hashed :]

    def digest_of(self, snapshot: bytes) -> bytes:
        """The digest of a snapshot of this block."""
        from hashlib import blake2b

        return blake2b(memoryview(snapshot)[: self._hashed], digest_size=16).digest()

    def grown(self, letter: str, capacity: int) -> "Block":
        """A block with more rows in one table, everything else as it is (scratch cleared).

        Page rows lie range by range, so the rows of the pages (shape P) move: every column
        whose unit is `page` is renumbered.  Use `grown_pages` for them.
        """
        if letter == "P":
            raise ValueError("grow pages by range: grown_pages")
        block = Block({**self.sizes, letter: capacity})
        for name in ORDER:
            if COLUMNS[name].part != "scratch":
                _copy_column(self, block, name)
        block.m.size[SHAPES.index(letter)] = capacity
        return block

    def grown_pages(self, range_row: int, extra: int) -> "Block":
        """A block in which one memory range has `extra` more page rows."""
        old = self.m
        block = Block({**self.sizes, "P": self.sizes["P"] + extra})
        for name in ORDER:
            if COLUMNS[name].part != "scratch" and COLUMNS[name].shape != "P":
                _copy_column(self, block, name)
        m = block.m
        m.size[SIZE_P] = block.sizes["P"]
        m.range_rows[range_row] += extra
        m.used[SIZE_P] = self.sizes["P"] + extra
        edge = old.range_row[range_row] + old.range_rows[range_row]
        for name, spec in COLUMNS.items():
            if spec.shape == "P":
                _copy_split(self, block, name, edge, extra)
            elif spec.unit == "page":
                column = getattr(m, name)
                for i in range(len(column)):
                    if column[i] >= edge:
                        column[i] += extra
            elif spec.unit == "word":  # migrate_vma words: page row << 6 and bits, VALID 1
                column = getattr(m, name)
                for i in range(len(column)):
                    if column[i] & 1 and column[i] >> 6 >= edge:
                        column[i] += extra << 6
        for r in range(1, m.used[SIZE_R]):  # an empty range's first row may equal the edge
            if r <= range_row:
                m.range_row[r] = old.range_row[r]
        m.range_hint[range_row] = min(old.range_hint[range_row], edge)
        for row in range(edge, edge + extra):
            m.page_range[row] = range_row
        return block


def with_room(m: State, words: int) -> State:
    """The same columns with a stack of their own, of so many words: for who counts all pages."""
    roomy = State()
    roomy.__dict__.update(m.__dict__)
    roomy.stack = memoryview(bytearray(8 * words)).cast("q")
    return roomy


def counters_apart(one: bytes, two: bytes) -> bytes:
    """By how much counters differ; empty: not at all."""
    if one == two:
        return b""
    pairs = zip(memoryview(one).cast("q"), memoryview(two).cast("q"), strict=True)
    return repr([a - b for a, b in pairs]).encode()


def _copy_column(old: Block, new: Block, name: str) -> None:
    source = memoryview(getattr(old.m, name)).cast("B")
    start = new.offsets[name]
    new.view[start : start + len(source)] = source


def _copy_split(old: Block, new: Block, name: str, edge: int, extra: int) -> None:
    """Copy a page column, leaving `extra` zero rows at `edge`."""
    item = ITEM_SIZE[COLUMNS[name].type]
    source = memoryview(getattr(old.m, name)).cast("B")
    start = new.offsets[name]
    cut = edge * item
    new.view[start : start + cut] = source[:cut]
    new.view[start + cut + extra * item : start + len(source) + extra * item] = source[cut:]
