"""The judge of the fuzzer: what it takes for right, wrong, and nobody's."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

pytest.importorskip("keras", reason="Keras 3 is not installed")
pytest.importorskip("tf_keras", reason="tf_keras is not installed")

from layers.cases import Layer

from . import judge
from .judge import KERAS, RIGHT, UNSTABLE, WRONG, Verdict
from .recipe import Call, Given, Plan, Recipe, Source, Step

pytestmark = pytest.mark.filterwarnings("ignore")
Alter = Callable[[Any], Any]


def judged(plan: Plan, folder: Path, alter: Alter = lambda y: y) -> Verdict:
    """A plan's verdict; ``alter`` changes the answers of the C first."""
    folder = Path(mkdtemp(dir=folder))  # a library that is loaded must not be written over
    verdict = judge.by_keras(plan, folder)
    judge.read(verdict)
    assert verdict.outcome == "", verdict.message
    assert verdict.result.code is not None
    libraries = judge.compile_all([verdict.result.code], folder)
    verdict.result.library = lambda: next(iter(libraries.values()))
    answers = [[alter(y) for y in call] for call in verdict.result.compiled]
    verdict.result.compiled = answers
    judge.decide(verdict)
    return verdict


def attention(policy: str) -> Plan:
    """Attention over sequences of which one is masked as a whole."""
    steps = (
        Step("s0", Layer("Masking", {"mask_value": 0.0}), (("i0", 0),)),
        Step("s1", Layer("MultiHeadAttention", {"num_heads": 2, "key_dim": 3}), (("s0", 0), ("s0", 0))),
    )
    recipe = Recipe((Source("i0", (6, 4), "masked"),), steps, (("s1", 0),))
    return Plan(7, "tf_keras", "h5", policy, recipe)


@pytest.mark.parametrize("policy", ["mixed_float16", "float64"])
def test_other_precisions_are_judged_by_float32(policy: str, tmp_path: Path) -> None:
    """In float64 attention to masked steps alone is not even, in half precision and in float32 it is."""
    plan = attention(policy)
    verdict = judged(plan, tmp_path)
    exact = judge.by_keras_in(verdict, "float64")
    assert judge.distance(verdict.result.reference(), exact) > 1000 * judge.NEAR, "the case shows nothing"
    if policy != "float64":
        assert judge.distance(verdict.result.wanted, exact) > 1000 * judge.NEAR, "the case shows nothing"
    assert verdict.outcome == RIGHT


def test_half_precision_is_no_excuse(tmp_path: Path) -> None:
    """What float16 could hardly tell is wrong all the same: by Keras in float32 it is."""
    assert judged(attention("mixed_float16"), tmp_path, lambda y: y + 1e-4).outcome == WRONG


def operators(*calls: str, feed: str = "gentle") -> Plan:
    """Functions one after the other."""
    refs = [("i0", 0), *((f"s{index}", 0) for index in range(len(calls)))]
    steps = tuple(Step(f"s{index}", Call(name, (Given(0),), {}), (refs[index],)) for index, name in enumerate(calls))
    recipe = Recipe((Source("i0", (6, 4), feed),), steps, (refs[-1],))
    return Plan(7, "keras", "keras", "float32", recipe)


def test_a_wrong_number_is_wrong(tmp_path: Path) -> None:
    plan = operators("ops.tanh", "ops.square")
    assert judged(plan, tmp_path).outcome == RIGHT
    assert judged(replace(plan, seed=8), tmp_path, lambda y: y + 1e-4).outcome == WRONG


def test_what_rounding_decides_is_nobodys(tmp_path: Path) -> None:
    """Signs of a sum that is 0 but for rounding; and no other wrong number."""
    spread = Step("s0", Call("ops.mean", (Given(0),), {"axis": -1, "keepdims": True}), (("i0", 0),))
    apart = Step("s1", Call("ops.subtract", (Given(0), Given(1)), {}), (("i0", 0), ("s0", 0)))
    total = Step("s2", Call("ops.sum", (Given(0),), {"axis": -1}), (("s1", 0),))
    sign = Step("s3", Call("ops.sign", (Given(0),), {}), (("s2", 0),))
    recipe = Recipe((Source("i0", (6, 4), "gentle"),), (spread, apart, total, sign), (("s3", 0), ("s0", 0)))
    plan = Plan(7, "keras", "keras", "float32", recipe)
    # Keras in float32 is as far from Keras in float64 as it is from ours.
    assert judged(plan, tmp_path, lambda y: -y if y.ndim == 2 else y).outcome in (RIGHT, UNSTABLE)
    moved = judged(replace(plan, recipe=replace(recipe, outputs=(("s0", 0),))), tmp_path, lambda y: y + 1e-3)
    assert moved.outcome == WRONG


def test_the_sign_of_zero_is_nobodys(tmp_path: Path) -> None:
    """Keras 3 takes -0 for less than 0."""
    sign = Step("s0", Call("ops.signbit", (Given(0),), {}), (("i0", 0),))
    plan = Plan(7, "keras", "keras", "float32", Recipe((Source("i0", (40,), "edges"),), (sign,), (("s0", 0),)))
    verdict = judged(plan, tmp_path)
    assert judge.distance(verdict.result.reference(), verdict.result.wanted) > 0, "the case shows nothing"
    assert verdict.outcome == UNSTABLE


def test_no_number_within_a_model_is_nobodys(tmp_path: Path) -> None:
    """C and Keras may turn a NaN into a number (``docs/limits.md``). The other samples still count."""
    mean = Step("s1", Layer("GlobalAveragePooling1D", {}), (("s0", 0),))
    bins = Step("s2", Layer("Discretization", {"bin_boundaries": [-1.0, 0.0, 0.5]}), (("s1", 0),))
    steps = (Step("s0", Layer("Masking", {"mask_value": 0.0}), (("i0", 0),)), mean, bins)
    plan = Plan(7, "keras", "keras", "float32", Recipe((Source("i0", (6, 4), "masked"),), steps, (("s2", 0),)))
    verdict = judged(plan, tmp_path)
    assert verdict.outcome == UNSTABLE
    [within] = judge.within_range(verdict.result, verdict.result.wanted)
    assert len(within[0][0]) == len(verdict.result.wanted[0][0]) - 1
    assert judged(plan, tmp_path, lambda y: y + 1).outcome == WRONG


def test_samples_of_a_batch_are_keras_own(tmp_path: Path) -> None:
    """Six samples added to six steps by ``bias_add``; the C is beside what Keras says of each sample alone."""
    sources = (Source("i0", (6, 3), "gentle"), Source("i1", (1,), "gentle"))
    total = Step("s0", Layer("Add", {}), (("i0", 0), ("i1", 0)))
    plan = Plan(7, "keras", "keras", "float32", Recipe(sources, (total,), (("s0", 0),)))
    verdict = judged(plan, tmp_path)
    assert len(verdict.result.inputs[0][0]) == 6, "the case shows nothing"
    assert verdict.outcome == KERAS and "each by itself" in verdict.message
    assert judged(plan, tmp_path, lambda y: y + 1e-4).outcome == WRONG
