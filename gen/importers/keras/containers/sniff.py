"""What a file is, by its bytes. The extension is never asked: ``.net``, ``.model`` and ``.h5.h5`` were all HDF5."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass

from ._protobuf import fields
from ._wire import Refusal

HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
SAVE = 'save the model itself: model.save("model.keras")'
CONVERTED = "name the Keras model it was converted from"
PICKLE = "a pickle is a program that runs when it is loaded. Gatesmith never opens one."
LAYOUTS = "or carry its gates over by hand: gatesmith layouts shows how they lie there and in each Keras"
ONNX_FIELDS = {1: int, 5: int, **dict.fromkeys((2, 3, 4, 6, 7, 8, 14, 20, 25), bytes)}
"""Of a ModelProto."""
REBUILD = "Gatesmith reads Keras models; rebuild the network in Keras, set its weights and save it"


@dataclass(frozen=True)
class Kind:
    """One answer: ``hdf5``, ``zip``, ``json`` are readable; ``other`` says in words what it seems to be."""

    code: str
    what: str = ""
    fix: str | tuple[str, ...] = ""
    why: str = ""


_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"version https://git-lfs", "a Git LFS pointer: a few lines of text in place of the model", "git lfs pull"),
    (b"\x93NUMPY", "a NumPy array (.npy), not a model", SAVE),
    (b"GGUF", "a GGUF language model", REBUILD),
    (b"\x1f\x8b", "a gzip file", "unpack it (gunzip, or tar xf) and name the model inside"),
    (b"BZh", "a bzip2 file", "unpack it and name the model inside"),
    (b"\xfd7zXZ", "an xz file", "unpack it and name the model inside"),
    (b"7z\xbc\xaf", "a 7-Zip archive", "unpack it and name the model inside"),
    (b"Rar!", "a RAR archive", "unpack it and name the model inside"),
    (b"%PDF", "a PDF document", SAVE),
    (b"\x89PNG", "a picture (PNG)", SAVE),
    (b"\x7fELF", "a compiled program", SAVE),
    (b"PK\x05\x06", "an empty zip", SAVE),
)


def sniff(data: bytes) -> Kind:
    """What ``data`` is."""
    if not data:
        return Kind("other", "", "copy or download it again")
    # A .keras file stores its weights uncompressed: their signature may stand where a user block would end.
    if data.startswith(b"PK\x03\x04"):
        return Kind("zip")
    if _hdf5_at(data) is not None:
        return Kind("hdf5")
    for magic, what, fix in _MAGIC:
        if data.startswith(magic):
            return Kind("other", what, fix)
    return _binary(data) or _text(data) or Kind("other", "no file that Gatesmith knows", SAVE, _first_bytes(data))


def _hdf5_at(data: bytes) -> int | None:
    """Where the HDF5 signature is: at 0, or after a user block of 512, 1024, 2048, ... bytes."""
    at = 0
    while at + len(HDF5_SIGNATURE) <= len(data):
        if data.startswith(HDF5_SIGNATURE, at):
            return at
        at = 2 * at or 512
    return None


def _binary(data: bytes) -> Kind | None:
    head = data[:512]
    pickled = head[:1] == b"\x80" and 2 <= int.from_bytes(head[1:2], "little") <= 5
    tests = (
        (head[4:8] == b"TFL3", Kind("other", "a TensorFlow Lite model", (CONVERTED, LAYOUTS))),
        (pickled and b"\x8a\x0al\xfc\x9cF\xf9" in head[:16], Kind("other", "an old PyTorch file", (REBUILD, LAYOUTS))),
        (pickled, Kind("other", "a Python pickle", "load it where it was made and " + SAVE, PICKLE)),
        (_is_onnx(data), Kind("other", "an ONNX model", (CONVERTED, LAYOUTS))),
        (
            head[:3] == b"\x08\x01\x12" or (head[:1] == b"\x0a" and b"_tf_keras_" in head),
            Kind("other", "one file of a SavedModel", "name the folder that holds saved_model.pb"),
        ),
        (data[257:262] == b"ustar", Kind("other", "a tar archive", "unpack it (tar xf) and name the model inside")),
        (
            data[8:10] == b'{"' and int.from_bytes(data[:8], "little") < len(data),
            Kind("other", "a safetensors file: weights without an architecture", SAVE),
        ),
        (
            data[-8:] == b"\x57\xfb\x80\x8b\x24\x75\x47\xdb",
            Kind("other", "a TensorFlow checkpoint: weights without an architecture", SAVE),
        ),
    )
    return next((kind for fits, kind in tests if fits), None)


def _is_onnx(data: bytes) -> bool:
    """A ModelProto: fields of its own to the end, a version and a graph among them. A piece of one tells by the name of
    its producer."""
    if data[:1] != b"\x08":
        return False
    numbers: set[int] = set()
    with suppress(Refusal):
        for number, value in fields(data):
            if ONNX_FIELDS.get(number) is not type(value):
                raise Refusal("a message of another kind")
            numbers.add(number)
        if {1, 7} <= numbers:
            return True
    head = data[:512].lower()
    return b"onnx" in head or b"pytorch" in head


def _text(data: bytes) -> Kind | None:
    head = data[:4096]
    if b"\0" in head:
        return None
    text = head.decode("utf-8-sig", "replace").lstrip()
    if text[:1] in ("{", "[", '"'):
        return Kind("json")
    if text.count("\ufffd") > 1 + len(text) // 50:
        return None
    if re.match(r"<(!doctype|html|\?xml)", text, re.IGNORECASE):
        why = "a download gave the web page about the file instead of the file"
        return Kind("other", "a web page", "download the file itself (on GitHub: the Raw button)", why)
    if re.search(r"^class_name:|^keras_version:", text, re.MULTILINE):
        why = "Keras itself gave YAML up, because reading it could run code"
        return Kind("other", "an architecture in YAML", "load it in the Keras that wrote it and save it whole", why)
    return Kind("other", "plain text", SAVE, _first_bytes(data))


def _first_bytes(data: bytes) -> str:
    shown = "".join(chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}" for byte in data[:24])
    return f"it begins with {shown}"
