"""``gatesmith.targets``: the registry of boards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..boards import target
from ..boards.target import Target
from ..report.page import Page
from ..report.targets import targets_page
from .showing import Shown


class Registry(Shown, Mapping[str, Target]):
    """Targets by name; the facts of each are attributes: ``targets()[name].flash`` (bytes)."""

    def __getitem__(self, name: str) -> Target:
        if name not in target.names():
            raise KeyError(name)
        return target.load(name)

    def __iter__(self) -> Iterator[str]:
        return iter(target.names())

    def __len__(self) -> int:
        return len(target.names())

    def page(self) -> Page:
        """The page of ``gatesmith targets``."""
        return targets_page(None)

    def __repr__(self) -> str:
        return f"<Registry of {len(self)} targets: {', '.join(self)}>"


def targets() -> Registry:
    """The boards and machines that Gatesmith supports."""
    return Registry()
