"""Options and arguments that record which of them were read, so that none is dropped silently."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Ledger(dict[str, Any]):
    """The options of a layer, or the arguments of an operator.

    Options that change a result are ``owed``: they must be read by ``[]`` or ``get``. Iterating, ``in`` and copies do
    not count as reading. A ledger made from another by ``|``, or with ``of``, shares both its records.
    """

    def __init__(self, values: Mapping[str, Any], of: Ledger | None = None) -> None:
        super().__init__(values)
        self.asked: set[str] = set() if of is None else of.asked
        self.owed: dict[str, Any] = {} if of is None else of.owed

    def __getitem__(self, name: str) -> Any:
        self.asked.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None, /) -> Any:
        """The value, or the default if there is none."""
        self.asked.add(name)
        return super().get(name, default)

    def __or__(self, other: Mapping[str, Any], /) -> Ledger:  # type: ignore[override]
        return Ledger({**self, **other}, self)

    def unread(self) -> dict[str, Any]:
        """The owed options that were not read."""
        return {name: value for name, value in self.owed.items() if name not in self.asked}


def with_changes(config: Mapping[str, Any], **changes: Any) -> Mapping[str, Any]:
    """The same options, some of them changed; a ledger's records are shared."""
    return config | changes if isinstance(config, Ledger) else {**config, **changes}


def unread(config: Mapping[str, Any]) -> dict[str, Any]:
    """The owed options of a ledger that were not read; empty for other mappings."""
    return config.unread() if isinstance(config, Ledger) else {}
