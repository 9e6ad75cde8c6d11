"""One file per layer, which turns Keras's description of it into nodes. Every file in this folder is imported."""

from importlib import import_module
from pkgutil import iter_modules

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
