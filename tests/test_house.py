"""House rules that no linter knows: what is in the tree, in the wheel, and in a process that only generates."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SETUPTOOLS = PROJECT["tool"]["setuptools"]
CODE = {".py", ".c", ".h", ".mako"}
LONGEST = 400
GENERATED = ("tests/golden/",)
RULED = "2026-11-25T16:00:00Z"
SUBJECT = re.compile(r"(?=.{1,72}$)[A-Za-z0-9_.,/ -]+: \S.*")
PRODUCTS = re.compile(r"(^|/)(\.git|\.venv|__pycache__|build|dist|out|\.\w+_cache|\.hypothesis|[^/]+\.egg-info)(/|$)")


def repository_files() -> list[Path]:
    """Files that git tracks or would add, relative to the root; without git, as in a source archive, all files."""
    git = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(git, capture_output=True, check=True).stdout.decode().split("\0")
    except (OSError, subprocess.CalledProcessError):
        everything = (path.relative_to(ROOT) for path in ROOT.rglob("*"))
        listed = [path.as_posix() for path in everything if not PRODUCTS.search(path.as_posix())]
    return sorted(Path(name) for name in set(listed) if name and (ROOT / name).is_file())


FILES = repository_files()


def lines(path: Path) -> list[str]:
    """The text's lines; none for a binary file."""
    data = (ROOT / path).read_bytes()
    return [] if b"\0" in data or path.suffix == ".pb" else data.decode("utf-8").splitlines()


def matches(pattern: str) -> list[str]:
    search = re.compile(pattern).search
    return [f"{path}:{n}: {line.strip()}" for path in FILES for n, line in enumerate(lines(path), 1) if search(line)]


def test_no_path_of_somebodys_machine() -> None:
    assert matches(r"/(?:work|root|home|Users)/[A-Za-z.]") == []


def test_no_loose_ends() -> None:
    assert matches("|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX"))) == []


def test_files_are_short_enough_to_read() -> None:
    paths = [path for path in FILES if path.suffix in CODE and not path.as_posix().startswith(GENERATED)]
    assert [f"{path}: {len(lines(path))} lines" for path in paths if len(lines(path)) >= LONGEST] == []


def test_two_rooms_have_no_tests_of_one_name() -> None:
    """Of folders that are no packages: pytest would refuse the whole suite, and run each room."""
    alone = [path for path in FILES if path.match("test_*.py") and not (ROOT / path.parent / "__init__.py").is_file()]
    assert [name for name, count in Counter(path.name for path in alone).items() if count > 1] == []


def test_subjects_of_commits_are_short_and_say_where() -> None:
    """Since the rule was made; commits that git itself words, merges and reverts, are left out."""
    log = ["git", "-C", str(ROOT), "log", "--no-merges", f"--since={RULED}", "--format=%s"]
    try:
        subjects = subprocess.run(log, capture_output=True, check=True).stdout.decode().splitlines()
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no history of git to look at: {error}")
    assert [one for one in subjects if not one.startswith("Revert ") and not SUBJECT.fullmatch(one)] == []


def test_readme_shows_the_two_commands() -> None:
    blocks = re.findall(r"^ {4}(.*)$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    commands = {line.split("#")[0].strip() for line in blocks}
    assert {"make", "make test"} <= commands


def test_readme_and_code_agree_on_exit_codes() -> None:
    from gatesmith.core.errors import ExitCode

    rows = re.findall(r"^\| (\d+) \| ", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert [int(row) for row in rows] == sorted(ExitCode)


def test_changelog_knows_this_version() -> None:
    assert f"## [{PROJECT['project']['version']}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_package_and_project_have_one_version() -> None:
    import gatesmith

    assert gatesmith.__version__ == PROJECT["project"]["version"]


WRITES = {"write_text", "write_bytes", "mkdir", "rmdir", "unlink", "rmtree", "copy2", "copyfile", "copytree", "touch"}
WRITERS = {
    "api/folder.py",
    "budget/compiled.py",
    "evidence/source.py",
    "flow/build.py",
    "importers/keras/live/custom.py",
    "oracle/judge.py",
}
"""Modules outside of ``files`` that write, into folders for work in progress; ``run`` also has its cache."""


def test_one_room_writes_files_and_core_knows_none() -> None:
    writers, in_core = set(), []
    for path in FILES:
        if path.suffix != ".py" or path.parts[0] != "gen":
            continue
        name = path.relative_to("gen").as_posix()
        for node in ast.walk(ast.parse((ROOT / path).read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in WRITES:
                writers.add(name)
            if isinstance(node, ast.Import) and name.startswith("core/"):
                in_core += [one.name for one in node.names if one.name in ("os", "shutil", "tempfile", "fcntl")]
    assert {one for one in writers if not one.startswith(("files/", "run/"))} == WRITERS
    assert in_core == []


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of the files that make it, so that nothing left lying about can get in."""
    copy = tmp_path_factory.mktemp("wheel")
    tops = {Path(folder).parts[0] for folder in SETUPTOOLS["package-dir"].values()}
    for path in FILES:
        if path.parts[0] in tops or path.name in {"pyproject.toml", "README.md", "LICENSE"}:
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, copy / path)
    build = "import sys; from setuptools import build_meta; print(build_meta.build_wheel(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", build, "dist"], cwd=copy, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    (built,) = (copy / "dist").glob("*.whl")
    return built


def test_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    """A new folder that nobody named in pyproject.toml, or a new kind of file, is missing here."""
    folders = {folder: package.replace(".", "/") for package, folder in SETUPTOOLS["package-dir"].items()}
    expected = {
        (Path(folders[path.parts[0]]) / Path(*path.parts[1:])).as_posix() for path in FILES if path.parts[0] in folders
    }
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert packed == expected


def test_wheel_works_where_there_is_no_repository(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    program = f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
import gatesmith.layers, gatesmith.targets, gatesmith.firmware
for package in (gatesmith, gatesmith.layers, gatesmith.targets, gatesmith.firmware):
    assert package.__file__.startswith({str(tmp_path)!r}), package.__file__
"""
    subprocess.run([sys.executable, "-I", "-c", program], cwd=tmp_path, check=True, timeout=60)
