"""Counts of a campaign, as they are printed."""

from collections import Counter, defaultdict

from .campaign import BAD, Record, all_kinds, reason
from .judge import KERAS, REFUSED, RIGHT, TRACEBACK, UNSTABLE, WRONG

LEAST = 0.1
OUTCOMES = (RIGHT, REFUSED, WRONG, TRACEBACK, UNSTABLE, KERAS)


class Tally:
    """Outcomes by kind of layer, by container and by policy; refusals by their reason."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.kinds: dict[str, Counter[str]] = defaultdict(Counter)
        self.ways: dict[str, Counter[str]] = defaultdict(Counter)
        self.reasons: Counter[str] = Counter()
        self.codes: Counter[int] = Counter()
        self.died = 0
        self.swaps: Counter[str] = Counter()

    @property
    def share(self) -> float:
        """Of all models those that were read, up to their C."""
        return 1 - (self.outcomes[REFUSED] + self.outcomes[KERAS]) / max(1, self.outcomes.total())

    @property
    def bad(self) -> int:
        return sum(self.outcomes[name] for name in BAD) + self.died

    def add(self, record: Record) -> str:
        """Count one model; returns the line to print, if it failed."""
        self.outcomes[record.outcome] += 1
        for kind in record.kinds:
            self.kinds[kind][record.outcome] += 1
        self.ways[f"{record.package}, {record.container}"][record.outcome] += 1
        self.ways[f"policy {record.policy}"][record.outcome] += 1
        self.ways[record.shape][record.outcome] += 1
        self.swaps.update(record.swaps)
        if record.code is not None:
            self.codes[record.code] += 1
        if record.outcome in (REFUSED, KERAS):
            self.reasons[f"{record.outcome}: {reason(record.message)}"] += 1
        if record.outcome not in BAD:
            return ""
        last = record.message.strip().splitlines()[-1] if record.message.strip() else ""
        return f"{record.outcome}: seed {record.seed}, {record.package}, {record.container}: {last}\n    {record.place}"

    def page(self, first: int, seconds: float) -> str:
        total = sum(self.outcomes.values())
        lines = [f"{total} models from seed {first} on, {seconds / 60:.1f} minutes", ""]
        lines += self._table("way", self.ways)
        names = sorted({*all_kinds(), *self.kinds}, key=lambda name: ("." in name or name.islower(), name))
        lines += ["", *self._table("layer, operator", {name: self.kinds.get(name, Counter()) for name in names})]
        lines += ["", "why not:"]
        lines += [f"{count:6} {text}" for text, count in self.reasons.most_common(40)]
        codes = ", ".join(f"{code}: {count}" for code, count in sorted(self.codes.items()))
        lines += ["", f"exit codes of gatesmith generate: {codes or 'not asked'}"]
        swaps = ", ".join(f"{count} {what}" for what, count in sorted(self.swaps.items()))
        lines += [f"files with a class's name in the place of another: {swaps or 'none'}"]
        lines += [f"{self.share:.1%} of the models were read; fewer than {LEAST:.0%} would test little"]
        lines += [", ".join(f"{self.outcomes[name]} {name}" for name in OUTCOMES) + f", {self.died} died"]
        return "\n".join(lines)

    @staticmethod
    def _table(head: str, rows: dict[str, Counter[str]]) -> list[str]:
        lines = [f"{head:28}{''.join(f'{name:>10}' for name in OUTCOMES)}"]
        lines += [f"{name:28}{''.join(f'{row[each]:10}' for each in OUTCOMES)}" for name, row in rows.items()]
        return lines
