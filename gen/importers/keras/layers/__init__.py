"""One file a layer: how Keras's description of it becomes nodes. A new file is found by being here."""

from importlib import import_module
from pkgutil import iter_modules

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
