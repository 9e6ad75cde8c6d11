"""requirements.lock: what continuous integration installs, each file by its hash."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements.lock"
PIN = re.compile(r"^(\S+)==(\S+) \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE)
LINUX = {
    "python_version": "3.11",
    "python_full_version": "3.11.7",
    "sys_platform": "linux",
    "platform_machine": "x86_64",
}


def wanted() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    return [*project["dependencies"], *(each for extra in ("keras", "boards", "dev") for each in extras[extra])]


def test_every_line_is_a_pin_with_hashes() -> None:
    text = PIN.sub("", LOCK.read_text("utf-8"))
    assert [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")] == []


@pytest.mark.parametrize("line", wanted())
def test_the_lock_follows_pyproject(line: str) -> None:
    requirement = Requirement(line)
    if requirement.marker is not None and not requirement.marker.evaluate(LINUX):
        pytest.skip(f"not on Linux x86-64: {requirement.marker}")
    pinned = {canonicalize_name(name): version for name, version, _ in PIN.findall(LOCK.read_text("utf-8"))}
    version = pinned.get(canonicalize_name(requirement.name))
    assert version is not None, f"{requirement.name} is not in requirements.lock: make lock"
    assert requirement.specifier.contains(version), f"{requirement.name} {version} is not what {line} says: make lock"


def test_what_runs_with_gatesmith_has_an_upper_bound() -> None:
    """Each of these changed a part that is used between releases before."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = [*project["dependencies"], *project["optional-dependencies"]["keras"]]
    assert [line for line in lines if "<" not in line and "==" not in line and "~=" not in line] == []
