"""The deepest stack of a function and its callees, from gcc's call graphs (``-fcallgraph-info=su``)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...boards.cycles import words
from ..measures import Measure
from .host import listing

_NODE = re.compile(r'^node: \{ title: "([^"]+)" label: "([^"]*)"')
_EDGE = re.compile(r'^edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"')
_BYTES = re.compile(r"(\d+) bytes \(([a-z,]+)\)")
_FUNCTION = re.compile(r"^[0-9a-f]+ <([^>]+)>:")
_PUSH = re.compile(r"\t(?:v?push|stmdb\s+sp!,)(?:\.w)?\s*\{([^}]+)\}")
_LESS = re.compile(r"\tsub(?:\.w|w)?\s+sp,(?: sp,)? #(\d+)")


class _UnboundedStackError(Exception):
    """A frame without a bound, or recursion; the text names it."""


@dataclass
class _StackGraph:
    frames: dict[str, int]
    dynamic: set[str]
    calls: dict[str, list[str]]


def stack_of(function: str, objects: Sequence[Path], size_tool: str = "size") -> Measure:
    """The worst-case stack of a function over all call chains, in bytes: frames and return addresses by the compiler's
    count, without functions whose frames are not in the files (libc). For naked functions, which the compiler counts as
    0, the bytes pushed by their instructions count.

    Args:
        function: its C name.
        objects: object files that were compiled with ``-fcallgraph-info=su``; the ``.ci`` files are in the same folder.
        size_tool: the ``size`` that belongs to the objdump for them.

    Raises:
        BuildError: objdump fails.
    """
    files = [path.with_suffix(".ci") for path in objects]
    if missing := [path.name for path in files if not path.is_file()]:
        return Measure(None, kind=f"this compiler writes no call graph ({missing[0]} is missing)")
    graph = _read(files)
    if function not in graph.frames:
        return Measure(None, kind=f"{function} is not in the call graph")
    bare = {title for title, size in graph.frames.items() if size == 0}
    pushed = [pushes(listing(path, size_tool) or "") for path in objects] if bare else []
    for title in bare:
        graph.frames[title] = max((each.get(_plain(title), 0) for each in pushed), default=0)
    try:
        return Measure(_deepest(function, graph, {}, ()))
    except _UnboundedStackError as error:
        return Measure(None, kind=str(error))


def deepest(functions: Sequence[str], objects: Sequence[Path], size_tool: str) -> Measure:
    """The deepest stack of several functions; None, with the reason, if one has no bound. Arguments as in
    :func:`stack_of`."""
    stacks = [stack_of(function, objects, size_tool) for function in functions]
    return max(stacks, key=lambda stack: float("inf") if stack.value is None else stack.value)


def pushes(text: str) -> dict[str, int]:
    """Bytes that each function's instructions push, from an Arm listing."""
    sizes: dict[str, int] = {}
    name = ""
    for line in text.splitlines():
        if start := _FUNCTION.match(line):
            name = start[1]
        elif push := _PUSH.search(line):
            sizes[name] = sizes.get(name, 0) + 4 * words(push[0])
        elif less := _LESS.search(line):
            sizes[name] = sizes.get(name, 0) + int(less[1])
    return sizes


def _read(files: list[Path]) -> _StackGraph:
    graph = _StackGraph({}, set(), {})
    for path in files:
        for line in path.read_text(errors="replace").splitlines():
            if node := _NODE.match(line):
                size = _BYTES.search(node[2])
                if size is None:
                    continue
                graph.frames[node[1]] = int(size[1])
                if size[2] == "dynamic":
                    graph.dynamic.add(node[1])
            elif edge := _EDGE.match(line):
                graph.calls.setdefault(edge[1], []).append(edge[2])
    return graph


def _deepest(name: str, graph: _StackGraph, depths: dict[str, int], above: tuple[str, ...]) -> int:
    """Bytes of the deepest call chain from a function on; ``above`` are its callers."""
    if name in above:
        raise _UnboundedStackError(f"{_plain(name)} calls itself")
    if name in graph.dynamic:
        raise _UnboundedStackError(f"{_plain(name)} has a frame of no fixed size")
    if name not in depths:
        callees = [each for each in graph.calls.get(name, []) if each in graph.frames]
        below = (_deepest(each, graph, depths, (*above, name)) for each in callees)
        depths[name] = graph.frames[name] + max(below, default=0)
    return depths[name]


def _plain(title: str) -> str:
    """The function's name: gcc writes a static function as ``file.c:name``."""
    return title.rpartition(":")[2]
