"""minGRU in integers too: z in 15 bits behind the point; h in 16 bits, on a scale that holds what z mixes into it."""

from min_gru import MinGRU, custom_objects

from gatesmith.api import custom

__all__ = ["custom_objects"]


def mixed(shift, h, z, new):
    return shift((32768 - z) * h, 15) + shift(z * new, 15)


custom.mix(MinGRU, mixed, {"z": "sigmoid", "h": "linear"})
