"""``--custom FILE.py``: the user's own module, whose ``custom_objects`` let Keras load a file.

The user names the module, so it is trusted. The model file is not: before Keras sees it, every class and function that
it names must be Keras's own or one of the module's, and it must hold no marshalled code. Keras runs in a separate
process, ``python -m gatesmith.importers.keras.live.custom``: it loads the model, and saves it again with custom layers
traced (``trace``). Cells that the module registers with templates stay; only then is it imported in this process too.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
import traceback
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import import_module, util
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from ....core.errors import GatesmithError, ModelError, UnsupportedError, UsageError
from ....files.single import meant_file
from ..containers import archive
from ..containers.stored import Archive
from ..dialect.allowed import OURS, foreign
from ..dialect.config import parts, shown, table, writer_of
from ..dialect.kinds import KINDS
from ..dialect.lambdas import FILE_CLASS
from ..dialect.spec import Loaded
from .process import loaded, run, words

SAVE = 'leave out --custom, or save the model with it: model.save("model.keras")'
_FOLDER: list[tempfile.TemporaryDirectory[str]] = []


def module_of(file: Path) -> ModuleType:
    """The user's module, executed.

    Raises:
        UsageError: it cannot be executed, or has neither a dictionary ``custom_objects`` nor classes of Keras's.
    """
    return _module(file.resolve(), str(file))


def _check(file: Path, name: str) -> None:
    if not file.is_file():
        raise UsageError(f"--custom {name}: there is no such file", fix=meant_file(Path(name)))
    if file.suffix != ".py":
        raise UsageError(f"--custom {name} is no Python module", fix="name the .py file with the model's classes")


@cache
def _module(file: Path, name: str) -> ModuleType:
    _check(file, name)
    for module in list(sys.modules.values()):
        if getattr(module, "__file__", None) == str(file):
            return module  # the user has imported it
    spec = util.spec_from_file_location(f"gatesmith_custom_{file.stem}", file)
    assert spec is not None and spec.loader is not None
    module = util.module_from_spec(spec)
    sys.modules[module.__name__] = module
    sys.path.insert(0, str(file.parent))  # as Python does for a script: modules next to it can be imported
    try:
        spec.loader.exec_module(module)
    except GatesmithError:
        raise
    except Exception as error:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(file)]
        raise UsageError(
            f"--custom {name} cannot be imported",
            where=f"{name}, line {lines[-1]}" if lines else name,
            why=f"{type(error).__name__}: {error}",
            fix=f"make this work first: python {name}",
        ) from None
    finally:
        sys.path.remove(str(file.parent))
    if not isinstance(vars(module).setdefault("custom_objects", _classes(module) or None), dict):
        raise UsageError(
            f"--custom {name} has no custom_objects",
            fix='write it there as Keras takes it: custom_objects = {"MyLayer": MyLayer}',
        )
    return module


def _classes(module: ModuleType) -> dict[str, type]:
    """The classes in a module that derive from Keras's and are not Keras's own: the user's layers, or a package's."""
    others = [one for one in vars(module).values() if isinstance(one, type) and not one.__module__.startswith(OURS)]
    return {one.__name__: one for one in others if any(base.__module__.startswith(OURS) for base in one.__mro__)}


def load(model: Path, file: Path) -> Loaded:
    """Has Keras load a model with the user's module and save it again, once in this process.

    Raises:
        UsageError: the module is not usable, or the model is no single file.
        UnsupportedError: the model holds a Lambda, a class that is neither Keras's nor the module's, or custom code
            that cannot be traced.
        ModelError: Keras cannot load it.
    """
    return _load(model.resolve(), file.resolve(), str(model), str(file))


@cache
def _load(model: Path, file: Path, name: str, module: str) -> Loaded:
    if not model.is_file():
        raise UsageError("--custom is for a single model file, .keras or HDF5", where=name, fix=SAVE)
    _check(file, module)
    content = archive.read(model)
    if content.format not in ("keras-zip", "hdf5"):
        raise UsageError(f"--custom is for .keras and HDF5; this is {content.format}", where=name, fix=SAVE)
    check(content.config, None, name)
    generation = writer_of(content.config, content.keras_version, content.backend)[0].generation
    _FOLDER.append(tempfile.TemporaryDirectory(prefix="gatesmith-custom-"))
    folder = Path(_FOLDER[-1].name)
    source = folder / ("source.keras" if content.format == "keras-zip" else "source.h5")
    data = model.read_bytes()
    if hashlib.sha256(data).hexdigest() != content.sha256:
        raise ModelError("the file has changed since it was read", where=name)
    source.write_bytes(data)
    answer = _child("keras" if generation == "Keras 3" else "tf_keras", source, file, name)
    digest = hashlib.sha256(data + file.read_bytes()).hexdigest()
    if answer["registers"]:
        module_of(file)
    return Loaded(folder / answer["saved"], digest)


def _child(package: str, source: Path, file: Path, name: str) -> dict[str, Any]:
    """The answer of the Keras process.

    Raises:
        GatesmithError: that process refused the file.
    """
    answer = source.parent / "answer.json"
    if why := run("importers.keras.live.custom", answer, package, str(source), str(file), name):
        raise ModelError(f"{package} cannot load this file", where=name, why=why)
    reply: dict[str, Any] = json.loads(answer.read_text("utf-8"))
    if "what" in reply:
        kind = {one.__name__: one for one in (ModelError, UnsupportedError, UsageError)}[reply["kind"]]
        raise kind(reply["what"], where=reply["where"], why=reply["why"], fix=tuple(reply["fix"]))
    return reply


def check(config: Any, user_names: frozenset[str] | None, file: str) -> None:
    """Refuses a file with code or names that Keras would run or import.

    Args:
        user_names: names of the user's classes and functions; with None, only marshalled code is refused.

    Raises:
        UnsupportedError: there is marshalled code, or a name that is neither Keras's nor the user's.
    """
    for part in parts(config):
        word, module, name = (part.get(key) for key in ("class_name", "module", "registered_name"))
        if word in (FILE_CLASS, "__lambda__"):
            layer = table(part, "config").get("name", "NAME")
            raise UnsupportedError(
                f'layer "{layer}" is a Lambda: its code in the file is not run, with --custom neither',
                where=file,
                fix=(
                    "save the model with a custom layer in its place, whose class is in the --custom module",
                    "or, in Python, gatesmith.convert(model) of the live model",
                ),
            )
        function = module == "builtins" and word == "function"  # looked up among Keras's own and the user's
        if user_names is not None and foreign(part) and str(name) not in user_names and not function:
            raise UnsupportedError(
                f"the file names {shown(name or word)} of {shown(module)}, which --custom does not give",
                where=file,
                fix=f'add it to custom_objects: {{"{word}": {word}}}',
            )


def names_of(objects: Mapping[str, Any], keras: Any) -> dict[str, Any]:
    """The user's classes and functions by every name that a file may have for them."""
    saving = getattr(keras, "saving", None)
    registered = getattr(saving, "get_registered_name", lambda one: one.__name__)
    return {**{registered(one): one for one in objects.values()}, **objects}


def load_model(keras: Any, path: Path, modules: Iterable[Path], architecture: str = "", logits: bool = False) -> Any:
    """The model that Keras loads from a checked file with the classes of the user's modules.

    Args:
        architecture: the architecture as JSON, if the file has the weights alone.
        logits: whether the file's loss, which is not loaded, takes logits.
    """
    if architecture:
        model = keras.models.model_from_json(architecture)
        model.load_weights(str(path))
    else:
        objects = {name: one for each in modules for name, one in module_of(each).custom_objects.items()}
        model = keras.models.load_model(str(path), custom_objects=names_of(objects, keras), compile=False)
    if logits:
        model.loss = SimpleNamespace(from_logits=True)
    return model


def _main(arguments: Sequence[str]) -> None:
    """The Keras process: loads, traces and saves a model, and writes its answer next to it."""
    from .save import save

    package, path, file, name = arguments[0], Path(arguments[1]), Path(arguments[2]), arguments[3]
    answer: dict[str, Any]
    try:
        keras = import_module(package)
        before = set(KINDS)
        module = module_of(file)
        content: Archive = archive.read(path)
        check(content.config, frozenset(names_of(module.custom_objects, keras)), name)
        try:
            model = load_model(keras, path, [file], logits=content.logits)
        except Exception as error:
            text = words(error)
            why = text[max(0, text.find("Could not locate")) :][:300]
            raise ModelError(f"{package} cannot load this file", where=name, why=why) from None
        saved = save(model)
        result = "model.keras" if saved[:2] == b"PK" else "model.h5"
        (path.parent / result).write_bytes(saved)
        answer = {"saved": result, "registers": set(KINDS) != before}
    except GatesmithError as error:
        fields = {"what": error.what, "where": error.where, "why": error.why, "fix": list(error.fix)}
        answer = {"kind": type(error).__name__, **fields}
    (path.parent / "answer.json").write_text(json.dumps(answer), "utf-8")


if __name__ == "__main__":
    loaded(sys.argv[1])
    # A module that imports ``keras`` means Keras 2, as its file does.
    sys.modules |= {name[3:]: one for name, one in sys.modules.items() if name.partition(".")[0] == "tf_keras"}
    _main(sys.argv[1:])
