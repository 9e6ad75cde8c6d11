"""What becomes of a drawn model: built, saved and computed by its Keras, read and computed by Gatesmith, compared."""

import traceback
import warnings
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from layers.building import eagerly, quickly
from layers.compiled import compile_all
from layers.feeds import feed
from layers.lab import Calls, Result, lively

from gatesmith.core.errors import GatesmithError
from gatesmith.core.graph import Graph, Node
from gatesmith.core.settings import Settings
from gatesmith.flow.plan import plan as planned
from gatesmith.flow.program import program
from gatesmith.importers.reading import load
from gatesmith.oracle.reference import Reference

from .here import parsed_here
from .kerases import fresh_names, policy_of
from .recipe import Plan, build, flat, rounded

Array = npt.NDArray[Any]

RIGHT, REFUSED, WRONG, TRACEBACK, KERAS, UNSTABLE = "right", "refused", "wrong", "traceback", "keras", "unstable"
"""Outcomes. ``keras``: Keras itself could not build, run or save it; ``unstable``: something is not finite, or the last
bit of a value decides."""
NEAR = 3e-6
"""Relative to a row's largest value, or 1: closer than this to Keras's float32 needs no second look."""
CLOSE = 2e-6
"""Of the reference in float64 to Keras in float64, where a second look is taken."""
SINGLE, DOUBLE = 2.0**-23, 2.0**-50
"""Relative errors of values, of the generated code and of what computes in float64."""
BANDS = 2.0**-18
"""The same of a MelSpectrogram's weights. Keras computes them in float32, differences of logarithms among them, when it
runs a model: they follow its library's last bits, by up to 2.4e-5 on TensorFlow."""
ROUNDING = 50.0
"""How many times Keras's own rounding errors the C's may be."""


@dataclass
class Verdict:
    """The outcome for one model."""

    plan: Plan
    outcome: str
    message: str = ""
    """The refusal, the traceback, or what differs."""
    apart: float = 0.0
    result: Result = field(default_factory=Result)
    path: Path | None = None
    weights: Path | None = None
    live: Any = None


def by_keras(plan: Plan, folder: Path) -> Verdict:
    """The model's verdict after its own Keras has built, fed and saved it."""
    keras = import_module(plan.package)
    rng = np.random.default_rng(plan.seed)
    recipe = plan.recipe
    verdict = Verdict(plan, KERAS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fresh_names(keras)
            with policy_of(keras, plan.policy), quickly() if plan.seed % 8 else nullcontext():
                verdict.live = model = build(recipe, keras)
            lively(model, rng)
            fed = recipe.sources
            inputs = [
                [feed(source.feed, source.shape, rng, source.marker) for source in fed]
                for _ in range(2 if recipe.stateful else 1)
            ]
            # In the order that Keras itself gives a model's inputs.
            order = sorted(range(len(fed)), key=lambda i: "zyxwvut"[i]) if recipe.keys[0] else range(len(fed))
            verdict.result.inputs = [[call[i] for i in order] for call in inputs]
            with eagerly():
                verdict.result.wanted = called(model, recipe.keys[0], verdict.result.inputs)
            verdict.path, verdict.weights = saved(model, plan, folder)
    except Exception as error:
        verdict.message = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
        return verdict
    verdict.outcome = ""
    return verdict


def called(model: Any, keyed: bool, calls: Calls) -> Calls:
    """A model's answers as float64; ``calls`` are in Keras's order."""
    answers = []
    for inputs in calls:
        fed: Any = inputs if len(inputs) > 1 else inputs[0]
        if keyed:
            keys = [f"{letter}_in" for letter in sorted("zyxwvut"[: len(inputs)])]
            fed = dict(zip(keys, inputs, strict=True))
        answer = flat(model(fed, training=False))
        answers.append([np.asarray(y, np.float64) if hasattr(y, "dtype") else np.asarray(y) for y in answer])
    return answers


def saved(model: Any, plan: Plan, folder: Path) -> tuple[Path, Path | None]:
    stem = f"m{plan.seed}"
    if plan.container == "json":
        path = folder / f"{stem}.json"
        weights = folder / (f"{stem}.weights.h5" if plan.package == "keras" else f"{stem}_weights.h5")
        path.write_text(model.to_json(), "utf-8")
        model.save_weights(str(weights))
        return path, weights
    path = folder / (stem if plan.container == "savedmodel" else f"{stem}.{plan.container}")
    options = {"save_format": "tf"} if plan.container == "savedmodel" else {}
    model.save(str(path), **options)
    return path, None


def read(verdict: Verdict) -> None:
    """Read the file, generate the C, and run the reference."""
    if verdict.outcome:
        return
    seed = verdict.plan.seed
    settings = Settings(name=f"m{seed}")
    if verdict.weights is not None:
        settings = Settings(name=f"m{seed}", weights=verdict.weights)
    result = verdict.result
    try:
        with parsed_here(seed % 16 != 0):
            model = load(verdict.path, settings)
        result.graph = model.graph
        result.code = program(model, planned(settings))
    except GatesmithError as error:
        verdict.outcome, verdict.message = REFUSED, f"{error.what} | {error.why}"
    except Exception:
        verdict.outcome, verdict.message = TRACEBACK, traceback.format_exc(limit=-6)


def compiled(verdicts: list[Verdict], folder: Path) -> None:
    """The C of many models, in one call of the compiler."""
    todo = [v for v in verdicts if not v.outcome and v.result.code is not None]
    if not todo:
        return
    libraries = compile_all([v.result.code for v in todo if v.result.code is not None], folder)
    for verdict in todo:
        assert verdict.result.code is not None
        library = libraries[verdict.result.code.name]
        verdict.result.library = lambda library=library: library
        decide(verdict)


def decide(verdict: Verdict) -> None:
    """Decide right or wrong; in float64 if float32 does not decide."""
    result = verdict.result
    wanted = result.wanted
    if not any(np.isfinite(y).all(axis=tuple(range(1, y.ndim))).any() for call in wanted for y in call):
        verdict.outcome = UNSTABLE
        return
    if other := misfit(result):
        verdict.outcome, verdict.message = WRONG, other
        return
    try:
        by_reference, by_c = result.reference(), result.compiled
    except Exception:
        verdict.outcome, verdict.message = TRACEBACK, traceback.format_exc(limit=-6)
        return
    verdict.apart = distance(by_reference, wanted)
    if verdict.plan.policy == "float32" and verdict.apart < NEAR and distance(by_c, wanted) < NEAR:
        verdict.outcome = RIGHT
        return
    try:
        exact = by_keras_in(verdict, "float64")
    except Exception as error:
        verdict.outcome, verdict.message = KERAS, f"in float64: {type(error).__name__}: {str(error)[:200]}"
        return
    off = distance(by_reference, exact)
    noise = distance(wanted, exact) if verdict.plan.policy == "float32" else 1e-6
    off_c = distance(by_c, by_reference)
    verdict.outcome = RIGHT
    if off > CLOSE and max(distance(in_float32(result), wanted), distance(by_c, wanted)) > NEAR + ROUNDING * noise:
        # But for values that only float64 tells apart: a tanh that is -1 in one and masked, not quite in the other.
        ours, c, theirs = within_range(result, by_reference, by_c, exact)
        finite = distance(ours, theirs) <= CLOSE and distance(c, theirs) <= NEAR + ROUNDING * noise
        bands = "MelSpectrogram" in repr(verdict.plan.recipe)
        if finite or off <= shaken(result, BANDS if bands else DOUBLE):
            verdict.outcome = UNSTABLE
            return
        verdict.outcome, verdict.message = (
            WRONG,
            f"reference {off:.3g} from Keras in float64 (Keras's float32: {noise:.3g})",
        )
    elif off <= CLOSE and off_c > NEAR + ROUNDING * noise and distance(by_c, in_float32(result)) > NEAR:
        if distance(*within_range(result, by_c, by_reference)) <= NEAR + ROUNDING * noise or off_c <= shaken(
            result, SINGLE
        ):
            verdict.outcome = UNSTABLE
            return
        verdict.outcome, verdict.message = WRONG, f"C {off_c:.3g} from the reference (Keras's float32: {noise:.3g})"
    if verdict.outcome == WRONG and off > CLOSE and as_in_float32(verdict, by_c):
        verdict.outcome, verdict.message = RIGHT, ""
    if verdict.outcome == WRONG and one_by_one(verdict, by_c):
        verdict.outcome, verdict.message = KERAS, "answers samples of a batch otherwise than each by itself"


def misfit(result: Result) -> str:
    """How the inputs of the C differ from Keras's; empty if they do not. Then it must not be run."""
    assert result.code is not None
    by_shape = [x.shape[1:] for x in result.inputs[0]]
    ports = [port.shape for port in result.code.inputs]
    same = len(by_shape) == len(ports) and all(
        len(one) == len(two) and all(n in (None, m) for n, m in zip(two, one, strict=True))
        for one, two in zip(by_shape, ports, strict=True)
    )
    return "" if same else f"inputs {ports} where Keras takes {by_shape}"


class Finite(Reference):
    """The reference in float32, which stops where a value inside the model is no number."""

    def _observe(self, ident: int, value: Array) -> None:
        if not np.isfinite(value).all():
            raise FloatingPointError(f"tensor {ident}")


def within_range(result: Result, *answers: Calls) -> list[Calls]:
    """Each of the answers without the samples that leave float32's range inside the model: what is no number there may
    come out as one, where a function drops it, and need not be the same one everywhere."""
    assert result.graph is not None
    reference = Finite(result.graph, np.float32)
    within: list[Calls] = [[] for _ in answers]
    for inputs, *outputs in zip(result.inputs, *answers, strict=True):
        left = []
        for sample in range(len(inputs[0])):
            try:
                with np.errstate(over="raise", invalid="raise", divide="raise"):
                    reference.run([x[sample : sample + 1] for x in inputs])
            except FloatingPointError:
                continue
            left.append(sample)
        for calls, ys in zip(within, outputs, strict=True):
            calls.append([y[left] for y in ys])
    return within


class Shaken(Reference):
    """The reference with an error in every value that is not whole, relative to the sample's largest or 1.

    Args:
        error: its size.
        sign: 1 or -1; 0 makes 0 of what is smaller than the error.
    """

    def __init__(self, graph: Graph, error: float, sign: int) -> None:
        super().__init__(graph)
        self.error = error
        self.sign = sign

    def _apply(self, node: Node, cores: Sequence[Array]) -> Sequence[Array]:
        return [self.moved(y) for y in super()._apply(node, cores)]

    def moved(self, y: Array) -> Array:
        size = np.abs(y).max(axis=tuple(range(1, y.ndim)), keepdims=True, initial=1.0)
        if not self.sign:
            return np.where(np.abs(y) < self.error * size, 0.0, y)
        # A pattern that is the same every time and does not cancel in a sum or a difference.
        pattern = self.sign * np.cos(np.arange(y.size, dtype=np.float64)).reshape(y.shape)
        return np.where(y == np.round(y), y, y + self.error * size * pattern)


class BelowZero(Reference):
    """The reference with -0 a little below 0, as Keras 3's argmax, argmin and signbit have it; ours take it for 0."""

    def run(self, inputs: Sequence[Array]) -> list[Array]:
        return super().run([self.lowered(np.asarray(x, np.float64)) for x in inputs])

    def _apply(self, node: Node, cores: Sequence[Array]) -> Sequence[Array]:
        return [self.lowered(y) for y in super()._apply(node, cores)]

    def lowered(self, y: Array) -> Array:
        return np.where((y == 0) & np.signbit(y), -np.finfo(np.float32).tiny, y)


def shaken(result: Result, error: float) -> float:
    """How far rounding may carry the answers: errors at a step of a floor or a comparison, or divided by as little."""
    assert result.graph is not None
    exact, worst = result.reference(), 0.0
    for other in (*(Shaken(result.graph, error, sign) for sign in (1, -1, 0)), BelowZero(result.graph)):
        with np.errstate(all="ignore"):
            worst = max(worst, distance([other.run(inputs) for inputs in result.inputs], exact))
    return 10 * worst


def in_float32(result: Result) -> Calls:
    assert result.graph is not None
    reference = Reference(result.graph, np.float32)
    return [reference.run(inputs) for inputs in result.inputs]


def by_keras_in(verdict: Verdict, policy: str) -> Calls:
    """The same model with the same weights, computed by Keras under another policy."""
    plan = verdict.plan
    keras = import_module(plan.package)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with policy_of(keras, policy), quickly():
            twin = build(rounded(plan.recipe), keras)
        for mine, theirs in zip(twin.weights, verdict.live.weights, strict=True):
            mine.assign(np.asarray(theirs).astype(policy))
        with eagerly():
            return called(twin, plan.recipe.keys[0], verdict.result.inputs)


def as_in_float32(verdict: Verdict, by_c: Calls) -> bool:
    """Whether a model of another precision is what Keras makes of it in float32, which is what the generated code
    promises. In float64 a mask's large negative number leaves room for the scores beside it: where all steps are
    masked, attention is even in half precision and in float32, and is not in float64."""
    if verdict.plan.policy == "float32":
        return False
    single = by_keras_in(verdict, "float32")
    return max(distance(by_c, single), distance(in_float32(verdict.result), single)) < NEAR


def one_by_one(verdict: Verdict, by_c: Calls) -> bool:
    """Whether Keras gives what the C gives when it is asked for one sample at a time, which is what a board is asked.
    On TensorFlow Keras adds (n, t, f) and (n, 1, 1) by ``bias_add`` along the steps where n is t."""
    if verdict.plan.recipe.stateful:
        return False
    keyed, (inputs,) = verdict.plan.recipe.keys[0], verdict.result.inputs
    with eagerly():
        alone = [called(verdict.live, keyed, [[x[i : i + 1] for x in inputs]])[0] for i in range(len(inputs[0]))]
    joined = [np.concatenate(parts) for parts in zip(*alone, strict=True)]
    return distance(by_c, [joined]) < NEAR


def distance(ours: Calls, theirs: Calls) -> float:
    """The largest difference, relative to the row's largest value or 1; rows that are not finite in ``theirs`` do not
    count. Infinite where numbers or shapes of outputs differ."""
    worst = 0.0
    for mine, other in zip(ours, theirs, strict=True):
        if [y.shape for y in mine] != [y.shape for y in other]:
            return float("inf")
        for one, two in zip(mine, other, strict=True):
            for row, want in zip(one.astype(np.float64), two.astype(np.float64), strict=True):
                if np.isfinite(want).all() and np.abs(want).max(initial=0.0) < 1e30:
                    apart = np.abs(row - want).max(initial=0.0) / max(1.0, np.abs(want).max(initial=0.0))
                    worst = max(worst, float("inf") if np.isnan(apart) else float(apart))
    return worst


def batch(plans: list[Plan], folder: Path) -> list[Verdict]:
    """Verdicts for some models."""
    verdicts = [by_keras(plan, folder) for plan in plans]
    for verdict in verdicts:
        read(verdict)
    compiled(verdicts, folder)
    return verdicts
