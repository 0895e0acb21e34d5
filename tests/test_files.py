# SPDX-License-Identifier: GPL-2.0-or-later
"""Files of others: bounds of reading, and writing that leaves a whole file or none."""

import errno
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from linuxmm.errors import InputError, KernelError
from linuxmm.files import read_file, replacing, size, write_file


# --- reading ---
def test_a_regular_file_up_to_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"12345")
    assert read_file(path, 5) == b"12345"
    with pytest.raises(InputError, match=r"/a:1: is larger than 4 bytes, the most that is read$"):
        read_file(str(path), 4)


def test_a_sparse_file_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "x.c"
    with path.open("wb") as stream:
        stream.truncate(1 << 40)
    with pytest.raises(InputError, match="larger than 1 MiB"):
        read_file(path, 1 << 20)


def test_what_is_no_regular_file_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        for name, word in (("fifo", "a FIFO"), ("socket", "a socket"), (".", "a directory")):
            with pytest.raises(KernelError, match=f"cannot be read: is {word}, not a regular file"):
                read_file(tmp_path / name, 10, KernelError)
    (tmp_path / "link").symlink_to("/dev/zero")
    with pytest.raises(InputError, match="is a device"):
        read_file(tmp_path / "link", 10)


def test_a_pipe_that_we_were_handed_is_read() -> None:
    code = "from linuxmm.files import read_file; print(read_file('/dev/stdin', 9))"
    words = [sys.executable, "-c", code]
    done = subprocess.run(words, input=b"abc", capture_output=True, check=True, timeout=60)
    assert done.stdout == b"b'abc'\n"


def test_the_name_that_errors_use() -> None:
    with pytest.raises(InputError, match=r"^mine\.toml:1: cannot be read: is a device"):
        read_file("/dev/zero", 10, name="mine.toml")


def test_standard_input_may_be_closed() -> None:
    code = "from linuxmm.files import read_stdin; read_stdin(9)"
    words = f'"{sys.executable}" -c "{code}" <&-'
    done = subprocess.run(words, shell=True, capture_output=True, text=True, timeout=60)
    assert "InputError: standard input cannot be read: it is closed" in done.stderr


def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: no such file or directory"):
        read_file(tmp_path / "none", 10)
    with pytest.raises(InputError, match="cannot be read: embedded null"):
        read_file("a\0b", 10)
    with pytest.raises(InputError, match="cannot be read: file name too long"):
        read_file("9" * 5000, 10)


def test_limits_in_words() -> None:
    assert [size(n) for n in (7, 1024, 1 << 16, 3 << 20)] == ["7 bytes", "1 KiB", "64 KiB", "3 MiB"]


# --- writing ---
def test_a_file_is_whole_or_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.mm"
    write_file(path, b"first")
    with pytest.raises(KeyboardInterrupt), replacing(path) as stream:
        stream.write(b"x" * 100_000)
        stream.flush()
        assert path.read_bytes() == b"first"
        raise KeyboardInterrupt
    assert path.read_bytes() == b"first"
    write_file(path, b"second")
    assert path.read_bytes() == b"second"
    assert os.listdir(tmp_path) == ["a.mm"]


def test_a_full_disk_leaves_nothing_and_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.mm"
    code = (
        "import resource, signal, sys; from linuxmm.files import write_file\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "try: write_file(sys.argv[1], b'x' * 10000)\n"
        "except OSError as error: print(error.strerror, error.filename == sys.argv[1])\n"
    )
    words = [sys.executable, "-c", code, str(path)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "File too large True\n"
    assert os.listdir(tmp_path) == []


def test_without_overwriting_the_file_that_is_there_wins(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write_file(path, b"1", overwrite=False)
    with pytest.raises(FileExistsError) as raised:
        write_file(path, b"2", overwrite=False)
    assert raised.value.filename == str(path)
    assert path.read_bytes() == b"1" and os.listdir(tmp_path) == ["a"]


def test_a_file_system_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*names: str) -> None:
        raise OSError(errno.EPERM, "Operation not permitted", *names)

    monkeypatch.setattr(os, "link", no_links)
    path = tmp_path / "a"
    write_file(path, b"1", overwrite=False)
    with pytest.raises(FileExistsError) as raised:
        write_file(path, b"2", overwrite=False)
    assert raised.value.filename == str(path)
    assert path.read_bytes() == b"1" and os.listdir(tmp_path) == ["a"]


def test_an_error_names_the_file_that_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "none" / "a"
    with pytest.raises(FileNotFoundError) as raised:
        write_file(path, b"")
    assert raised.value.filename == str(path)


def test_links_and_rights_stay(tmp_path: Path) -> None:
    path, link = tmp_path / "a", tmp_path / "link"
    path.write_bytes(b"1")
    path.chmod(0o640)
    link.symlink_to("a")
    write_file(link, b"2")
    assert link.is_symlink() and path.read_bytes() == b"2"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_devices_and_pipes_are_written_as_they_are(tmp_path: Path) -> None:
    write_file("/dev/null", b"1")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    with pytest.raises(OSError, match="No space left") as raised:
        write_file("/dev/full", b"1")
    assert raised.value.filename == "/dev/full"
    code = "from linuxmm.files import write_file; write_file('/dev/stdout', b'abc')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=60)
    assert done.stdout == b"abc"
