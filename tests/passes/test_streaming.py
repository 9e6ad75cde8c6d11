"""Which graphs cannot be streams: ``tests/backends/c99/test_streams.py`` has the layers."""

import pytest
from graphs import Maker

from gatesmith.layers.convolution import Convolution
from gatesmith.layers.windows import Window
from gatesmith.passes.lower import lower
from gatesmith.passes.stream_facts import StreamError
from gatesmith.passes.streaming import streaming


@pytest.mark.parametrize("right", [0, 1])
def test_outputs_behind_the_last_step_need_no_input(right: int) -> None:
    """An input without steps is there at each step, and not when ``finish`` gives the outputs that remain."""
    m = Maker(lambda options: options[0], 1)
    x, once = m.input("x", 12, 4), m.input("once", 3)
    window = Window(3, left=2 - right, right=right)
    (y,) = m.add("conv", Convolution(m.weights(12, 4), None, (window,)), x)
    m.output("y", y)
    m.output("other", m.add("dense", m.dense(3, 2), once)[0])
    if not right:
        assert not streaming(lower(m.graph())).drains
        return
    with pytest.raises(StreamError, match="the input once has no steps"):
        streaming(lower(m.graph()))
