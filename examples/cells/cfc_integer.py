"""CfC in integers too: f, g, t and h have 15 bits behind the point."""

from cfc import CfC, custom_objects

from gatesmith.api import custom

__all__ = ["custom_objects"]


def mixed(shift, h, f, g, t):
    return shift(f * (32768 - t), 15) + shift(g * t, 15)


custom.mix(CfC, mixed, {"f": "tanh", "g": "tanh", "t": "sigmoid"}, places=15)
