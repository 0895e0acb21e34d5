"""What the files under /proc say of a process of a scenario, in the language's own forms."""

import os
import re
from collections.abc import Iterable, Sequence
from typing import Final

from linuxmm.errors import Skipped
from linuxmm.fs.proc.text import kpageflags_names
from linuxmm.scenario.outcome import (
    Atom,
    Fields,
    Flags,
    PageView,
    Result,
    Value,
    Word,
    failed,
    fields,
    per_page,
)
from linuxmm.scenario.words import PAGEMAP_LETTERS, VM_FLAGS

PAGE_SIZE: Final = 4096
PFN_MASK: Final = (1 << 55) - 1
_HEAD: Final = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) .*\n", re.MULTILINE)
_BITS: Final = {"P": 63, "S": 62, "F": 61, "X": 56, "D": 55, "W": 57}


# --- pagemap --------------------------------------------------------------------------------------
def pagemap_words(pid: int, address: int, nr_pages: int) -> list[int]:
    """The 64-bit entries of some pages."""
    fd = os.open(f"/proc/{pid}/pagemap", os.O_RDONLY)
    try:
        data = os.pread(fd, 8 * nr_pages, address // PAGE_SIZE * 8)
    finally:
        os.close(fd)
    words = [int.from_bytes(data[i : i + 8], "little") for i in range(0, len(data), 8)]
    return words + [0] * (nr_pages - len(words))


def letters(word: int) -> str:
    """The bits of an entry as the language writes them."""
    return "".join(c for c in PAGEMAP_LETTERS if word >> _BITS[c] & 1) or "none"


def frame(word: int) -> int:
    """The frame number of a present page that shows one, else 0."""
    return word & PFN_MASK if word >> 63 else 0


def pictures(words: Iterable[int]) -> Result:
    """What ``pages`` gives."""
    first: dict[int, int] = {}
    atoms: list[Atom] = []
    for i, word in enumerate(words):
        kind = "ram" if word >> 63 else "swap" if word >> 62 & 1 else "none"
        if kind == "none":
            atoms.append(PageView("none"))
            continue
        same = first.setdefault(frame(word), i) if frame(word) else i
        exclusive, file = bool(word >> 56 & 1), bool(word >> 61 & 1)
        atoms.append(PageView(kind, exclusive, file, -1 if same == i else same))
    return per_page(atoms)


def pagemap(words: Iterable[int]) -> Result:
    return per_page(Word(letters(word)) for word in words)


# --- by frame number ------------------------------------------------------------------------------
def by_frame(path: str, words: Iterable[int]) -> list[int]:
    """The entry of each page's frame; -1 where no page is present."""
    found = []
    with open(path, "rb", buffering=0) as stream:
        for word in words:
            if not frame(word):
                found.append(-1)
                continue
            stream.seek(8 * frame(word))
            found.append(int.from_bytes(stream.read(8), "little"))
    return found


def kpageflags(entries: Iterable[int]) -> Result:
    return per_page(Flags(() if e < 0 else tuple(kpageflags_names(e))) for e in entries)


def kpagecount(entries: Iterable[int]) -> Result:
    return per_page(Value(max(e, 0)) for e in entries)


# --- by mapping -----------------------------------------------------------------------------------
def smaps_block(pid: int, address: int) -> list[str]:
    """The lines of the mapping in which the address lies, without its head."""
    with open(f"/proc/{pid}/smaps") as stream:
        return _block(stream.read(), address)


def smaps(block: Sequence[str], keys: Sequence[str]) -> Result:
    """The lines of one mapping; -EFAULT without any."""
    items: list[tuple[str, Atom]] = []
    for line in block:
        word, _, rest = line.partition(":")
        if word == "VmFlags" and word in keys:
            shown = rest.split()
            items.append((word, Flags(tuple(w for w in VM_FLAGS if w in shown))))
        elif word != "VmFlags" and (not keys or word in keys):
            items.append((word, Value(int(rest.split()[0]))))
    return Fields(tuple(items)) if block else failed("EFAULT")


def _block(text: str, address: int) -> list[str]:
    """The lines of the mapping with this address, without its head."""
    for head in _HEAD.finditer(text):
        if int(head[1], 16) <= address < int(head[2], 16):
            after = _HEAD.search(text, head.end())
            return text[head.end() : after.start() if after else len(text)].splitlines()
    return []


def numa_maps_line(pid: int, address: int) -> str:
    """The line of the mapping in which the address lies; empty without one."""
    line = ""
    if _is_mapped(pid, address):
        with open(f"/proc/{pid}/numa_maps") as stream:
            for text in stream:
                if int(text.split()[0], 16) > address:
                    break
                line = text
    return line


def numa_maps(line: str, keys: Sequence[str]) -> Result:
    """The words of one line; -EFAULT without it."""
    words = line.split()
    if not words:
        return failed("EFAULT")
    items: list[tuple[str, Atom]] = []
    if "policy" in keys:
        items.append(("policy", Word(words[1])))
    for word in words[2:]:
        key, equals, number = word.partition("=")
        shown = key in keys if keys else key not in ("file", "kernelpagesize_kB")
        if equals and shown and number.isdigit():
            items.append((key, Value(int(number))))
    return Fields(tuple(items))


def _is_mapped(pid: int, address: int) -> bool:
    with open(f"/proc/{pid}/maps") as stream:
        for line in stream:
            start, _, end = line.split()[0].partition("-")
            if int(start, 16) <= address < int(end, 16):
                return True
    return False


# --- by process -----------------------------------------------------------------------------------
def status_text(pid: int) -> str:
    with open(f"/proc/{pid}/status") as stream:
        return stream.read()


def status(text: str) -> dict[str, int]:
    """The lines in kB."""
    rows = (line.split() for line in text.splitlines())
    return {words[0][:-1]: int(words[1]) for words in rows if len(words) == 3 and words[2] == "kB"}


def status_change(now: dict[str, int], start: dict[str, int], keys: Sequence[str]) -> Result:
    """The wanted lines (none named: all), as differences."""
    return fields(
        (key, kb - start.get(key, 0)) for key, kb in now.items() if not keys or key in keys
    )


def clear_refs(pid: int, number: int) -> int:
    """0, or -errno."""
    try:
        with open(f"/proc/{pid}/clear_refs", "w") as stream:
            stream.write(str(number))
    except FileNotFoundError:
        raise Skipped("no /proc/PID/clear_refs") from None
    except OSError as error:
        return -(error.errno or 0)
    return 0
