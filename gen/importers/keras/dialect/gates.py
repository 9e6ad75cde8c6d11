"""Recurrent weights of every generation -> canonical arrays, and the stored slice of each gate.

Sources: Keras 0.3.3 and 1.2.2 ``keras/layers/recurrent.py`` (``trainable_weights`` order i, c, f, o; ``consume_less``
``gpu`` fuses to i, f, c, o), Keras 2.3.1 ``keras/engine/saving.py`` ``preprocess_weights_for_loading`` and
``_convert_rnn_weights`` (Keras 1 and CuDNN forms), ``keras/layers/cudnn_recurrent.py``, tf_keras 2.21
``tf_keras/src/layers/rnn/{lstm,gru,simple_rnn}.py``, Keras 3.15 ``keras/src/layers/rnn``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ....core.graph import shape_text
from ..containers.stored import StoredArray
from .config import product
from .kinds import Cell
from .site import Site
from .spec import FloatArray, GateSlice
from .weights import expect, values

LETTERS = {"W": "kernel", "U": "recurrent", "b": "bias"}
ROLES = ("kernel", "recurrent", "bias")
SEPARATE_NAME = re.compile(r"_([WUb])_([icfozrh])(?:_\d+)?(?::0)?$")


@dataclass
class Gates:
    """The gates of one recurrent layer, in its stored arrays."""

    weights: dict[str, FloatArray]
    gates: list[GateSlice] = field(default_factory=list)
    order: str = ""
    evidence: list[str] = field(default_factory=list)
    derived: list[str] = field(default_factory=list)
    reset_after: bool = False
    cudnn: bool = False
    """The weights are cuDNN's: sigmoid and tanh, whatever the configuration names."""

    def join(self, cell: Cell) -> None:
        """Joins the gates' slices to canonical arrays, and adds the evidence of their biases."""
        blocks = {(part.role, part.gate): part.data for part in self.gates}
        arrays = {
            role: np.concatenate([blocks[role, gate] for gate in cell.order], axis=-1)
            for role in dict.fromkeys(part.role for part in self.gates)
        }
        self.weights |= {"kernel": arrays["kernel"], "recurrent_kernel": arrays["recurrent"]}
        bias = arrays.get("bias")
        if "bias in" in arrays:
            pair = np.stack([arrays["bias in"], arrays["bias rec"]])
            bias = pair.sum(axis=0)
            self.weights["bias"] = pair if cell.reset_after else bias
        elif bias is not None:
            self.weights["bias"] = bias
        if bias is not None:
            self.evidence += forget_evidence(dict(zip(cell.order, np.split(bias, len(cell.order)), strict=True)))

    def facts(self) -> dict[str, Any]:
        """Fields of the layer besides its weights."""
        lists: dict[str, list[Any]] = {"gates": self.gates, "evidence": self.evidence, "derived": self.derived}
        return {name: tuple(items) for name, items in lists.items()} | {"stored_order": self.order}


def read_gates(
    cell: Cell, arrays: Sequence[StoredArray], read: Mapping[str, Any], said: bool, cudnn: bool, site: Site
) -> Gates:
    """Canonical weights of a recurrent layer.

    Args:
        read: its options; ``reset_after`` of a cell with two forms is the file's, or its writer's default.
        said: whether the configuration itself has ``reset_after``.
        cudnn: whether the file's class is the layer that ran on cuDNN.
    """
    units: int = read["units"]
    product((units, len(cell.order) * units), "recurrent kernel", site)
    if cell.separate and len(arrays) == 3 * len(cell.order):
        return _separate(cell, units, arrays, site)
    use_bias: bool = read["use_bias"]
    stored = expect(arrays, 3 if use_bias else 2, "kernel, recurrent_kernel, bias", site)
    return _Fused(cell, units, site).read(stored, use_bias, cudnn or read.get("reset_after", False), said, cudnn)


def _separate(cell: Cell, units: int, arrays: Sequence[StoredArray], site: Site) -> Gates:
    """Keras 0.3 and 1: W, U and b of each gate, by letter; by position in Keras 0.3, which has no names."""
    order = cell.separate
    by_role, how = by_gate(order, arrays)
    rows = next(iter(by_role["kernel", order[0]].data.shape), 0)
    shapes = {"kernel": (rows, units), "recurrent": (units, units), "bias": (units,)}
    result = Gates({}, order=" ".join(order), evidence=[how, f"{len(arrays)} arrays = {len(order)} gates x W, U, b"])
    for gate in cell.order:
        for role in ROLES:
            data = values(by_role[role, gate], shapes[role], site)
            result.gates.append(GateSlice(gate, role, by_role[role, gate], "[...]", "a[...]", "", data))
    result.join(cell)
    result.derived.append(f"{len(arrays)} arrays joined to {' '.join(cell.order)}")
    return result


def by_gate(order: str, arrays: Sequence[StoredArray]) -> tuple[dict[tuple[str, str], StoredArray], str]:
    """Arrays of single gates by role and gate, from their names or else their positions; and which of the two decided.

    Args:
        order: order of the gates, each of which has its W, U and b.
    """
    matches = [(SEPARATE_NAME.search(array.name), array) for array in arrays]
    by_role = {(LETTERS[match[1]], match[2]): array for match, array in matches if match}
    if set(by_role) == {(role, gate) for role in ROLES for gate in order}:
        return by_role, "array names"
    by_position = {(role, gate): arrays[3 * g + r] for g, gate in enumerate(order) for r, role in enumerate(ROLES)}
    return by_position, f"array positions: Keras keeps the gates in the order {' '.join(order)}"


def blocks(
    order: str, units: int, role: str, array: StoredArray, data: FloatArray, before: str = "", offset: int = 0
) -> Iterator[GateSlice]:
    """Each gate's part of the last axis.

    Args:
        data: the array, or the part of it that the index ``before`` selects.
        offset: offset of the first gate.
    """
    for index, gate in enumerate(order):
        first = offset + index * units
        last = first + units
        cut = f"[{before}{first}:{last}]"
        yield GateSlice(gate, role, array, cut, f"a{cut}", "", np.ascontiguousarray(data[..., first:last]))


@dataclass(frozen=True)
class _Fused:
    """kernel, recurrent_kernel and perhaps bias, the gates side by side."""

    cell: Cell
    units: int
    site: Site

    @property
    def columns(self) -> int:
        return len(self.cell.order) * self.units

    def read(self, arrays: Sequence[StoredArray], use_bias: bool, reset_after: bool, said: bool, cudnn: bool) -> Gates:
        kernel, recurrent, *biases = arrays
        order = self.cell.order
        result = Gates({}, order=" ".join(order), reset_after=reset_after, cudnn=cudnn)
        heights = next(iter(kernel.data.shape), 0), self.units
        matrices = [values(array, (n, self.columns), self.site) for array, n in zip(arrays, heights, strict=False)]
        sides = self._bias_form(biases[0], cudnn, result, said) if use_bias else 0
        for role, array, data in zip(ROLES, (kernel, recurrent), matrices, strict=False):
            parts = blocks(order, self.units, role, array, data, ":, ")
            result.gates += [self._matrix(part, result.cudnn) for part in parts]
        for bias in biases:
            result.gates += self._bias_blocks(bias, sides)
        result.gates.sort(key=lambda part: order.index(part.gate))
        result.join(self.cell)
        if result.cudnn:
            result.derived.append("gate blocks of the kernel read in Fortran order, of the recurrent kernel transposed")
        if sides == 2 and not self.cell.reset_after:
            result.derived.append("two bias sets added")
        result.evidence.append(f"{self.columns} columns = {len(order)} x {self.units}")
        return result

    def _bias_form(self, bias: StoredArray, cudnn: bool, result: Gates, said: bool) -> int:
        """The number of sets of biases, 1 or 2; the bias's shape decides, and is compared with the configuration."""
        cell, n, site = self.cell, self.columns, self.site
        forms = ("row", *(("rows",) if cell.reset_after else ()), *(("cudnn",) if cell.cudnn else ()))
        form = {cell.arrays(form, 0, self.units)["bias"]: form for form in forms}.get(bias.data.shape, "")
        if cudnn and form != "cudnn":
            raise site.broken(
                _wrong(bias, (2 * n,)), "CuDNN layers keep input and recurrent biases one after the other"
            )
        if not form:
            values(bias, (2, n) if cell.reset_after and result.reset_after else (n,), site)
        if form == "cudnn":
            result.evidence.append(f"bias has {2 * n} = {2 * len(cell.gates)} x {self.units} values: CuDNN's form")
        if cell.reset_after and said and result.reset_after != (form != "row"):
            conflict = _wrong(bias, (2, n) if form == "row" else (n,))
            conflict = "its weights are CuDNN's (reset_after=True)" if form == "cudnn" else conflict
            why = f"configuration and weights ({bias.path}) come from different models"
            raise site.broken(f"says reset_after={result.reset_after}, but {conflict}", why)
        result.cudnn, result.reset_after = form == "cudnn", cell.reset_after and form != "row"
        if cell.reset_after and not result.cudnn:
            if said:
                result.evidence.append(f"config says reset_after={str(result.reset_after).lower()}")
            rows = "2 rows: reset_after" if result.reset_after else "1 row: no reset_after"
            result.evidence.append(f"bias has {rows}")
        return 1 if form == "row" else 2

    def _bias_blocks(self, array: StoredArray, sides: int) -> Iterator[GateSlice]:
        data = values(array, array.data.shape, self.site)
        for side, role in enumerate(("bias",) if sides == 1 else ("bias in", "bias rec")):
            if data.ndim == 2:
                yield from blocks(self.cell.order, self.units, role, array, data[side], f"{side}, ")
            else:
                yield from blocks(self.cell.order, self.units, role, array, data, offset=side * self.columns)

    @staticmethod
    def _matrix(part: GateSlice, cudnn: bool) -> GateSlice:
        """A gate's matrix as in the formulas: cuDNN stores kernels column by column, recurrent ones transposed."""
        if not cudnn:
            return part
        if part.role == "recurrent":
            return replace(part, code=f"{part.code}.T", transform="T", data=np.ascontiguousarray(part.data.T))
        rows, columns = part.data.shape
        code = f"{part.code}.T.reshape({rows}, {columns}, order='F')"
        data = np.ascontiguousarray(part.data.T.reshape(rows, columns, order="F"))
        return replace(part, code=code, transform="F", data=data)


def forget_evidence(biases: Mapping[str, FloatArray]) -> list[str]:
    """Evidence from the forget bias, which Keras initializes to 1: if it is still near 1, it marks the gate."""
    if "f" not in biases:
        return []
    mean = float(biases["f"].mean())
    others = [float(data.mean()) for gate, data in biases.items() if gate != "f"]
    if abs(mean - 1) < 0.3 and all(mean - other > 0.5 for other in others):
        return [f"forget bias near 1 (mean {mean:.2f}, others at most {max(others):.2f})"]
    return []


def _wrong(array: StoredArray, expected: tuple[int, ...]) -> str:
    return f"array {array.name} has the shape {shape_text(array.data.shape)}, expected {shape_text(expected)}"
