"""Names for all templates of C."""

from __future__ import annotations

from ..names import remark
from .kernels.assembly import quoted
from .literals import ctype, literal, table
from .loops import over
from .signatures import listed
from .windows import indices, moved, rows_of

__all__ = ["ctype", "indices", "listed", "literal", "moved", "over", "quoted", "remark", "rows_of", "table"]
