"""A file's format, by its bytes. The extension does not count: ``.net``, ``.model`` and ``.h5.h5`` were all HDF5."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass

from ._protobuf import fields
from ._wire import Refusal

HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
HDF5_PLACES = (0, *(512 << doubled for doubled in range(22)))
"""Offsets of the signature: the beginning, or after a user block of 512, 1024, 2048, ... bytes."""
SAVE = 'save the model itself: model.save("model.keras")'
CONVERTED = "name the Keras model it was converted from"
PICKLE, ONNX = "a Python pickle", "an ONNX model"
NEVER_OPENED = "a pickle is a program that runs when it is loaded. Gatesmith never opens one."
LAYOUTS = "or carry its gates over by hand: gatesmith layouts shows how they lie there and in each Keras"
ONNX_FIELDS = {1: int, 5: int, **dict.fromkeys((2, 3, 4, 6, 7, 8, 14, 20, 25), bytes)}
"""The fields of a ModelProto: their types by number."""
REBUILD = "Gatesmith reads Keras models; rebuild the network in Keras, set its weights and save it"


@dataclass(frozen=True)
class FileKind:
    """A format: ``hdf5``, ``zip`` and ``json`` are readable; of an ``other``, ``name`` is the probable format."""

    code: str
    name: str = ""
    fix: str | tuple[str, ...] = ""
    why: str = ""


UNPACK = "unpack it and name the model inside"
_FORMATS: tuple[tuple[bytes, str, str | tuple[str, ...]], ...] = (
    (rb"version https://git-lfs", "a Git LFS pointer: a few lines of text in place of the model", "git lfs pull"),
    (rb"\x93NUMPY", "a NumPy array (.npy), not a model", SAVE),
    (rb"GGUF", "a GGUF language model", REBUILD),
    (rb"\x1f\x8b", "a gzip file", "unpack it (gunzip, or tar xf) and name the model inside"),
    (rb"BZh", "a bzip2 file", UNPACK),
    (rb"\xfd7zXZ", "an xz file", UNPACK),
    (rb"7z\xbc\xaf", "a 7-Zip archive", UNPACK),
    (rb"Rar!", "a RAR archive", UNPACK),
    (rb"%PDF", "a PDF document", SAVE),
    (rb"\x89PNG", "a picture (PNG)", SAVE),
    (rb"\x7fELF", "a compiled program", SAVE),
    (rb"PK\x05\x06", "an empty zip", SAVE),
    (rb".{4}TFL3", "a TensorFlow Lite model", (CONVERTED, LAYOUTS)),
    (rb"\x80[\x02-\x05].{0,7}\x8a\x0al\xfc\x9cF\xf9", "an old PyTorch file", (REBUILD, LAYOUTS)),
    (rb"\x89HDF\r*\n", "HDF5 copied as text, which changed its bytes", "copy it again, in binary mode"),
    (rb"\x80[\x02-\x05]", PICKLE, "load it where it was made and " + SAVE),
    (rb"\x08.{0,511}(?i:onnx|pytorch)", ONNX, (CONVERTED, LAYOUTS)),
    (rb"\x08\x01\x12|\x0a.{0,500}_tf_keras_", "one file of a SavedModel", "name the folder that holds saved_model.pb"),
    (rb"\x0a.{1,3}\x0a.[\w./-]+\x12.[A-Z]", "a graph of TensorFlow (a frozen .pb)", (CONVERTED, LAYOUTS)),
    (rb".{257}ustar", "a tar archive", "unpack it (tar xf) and name the model inside"),
    (rb'.{7}\0\{"', "a safetensors file: weights without an architecture", SAVE),
)
"""Pattern of a file's first bytes, its format, and the remedy; the first match counts."""


def sniff(data: bytes) -> FileKind:
    """The format of a file's bytes."""
    if not data:
        return FileKind("other", "", "copy or download it again")
    # A .keras file stores its weights uncompressed: their signature may stand where a user block would end.
    if data.startswith(b"PK\x03\x04"):
        return FileKind("zip")
    if any(data.startswith(HDF5_SIGNATURE, at) for at in HDF5_PLACES):
        return FileKind("hdf5")
    if _is_onnx(data):
        return FileKind("other", ONNX, (CONVERTED, LAYOUTS))
    for pattern, name, fix in _FORMATS:
        if re.match(pattern, data, re.DOTALL):
            return FileKind("other", name, fix, NEVER_OPENED if name == PICKLE else "")
    return _text(data) or FileKind("other", "no file that Gatesmith knows", SAVE, _first_bytes(data))


def _is_onnx(data: bytes) -> bool:
    """Whether it is a whole ModelProto: only fields of its own to the end, a version and a graph among them."""
    numbers: set[int] = set()
    with suppress(Refusal):
        for number, value in fields(data) if data[:1] == b"\x08" else ():
            if ONNX_FIELDS.get(number) is not type(value):
                return False
            numbers.add(number)
        return {1, 7} <= numbers
    return False


def _text(data: bytes) -> FileKind | None:
    head = data[:4096]
    if b"\0" in head:
        return None
    text = head.decode("utf-8-sig", "replace").lstrip()
    if text[:1] in ("{", "[", '"'):
        return FileKind("json")
    if text.count("\ufffd") > 1 + len(text) // 50:
        return None
    if re.match(r"<(!doctype|html|\?xml)", text, re.IGNORECASE):
        why = "a download gave the web page about the file instead of the file"
        return FileKind("other", "a web page", "download the file itself (on GitHub: the Raw button)", why)
    if re.search(r"^class_name:|^keras_version:", text, re.MULTILINE):
        why = "Keras itself gave YAML up, because reading it could run code"
        fix = "turn it into JSON with PyYAML, json.dumps(yaml.load(text, yaml.FullLoader)): model.json --weights W.h5"
        return FileKind("other", "an architecture in YAML", fix, why)
    return FileKind("other", "plain text", SAVE, _first_bytes(data))


def _first_bytes(data: bytes) -> str:
    text = "".join(chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}" for byte in data[:24])
    return f"it begins with {text}"
