"""Layers of Keras 1 that no other Keras has, beside their definitions in NumPy (Keras 1.2.2
``keras/layers/advanced_activations.py`` and ``keras/engine/topology.py``)."""

from typing import Any

import numpy as np
import pytest
from dialect_files import archive, functional, layer, normal, source

from gatesmith.importers.keras.dialect.interpret import interpret
from gatesmith.importers.keras.importer import build
from gatesmith.oracle.reference import Reference


def answers(config: Any, arrays: Any, *inputs: Any) -> Any:
    (answer,) = Reference(build(interpret(archive(config, arrays, "1.2.2")))).run(list(inputs))
    return answer


def merged(**options: Any) -> Any:
    shape = options.pop("shape", (5,))
    ends = [[name, 0, 0] for name in ("a", "b")]
    one = layer("Merge", name="m", **options)
    return functional([(source("a", *shape), []), (source("b", *shape), []), (one, [ends])], [["m", 0, 0]])


@pytest.mark.parametrize(("shape", "axes"), [((6, 3), ()), ((6, 3), (1,)), ((4,), ())])
def test_a_softplus_with_learned_slopes(shape: tuple[int, ...], axes: tuple[int, ...]) -> None:
    learned = tuple(1 if axis + 1 in axes else n for axis, n in enumerate(shape))
    alphas, betas = normal(*learned), normal(*learned)
    one = layer("ParametricSoftplus", name="p", alpha_init=0.2, beta_init=5.0)
    config = functional([(source("x", *shape), []), (one, [[["x", 0, 0]]])], [["p", 0, 0]])
    x = normal(7, *shape)
    answer = answers(config, {"p": [("p_alphas", alphas), ("p_betas", betas)]}, x)
    np.testing.assert_allclose(answer, alphas * np.log1p(np.exp(betas * x.astype(np.float64))), rtol=1e-5)


@pytest.mark.parametrize("axes", [1, -1, [1, 1], [[1], [1]]])
def test_a_cosine_and_a_product_of_vectors(axes: Any) -> None:
    a, b = normal(7, 5), normal(7, 5)
    product = (a * b).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(answers(merged(mode="dot", dot_axes=axes), {}, a, b), product, rtol=1e-5, atol=1e-6)
    length = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))[:, None]
    answer = answers(merged(mode="cos", dot_axes=axes), {}, a, b)
    np.testing.assert_allclose(answer, (product / length)[:, None], rtol=1e-5, atol=1e-6)


def test_products_of_sequences() -> None:
    a, b = normal(7, 5, 3), normal(7, 5, 3)
    answer = answers(merged(mode="dot", dot_axes=[2, 2], shape=(5, 3)), {}, a, b)
    np.testing.assert_allclose(answer, np.einsum("nac,nbc->nab", a, b), rtol=1e-5, atol=1e-6)
