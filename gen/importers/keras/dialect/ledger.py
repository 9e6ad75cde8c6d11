"""Options and arguments that remember which of them were asked for, so that none is dropped silently."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Ledger(dict[str, Any]):
    """The options of a layer, or the arguments of an operator.

    What changes a result is ``owed``: it must be asked for by ``[]`` or ``get``. Iterating, ``in`` and copies ask for
    nothing. Ledgers made of one another by ``|``, or with ``of``, share both records.
    """

    def __init__(self, values: Mapping[str, Any], of: Ledger | None = None) -> None:
        super().__init__(values)
        self.asked: set[str] = set() if of is None else of.asked
        self.owed: dict[str, Any] = {} if of is None else of.owed

    def __getitem__(self, name: str) -> Any:
        self.asked.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None, /) -> Any:
        """The value, or the default where there is none."""
        self.asked.add(name)
        return super().get(name, default)

    def __or__(self, other: Mapping[str, Any], /) -> Ledger:  # type: ignore[override]
        return Ledger({**self, **other}, self)

    def unread(self) -> dict[str, Any]:
        """What is owed and was not asked for."""
        return {name: value for name, value in self.owed.items() if name not in self.asked}


def with_changes(config: Mapping[str, Any], **changes: Any) -> Mapping[str, Any]:
    """The same options, some of them changed; a ledger's records are shared."""
    return config | changes if isinstance(config, Ledger) else {**config, **changes}


def unread(config: Mapping[str, Any]) -> dict[str, Any]:
    """What a ledger is still owed; nothing of other mappings."""
    return config.unread() if isinstance(config, Ledger) else {}
