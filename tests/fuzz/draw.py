"""Draws random models from data: the cases that every layer file brings, and the signatures of Keras's own classes.

No layer is named here but what brings a tensor into the shape that a drawn layer wants (Flatten, Dense, Reshape). What
goes with what is not known either: Keras is asked, and what it refuses is drawn again.
"""

import inspect
import random
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from layers.cases import Layer
from layers.feeds import DTYPES, ROWS
from layers.signatures import In, with_others
from layers.signatures_operators import SUBJECTS

from .operators import calls
from .options import NAMES, Options, Pool, pool
from .recipe import Call, Given, Plan, Recipe, Ref, Source, Step, apply, flat, inside, is_truth, with_inputs

ELEMENTS = 400
"""Most values of a tensor; larger ones only cost time."""
TRIES = 8
ANY = ("floats", "gentle", "masked", "marked", "edges")
"""Feeds in whose place any tensor of the shape does."""
KEYED = 0.1
OPERATORS = [subject for section in SUBJECTS.values() for subject in section]
OTHERS = 0.4
"""How often an argument of an operator gets another value of its signature."""
POLICIES = ("mixed_float16", "mixed_bfloat16", "float64", "float16", "bfloat16")


class AllRefusedError(Exception):
    """Keras refused all that was drawn."""


def draw(seed: int, package: str, keras: Any) -> Plan:
    """A model, and how it is to be saved: the same for the same seed and the same layer files.

    Raises:
        AllRefusedError: Keras would have none of it.
    """
    dice = random.Random(seed)
    container = dice.choices(("keras", "h5", "json", "savedmodel"), (12, 12, 6, 1 if package == "tf_keras" else 0))[0]
    policy = dice.choice(POLICIES) if dice.random() < 0.08 else "float32"
    form = "sequential" if dice.random() < 0.2 else "functional"
    stateful = dice.random() < 0.08
    recipe = _Drawing(dice, pool(package), keras, stateful).model(form, dice.choice((1, 2, 3, 4, 5, 6, 8)))
    return Plan(seed, package, container, policy, recipe)


class _Drawing(Options):
    """One model while it is drawn: its tensors are live Keras tensors, whose shapes decide what can follow."""

    def __init__(self, dice: random.Random, pool: Pool, keras: Any, stateful: bool, depth: int = 0) -> None:
        super().__init__(dice, pool, stateful)
        self.keras = keras
        self.depth = depth
        self.sources: list[Source] = []
        self.steps: list[Step] = []
        self.tensors: dict[Ref, Any] = {}
        self.objects: dict[str, Any] = {}
        self.tokens: set[Ref] = set()
        self.used: set[Ref] = set()

    # The model as a whole

    def model(self, form: str, count: int, shapes: Sequence[tuple[int | None, ...]] = ()) -> Recipe:
        """``count`` steps; inputs of these shapes, or those that the steps want."""
        for shape in shapes:
            self.source(shape, "gentle")
        for _ in range(count):
            for _ in range(TRIES):
                if self.one_more(form):
                    break
        if not self.steps:
            raise AllRefusedError
        if form == "sequential":
            outputs: list[Ref] = [(self.steps[-1].id, 0)]
        else:
            outputs = self.outputs()
        top = self.depth == 0 and form == "functional"
        keys = (top and self.chance(KEYED), top and self.chance(KEYED))
        name = self.dice.choice(NAMES[:4]) if self.chance(0.05) else None
        return Recipe(tuple(self.sources), tuple(self.steps), tuple(outputs), form, keys, name).pruned()

    def outputs(self) -> list[Ref]:
        """Unused tensors; now and then also an inner tensor, one tensor twice, or an input."""
        results = [ref for ref in self.tensors if ref[0].startswith("s")]
        ends = [ref for ref in results if ref not in self.used]
        if self.depth:
            return [ends[-1] if ends else results[-1]] if self.chance(0.8) else (ends or results)[-3:]
        ends_drawn = ends[-3:]
        if self.chance(0.2):
            ends_drawn.append(self.dice.choice(results))
        if self.chance(0.04):
            ends_drawn.append(self.dice.choice(ends_drawn))
        if self.chance(0.04) and not self.tokens:
            ends_drawn.append((self.sources[0].id, 0))
        self.dice.shuffle(ends_drawn)
        return ends_drawn

    # Steps

    def one_more(self, form: str) -> bool:
        """Try one step; whether Keras took it."""
        before = len(self.sources), len(self.steps), dict(self.tensors), set(self.used), set(self.tokens)
        with suppress(Exception):  # Keras's refusals have many types; what is drawn instead is what matters
            self.step(form)
            new = self.steps[before[1] :]
            row = [step for step in new if len(step.inputs) != 1 or step.initial or step.shared or step.mask]
            single = all((step.id, 1) not in self.tensors for step in new)
            if form != "sequential" or (not row and single and len(self.sources) == 1 and self.in_a_row()):
                return True
        self.undo(*before)
        return False

    def in_a_row(self) -> bool:
        at = (self.sources[0].id, 0)
        for step in self.steps:
            if step.inputs != (at,):
                return False
            at = (step.id, 0)
        return True

    def undo(self, sources: int, steps: int, tensors: dict[Ref, Any], used: set[Ref], tokens: set[Ref]) -> None:
        del self.sources[sources:], self.steps[steps:]
        self.tensors, self.used, self.tokens = tensors, used, tokens

    def step(self, form: str) -> None:
        kind = self.dice.random()
        if form == "functional" and kind < 0.1 and self.steps:
            return self.again()
        if form == "functional" and kind < 0.2 and self.depth < 2 and self.tensors:
            return self.nested()
        if kind < 0.23 and self.depth < 2 and self.tensors:
            return self.nested_row()
        if form == "functional" and kind < 0.42 and self.tensors:
            return self.operator()
        return self.fresh()

    def again(self) -> None:
        """A layer that is there, once more: on other tensors of the same shapes if there are any."""
        old = self.dice.choice([step for step in self.steps if not step.shared and not isinstance(step.layer, Call)])
        refs = []
        for ref in (*old.inputs, *old.initial):
            alike = [
                r
                for r in self.tensors
                if self.shape(r) == self.shape(ref) and (r in self.tokens) == (ref in self.tokens)
            ]
            if not alike or self.chance(0.3):
                refs.append(self.source(self.shape(ref), "tokens" if ref in self.tokens else "gentle"))
            else:
                refs.append(self.dice.choice(alike))
        count = len(old.inputs)
        self.add(Step(self.fresh_id(), None, tuple(refs[:count]), tuple(refs[count:]), shared=old.id))

    def nested(self) -> None:
        refs = [self.recent() for _ in range(self.dice.choice((1, 1, 2)))]
        refs = [ref for ref in dict.fromkeys(refs) if ref not in self.tokens]
        inner = self.inner("functional", [self.shape(ref) for ref in refs])
        ids = [int(source.id[1:]) for source in inner.sources]
        self.add(Step(self.fresh_id(), inner, tuple(refs[i] for i in ids if i < len(refs))))

    def nested_row(self) -> None:
        ref = self.recent()
        if ref not in self.tokens:
            self.add(Step(self.fresh_id(), self.inner("sequential", [self.shape(ref)]), (ref,)))

    def inner(self, form: str, shapes: Sequence[tuple[int | None, ...]]) -> Recipe:
        if not shapes:
            raise AllRefusedError
        drawing = _Drawing(self.dice, self.pool, self.keras, self.stateful, self.depth + 1)
        recipe = drawing.model(form, self.dice.choice((1, 2, 3)), shapes)
        if len(recipe.sources) > len(shapes) or recipe.stateful:
            raise AllRefusedError
        return recipe

    def operator(self) -> None:
        """A call of an operator with arguments of its signature, some of them changed, on tensors of its shapes."""
        subject = self.dice.choice(OPERATORS)
        arguments = dict(subject.base)
        for argument, values in subject.values.items():
            if self.chance(OTHERS):
                change = with_others(self.dice.choice(values))
                arguments |= {**change.others, argument: change.value}
        refs: list[Ref] = []

        def given(kind: In) -> Given:
            refs.append(self.of_kind(kind))
            return Given(len(refs) - 1)

        arguments = {key: with_inputs(value, given) for key, value in arguments.items()}
        call = self.dice.choice([*calls(self.pool.package, subject.name, arguments)])
        self.add(Step(self.fresh_id(), call, tuple(refs)))

    def of_kind(self, kind: In) -> Ref:
        """A tensor of an operator's: one of its shape and type, or another brought into the shape, or an input."""
        type_of = DTYPES.get(kind.feed, "float")
        alike = [r for r, x in self.tensors.items() if self.shape(r) == kind.shape and type_of in str(x.dtype)]
        if alike and kind.feed in ("float32", "truth", "int32") and self.chance(0.8):
            return self.dice.choice(alike)
        return self.shaped(kind.shape, "gentle" if kind.feed == "float32" else kind.feed)

    def fresh(self) -> None:
        """A new layer of any class, as in one of its cases or changed, on tensors that fit."""
        name = self.dice.choices(self.pool.classes, self.pool.weights)[0]
        cases = self.pool.cases[name]
        if self.chance(0.02) and name in self.pool.refused:
            cases = self.pool.refused[name]
        case = self.dice.choice(cases)
        layer = self.changed(case.layer)
        if not self.stateful and any(each.config.get("stateful") for each in inside(layer)):
            raise AllRefusedError
        refs = [self.fitting(shape, case.feed) for shape in case.shapes]
        try:
            mask = self.mask(layer, refs)
            self.add(Step(self.fresh_id(), layer, tuple(refs), self.states(layer, refs), mask=mask))
        except Exception:
            # As the case has it, then: the layer on inputs of exactly its shapes.
            refs = [self.shaped(shape, case.feed) for shape in case.shapes]
            self.add(Step(self.fresh_id(), layer if self.chance(0.7) else case.layer, tuple(refs)))

    def states(self, layer: Layer, refs: Sequence[Ref]) -> tuple[Ref, ...]:
        """Initial states for a layer that takes them: of the sizes that it says it has."""
        if not self.chance(0.15):
            return ()
        kind = getattr(self.keras.layers, layer.class_name)
        if "initial_state" not in inspect.signature(kind.call).parameters or len(refs) != 1:
            return ()
        probe: dict[str, Any] = {}
        apply(Step("p", layer, tuple(refs)), self.keras, self.tensors, probe, self.stateful)
        live = probe["p"]
        halves = [live] if hasattr(live, "state_size") else [live.forward_layer, live.backward_layer]
        sizes = [size for half in halves for size in flat(half.state_size)]
        return tuple(self.vector(int(size)) for size in sizes)

    def mask(self, layer: Layer, refs: Sequence[Ref]) -> Ref | None:
        """A mask by hand, for a layer that takes one: of the sequence itself, or of another as long."""
        kind = getattr(self.keras.layers, layer.class_name)
        if not self.chance(0.04) or "mask" not in inspect.signature(kind.call).parameters:
            return None
        lengths = [self.shape(ref)[:1] for ref in refs]
        ranks = {True: 1, False: 2}
        alike = [
            r
            for r, tensor in self.tensors.items()
            if len(self.shape(r)) == ranks[is_truth(tensor)] and [self.shape(r)[:1]] == lengths
        ]
        return self.dice.choice(alike) if alike else None

    def vector(self, size: int) -> Ref:
        """A vector: a final state that there is, or an input."""
        alike = [ref for ref in self.tensors if self.shape(ref) == (size,) and ref not in self.tokens]
        return self.dice.choice(alike) if alike and self.chance(0.7) else self.source((size,), "gentle")

    def add(self, step: Step) -> None:
        """Add the step to the Keras model.

        Raises:
            Exception: it does not.
        """
        for index, tensor in enumerate(apply(step, self.keras, self.tensors, self.objects, self.stateful)):
            shape = tuple(tensor.shape)[1:]
            if len(shape) > 5 or size(shape) > ELEMENTS:
                raise AllRefusedError
            self.tensors[step.id, index] = tensor
        self.used |= {*step.inputs, *step.initial, *((step.mask,) if step.mask else ())}
        self.steps.append(step)

    # Tensors

    def shape(self, ref: Ref) -> tuple[int | None, ...]:
        return tuple(self.tensors[ref].shape)[1:]

    def fresh_id(self) -> str:
        return f"s{len(self.steps)}"

    def source(self, shape: tuple[int | None, ...], feed: str, marker: float = 0.0) -> Ref:
        name = self.dice.choice(NAMES[:4]) + str(len(self.sources)) if self.chance(0.05) else None
        new = Source(f"i{len(self.sources)}", tuple(shape), feed, marker, name)
        if self.depth and len(self.sources) > 3:
            raise AllRefusedError
        options: dict[str, Any] = {"dtype": DTYPES[feed]} if feed in DTYPES else {}
        if self.stateful:
            options["batch_size"] = ROWS
        self.sources.append(new)
        self.tensors[new.id, 0] = self.keras.Input(shape=shape, **options)
        if feed in DTYPES:
            self.tokens.add((new.id, 0))
        return new.id, 0

    def recent(self) -> Ref:
        """A tensor, most often one of the last."""
        refs = list(self.tensors)
        return refs[-1 - min(int(self.dice.expovariate(1.0)), len(refs) - 1)]

    def fitting(self, shape: tuple[int | None, ...], feed: str) -> Ref:
        """A tensor of the same rank, or a new input."""
        tokens = feed == "tokens"
        alike = [r for r in self.tensors if len(self.shape(r)) == len(shape) and (r in self.tokens) == tokens]
        if not alike or (self.chance(0.1) and not self.depth):
            return self.shaped(shape, feed)
        same = [r for r in alike if self.shape(r) == shape]
        if same and self.chance(0.3):
            return same[-1]
        return alike[-1 - min(int(self.dice.expovariate(1.0)), len(alike) - 1)]

    def shaped(self, shape: tuple[int | None, ...], feed: str) -> Ref:
        """A tensor of exactly this shape: one that is there brought into it, or a new input, perhaps masked."""
        plain = [ref for ref in self.tensors if ref not in self.tokens and None not in self.shape(ref)]
        if feed in ANY and None not in shape and shape and plain and (self.depth or self.chance(0.5)):
            return self.brought(plain[-1], shape)
        if self.depth:
            raise AllRefusedError
        if feed in ("floats", "gentle") and len(shape) > 1 and self.chance(0.35):
            feed = "masked"
        maskers = [case for case in self.pool.maskers if len(case.shapes[0]) == len(shape)]
        if feed != "masked" or not maskers:
            return self.source(shape, "gentle" if feed == "masked" else feed)
        masker = self.dice.choice(maskers)
        marker = float(masker.layer.config.get("mask_value", 0.0))
        ref = self.source(shape, "masked", marker)
        self.add(Step(self.fresh_id(), masker.layer, (ref,)))
        return self.steps[-1].id, 0

    def brought(self, ref: Ref, shape: tuple[int | None, ...]) -> Ref:
        if self.shape(ref) == shape:
            return ref
        row = [
            *([] if len(self.shape(ref)) == 1 else [Layer("Flatten", {})]),
            Layer("Dense", {"units": size(shape), "activation": "tanh"}),
            *([] if len(shape) == 1 else [Layer("Reshape", {"target_shape": shape})]),
        ]
        for layer in row:
            self.add(Step(self.fresh_id(), layer, (ref,)))
            ref = self.steps[-1].id, 0
        return ref


def size(shape: Sequence[int | None]) -> int:
    total = 1
    for axis in shape:
        total *= axis or 6
    return total
