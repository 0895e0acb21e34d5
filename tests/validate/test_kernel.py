# SPDX-License-Identifier: GPL-2.0-or-later
"""Our own kernel and its modules: everything but the build itself, which takes its minutes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from linuxmm.errors import InputError, Skipped
from linuxmm.validate import kernel as own
from linuxmm.validate import modules, vm
from linuxmm.validate.doctor import OWN, Finding, is_ready
from linuxmm.validate.kernel import FRAGMENT, lost, own_kernel, wanted
from linuxmm.validate.kernel.build import _lines
from linuxmm.validate.modules import EDITS, WITHOUT_PRIVATE, edited, edits_for


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "linuxmm" / "validate"


def test_the_fragment_says_each_option_once() -> None:
    lines = [line for line in FRAGMENT.read_text().splitlines() if line and line[0] != "#"]
    pairs = [line.split("=", 1) for line in lines]
    assert all(len(pair) == 2 and pair[0].startswith("CONFIG_") for pair in pairs)
    assert len({name for name, _ in pairs}) == len(pairs) > 100


def test_what_kconfig_dropped_is_named() -> None:
    fragment = "# words\nCONFIG_A=y\nCONFIG_B=m\nCONFIG_C=n\nCONFIG_D=n\nCONFIG_E=8\nCONFIG_F=y\n"
    config = "CONFIG_A=y\nCONFIG_B=y\n# CONFIG_C is not set\nCONFIG_D=y\nCONFIG_E=4\n"
    assert lost(fragment, config) == ["CONFIG_B=m", "CONFIG_D=n", "CONFIG_E=8", "CONFIG_F=y"]


def test_a_build_is_found_until_the_config_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert own_kernel() is None
    folder = wanted().folder
    folder.mkdir(parents=True)
    (folder / "vmlinuz-6.1.9-linuxmm").touch()
    kernel = own_kernel()
    assert kernel is not None and kernel.release == "6.1.9-linuxmm"
    changed = tmp_path / "config"
    changed.write_text("CONFIG_A=y\n")
    monkeypatch.setattr(own, "FRAGMENT", changed)
    assert own_kernel() is None


def test_the_edits_of_test_hmm_want_the_text_they_were_made_for() -> None:
    edits = EDITS + WITHOUT_PRIVATE
    text = "\n".join(old for old, _, times in edits for _ in range(times))
    assert "-EOPNOTSUPP" in edited(text, edits)
    assert "-EOPNOTSUPP" not in edited(text, EDITS)
    with pytest.raises(Skipped, match="another text"):
        edited("int main;", EDITS)


def test_private_devices_are_left_out_where_the_kernel_has_none(tmp_path: Path) -> None:
    assert edits_for(tmp_path) == EDITS + WITHOUT_PRIVATE
    (tmp_path / ".config").write_text("CONFIG_A=y\n# CONFIG_DEVICE_PRIVATE is not set\n")
    assert edits_for(tmp_path) == EDITS + WITHOUT_PRIVATE
    (tmp_path / ".config").write_text("CONFIG_A=y\nCONFIG_DEVICE_PRIVATE=y\n")
    assert edits_for(tmp_path) == EDITS


def test_nothing_that_lies_beside_an_image_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its Makefile would be: only our own kernel's, which lies in our cache."""
    image = tmp_path / "arch" / "x86" / "boot" / "bzImage"
    (image.parent / "build").mkdir(parents=True)
    image.touch()
    for folder in (tmp_path, image.parent / "build"):
        (folder / "Module.symvers").touch()
        (folder / "Makefile").touch()
    assert vm._headers_of(image) is None
    wanted().folder.mkdir(parents=True)
    own_image = wanted().folder / "vmlinuz-6.1.9-linuxmm"
    own_image.touch()
    assert vm._headers_of(own_image) == wanted().folder / "build"


def test_headers_that_anybody_may_write_are_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path
    monkeypatch.setattr(modules, "Path", lambda *p: real(tmp_path, *(q.lstrip("/") for q in p)))
    build = tmp_path / "lib" / "modules" / "6.1.9" / "build"
    build.mkdir(parents=True)
    (build / "Makefile").touch()
    assert modules._installed_headers("6.1.9") == build
    (build / "Makefile").chmod(0o666)
    with pytest.raises(Skipped, match="Makefile is neither root's nor yours alone"):
        modules._installed_headers("6.1.9")
    with pytest.raises(Skipped, match=r"--headers DIR \(its Makefile is run\)"):
        modules._installed_headers("6.1.8")


@pytest.mark.parametrize(
    "release",
    ["../../../escaped/6.1;id;", "6.1/../x", "6..1", "", "6.1 x", "v6.1", "6.1\n", "6.1$(id)",
     "6.1'", "6" * 65, "6.1\u0661"],
)  # fmt: skip
def test_what_is_no_release_names_no_folder(release: str, cache: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no kernel release"):
        modules.modules_for(release, tmp_path)
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("release", ["6.1.0-57-amd64", "6.12~rc3", "6.1.192-mine+", "6.1_x.y"])
def test_releases(release: str) -> None:
    assert modules.is_release(release)


def test_doctor_does_without_our_own_kernel() -> None:
    assert is_ready([Finding(OWN, False, "make kernel builds it", False)])
    assert not is_ready([Finding("gcc", False, "apt install gcc")])


def test_a_failing_step_of_the_build_is_told_with_its_last_line(tmp_path: Path) -> None:
    words = ["sh", "-c", "echo one; echo no rule; exit 2"]
    with pytest.raises(Skipped, match=r"sh failed: no rule \(all of it: .*log\)"):
        list(_lines(words, tmp_path, tmp_path / "log"))
    assert (tmp_path / "log").read_text() == "one\nno rule\n"


def test_without_its_programs_the_build_says_what_is_missing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "linuxmm.validate.kernel.build"],
        env={**os.environ, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 4
    assert done.stderr.startswith("kernel: no make, gcc, ld") and done.stderr.count("\n") == 1
