"""A finding made small: outputs, steps and options are dropped as long as it stays the same finding."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from typing import Any

from layers.cases import Layer

from .recipe import Call, Plan, Recipe, Ref, Source, Step, apply, entry

Shapes = dict[Ref, tuple[int | None, ...]]


def shrunk(plan: Plan, same: Callable[[Plan], bool], seconds: float = 60.0) -> Plan:
    """The smallest plan that was found in this time, of which ``same`` holds."""
    end = time.monotonic() + seconds
    again = True
    while again:
        again = False
        for smaller in candidates(plan):
            if time.monotonic() > end:
                return plan
            if same(smaller):
                plan, again = smaller, True
                break
    return plan


def candidates(plan: Plan) -> Iterator[Plan]:
    """Plans that are smaller by one thing."""
    recipe = plan.recipe
    with suppress(Exception):
        for smaller in smaller_models(recipe, shapes_of(recipe, import_module(plan.package))):
            yield replace(plan, recipe=smaller)
    if plan.policy != "float32":
        yield replace(plan, policy="float32")
    if plan.container not in ("keras", "h5"):
        yield replace(plan, container="h5")


def shapes_of(recipe: Recipe, keras: Any) -> Shapes:
    """The shape of every tensor."""
    tensors: dict[Ref, Any] = {}
    objects: dict[str, Any] = {}
    for source in recipe.sources:
        tensors[source.id, 0] = entry(source, keras, recipe.stateful)
    for step in recipe.steps:
        for index, tensor in enumerate(apply(step, keras, tensors, objects, recipe.stateful)):
            tensors[step.id, index] = tensor
    return {ref: tuple(tensor.shape)[1:] for ref, tensor in tensors.items()}


def smaller_models(recipe: Recipe, shapes: Shapes) -> Iterator[Recipe]:
    if len(recipe.outputs) > 1:
        for output in recipe.outputs:
            yield replace(recipe, outputs=(output,)).pruned()
    if len(recipe.steps) == 1 and isinstance(recipe.steps[0].layer, Recipe):
        inner = recipe.steps[0].layer
        fed = [s for s in recipe.sources if (s.id, 0) in recipe.steps[0].inputs]
        if len(fed) == len(inner.sources):
            pairs = zip(inner.sources, fed, strict=True)
            yield replace(inner, sources=tuple(replace(own, feed=s.feed, marker=s.marker) for own, s in pairs))
    for step in reversed(recipe.steps):
        yield from without(recipe, step, shapes)
    for index, step in enumerate(recipe.steps):
        for other in smaller_steps(step):
            yield replace(recipe, steps=(*recipe.steps[:index], other, *recipe.steps[index + 1 :])).pruned()
    if any(recipe.keys) or recipe.name:
        yield replace(recipe, keys=(False, False), name=None)
    for index, source in enumerate(recipe.sources):
        if source.feed not in ("gentle", "tokens"):
            calm = replace(source, feed="gentle", marker=0.0)
            yield replace(recipe, sources=(*recipe.sources[:index], calm, *recipe.sources[index + 1 :]))


def without(recipe: Recipe, step: Step, shapes: Shapes) -> Iterator[Recipe]:
    """Less a step: what used it takes its own input, or an input of the model."""
    if any(other.shared == step.id for other in recipe.steps):
        return
    others = tuple(other for other in recipe.steps if other is not step)
    made = [ref for ref in shapes if ref[0] == step.id]
    if not others:
        return
    for ref in step.inputs:
        if len(made) == 1 and shapes[ref] == shapes[made[0]]:
            yield _renamed(replace(recipe, steps=others), {made[0]: ref}).pruned()
            break
    if recipe.form == "sequential":
        if step is recipe.steps[0]:
            fed = replace(recipe.sources[0], shape=shapes[made[0]], feed="gentle")
            yield _renamed(replace(recipe, sources=(fed,), steps=others), {made[0]: (fed.id, 0)})
        elif step is recipe.steps[-1]:
            yield replace(recipe, steps=others, outputs=((others[-1].id, 0),))
        return
    number = 1 + max(int(source.id[1:]) for source in recipe.sources)
    new = {ref: Source(f"i{number + n}", shapes[ref]) for n, ref in enumerate(made)}
    cut = replace(recipe, sources=(*recipe.sources, *new.values()), steps=others)
    cut = _renamed(cut, {ref: (source.id, 0) for ref, source in new.items()})
    outputs = tuple(ref for ref in cut.outputs if not ref[0].startswith("i"))
    if outputs:
        yield replace(cut, outputs=outputs).pruned()


def _renamed(recipe: Recipe, names: dict[Ref, Ref]) -> Recipe:
    def refs(given: tuple[Ref, ...]) -> tuple[Ref, ...]:
        return tuple(names.get(ref, ref) for ref in given)

    steps = tuple(replace(step, inputs=refs(step.inputs), initial=refs(step.initial)) for step in recipe.steps)
    return replace(recipe, steps=steps, outputs=refs(recipe.outputs))


def smaller_steps(step: Step) -> Iterator[Step]:
    if step.initial:
        yield replace(step, initial=())
    if step.mask is not None:
        yield replace(step, mask=None)
    if isinstance(step.layer, Recipe):
        for index, inner in enumerate(step.layer.steps):
            for other in smaller_steps(inner):
                steps = (*step.layer.steps[:index], other, *step.layer.steps[index + 1 :])
                yield replace(step, layer=replace(step.layer, steps=steps))
        shapes: Shapes = {}
        for inner in step.layer.steps:
            shapes |= dict.fromkeys(inner.inputs, ()) | {(inner.id, 0): ()}
        for inner in reversed(step.layer.steps):
            for smaller in without(step.layer, inner, shapes):
                if len(smaller.sources) == len(step.layer.sources):
                    yield replace(step, layer=smaller)
    elif step.layer is not None:
        smaller = smaller_calls(step.layer) if isinstance(step.layer, Call) else smaller_layers(step.layer)
        yield from (replace(step, layer=layer) for layer in smaller)


def smaller_calls(call: Call) -> Iterator[Call]:
    """Less an argument."""
    for key in call.named:
        yield replace(call, named={k: v for k, v in call.named.items() if k != key})


def smaller_layers(layer: Layer) -> Iterator[Layer]:
    """Less an option."""
    for key, value in layer.config.items():
        yield Layer(layer.class_name, {k: v for k, v in layer.config.items() if k != key})
        if isinstance(value, Layer):
            for inner in smaller_layers(value):
                yield Layer(layer.class_name, {**layer.config, key: inner})
