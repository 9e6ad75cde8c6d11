"""A Lambda layer whose function the user gives: ``--lambda NAME="x / 127.5 - 1"``.

The text is parsed by Python's own parser and never run. The grammar is closed: arithmetic, comparisons, slices, and
functions, each one of the operators that Gatesmith reads. Axes count the axis of samples, as in the Lambda's own code.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import numpy as np

from ....core.errors import UsageError
from ....core.near import hint
from ....core.op import snake_case
from ..dialect.build import described
from ..dialect.config import Option
from ..dialect.kinds import Kind
from ..dialect.lambdas import CodeText
from ..dialect.ledger import Ledger
from ..dialect.site import Site
from ..dialect.source import Context, Source
from ..dialect.spec import LayerSpec
from .base import Builder, Spec, Value, several_inputs
from .operation import used
from .operators import OPERATORS
from .spellings import operator_of, with_defaults, words

CONSTANTS = {"pi": np.pi, "ln2": float(np.log(2)), "ln10": float(np.log(10))}
MOST = 2**127
"""The largest whole number in an expression."""
ARITHMETIC = ("Add", "Subtract", "Multiply", "TrueDivide", "Power", "FloorDivide", "Mod")
"""Operators on constants: NumPy's functions of the same names."""
NO_FUNCTION = 'parts are numbers, x, + - * / // % ** @, comparisons, slices, and functions: "x / 127.5 - 1", "x[:, -1]"'
KERAS_3 = re.compile(r"(keras\.)?ops$|jax\b|jnp\b")
"""Prefixes of functions with Keras 3's defaults, which JAX's have too: ``ops.gelu``. Others have TensorFlow's."""


def describe(kind: Kind, source: Source, read: Ledger, context: Context, site: Site) -> LayerSpec:
    """The expression, checked as far as possible without tensors."""
    if not isinstance(source.config.get("code_text"), CodeText):
        raise site.unsupported("is not a layer that Gatesmith reads")
    if read["mask"] is not None:
        raise site.unsupported("makes a mask, by Python code that is not run")
    text = read["expression"]
    _parsed(text, source.name, tuple(read["arguments"] or ()))
    context.note(f'layer "{source.name}" is {text}, as --lambda says{source.config.get("code_text", "")}')
    return described(kind, source, read, {})


@several_inputs(
    "Expression",
    options=(Option("expression", "any", None), Option("arguments", "any", None), Option("mask", "any", None)),
    describe=describe,
    input_axes=(),
    keras_class="Lambda",
    expressions=True,
    hidden=("arguments", "mask"),
    remark="a Lambda whose function `--lambda` says",
)
def read(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    """The nodes of the expression. Masks end here, as at a Lambda."""
    text, name = str(spec.config["expression"]), str(spec.name)
    tensors = [Value(value.tensor) for value in inputs]
    constants = spec.config["arguments"] or {}
    body, parameter = _parsed(text, name, tuple(constants))
    names = {**constants, parameter: tensors if len(tensors) > 1 else tensors[0]}
    value = _Evaluation(builder, text, name, names).of(body)
    if not isinstance(value, Value):
        raise refused(name, text, "does not give one tensor")
    return [value]


def formula(builder: Builder, text: str, **names: Any) -> Value:
    """The result of one of Gatesmith's own formulas, in the same grammar: named steps, and after the last semicolon
    the result.

    Args:
        names: tensors, constants, and arguments of operators.
    """
    *steps, result = ast.parse(text).body
    evaluation = _Evaluation(builder, text, "formula", {**CONSTANTS, **names})
    for step in steps:
        assert isinstance(step, ast.Assign) and isinstance(step.targets[0], ast.Name)
        evaluation.names[step.targets[0].id] = evaluation.of(step.value)
    assert isinstance(result, ast.Expr)
    value: Value = evaluation.of(result.value)
    return value


def refused(layer: str, text: str, problem: str, fix: tuple[str, ...] = (NO_FUNCTION,)) -> UsageError:
    """The error for an expression."""
    return UsageError(f'--lambda {layer}="{text}" {problem}', fix=fix)


def _parsed(text: str, layer: str, constants: Sequence[str] = ()) -> tuple[ast.expr, str]:
    """The body of an expression and the name of its input: the one in ``lambda x: ...``, or the only one."""
    try:
        body = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise refused(layer, text, f"is no expression: {getattr(error, 'msg', error)}") from None
    if isinstance(body, ast.Lambda):
        arguments = body.args
        names = [argument.arg for argument in arguments.args]
        if len([name for name in names if name not in constants]) != 1 or arguments.vararg or arguments.kwarg:
            raise refused(layer, text, "takes several arguments", ("write several inputs as x[0], x[1]",))
        return body.body, next(name for name in names if name not in constants)
    parts = list(ast.walk(body))
    heads = [part.func for part in parts if isinstance(part, ast.Call)]
    heads += [part.value for part in parts if isinstance(part, ast.Attribute)]
    functions = {id(part) for head in heads for part in ast.walk(head)}
    inputs = (part.id for part in parts if isinstance(part, ast.Name) and id(part) not in functions)
    names = sorted(set(inputs).difference(constants))
    if len(names) != 1:
        raise refused(
            layer, text, f"has the names {', '.join(names)}" if names else "has no name for the input",
            ('one name stands for the input: "x / 127.5 - 1"', "several inputs are x[0], x[1]"),
        )  # fmt: skip
    return body, names[0]


class _Evaluation:
    """An expression becoming nodes.

    Args:
        names: name -> tensor, list of tensors, or constant.
    """

    def __init__(self, builder: Builder, text: str, layer: str, names: Mapping[str, Any]) -> None:
        self.builder, self.text, self.layer, self.names = builder, text, layer, dict(names)

    def of(self, node: ast.AST) -> Any:
        """A tensor, a constant, a list of these, a slice, or the name of a type."""
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            self.fail(f"holds {ast.unparse(node)[:40]}, which is not in the grammar")
        return method(node)

    def fail(self, problem: str, *fix: str) -> NoReturn:
        """Refuses the expression."""
        raise refused(self.layer, self.text, problem, (*fix, NO_FUNCTION))

    def operate(self, name: str, arguments: Mapping[str, Any]) -> Value:
        """The nodes of one operator."""
        results = used(self.builder, name, arguments)
        if len(results) != 1:
            self.fail(f"takes {len(results)} tensors of {name} for one")
        return results[0]

    def _constant(self, node: ast.Constant) -> Any:
        if isinstance(node.value, int) and abs(node.value) > MOST:
            self.fail(f"holds {ast.unparse(node)[:40]}, which no float32 can hold")
        return node.value

    def _name(self, node: ast.Name) -> Any:
        if node.id not in self.names:
            self.fail(f'has the name "{node.id}", which is not the input')
        return self.names[node.id]

    def _attribute(self, node: ast.Attribute) -> Any:
        return node.attr  # tf.float32

    def _tuple(self, node: ast.Tuple | ast.List) -> list[Any]:
        return [self.of(item) for item in node.elts]

    _list = _tuple

    def _slice(self, node: ast.Slice) -> slice:
        ends = [None if end is None else self.of(end) for end in (node.lower, node.upper, node.step)]
        if not all(isinstance(end, (int, type(None))) for end in ends):
            self.fail(f"takes the slice {ast.unparse(node)[:40]}, whose ends are not whole numbers")
        return slice(*ends)

    def _unaryop(self, node: ast.UnaryOp) -> Any:
        value = self.of(node.operand)
        if isinstance(node.op, ast.UAdd):
            return value
        if not isinstance(node.op, ast.USub) or not isinstance(value, (Value, int, float)):
            self.fail(f"holds {ast.unparse(node)[:40]}, which is not in the grammar")
        return self.operate("Negative", {"x": value}) if isinstance(value, Value) else -value

    def _binop(self, node: ast.BinOp) -> Any:
        return self._two(node.op, node.left, node.right, node)

    def _compare(self, node: ast.Compare) -> Any:
        if len(node.ops) != 1:
            self.fail(f"compares in a way that is not in the grammar: {ast.unparse(node)[:40]}")
        return self._two(node.ops[0], node.left, node.comparators[0], node)

    def _two(self, operator: ast.AST, left: ast.expr, right: ast.expr, node: ast.AST) -> Any:
        """The result of Keras 3's operator for one of Python's on both sides."""
        if (name := operator_of(type(operator).__name__)) is None:
            self.fail(f"holds {ast.unparse(node)[:40]}, which is not in the grammar")
        one, other = self.of(left), self.of(right)
        if isinstance(one, Value) or isinstance(other, Value):
            return self.operate(name, {"x1": one, "x2": other})
        if name not in ARITHMETIC or not all(isinstance(n, (int, float)) for n in (one, other)):
            self.fail("computes with constants in a way that is not in the grammar")
        with np.errstate(all="ignore"):
            result = float(getattr(np, snake_case(name))(float(one), float(other)))
        return int(result) if result.is_integer() and isinstance(one, int) and isinstance(other, int) else result

    def _subscript(self, node: ast.Subscript) -> Any:
        value, key = self.of(node.value), self.of(node.slice)
        if isinstance(value, Value):
            return self.operate("GetItem", {"x": value, "key": key})
        if not isinstance(value, list) or not isinstance(key, int) or not -len(value) <= key < len(value):
            inputs = next((several for several in self.names.values() if isinstance(several, list)), [None])
            self.fail(f"takes {ast.unparse(node)[:40]}, and the layer has {len(inputs)} inputs")
        return value[key]

    def _call(self, node: ast.Call) -> Value:
        room, _, word = ast.unparse(node.func).rpartition(".")
        name = operator_of(word)
        if "random" in word or ("normal" in word and name is None):
            self.fail(
                "draws random numbers, and generated code computes the same for the same inputs",
                f'of a sampled value (VAE), take the mean: --lambda {self.layer}="x[0]"',
            )
        if name is None:
            self.fail(f"calls {word}, which is not in the grammar", *hint(word, map(snake_case, words().values())))
        parameters = OPERATORS[name].function
        arguments = dict(zip(parameters, (self.of(item) for item in node.args), strict=False))
        named = {str(item.arg): self.of(item.value) for item in node.keywords if item.arg != "name"}
        if len(node.args) > len(parameters) or not set(named) <= set(parameters) - set(arguments):
            self.fail(f"calls {word} with other arguments than {', '.join(parameters)}")
        arguments |= named
        return self.operate(name, arguments if KERAS_3.match(room) else with_defaults(name, arguments))
