"""Every layer case and wiring of Keras 3, prepared: the model answers as the compiled C of ``strip``, within one unit
of each output on ``COUNT`` random inputs, and what is learned gets a gradient.

A share of the cases by default, each in one of the types, others in the next; all in all types with
``GATESMITH_EVERYTHING=1``.
"""

import re
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from everything import EVERYTHING
from layers import integers
from layers.feeds import FEEDS, ROWS
from layers.lab import PACKAGES, Calls, Subject, chunks, distinct, named, share, written
from layers.test_integer_layers import no_integers
from layers.test_layers import TRANSLATED

from gatesmith.core.errors import GatesmithError
from gatesmith.core.settings import Settings
from gatesmith.importers.reading import load
from gatesmith.numerics import NUMERICS
from gatesmith.quantization.prepare import quantized
from gatesmith.train import prepare, strip

COUNT = 1000
TYPES = ("int8", "int8w4", "int8w2")
CHUNK = 24
OLD = "only tf_keras has it, and training needs Keras 3"
REFUSED = (
    ("_in_hdf5|augmentation_of_every_kind|operators: windows from average", "Keras cannot load this file"),
    ("a_dense_with_lora", "made of several weights"),
    ("whole_powers_of_negative_numbers", "too large beside each other"),  # some inputs are close to 0
)
"""Cases that cannot be prepared though they have integers, and what is said."""
FLAT = r"shrink|SimpleRNNCell\(units=2, activation=relu\)"
"""Activations that are 0 and flat where the values of these cases are: no gradient."""
CASES = [subject for subject in distinct(TRANSLATED) if subject.package == "keras"]
CHOSEN = CASES if EVERYTHING else share(CASES, 1)
CHUNKS = chunks(CHOSEN, CHUNK) if EVERYTHING else {"share": CHOSEN}


def random(subject: Subject, calls: Calls, count: int) -> list[list[Any]]:
    """Inputs of the kinds that a case is fed, as many as there are to be, in batches of its own size."""
    rng = np.random.default_rng(zlib.crc32(subject.id.encode()))
    kinds = subject.feeds * len(calls[0]) if len(subject.feeds) == 1 else subject.feeds
    return [
        [FEEDS[kind](x.shape[1:], rng, subject.marker).astype(x.dtype) for kind, x in zip(kinds, calls[0], strict=True)]
        for _ in range(-(-count // ROWS))
    ]


class Compared:
    """A prepared model and the C of its stripped twin."""

    def __init__(self, subject: Subject, numeric: str, folder: Path, name: str) -> None:
        self.subject, self.numeric = subject, numeric
        folder.mkdir(parents=True)
        path = folder / f"case{subject.suffix or PACKAGES[subject.package]}"
        subject_file = written(subject, path)
        if subject_file.error is not None:
            raise subject_file.error
        data = folder / "data.npz"
        calm = integers.calm(subject_file.inputs, " ".join(subject.feeds))
        np.savez(data, **{f"in_{index}": x for index, x in enumerate(calm[0])})
        self.prepared = prepare(path, numeric, data)
        self.batches = random(subject, subject_file.inputs, COUNT)
        settings = Settings(numeric=numeric, calibration=str(data))
        strip(self.prepared).save(folder / "stripped.keras")
        graph = quantized(load(folder / "stripped.keras", settings), settings, NUMERICS[numeric]).graph
        self.code = integers.Integers(graph, integers.generated(graph, NUMERICS[numeric], name))

    def learns(self) -> bool:
        """Whether gradients of a training step are numbers, and, with matrices and real outputs, one of them moves."""
        import keras
        import tensorflow as tf

        batch, learned = self.batches[0], self.prepared.learned
        with tf.GradientTape() as tape:
            answers = self.prepared(named(self.prepared.inner, batch), training=True)
            real = [y for y in keras.tree.flatten(answers) if y.dtype.is_floating]
            loss = tf.add_n([tf.reduce_sum(tf.cast(y, tf.float32) ** 2) for y in real]) if real else None
        slopes = tape.gradient(loss, [one.value for one in learned]) if learned and real else []
        self.prepared.reset_states()
        gradients = [np.asarray(slope) for slope in slopes if slope is not None]
        return all(np.isfinite(x).all() for x in gradients) and (not slopes or any(np.any(x) for x in gradients))

    def apart(self) -> int:
        """Units of an output by which the C differs at most."""
        import keras

        worst, outputs = 0, self.code.code.outputs
        instances = [self.code.instance() for _ in range(ROWS)]
        stateful = bool(self.prepared.stateful_layers)
        batches = self.batches if stateful else [[np.concatenate(x) for x in zip(*self.batches, strict=True)]]
        for batch in batches:
            answers = keras.tree.flatten(self.prepared(named(self.prepared.inner, batch), training=False))
            rows = self.code.code.take(batch)
            for row in range(len(batch[0])):
                one = instances[row % ROWS]
                if not stateful:
                    one.call("reset", [])
                for port, ours, wanted in zip(outputs, answers, one.run([x[row] for x in rows]), strict=True):
                    form = port.format
                    real = np.asarray(form.real(wanted[None]))[0]
                    unit = form.scale if not form.raw else 1.0
                    off = np.abs((np.asarray(ours)[row].reshape(real.shape) - real) / unit)
                    worst = max(worst, int(np.round(off.max(initial=0.0))))
        return worst


@pytest.mark.parametrize("chunk", CHUNKS.values(), ids=CHUNKS)
def test_every_case_answers_as_the_compiled_code(chunk: list[Subject], tmp_path: Path) -> None:
    compared, wrong = [], []
    for number, subject in enumerate(chunk):
        for place, numeric in enumerate(TYPES):
            if not EVERYTHING and (place + number) % len(TYPES):
                continue
            try:
                compared.append(Compared(subject, numeric, tmp_path / f"{number}_{numeric}", f"m{number}_{numeric}"))
            except GatesmithError as refusal:
                words = [words for pattern, words in REFUSED if re.search(pattern, subject.id)]
                words.append(no_integers(subject))
                if not any(one in refusal.what for one in words):
                    wrong.append(f"{subject.id} {numeric}: {refusal.what}")
            except Exception as error:
                wrong.append(f"{subject.id} {numeric}: {type(error).__name__} {str(error)[:600]}")
    libraries = integers.compile_all([one.code.code for one in compared], tmp_path, "-O0")
    for one in compared:
        one.code.library = libraries[one.code.code.name]
        try:
            if not one.learns() and not re.search(FLAT, one.subject.id):
                wrong.append(f"{one.subject.id} {one.numeric}: no gradient")
            if (units := one.apart()) > 1:
                wrong.append(f"{one.subject.id} {one.numeric}: {units} units apart")
        except Exception as error:
            wrong.append(f"{one.subject.id} {one.numeric}: {type(error).__name__} {str(error)[:600]}")
    assert not wrong, "\n".join(wrong)
