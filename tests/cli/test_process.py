"""The process around a command: closed and full streams, Ctrl-C at any moment, no memory, compilers that are none."""

import os
import resource
import shlex
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from everything import EVERYTHING
from fuzz.here import commanded
from told import without_progress

from gatesmith import cli
from gatesmith.core.errors import ExitCode, ModelError
from gatesmith.importers.keras.containers.files import read_bytes

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "basic_motions.keras"
COMMAND = [sys.executable, "-m", "gatesmith"]
SLOW = ("numpy", "rich", "pydantic", "mako", "h5py", "tensorflow", "keras")
FULL = Path("/dev/full")
SECONDS = 300
COMMANDS = {
    "--version": ["--version"],
    "--help": ["--help"],
    "inspect": ["inspect", str(EXAMPLE)],
    "inspect --json": ["inspect", str(EXAMPLE), "--json"],
    "targets": ["targets"],
    "a wrong word": ["inspekt"],
    "no file": ["inspect", "nothing.h5"],
}


STDOUT, STDERR = [">&-", ">/dev/full", "<&- >&-"], ["2>&-", "2>/dev/full", "<&- 2>&-"]


def pairs(streams: list[str]) -> list[tuple[str, str]]:
    """Commands and streams: each command with one, in turn; all by GATESMITH_EVERYTHING=1."""
    return [
        (name, how)
        for turn, name in enumerate(COMMANDS)
        for number, how in enumerate(streams)
        if EVERYTHING or number == turn % len(streams)
    ]


def shell(words: list[str], streams: str) -> subprocess.CompletedProcess[str]:
    """A command whose streams a shell has closed or sent elsewhere; its own exit code where a pipe follows."""
    line = f"{shlex.join([*COMMAND, *words])} {streams}"
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", line],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        stdin=subprocess.DEVNULL,
        check=False,
    )


@cache
def usual(name: str) -> tuple[int, str]:
    """Exit code and output of a command whose streams take all."""
    return commanded(COMMANDS[name])[:2]


def one_line(stderr: str) -> None:
    """Exactly one error message, and no traceback."""
    stderr = without_progress(stderr)
    assert stderr.count("error: ") == 1 and stderr.startswith("error: "), stderr
    assert "bug" not in stderr and "Traceback" not in stderr and "Exception ignored" not in stderr, stderr


@pytest.mark.parametrize(("name", "streams"), pairs(STDOUT))
def test_stdout_that_takes_nothing_is_an_error_of_the_machine(name: str, streams: str) -> None:
    if "full" in streams and not FULL.exists():
        pytest.skip("there is no /dev/full")
    done = shell(COMMANDS[name], streams)
    wanted = {"a wrong word": ExitCode.USAGE, "no file": ExitCode.USAGE}.get(name, ExitCode.SYSTEM)
    assert done.returncode == wanted, done.stderr
    one_line(done.stderr)
    if wanted == ExitCode.SYSTEM:
        assert without_progress(done.stderr).startswith("error: standard output cannot be written: ")


@pytest.mark.parametrize(("name", "streams"), pairs(STDERR))
def test_stderr_that_takes_nothing_changes_no_result(name: str, streams: str) -> None:
    done = shell(COMMANDS[name], streams)
    assert (done.returncode, done.stdout) == usual(name)
    assert done.returncode in (ExitCode.OK, ExitCode.USAGE)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The example's files."""
    folder = tmp_path_factory.mktemp("usual") / "out"
    assert commanded(["generate", str(EXAMPLE), "-o", str(folder)])[0] == 0
    return contents(folder)


@pytest.mark.parametrize("streams", ["<&- >&- 2>&-", ">/dev/full 2>/dev/full"])
def test_a_folder_is_whole_where_nothing_can_be_said(streams: str, generated: dict[str, bytes], tmp_path: Path) -> None:
    """Files that are opened must not take the numbers of closed streams: what is printed would be in them."""
    done = shell(["generate", str(EXAMPLE), "-o", str(tmp_path / "out")], streams)
    assert done.returncode == ExitCode.SYSTEM and done.stdout + done.stderr == ""
    assert contents(tmp_path / "out") == generated


@pytest.mark.parametrize("command", ["targets", "schema"])
def test_who_reads_along_may_stop(command: str) -> None:
    done = shell([command], "| head -n 1")
    assert done.returncode == 0 and without_progress(done.stderr) == ""


def test_an_error_as_json_for_nobody_is_its_page_alone() -> None:
    done = shell(["targets", "nope", "--json"], "| true")
    assert done.returncode == 2 and "no target" in done.stderr and "BrokenPipe" not in done.stderr


INTERRUPTING = """
import os, signal, sys
class Counting:
    count = -1
    def find_spec(self, name, path=None, target=None):
        if Counting.count >= 0 or name.startswith("gatesmith.cli."):
            Counting.count += 1
        if Counting.count == int(os.environ["NUMBER"]):
            os.kill(os.getpid(), signal.SIGINT)
        return None
sys.argv[0] = "gatesmith"
sys.meta_path.insert(0, Counting())
from gatesmith.cli import main
status = main()
print(Counting.count, file=sys.stderr)
sys.exit(status)
"""
"""A command that is sent SIGINT as the n-th module is looked for, counted from the first of its own."""


def interrupted(number: int, words: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", INTERRUPTING, *words],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        env={**os.environ, "NUMBER": str(number)},
        check=False,
    )


def test_nothing_slow_is_loaded_before_ctrl_c_is_heard() -> None:
    """What the package itself takes along; ``cli`` sets the signal first of all."""
    code = "import sys; before = set(sys.modules); import gatesmith; print(*sorted({*sys.modules} - before))"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True)
    assert set(done.stdout.split()) <= {"__future__", "gatesmith", "gatesmith.version"}


def test_ctrl_c_as_modules_are_imported(tmp_path: Path) -> None:
    words = ["generate", str(EXAMPLE), "-o", str(tmp_path / "out")]
    whole = interrupted(-2, words)
    assert whole.returncode == 0
    count = int(whole.stderr.split()[-1])
    assert count > 100
    for number in (0, 1, 3, 9, *range(20, count, count // (6 if EVERYTHING else 3))):
        done = interrupted(number, words)
        assert done.returncode in (130, -signal.SIGINT), f"{number}: {done.returncode} {done.stderr}"
        assert "Traceback" not in done.stderr and "bug" not in done.stderr, done.stderr
        assert not (tmp_path / "out" / "gatesmith.incomplete.json").exists()


STARTING = """
import sys
from gatesmith.cli import main
print("started", flush=True)
sys.exit(main())
"""
"""A command that says when Gatesmith has it: before that a busy machine may take long, and Ctrl-C is Python's own."""


def test_ctrl_c_at_any_moment(tmp_path: Path) -> None:
    """The whole process group gets SIGINT, as from a terminal: compilers and readers too."""
    words = ["build", str(EXAMPLE), "-o", str(tmp_path / "out")]
    for moment in (0.15, 0.3, 0.5, 0.7, 0.9, 1.2, 1.6) if EVERYTHING else (0.2, 0.5, 0.9):
        run = subprocess.Popen(
            [sys.executable, "-c", STARTING, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert run.stdout is not None and run.stdout.readline() == "started\n"
        try:
            run.communicate(timeout=moment)
        except subprocess.TimeoutExpired:
            os.killpg(run.pid, signal.SIGINT)
        stderr = run.communicate(timeout=SECONDS)[1]
        assert run.returncode in (0, 130, -signal.SIGINT), stderr
        assert "Traceback" not in stderr and "bug" not in stderr and "Exception ignored" not in stderr, stderr
        assert "interrupted" in stderr or run.returncode != 130


def test_a_library_that_swallows_ctrl_c_changes_no_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def swallows(_: object) -> int:
        try:
            os.kill(os.getpid(), signal.SIGINT)
            signal.sigtimedwait([], 0.0)
        except KeyboardInterrupt:
            raise RuntimeError("lost") from None
        return 0

    monkeypatch.setattr("gatesmith.cli.entry._answer", swallows)
    assert cli.main(["targets"]) == 130
    assert capsys.readouterr().err == "interrupted\n"


@pytest.mark.parametrize(
    "error",
    [MemoryError(), OSError(28, "No space left on device"), RuntimeError("can't start new thread")],
    ids=["memory", "disk", "threads"],
)
def test_a_machine_at_its_end_is_no_bug(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(_: object) -> int:
        raise error

    monkeypatch.setattr("gatesmith.cli.entry._answer", fails)
    assert cli.main(["targets"]) == ExitCode.SYSTEM
    one_line(capsys.readouterr().err)
    monkeypatch.setattr("gatesmith.cli.entry.page", fails)
    assert cli.main(["targets"]) in (ExitCode.SYSTEM,)
    one_line(capsys.readouterr().err)


def test_little_memory_is_told(tmp_path: Path) -> None:
    """Whatever a limit hits: an exit code of the table and one line, but where OpenBLAS itself ends the process."""
    codes = set()
    for megabytes in (40, 60, 150):
        limit = megabytes * 1_000_000

        def limited(limit: int = limit) -> None:
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

        done = subprocess.run(
            [*COMMAND, "generate", str(EXAMPLE), "-o", str(tmp_path / str(megabytes))],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            preexec_fn=limited,  # no thread of this test's
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
            check=False,
        )
        if done.stderr.startswith("OpenBLAS"):
            continue
        assert done.returncode in (ExitCode.OK, ExitCode.INPUT, ExitCode.SYSTEM), done.stderr
        assert "Traceback" not in done.stderr and "bug" not in done.stderr, done.stderr
        codes.add(done.returncode)
    assert ExitCode.SYSTEM in codes, codes


@pytest.mark.parametrize("compiler", ["no-such-compiler", "'unbalanced", "/", "./gcc -O2", "false", "true", "/bin/cat"])
def test_a_compiler_that_is_none_is_an_error(
    compiler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CC", compiler)
    assert cli.main(["build", str(EXAMPLE), "-o", str(tmp_path / "out")]) == ExitCode.BUILD
    stderr = capsys.readouterr().err
    one_line(stderr)
    there = compiler in ("false", "true", "/bin/cat")
    assert (f'error: $CC is "{compiler}": there is no such program' in " ".join(stderr.split())) != there
    assert not (tmp_path / "out").exists()


def test_a_file_is_what_it_has(tmp_path: Path) -> None:
    """Not what its size was said to be: memory is taken as bytes come."""
    path = tmp_path / "model.h5"
    path.write_bytes(b"x" * 3_000_000)
    assert read_bytes(path) == b"x" * 3_000_000
    with pytest.raises(ModelError, match="larger than 2 MiB"):
        read_bytes(path, limit=2 << 20)
    assert read_bytes(path, limit=3_000_000) == b"x" * 3_000_000


def test_no_place_for_temporary_files_is_the_machine_s(tmp_path: Path) -> None:
    program = (
        "import sys, tempfile; from gatesmith.cli import main\n"
        "tempfile._candidate_tempdir_list = lambda: [sys.argv[1]]\n"
        "sys.exit(main(['build', sys.argv[2], '-o', sys.argv[3]]))"
    )
    words = [str(tmp_path / "nowhere"), str(EXAMPLE), str(tmp_path / "out")]
    done = subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == ExitCode.SYSTEM, done.stderr
    assert "set TMPDIR" in done.stderr and done.stderr.count("error: ") == 1


@pytest.mark.parametrize("words", [["--help"], ["validate", "--help"], ["--version"]])
def test_help_loads_nothing_slow(words: list[str]) -> None:
    program = (
        "import sys; from gatesmith.cli import main; main(sys.argv[2:]); print({*sys.argv[1].split()} & {*sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, " ".join(SLOW), *words], capture_output=True, text=True, check=True
    )
    assert done.stdout.rstrip().endswith("set()"), done.stdout[-200:]
