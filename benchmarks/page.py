"""``docs/benchmarks.md`` from ``results.json``: no figure on that page is typed by hand."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from growth import TARGETS as GROWN

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
    "nucleo_l4r5zi": "Cortex-M4F",
    "nucleo_h743zi": "Cortex-M7",
    "nucleo_u575zi_q": "Cortex-M33",
    "mps3_an547": "Cortex-M55",
    "pico": "Cortex-M0+ (RP2040)",
    "mega2560": "AVR (ATmega2560)",
    "esp32": "ESP32 (Xtensa LX6)",
    "esp8266": "ESP8266 (Xtensa LX106)",
    "esp32c3": "ESP32-C3 (RV32IMC)",
}
TAKEN = {"nucleo_l4r5zi": 0, "mps3_an547": 1, "host": 2}


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
    for target in filter(results["cores"].__contains__, CORES):
        models, lines = results["cores"][target], []
        rows = [row for numerics in models.values() for row in numerics.values()]
        unit = "cycles" if any("cycles" in row for row in rows) else "instructions"
        waits = any("flash_waits" in row for row in rows)
        head = [
            "",
            unit,
            "cycles, estimated",
            *(["waits for flash"] if waits else []),
            "flash",
            "RAM",
            "stack",
            "error",
        ]
        head += ["peers, from notes"] if target in TAKEN else []
        for work, numerics in sorted(models.items()):
            for numeric, row in numerics.items():
                if "refused" in row:
                    lines.append([f"{work} {numeric}", row["refused"], *[""] * (len(head) - 2)])
                    continue
                # Keras's whole answer, as the peers give it.
                per = row.get("instructions_per", "step" if work in STEPS else "call")
                steps = STEPS.get(work, 1) if per == "step" else 1
                guessed = [
                    short(row[key] * steps) if key in row else "-" for key in ("estimated_cycles", "flash_waits")
                ]
                bytes_ = [f"{row[key]:,}" if key in row else "-" for key in ("flash", "ram", "stack")]
                own = taken.get(numeric, {}).get(work, {}) if target in TAKEN else {}
                others = [f"{name} {short(c[TAKEN[target]])}" for name, c in own.items() if c[TAKEN[target]]]
                line = [
                    f"{work} {numeric}",
                    short(row[unit] * steps),
                    *guessed[: 1 + waits],
                    *bytes_,
                    f"{row['error']:.0e}",
                ]
                lines.append(line + (["; ".join(others)] if target in TAKEN else []))
        parts.append(f"### {CORES[target]} (`{target}`)\n\n{table(head, lines)}")
    return "\n\n".join(parts)


def silicon(results: dict[str, Any], taken: dict[str, Any]) -> str:
    """Estimated cycles of a core, and waits of its board for flash, beside the cycles that others have published."""
    parts, ways = [], {"balanced": "as it is", "speed": "for speed"}
    columns = {"estimated_cycles": "cycles", "flash_waits": "waits for flash", "flash": "flash", "stack": "stack"}
    for target, models in results.get("silicon", {}).items():
        published, lines = taken["silicon"][target], []
        keys = [key for key in columns if key in models["KWS"]["speed"]]
        for name, rows in models.items():
            counts = [rows[way][key] for way in ways for key in keys]
            lines.append(
                [name, *map(short, counts), f"{rows['speed']['ram']:,}", *map(short, published["cycles"][name])]
            )
        head = ["", *(f"{columns[key]}, {way}" for way in ways.values() for key in keys), "RAM", *published["who"]]
        parts.append(f"### {CORES[target]} (`{target}`), others on {published['board']}\n\n{table(head, lines)}")
    return "\n\n".join(parts)


def write(results: dict[str, Any], file: Path) -> None:
    """The page."""
    taken = json.loads((HERE / "taken.json").read_text("utf-8"))
    text = (HERE / "page.md").read_text("utf-8")
    machine, versions = results["machine"], results["versions"]
    tool = [[name, *(f"{row[key]}" for key in ("seconds", "processor_seconds", "MB"))] for name, row in
            results.get("tool", {}).items()]  # fmt: skip
    growth = [
        [kind, GROWN[target], ", ".join(map(str, row["sizes"])), ", ".join(map(short, row["instructions"])),
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
