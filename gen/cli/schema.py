"""``gatesmith schema``: the JSON schemas of reports."""

from __future__ import annotations

from typing import Annotated

from ..core.errors import UsageError
from .options import Argument
from .streams import json_


def schema(
    name: Annotated[str | None, Argument("A report's own name, as gatesmith/run/1; all without it.", "NAME")] = None,
) -> None:
    """Print the JSON schema of a report."""
    from ..evidence.facts import EvidenceReport
    from ..flow.schemas import schemas

    documents = schemas(EvidenceReport)
    if name is not None and name not in documents:
        raise UsageError(f'there is no schema "{name}"', fix=f"choose one of: {', '.join(documents)}")
    json_(documents if name is None else documents[name])
