"""A model that amplifies rounding is judged within what rounding does to it, and a wrong one still fails."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from gatesmith.core.settings import Settings
from gatesmith.flow import validate
from gatesmith.flow.plan import plan
from gatesmith.importers import reading
from gatesmith.oracle.compare import compare
from gatesmith.oracle.judge import sensitivity
from gatesmith.oracle.rounding import explained

layers = keras.layers


def amplifying(gain: float, sequences: bool, steps: int = 45) -> Any:
    """A recurrent model whose states differ the more, the later: each step multiplies a difference."""
    keras.utils.set_random_seed(0)
    recurrent = layers.SimpleRNN(24, return_sequences=sequences)
    model = keras.Sequential([keras.Input((steps, 3)), recurrent, layers.Dense(2)])
    kernel, inner, bias = recurrent.get_weights()
    recurrent.set_weights([kernel, inner * gain, bias])
    return model


def question_of(model: Any, folder: Path, **options: Any) -> tuple[validate.Question, Any]:
    model.save(folder / "model.keras")
    settings = Settings(cache=False, **options)
    x = np.random.default_rng(0).normal(size=(8, *model.input_shape[1:]))
    np.savez(folder / "x.npz", x=x)
    return validate.ask(folder / "model.keras", settings, folder / "x.npz"), plan(settings, runs=True)


def test_rounding_explains_the_error_of_a_model_that_amplifies_it(tmp_path: Path) -> None:
    question, chosen = question_of(amplifying(3.0, True), tmp_path)
    done = validate.answer(question, chosen, False)
    (row,) = done.outputs
    assert row.max_abs > 10 * (done.report.tolerance or 0) * row.scale, "the ordinary judgement would do"
    assert done.passed and row.explained
    (note,) = done.report.notes
    assert "one unit in the last place" in note and "not judged" in note


@pytest.mark.parametrize("gain", [3.0, 0.9])
def test_a_wrong_model_fails_however_it_amplifies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gain: float) -> None:
    """One weight is 1 % off, in the generated code only."""
    right = reading.fuse

    def wrong(graph: Any) -> Any:
        fused = right(graph)
        nodes = list(fused.nodes)
        at = next(k for k, node in enumerate(nodes) if node.op.kind == "simple_rnn")
        kernel = nodes[at].op.kernel.copy()
        kernel[0, 0] *= 1.01
        nodes[at] = replace(nodes[at], op=replace(nodes[at].op, kernel=kernel))
        return replace(fused, nodes=tuple(nodes))

    monkeypatch.setattr(reading, "fuse", wrong)
    question, chosen = question_of(amplifying(gain, True), tmp_path)
    done = validate.answer(question, chosen, False)
    assert not done.passed and not done.outputs[0].explained
    assert "rounding does not explain" in done.report.notes[0]


def test_where_rounding_decides_every_answer_nothing_is_judged(tmp_path: Path) -> None:
    question, chosen = question_of(amplifying(4.0, False, 60), tmp_path)
    done = validate.answer(question, chosen, False)
    assert not done.passed
    assert "nothing can be judged" in done.report.notes[0]


def test_indices_and_marks_of_steps_are_not_moved(tmp_path: Path) -> None:
    """An index that went down by its last bit would be another word; a mark that moved, a step that counts."""
    x = keras.Input((5,), dtype="int32")
    y = layers.GRU(4)(layers.Embedding(7, 3, mask_zero=True)(x))
    keras.Model(x, y).save(tmp_path / "words.keras")
    np.savez(tmp_path / "x.npz", x=[[1, 2, 0, 6, 3], [3, 0, 0, 5, 0]])
    question = validate.ask(tmp_path / "words.keras", Settings(cache=False), tmp_path / "x.npz")
    (moved,) = question.moved
    assert 0 < moved.max() < 1e-6
    alone = sensitivity(question.model.reading, question.model.graph, question.inputs, None)
    assert 0 < alone[0].max() < 1e-6


def test_a_number_that_is_none_is_not_explained() -> None:
    theirs = np.ones((4, 6, 2))
    ours, moved = theirs.copy(), np.zeros_like(theirs)
    moved[:, 3:] = 1.0
    ours[:, 3:] = 5.0
    assert explained(compare("y", ours, theirs), ours, theirs, moved, 1e-5)[0].explained
    ours[0, 5, 1] = np.nan
    assert not explained(compare("y", ours, theirs), ours, theirs, moved, 1e-5)[0].explained
