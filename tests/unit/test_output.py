"""Writing a folder: what is the user's stays, what is Gatesmith's is replaced, and nothing is moved."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatesmith.errors import UsageError
from gatesmith.output import MANIFEST, write_folder


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


def test_a_manifest_names_no_file_outside(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    put(folder, "one")
    victim = tmp_path / "victim"
    victim.write_text("")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    (folder / MANIFEST).write_text(f'{{"files": {{"../victim": "{empty}"}}}}')
    put(folder, "two")
    assert victim.is_file()


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
