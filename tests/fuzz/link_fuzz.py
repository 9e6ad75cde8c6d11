"""``python -m fuzz.link_fuzz``: the link's C under sanitizers, by coverage (libFuzzer) and by frames with faults."""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from .bounded import bounded

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LINK = ROOT / "firmware/link"
TOY = ROOT / "tests/run/link"
CORPUS = HERE / "link/corpus"
FLAGS = (
    *("-std=c99", "-g", "-O1", "-Wall", "-Wextra", "-Wno-unused-function"),
    *("-fsanitize=address,undefined", "-fno-sanitize-recover=all"),
)
PAYLOADS = (48, 128, 1024)
LEAST = 0.1
A_RUN = 1_000_000


def missing() -> str:
    """What libFuzzer lacks here; empty if nothing."""
    if shutil.which("clang") is None:
        return "clang is not installed (apt-get install clang)"
    with tempfile.TemporaryDirectory() as name:
        empty = Path(name, "empty.c")
        empty.write_text("int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long n) { return d == 0 && n; }")
        command = ["clang", "-fsanitize=fuzzer,address", str(empty), "-o", str(Path(name, "empty"))]
        done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    return "" if done.returncode == 0 else "clang has no libFuzzer (apt-get install libclang-rt-dev)"


def frames_program(folder: Path, payload: int, link: Path = LINK / "gatesmith_link.c") -> Path:
    """The harness of frames, compiled by clang, else by gcc."""
    compiler = next((name for name in ("clang", "gcc", "cc") if shutil.which(name)), "cc")
    return _built(compiler, HERE / "link/frames.c", folder / f"frames{payload}", payload, link)


def fuzzer_program(folder: Path, payload: int) -> Path:
    """libFuzzer's target."""
    out = folder / f"fuzzer{payload}"
    return _built("clang", HERE / "link/fuzz_link.c", out, payload, LINK / "gatesmith_link.c", "-fsanitize=fuzzer")


def _built(compiler: str, main: Path, out: Path, payload: int, link: Path, *flags: str) -> Path:
    sources = [main, link, *(TOY / name for name in ("toy.c", "toy_glue.c", "capture.c"))]
    folders = [f"-I{folder}" for folder in (LINK, TOY, HERE / "link")]
    command = [compiler, *FLAGS, *flags, f"-DGS_LINK_PAYLOAD={payload}", *folders, *map(str, sources), "-o", str(out)]
    subprocess.run(command, check=True, timeout=300)
    return out


def frames(program: Path, count: int, seed: int, seconds: int = 3600) -> subprocess.CompletedProcess[str]:
    """Run the harness; it is ended after ``seconds``."""
    command = [str(program), str(count), str(seed), str(seconds)]
    return subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60, check=False)


def share_whole(output: str) -> float:
    """The share of the harness's frames that arrived whole."""
    match = re.search(r"frames (\d+): (\d+) arrived whole", output)
    return int(match[2]) / int(match[1]) if match else 0.0


def fuzzed(program: Path, findings: Path, *, seconds: int = 0, runs: int = -1) -> subprocess.CompletedProcess[str]:
    """Run libFuzzer on a copy of the corpus; its findings go into a folder."""
    findings.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        corpus = shutil.copytree(CORPUS, Path(name, "corpus"))
        limits = [f"-max_total_time={seconds}", f"-runs={runs}", "-max_len=4096", "-timeout=20", "-print_final_stats=1"]
        patience = 600 + seconds
        command = bounded([str(program), *limits, f"-artifact_prefix={findings}/", str(corpus)], patience - 20)
        return subprocess.run(
            command, capture_output=True, text=True, timeout=patience, check=False, env={**os.environ}
        )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m fuzz.link_fuzz", description=__doc__)
    parser.add_argument("--frames", type=int, default=10_000_000, help="frames with and without faults (10,000,000)")
    parser.add_argument("--minutes", type=float, default=1.0, help="of libFuzzer, for each payload size (1)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--findings", type=Path, default=Path("out/fuzz"), help="folder for findings (out/fuzz)")
    args = parser.parse_args(arguments)
    failed = False
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number, payload in enumerate(PAYLOADS):
            program = frames_program(folder, payload)
            left, seed = args.frames // len(PAYLOADS) + (number < args.frames % len(PAYLOADS)), args.seed
            while left > 0:
                done = frames(program, min(left, A_RUN), seed)
                print(f"payload {payload}, seed {seed}: {done.stdout.strip()} {done.stderr[-2000:]}", flush=True)
                whole = share_whole(done.stdout)
                print(f"{whole:.1%} arrived whole; fewer than {LEAST:.0%} would test little", flush=True)
                failed |= done.returncode != 0 or whole < LEAST
                left, seed = left - A_RUN, seed + 1
        why = missing()
        if why:
            print(f"libFuzzer: not run: {why}")
        for payload in () if why else PAYLOADS:
            done = fuzzed(fuzzer_program(folder, payload), args.findings, seconds=max(1, round(60 * args.minutes)))
            stats = [line for line in done.stderr.splitlines() if line.startswith("stat::number_of") or "cov:" in line]
            print(f"libFuzzer, payload {payload}: {'; '.join(stats[-2:])}", flush=True)
            if done.returncode:
                print(done.stderr[-4000:])
            failed |= done.returncode != 0
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
