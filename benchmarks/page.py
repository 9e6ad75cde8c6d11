"""``docs/benchmarks.md`` from ``results.json``: no figure on that page is typed by hand."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
STEPS = {"W1": 1, "W2": 50, "W3": 1}
"""Steps of a call, of workloads that cores are counted on by steps."""
WORK = {
    "W1": "LSTM(32) on 16 features, a step",
    "W2": "LSTM(64), LSTM(32), Dense(4), 50 steps",
    "W3": "GRU(40), Dense(1), a step",
    "W4": "DS-CNN for keywords, 49 x 10",
    "W5": "autoencoder 640-128x4-8-128x4-640",
    "W6": "convolutions and LSTM for activity, 128 x 9",
    "W7": "causal TCN, 8 residual layers, 128 x 8",
    "W8": "ResNet-8 of MLPerf Tiny, 32 x 32 x 3",
    "W9": "encoder of two attention blocks, 32 x 32",
}
CORES = {
    "host": "this machine",
    "nucleo_f446re": "Cortex-M4F",
    "mps3_an547": "Cortex-M55",
    "pico": "Cortex-M0+",
    "esp32": "ESP32 (LX6)",
    "esp32c3": "ESP32-C3 (RV32IMC)",
    "uno": "AVR",
}
TAKEN = {"nucleo_f446re": 0, "mps3_an547": 1, "host": 2}


def table(head: Iterable[str], rows: Iterable[Iterable[str]], right: bool = True) -> str:
    """A table of Markdown, numbers to the right."""
    head = list(head)
    lines = ["| " + " | ".join(head) + " |", "| --- |" + (" ---: |" if right else " --- |") * (len(head) - 1)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def short(count: float) -> str:
    """1,852; 48.3k; 1.24M."""
    if count < 10_000:
        return f"{count:,.0f}"
    return f"{count / 1e3:.1f}k" if count < 1e6 else f"{count / 1e6:.2f}M"


def races(results: dict[str, Any], numeric: str, what: str) -> str:
    """Workloads by peers: ratios of time, or instructions of a call."""
    rows = {work: numerics[numeric] for work, numerics in results["peers"].items() if numeric in numerics}
    names = list(dict.fromkeys(peer for row in rows.values() for peer in row if peer != "Gatesmith"))
    names = [peer for peer in names if any(what in row.get(peer, {}) for row in rows.values())]
    head = ["", *(["Gatesmith"] if what == "peer_instructions" else []), *names]
    lines = []
    for work, row in sorted(rows.items()):
        if "Gatesmith" in row:
            continue
        cells = [cell(row.get(peer, {}), what) for peer in names]
        own = [row[peer]["ours_instructions"] for peer in names if "ours_instructions" in row.get(peer, {})]
        lines.append([work, *([short(min(own))] if what == "peer_instructions" and own else []), *cells])
    return table(head, lines)


def cell(outcome: dict[str, Any], what: str) -> str:
    """A figure, or that there is none."""
    if what not in outcome:
        return "-"
    if what != "ratio":
        return short(outcome[what])
    text = f"{outcome['ratio']:.2f}" if outcome["ratio"] < 10 else f"{outcome['ratio']:.0f}"
    return text if outcome["ratio_low"] > 1 else f"**{text}**"


def behind(results: dict[str, Any]) -> list[str]:
    """Where a peer is as fast as ours, or faster: by time or by instructions."""
    lines = []
    for work, numerics in sorted(results["peers"].items()):
        for numeric, peers in numerics.items():
            for peer, outcome in peers.items():
                if outcome.get("ratio", 2.0) < 1.0:
                    more = ""
                    if "peer_instructions" in outcome:
                        own, other = outcome["ours_instructions"], outcome["peer_instructions"]
                        more = f"; instructions {short(other)} against ours {short(own)}"
                    errors = f"error {outcome['peer_error']:.1e} against {outcome['ours_error']:.1e}"
                    lines.append(
                        f"- {work} {numeric}: {peer} takes {outcome['ratio']:.2f} of our time{more}; {errors}."
                    )
    return lines


def refusals(results: dict[str, Any]) -> list[str]:
    """Who cannot run what, in the words of who refuses."""
    found: dict[tuple[str, str], list[str]] = {}
    for work, numerics in sorted(results["peers"].items()):
        for numeric, peers in numerics.items():
            for peer, outcome in peers.items():
                if "refused" in outcome:
                    found.setdefault((peer, outcome["refused"]), []).append(f"{work} {numeric}")
    return [f"- {peer}: {', '.join(works)}: {why}" for (peer, why), works in found.items()]


def cores(results: dict[str, Any], taken: dict[str, Any]) -> str:
    """A table a core: instructions of a call or a step, bytes, error; and figures of peers from notes."""
    parts = []
    for target, models in results["cores"].items():
        lines = []
        for work, numerics in sorted(models.items()):
            for numeric, row in numerics.items():
                if "refused" in row:
                    lines.append([f"{work} {numeric}", row["refused"], "", "", "", "", "", ""])
                    continue
                unit = "cycles" if "cycles" in row else "instructions"
                # Keras's whole answer, as the peers give it.
                per = row.get("instructions_per", "step" if work in STEPS else "call")
                count = row[unit] * (STEPS.get(work, 1) if per == "step" else 1)
                own = taken.get(numeric, {}).get(work, {}) if target in TAKEN else {}
                others = [f"{name} {short(c[TAKEN[target]])}" for name, c in own.items() if c[TAKEN[target]]]
                bytes_ = [f"{row[key]:,}" if key in row else "-" for key in ("flash", "ram", "stack")]
                steps = count / row[unit] if row[unit] else 1
                guessed = short(row["estimated_cycles"] * steps) if "estimated_cycles" in row else "-"
                lines.append(
                    [f"{work} {numeric}", short(count), guessed, *bytes_, f"{row['error']:.0e}", "; ".join(others)]
                )
        unit = "cycles" if any("cycles" in row for m in models.values() for row in m.values()) else "instructions"
        last = "peers, from notes" if target in TAKEN else ""
        head = ["", unit, "cycles, estimated", "flash", "RAM", "stack", "error", last]
        if target not in TAKEN:
            head, lines = head[:-1], [line[:-1] for line in lines]
        parts.append(f"### {CORES.get(target, target)} (`{target}`)\n\n{table(head, lines)}")
    return "\n\n".join(parts)


def silicon(results: dict[str, Any], taken: dict[str, Any]) -> str:
    """Estimated cycles of a board beside the cycles that others have published of it."""
    lines = []
    for name, ways in results.get("silicon", {}).items():
        cells = [name]
        for row in ways.values():
            cells += [short(row["estimated_cycles"]), f"{row['flash']:,}", f"{row['stack']:,}"]
        lines.append([*cells, f"{ways['balanced']['ram']:,}", *map(short, taken["silicon"]["cycles"][name])])
    ours = [f"{what} {way}" for way in ("as it is,", "for speed,") for what in ("cycles", "flash", "stack")]
    head = ["", *(f"{one.split()[0]}, {' '.join(one.split()[1:]).rstrip(',')}" for one in ours), "RAM"]
    return table([*head, *taken["silicon"]["who"]], lines)


def write(results: dict[str, Any], file: Path) -> None:
    """The page."""
    taken = json.loads((HERE / "taken.json").read_text("utf-8"))
    text = (HERE / "page.md").read_text("utf-8")
    machine, versions = results["machine"], results["versions"]
    tool = [[name, *(f"{row[key]}" for key in ("seconds", "processor_seconds", "MB"))] for name, row in
            results.get("tool", {}).items()]  # fmt: skip
    growth = [
        [kind, CORES[target], ", ".join(map(str, row["sizes"])), ", ".join(map(short, row["instructions"])),
         f"{row['exponent']:.2f}"]
        for kind, targets in results.get("growth", {}).items() for target, row in targets.items()
    ]  # fmt: skip
    parts = {
        "work": table(["", "work"], ([name, what] for name, what in WORK.items()), right=False),
        "machine": f"{machine['processor']}, {machine['system']}, {machine['compiler']}",
        "versions": ", ".join(f"{name} {version}" for name, version in versions.items()),
        "time_float32": races(results, "float32", "ratio"),
        "time_int8": races(results, "int8", "ratio"),
        "count_float32": races(results, "float32", "peer_instructions"),
        "count_int8": races(results, "int8", "peer_instructions"),
        "behind": "\n".join(behind(results)) or "Nowhere, in this run.",
        "refusals": "\n".join(refusals(results)) or "- nobody",
        "cores": cores(results, taken),
        "silicon": silicon(results, taken),
        "taken": taken["source"],
        "tool": table(["", "seconds", "of processor", "MB"], tool),
        "growth": table(["", "core", "sizes", "instructions a step", "exponent"], growth),
    }
    if not growth:
        before, _, after = text.partition("## Growth\n")
        text = before + after[after.index("## ") :]
    for name, part in parts.items():
        text = text.replace("{" + name + "}", part)
    file.write_text(text, "utf-8")
