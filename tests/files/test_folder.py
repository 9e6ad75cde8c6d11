"""Writing a folder: what is the user's stays, what is Gatesmith's is replaced, and nothing is moved."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gatesmith.core.errors import MachineError, UsageError
from gatesmith.files.folder import MANIFEST, write_folder
from gatesmith.files.scratch import scratch
from gatesmith.files.single import check_writable, write_file


def put(folder: Path, name: str, force: bool = False) -> set[str]:
    write_folder(folder, {f"{name}.c": f"/* {name} */\n"}, {"Makefile": f"all: {name}\n"}, {"model_id": name}, force)
    return {path.name for path in folder.iterdir()}


def test_another_model_takes_the_place_of_the_first(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    assert put(folder, "one") == {"one.c", "Makefile", MANIFEST}
    assert put(folder, "two") == {"two.c", "Makefile", MANIFEST}
    assert (folder / "Makefile").read_text() == "all: two\n"


def test_what_the_user_changed_stays(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    put(folder, "one")
    (folder / "Makefile").write_text("mine")
    (folder / "notes.txt").write_text("mine too")
    assert put(folder, "two") == {"two.c", "Makefile", "notes.txt", MANIFEST}
    assert (folder / "Makefile").read_text() == "mine"
    (folder / "Makefile").write_text("all: two\n")
    put(folder, "two")
    put(folder, "three")
    assert (folder / "Makefile").read_text() == "all: three\n", "what the user took back is Gatesmith's again"
    (folder / "three.c").write_text("mine, of a model that is there no more")
    assert write_folder(folder, {"four.c": ""}, {}, {}, False) == {"three.c"}


def test_a_folder_of_others_needs_force(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("dear")
    with pytest.raises(UsageError):
        put(tmp_path, "one")
    assert {path.name for path in tmp_path.iterdir()} == {"letter"}
    assert put(tmp_path, "one", force=True) == {"letter", "one.c", "Makefile", MANIFEST}


def test_a_link_is_followed_and_the_current_folder_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    put(tmp_path / "link", "one")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real" / "one.c").is_file()
    monkeypatch.chdir(tmp_path / "real")
    assert put(Path(), "two") == {"two.c", "Makefile", MANIFEST}


def test_folders_within_come_and_go_with_their_files(tmp_path: Path) -> None:
    folder = tmp_path / "out"

    def write(name: str) -> set[str]:
        files = {f"lib/{name}/src/{name}.c": "", f"lib/{name}/library.json": "{}"}
        write_folder(folder, files, {"src/main.c": name}, {}, False)
        return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}

    assert write("one") == {"lib/one/src/one.c", "lib/one/library.json", "src/main.c", MANIFEST}
    (folder / "lib" / "one" / "notes.txt").write_text("mine")
    assert write("two") == {
        "lib/one/notes.txt", "lib/two/src/two.c", "lib/two/library.json", "src/main.c", MANIFEST
    }  # fmt: skip
    assert not (folder / "lib" / "one" / "src").exists()
    assert write("three") >= {"lib/three/src/three.c"} and not (folder / "lib" / "two").exists()


@pytest.mark.parametrize("path", ["../victim", "lib/../../victim", "way/victim", "/victim", "lib//../victim"])
def test_a_manifest_leads_to_nothing_outside(tmp_path: Path, path: str) -> None:
    folder, victim = tmp_path / "out", tmp_path / "victim"
    put(folder, "one")
    victim.write_text("")
    (folder / "way").symlink_to(tmp_path)
    (folder / "lib").mkdir()
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    named = path if path != "/victim" else str(victim)
    (folder / MANIFEST).write_text(f'{{"files": {{"{named}": "{empty}"}}}}')
    put(folder, "two")
    assert victim.is_file()


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    """Of a name that could be guessed before, of a folder on the way, and of a file itself."""
    folder, outside = tmp_path / "out", tmp_path / "outside"
    outside.mkdir()
    victim = tmp_path / "victim"
    victim.write_text("precious")

    def write(text: str) -> None:
        write_folder(folder, {"m.c": text, "lib/m.h": text}, {"Makefile": text}, {}, False)

    write("one")
    (folder / ".m.c.new").symlink_to(victim)
    (folder / "m.c").unlink()
    (folder / "m.c").symlink_to(victim)
    write("two")
    assert victim.read_text() == "precious"
    assert (folder / "m.c").read_text() == "two" and not (folder / "m.c").is_symlink()
    shutil.rmtree(folder / "lib")
    (folder / "lib").symlink_to(outside)
    before = contents(folder)
    with pytest.raises(UsageError, match="cannot write") as refusal:
        write("three")
    assert "lib/m.h goes through lib, a link or a file" in refusal.value.why
    assert contents(folder) == before and list(outside.iterdir()) == []


def test_a_file_that_is_not_this_user_s_is_the_machine_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(MachineError, match="not yours") as refusal:
        check_writable(tmp_path / "r.json")
    assert refusal.value.exit_code == 71 and refusal.value.fix


def test_a_link_of_the_user_s_stays(tmp_path: Path) -> None:
    """A file that is theirs to change may be one."""
    folder, mine = tmp_path / "out", tmp_path / "mine"
    mine.write_text("all: one\n")
    put(folder, "one")
    (folder / "Makefile").unlink()
    (folder / "Makefile").symlink_to(mine)
    put(folder, "two")
    assert (folder / "Makefile").is_symlink() and mine.read_text() == "all: one\n"


def test_a_folder_where_a_file_is_to_be_is_said_before_anything_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    put(folder, "one")
    (folder / "two.c").mkdir()
    before = contents(folder)
    with pytest.raises(UsageError) as refusal:
        put(folder, "two")
    assert refusal.value.why == "two.c is a folder" and contents(folder) == before


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


def test_what_killed_runs_left_is_cleaned_and_what_runs_is_not(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    put(folder, "one")
    for place in (tmp_path, folder):
        (place / ".gatesmith-abcdefgh").mkdir()
        (place / ".gatesmith-abcdefgh" / "m.c").write_text("left")
    (tmp_path / ".gatesmith-notes").write_text("a file of somebody's")
    with scratch(folder, ".gatesmith-") as running:
        put(folder, "two")
        put(tmp_path / "another", "one")
        assert running.is_dir()
        names = {path.name for path in (*tmp_path.iterdir(), *folder.iterdir()) if path.name.startswith(".")}
        assert names == {running.name, ".gatesmith-notes"}


def test_two_at_once_leave_one_of_them(tmp_path: Path) -> None:
    """Two processes write the same new folder, then the same old one: all files are of one process."""
    program = (
        "import sys; from pathlib import Path; from gatesmith.files.folder import write_folder\n"
        "name = sys.argv[2]\n"
        "for turn in range(20):\n"
        "    write_folder(Path(sys.argv[1]), {f'{i}.c': f'{name} {turn}' for i in range(5)}, {}, {}, False)\n"
    )
    runs = [
        subprocess.Popen([sys.executable, "-c", program, tmp_path / "out", name], stderr=subprocess.PIPE, text=True)
        for name in ("a", "b")
    ]
    errors = [run.communicate(timeout=120)[1] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], errors
    files = contents(tmp_path / "out")
    assert set(files) == {*(f"{i}.c" for i in range(5)), MANIFEST}
    assert len({files[f"{i}.c"] for i in range(5)}) == 1


def test_a_file_that_is_named_is_replaced_whole(tmp_path: Path) -> None:
    """Through the user's own link; a device is written to."""
    real, link = tmp_path / "real.json", tmp_path / "link.json"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    write_file(link, b"new")
    assert link.is_symlink() and real.read_text() == "new" and real.stat().st_mode & 0o777 == 0o640
    assert {path.name for path in tmp_path.iterdir()} == {"real.json", "link.json"}
    write_file(Path(os.devnull), b"gone")
    with pytest.raises(UsageError, match="No such file"):
        write_file(tmp_path / "nowhere" / "x.json", b"")


def test_what_a_killed_run_left_among_the_temporary_files_goes_with_the_next(tmp_path: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; from gatesmith.files.scratch import scratch\n"
        "with scratch(Path(sys.argv[1])) as place:\n"
        "    (place / 'model.c').write_text('')\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", program, tmp_path], check=False, timeout=60)
    (older,) = tmp_path.iterdir()
    with scratch(tmp_path) as place:
        assert place != older and {*tmp_path.iterdir()} == {place} and place.stat().st_mode & 0o777 == 0o700
    assert not list(tmp_path.iterdir())
