"""What can be drawn for a layer: the cases of its file, and other values for its options."""

import inspect
import random
from functools import cache
from importlib import import_module
from typing import Any

from layers.cases import Case, Layer
from layers.lab import cases_of_layers

from .recipe import inside

NAMES = ("state", "int", "a-b", "x.1", "Zähler", "gate_i", "main", "y y")
TRAINING = {"_regularizer": "l2", "_constraint": "non_neg", "_initializer": "ones"}
"""Options that end so say something about training; a value that every Keras takes."""


class Pool:
    """What can be drawn with one Keras: classes, their cases, and the values that their options have in them."""

    def __init__(self, package: str) -> None:
        self.package = package
        self.cases: dict[str, list[Case]] = {}
        self.refused: dict[str, list[Case]] = {}
        self.values: dict[str, list[Any]] = {}
        for _, case in cases_of_layers():
            if case.only not in ("", package):
                continue
            side = self.refused if case.refused else self.cases
            side.setdefault(case.layer.class_name, []).append(case)
            for layer in inside(case.layer) if not case.refused else ():
                for option, value in layer.config.items():
                    values = self.values.setdefault(option, [])
                    if value not in values:
                        values.append(value)
        self.classes = sorted(self.cases)
        self.weights = [len(self.cases[name]) ** 0.5 for name in self.classes]
        """A layer with many options is drawn more often."""
        self.maskers = [c for cases in self.cases.values() for c in cases if c.feed == "marked"]


@cache
def pool(package: str) -> Pool:
    return Pool(package)


class Options:
    """Changes the options of layers.

    Args:
        stateful: whether layers may keep their state.
    """

    def __init__(self, dice: random.Random, pool: Pool, stateful: bool) -> None:
        self.dice = dice
        self.pool = pool
        self.stateful = stateful

    def chance(self, share: float) -> bool:
        return self.dice.random() < share

    def changed(self, layer: Layer, inner: bool = False) -> Layer:
        """A layer with options of its own kind changed, and those of what it wraps."""
        config = dict(layer.config)
        for key, value in config.items():
            if isinstance(value, Layer):
                # Indices would be drawn for an Embedding alone, not for what wraps it.
                others = [c for c in self.pool.cases[self.dice.choice(self.pool.classes)] if c.feed != "tokens"]
                swap = others and self.dice.random() < 0.2
                config[key] = self.changed(self.dice.choice(others).layer if swap else value, True)
        if layer.class_name == "Sequential":
            return layer
        if self.chance(0.5):
            for option, default in parameters(self.pool.package, layer.class_name):
                value = self.value(option, default, config)
                if value is not None:
                    config[option] = value
        if not inner and self.chance(0.04):
            config["name"] = self.dice.choice(NAMES) + str(self.dice.randrange(100))
        if self.chance(0.05):
            config["trainable"] = False
        return Layer(layer.class_name, config)

    def value(self, option: str, default: Any, config: dict[str, Any]) -> Any:
        """Another value for an option; None leaves it as it is."""
        seen = self.pool.values.get(option, [])
        for end, value in TRAINING.items():
            if option.endswith(end):
                return value if self.chance(0.02) else None
        if "dropout" in option:
            return 0.25 if self.chance(0.05) else None
        if option == "stateful":
            return True if self.stateful and self.chance(0.5) else None
        if isinstance(default, bool):
            return (not config.get(option, default)) if self.chance(0.12) else None
        if seen and self.chance(0.25 if option in config else 0.08):
            value = self.dice.choice(seen)
            return None if any(True for _ in inside(value)) else value
        return None


@cache
def parameters(package: str, class_name: str) -> tuple[tuple[str, Any], ...]:
    """Options of a layer's constructor, with their defaults."""
    kind = getattr(import_module(package).layers, class_name, None)
    signature = inspect.signature(kind.__init__).parameters.values() if kind is not None else ()
    skipped = ("self", "name", "dtype", "trainable", "dynamic", "autocast", "kwargs", "args", "layer", "cell", "layers")
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return tuple((p.name, p.default) for p in signature if p.name not in skipped and p.kind in named)
