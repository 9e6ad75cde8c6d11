"""TensorFlowOpLayer's operations: every attribute is a parameter, says nothing, or is refused."""

import json
from typing import Any

import pytest

from gatesmith.core.errors import ModelError, UnsupportedError
from gatesmith.importers.keras.dialect.arguments import Arguments
from gatesmith.importers.keras.dialect.site import Site
from gatesmith.importers.keras.layers.spellings import function
from gatesmith.importers.keras.layers.tensorflow_operations import graph_operation

SITE = Site("m.h5", "op", "TensorFlowOpLayer")


def read(op: str, attributes: dict[str, Any], constants: dict[str, Any], text: str = "") -> tuple[str, dict[str, Any]]:
    node = text or json.dumps({"op": op, "attr": {"T": {"type": "DT_FLOAT"}, **attributes}})
    return graph_operation({"node_def": node, "constants": constants}, Arguments((["x"],), {}), SITE)


def test_attributes_are_parameters() -> None:
    name, arguments = read("MatMul", {"transpose_b": {"b": True}, "transpose_a": {"b": False}}, {"1": [[1.0]]})
    assert (name, arguments["transpose_b"], arguments["transpose_a"]) == ("Matmul", True, False)
    _, arguments = read("Mean", {"keep_dims": {"b": True}, "Tidx": {"type": "DT_INT32"}}, {"1": 1})
    assert arguments["keepdims"] is True and arguments["axis"] == 1


def test_a_protocol_buffer_s_text_has_them_too() -> None:
    text = 'op: "MatMul" attr { key: "T" value { type: DT_FLOAT } } attr { key: "transpose_b" value { b: true } }'
    assert read("", {}, {"1": [[1.0]]}, text)[1]["transpose_b"] is True
    listed = 'op: "Add" attr { key: "odd" value { list { i: 1 } } }'
    with pytest.raises(UnsupportedError, match="odd"):
        read("", {}, {"1": 1.0}, listed)


@pytest.mark.parametrize(
    ("op", "attribute", "value"),
    [
        ("Cumsum", "exclusive", {"b": True}),
        ("Cumsum", "reverse", {"b": True}),
        ("BiasAdd", "data_format", {"s": "TkNIVw=="}),
        ("Cast", "Truncate", {"b": True}),
    ],
)
def test_what_is_not_read_is_refused(op: str, attribute: str, value: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedError, match=attribute):
        read(op, {attribute: value, "DstT": {"type": "DT_FLOAT"}}, {"1": 1})


def test_odd_descriptions_are_refused() -> None:
    ends = {"1": [0, 0], "2": [0, 2], "3": [1, 1]}
    with pytest.raises(ModelError, match="masks of a slice are whole numbers"):
        read("StridedSlice", {"begin_mask": {"i": "x"}}, ends)
    assert read("Pack", {"axis": {"i": "x"}}, {})[1]["axis"] == "x"
    with pytest.raises(UnsupportedError, match=r"tf\.linalg\.normalize"):
        function({"function": "linalg.normalize"}, Arguments((["x"],), {}), SITE)


def test_what_says_nothing_is_passed_over() -> None:
    described = {"data_format": {"s": "TkhXQw=="}, "_output_shapes": {"list": {}}}
    assert read("BiasAdd", described, {"1": [1.0]})[0] == "Add"
    assert read("Cumsum", {"exclusive": {"b": False}, "reverse": {}}, {"1": 1})[0] == "Cumsum"
