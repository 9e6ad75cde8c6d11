"""A random model's file with a class's name in the place of another: read or refused, and where Keras loads it too,
the same numbers."""

import json
import random
import shutil
import traceback
import warnings
from collections import Counter
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from archive_files import edited
from layers.building import eagerly

from gatesmith.core.errors import GatesmithError
from gatesmith.importers.keras.containers import archive
from gatesmith.importers.keras.dialect.interpret import interpret
from gatesmith.importers.keras.importer import build
from gatesmith.oracle.reference import Reference

from .files import other_class
from .here import parsed_here
from .judge import TRACEBACK, WRONG, Verdict, called, distance
from .recipe import Plan

COMPARED = 2
"""Of a model's swaps that are read so many are given to Keras."""
NEAR = 1e-3
"""Float32 rounds differently in the two; a class that is taken for another is further off."""
READ, REFUSED, SAME = "read", "refused", "same as Keras"
LOST = "saved by Keras as another model than it loads"
"""Of an .h5 file Keras 3 forgets an ``axis`` that is a list of several."""


@dataclass
class Swaps:
    """Outcomes of a model's class swaps: counts, and the first failure with its architecture."""

    counts: Counter[str] = field(default_factory=Counter)
    outcome: str = ""
    message: str = ""
    config: Any = None


def swapped(verdict: Verdict, folder: Path, count: int) -> Swaps:
    """Swap classes of a saved model ``count`` times."""
    swaps = Swaps()
    if verdict.path is None:
        return swaps
    try:
        with parsed_here():
            whole = archive.read(verdict.path, verdict.weights) if verdict.weights else archive.read(verdict.path)
    except GatesmithError:
        return swaps
    rng = random.Random(verdict.plan.seed)
    for number in range(count):
        config = json.loads(json.dumps(whole.config))
        other_class(config, rng)
        try:
            graph = build(interpret(replace(whole, config=config)))
            swaps.counts[READ] += 1
            if swaps.counts[READ] <= COMPARED and (apart := compared(verdict, graph, config, folder / f"swap{number}")):
                if apart != SAME and compared(verdict, build(interpret(whole)), whole.config, folder / "same") != SAME:
                    apart = LOST
                swaps.counts[apart] += 1
                if apart not in (SAME, LOST):
                    swaps.outcome, swaps.message, swaps.config = WRONG, f"with classes swapped: {apart}", config
        except GatesmithError:
            swaps.counts[REFUSED] += 1
        except Exception:
            swaps.outcome, swaps.message, swaps.config = TRACEBACK, traceback.format_exc(limit=-6), config
    return swaps


def compared(verdict: Verdict, graph: Any, config: Any, stem: Path) -> str:
    """How far what is read is from what Keras makes of the same file; empty where Keras does not load it."""
    plan = verdict.plan
    if plan.recipe.stateful or plan.policy != "float32" or config == {}:
        return ""
    inputs = verdict.result.inputs[:1]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = loaded(verdict, config, stem)
            with eagerly():
                theirs = called(model, plan.recipe.keys[0], inputs)
    except Exception:
        return ""
    if not all(np.isfinite(y).all() for y in theirs[0]):
        return ""
    with np.errstate(all="ignore"):  # in float32 too: a tanh that is -1 there may mask a step
        apart = min(distance([Reference(graph, kind).run(inputs[0])], theirs) for kind in (np.float64, np.float32))
    return SAME if apart < NEAR else f"{apart:.3g} from Keras"


def loaded(verdict: Verdict, config: Any, stem: Path) -> Any:
    """The model that Keras makes of the file with another architecture."""
    plan: Plan = verdict.plan
    keras, text = import_module(plan.package), json.dumps(config)
    assert verdict.path is not None
    if plan.container == "json":
        model = keras.models.model_from_json(text)
        model.load_weights(str(verdict.weights))
        return model
    if plan.container == "savedmodel":
        raise ValueError("it has no architecture that Keras reads")
    path = stem.with_suffix(verdict.path.suffix)
    if verdict.path.suffix == ".keras":
        with edited(verdict.path, path) as parts:
            parts["config.json"] = config
    else:
        shutil.copy(verdict.path, path)
        with h5py.File(path, "r+") as file:
            file.attrs["model_config"] = text
    return keras.models.load_model(str(path), compile=False)
