"""FastGRNN in integers too: gates have 15 bits behind the point, gains 14; each gate has rows of its own of W and U."""

from math import log2

from fast_grnn import FastGRNN, custom_objects

from gatesmith.api import custom

__all__ = ["custom_objects"]


def mixed(shift, h, z, new, zeta, nu, places):
    gain = shift((32768 - z) * zeta, 15) + nu
    return shift(z * h, 15) + shift(gain * new, places)


def constants(op, h):
    zeta, nu = (round(float(gain) * 2**14) for gain in op.sigmoid(op.gains))
    return {"zeta": zeta, "nu": nu, "places": 29 + round(log2(h.scale))}


ACTIVATIONS = {"z": "sigmoid", "h": "tanh"}
custom.mix(FastGRNN, mixed, ACTIVATIONS, bias=lambda op: op.biases.ravel(), constants=constants)
