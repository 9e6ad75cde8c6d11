"""The link's C under sanitizers: frames with and without faults, libFuzzer for a moment. More: ``make fuzz-link``."""

from pathlib import Path

import pytest

from . import link_fuzz

FRAMES = 60_000
RUNS = 20_000


@pytest.mark.parametrize("payload", link_fuzz.PAYLOADS)
def test_frames(payload: int, tmp_path: Path) -> None:
    """Nothing is executed that was not sent, or twice; no wrong answer is accepted; no fault makes the link deaf."""
    done = link_fuzz.frames(link_fuzz.frames_program(tmp_path, payload), FRAMES, 7, 300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 undetected, 0 wrong, 0 unanswered" in done.stdout
    assert link_fuzz.share_whole(done.stdout) > link_fuzz.LEAST


@pytest.mark.parametrize(
    ("right", "broken"),
    [
        ("if (get32(frame + HEADER + size) != ", "if (0u && get32(frame + HEADER + size) != "),
        ("if (ahead != 1u && type >= RESET) {", "if (0u) {"),
        ("if (to == NULL)\n        return BAD_RANGE;", "if (to == NULL)\n        return OK;"),
        ("if (status == OK && ahead == 1u)\n        link->last++;", "link->last++;"),
    ],
    ids=["no checksum", "no numbers", "no bounds", "counts refusals"],
)
def test_a_broken_link_is_noticed(right: str, broken: str, tmp_path: Path) -> None:
    text = (link_fuzz.LINK / "gatesmith_link.c").read_text("utf-8")
    assert text.count(right) == 1
    link = tmp_path / "broken_link.c"
    link.write_text(text.replace(right, broken), "utf-8")
    done = link_fuzz.frames(link_fuzz.frames_program(tmp_path, 128, link), FRAMES, 7, 300)
    assert done.returncode != 0, done.stdout


def test_libfuzzer(tmp_path: Path) -> None:
    why = link_fuzz.missing()
    if why:
        pytest.skip(why)
    done = link_fuzz.fuzzed(link_fuzz.fuzzer_program(tmp_path, 128), tmp_path / "found", runs=RUNS)
    assert done.returncode == 0, done.stderr[-4000:]
    assert list((tmp_path / "found").iterdir()) == []
