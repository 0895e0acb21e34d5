# SPDX-License-Identifier: GPL-2.0-or-later
"""A kernel of somebody's tree, and headers of somebody's: what is refused, said, and found again.

The trees here are small; their Makefiles do what the kernel's do with a config.
"""

import json
from pathlib import Path

import pytest

from linuxmm.cli.main import main
from linuxmm.errors import InputError, Skipped
from linuxmm.validate import modules, vm
from linuxmm.validate.kernel import FRAGMENT, OwnKernel
from linuxmm.validate.kernel import tree as trees
from linuxmm.validate.kernel.tree import LATER, NEEDED, options, series_of
from tests.cli.schemas import check_strictly

MAKEFILE = "VERSION = {}\nPATCHLEVEL = {}\nallnoconfig:\n\tcp taken $(O)/.config\n"
RELEASE = '#define UTS_RELEASE "{}"\n'


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return modules.cache()


def tree_of(folder: Path, series: tuple[int, int] = (6, 12)) -> Path:
    (folder / "mm").mkdir(parents=True)
    (folder / "Makefile").write_text(MAKEFILE.format(*series))
    return folder


def takes_all_but(tree: Path, *names: str) -> None:
    """What its make allnoconfig writes; it knows every option that it does not take."""
    wanted = (FRAGMENT.read_text() + LATER.read_text()).splitlines()
    left = [line for line in wanted if not any(line.startswith(f"CONFIG_{n}=") for n in names)]
    (tree / "taken").write_text("\n".join(left) + "\n")
    (tree / "mm" / "Kconfig").write_text("".join(f"config {name}\n\tbool\n" for name in names))


# --- the tree -------------------------------------------------------------------------------------
def test_no_tree_and_one_that_is_too_old_are_bad_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "y").mkdir()
    (tmp_path / "y" / "Makefile").write_text("all:\n")
    tree_of(tmp_path / "old", (5, 15))
    for name, said in (
        ("none", "has no Makefile to read"),
        ("x", "has no Makefile to read"),
        ("y", "names no version"),
        ("old", "is 5.15: 6.1 is the oldest that can be judged"),
    ):
        assert main(["kernel", "build", "--source", str(tmp_path / name)]) == 2
        err = capsys.readouterr().err
        assert said in err and err.count("\n") == 1, err
    assert series_of(tree_of(tmp_path / "new", (7, 2))) == (7, 2)


def test_a_newer_tree_than_any_that_was_tried_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trees._check_age(tree_of(tmp_path / "new", (7, 2)))
    assert "7.2 is newer than any tree that was tried" in capsys.readouterr().err
    trees._check_age(tree_of(tmp_path / "known", (6, 1)))
    assert capsys.readouterr().err == ""


def test_options_are_those_that_kconfig_files_have(tmp_path: Path) -> None:
    tree = tree_of(tmp_path / "t")
    (tree / "Kconfig").write_text("config A\n\tbool\nmenuconfig B_2\n")
    (tree / "mm" / "Kconfig.debug").write_text("config C\n# config D says no more\n")
    (tree / "tools").mkdir()
    (tree / "tools" / "Kconfig").write_text("config E\n")
    assert options(tree) == {"A", "B_2", "C"}


def test_what_a_tree_does_not_know_or_take_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree, objects = tree_of(tmp_path / "t"), tmp_path / "o"
    objects.mkdir()
    takes_all_but(tree, "KSM", "MEMCG_V1")
    text = (tree / "taken").read_text()
    (tree / "taken").write_text(text.replace("CONFIG_FRONTSWAP=y\n", ""))
    assert trees._configure(tree, objects, tmp_path / "log") == ["FRONTSWAP", "KSM"]
    said = capsys.readouterr().err
    assert "does not know FRONTSWAP; what" in said and "does not take KSM; what" in said
    assert "MEMCG_V1" not in said  # of later trees only


@pytest.mark.parametrize("name", NEEDED)
def test_without_what_a_guest_needs_nothing_is_built(tmp_path: Path, name: str) -> None:
    tree, objects = tree_of(tmp_path / "t"), tmp_path / "o"
    objects.mkdir()
    takes_all_but(tree, name)
    with pytest.raises(Skipped, match=f"no guest comes of .*: it does not take {name}"):
        trees._configure(tree, objects, tmp_path / "log")


def test_every_needed_option_is_one_that_we_set() -> None:
    assert all(f"\nCONFIG_{name}=y\n" in FRAGMENT.read_text() for name in NEEDED)


# --- what is kept ---------------------------------------------------------------------------------
def built(objects: Path, release: str) -> Path:
    (objects / "arch/x86/boot").mkdir(parents=True)
    (objects / "include/generated").mkdir(parents=True)
    (objects / "arch/x86/boot/bzImage").write_bytes(b"image")
    (objects / ".config").write_text("CONFIG_A=y\n")
    (objects / "Makefile").touch()
    (objects / modules.RELEASE_FILE).write_text(RELEASE.format(release))
    return objects


def test_what_was_built_is_found_by_its_image_with_its_headers(tmp_path: Path, cache: Path) -> None:
    objects = built(cache / "kernel-tree-x.tree", "6.12.9-mine")
    kernel = trees._keep(objects, OwnKernel(cache / "kernel-tree-x"))
    assert kernel.release == "6.12.9-mine" and kernel.image.read_bytes() == b"image"
    assert vm._headers_of(kernel.image.resolve()) == kernel.headers
    assert kernel.headers.resolve() == objects
    modules.check_headers("6.12.9-mine", kernel.headers)
    assert vm._headers_of(tmp_path / "vmlinuz-6.12.9-mine") is None


def test_a_release_that_is_none_is_not_kept(tmp_path: Path, cache: Path) -> None:
    objects = built(tmp_path / "o", "../6.12")
    with pytest.raises(Skipped, match="is no release"):
        trees._keep(objects, OwnKernel(cache / "kernel-tree-x"))


# --- headers --------------------------------------------------------------------------------------
def test_headers_of_another_build_are_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no build tree of a kernel"):
        modules.check_headers("6.12.9", tmp_path)
    (tmp_path / "Makefile").touch()
    with pytest.raises(InputError, match="was never built"):
        modules.check_headers("6.12.9", tmp_path)
    objects = built(tmp_path / "o", "6.1.0-57-amd64")
    with pytest.raises(InputError, match=r"is of 6\.1\.0-57-amd64, the kernel is 6\.12\.9"):
        modules.modules_for("6.12.9", objects)


def test_without_test_hmm_the_rest_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Makefile of these headers compiles nothing that is called test_hmm."""
    objects = built(tmp_path / "o", "9.9.9")
    built_alone = "grep -q mmprobe $(M)/Makefile && touch $(M)/mmprobe.ko"
    recipe = f"modules:\n\t@{built_alone} || (echo 'a.c:1: error: no' >&2; false)\n"
    (objects / "Makefile").write_text(recipe)
    folder = modules.modules_for("9.9.9", objects)
    assert [path.name for path in folder.glob("*.ko")] == ["mmprobe.ko"]
    assert "for test_hmm; install linux-source-9.9" in modules.why_no_devices(folder)
    for name in modules.FILES:
        (objects / name).parent.mkdir(exist_ok=True)
        (objects / name).write_text("int other;\n")
    again = modules.modules_for("9.9.9", objects)
    assert again != folder and "another text than expected" in modules.why_no_devices(again)
    assert modules.why_no_devices(tmp_path) == ""


def test_a_kernel_that_does_not_boot_may_lack_its_modules() -> None:
    assert vm.no_modules("no-such-release") == (
        "; /lib/modules has no modules of no-such-release: what boots it must be built in"
    )


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        *((series, True) for series in ("6.12", "6.1", "7.1")),
        *((other, False) for other in ("./6.12", "6", "6.12.1", "bzImage", "6.12\n")),
    ],
)
def test_a_series_of_debians_is_no_path(text: str, is_one: bool) -> None:
    assert vm.is_series(text) is is_one


def test_the_newest_of_a_series_comes_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["6.1.0-9-amd64", "6.1.0-57-amd64", "6.12.107+deb12-amd64", "6.12.99+deb12-amd64"]
    for name in names:
        (tmp_path / f"vmlinuz-{name}").touch()
    real = Path
    monkeypatch.setattr(vm, "Path", lambda *p: tmp_path if p == ("/boot",) else real(*p))
    assert vm.debian_kernels("6.1")[-1].name == "vmlinuz-6.1.0-57-amd64"
    assert vm.debian_kernels("6.12")[-1].name == "vmlinuz-6.12.107+deb12-amd64"
    assert not vm.debian_kernels("6.18")


def test_what_was_built_is_told_as_json(
    tmp_path: Path,
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """All but the long part, which is make's."""
    tree = tree_of(tmp_path / "t")
    takes_all_but(tree, "KSM")

    def made(where: list[str], objects: Path, log: Path) -> None:
        assert where == ["-C", str(tree), f"O={objects}"]
        (objects / ".config").unlink()
        built(objects, "6.12.9-mine")

    monkeypatch.setattr(trees, "make", made)
    assert main(["kernel", "build", "--source", str(tree), "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    check_strictly("kernel", found)
    assert (found["release"], found["without"]) == ("6.12.9-mine", ["KSM"])
