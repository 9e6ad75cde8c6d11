"""The deepest stack below a function, from the call graphs that gcc writes (``-fcallgraph-info=su``)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_NODE = re.compile(r'^node: \{ title: "([^"]+)" label: "([^"]*)"')
_EDGE = re.compile(r'^edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"')
_BYTES = re.compile(r"(\d+) bytes \(([a-z,]+)\)")
INDIRECT = "__indirect_call"


@dataclass(frozen=True)
class Stack:
    """The stack that one call needs.

    Args:
        bytes: from the call on, frames and return addresses as the compiler counts them; None if it has no bound.
        chain: the functions of the deepest chain, outermost first.
        unknown: called functions whose frames are not in the files (libc); they come on top.
        reason: why there is no number, else empty.
    """

    bytes: int | None
    chain: tuple[str, ...]
    unknown: tuple[str, ...]
    reason: str = ""


class _UnboundedError(Exception):
    """A frame without a bound, or recursion; the text says which."""


@dataclass
class _Graph:
    frames: dict[str, int]
    dynamic: set[str]
    calls: dict[str, list[str]]


def stack_of(function: str, objects: Iterable[Path]) -> Stack:
    """The worst-case stack of a function over all call chains.

    Args:
        function: its C name.
        objects: object files that were compiled with ``-fcallgraph-info=su``; the ``.ci`` files lie beside them.
    """
    files = [path.with_suffix(".ci") for path in objects]
    missing = [path.name for path in files if not path.is_file()]
    if missing:
        return Stack(None, (), (), f"this compiler writes no call graph ({missing[0]} is missing)")
    graph = _read(files)
    if function not in graph.frames:
        return Stack(None, (), (), f"{function} is not in the call graph")
    unknown: set[str] = set()
    try:
        depth, chain = _deepest(function, graph, {}, (), unknown)
    except _UnboundedError as error:
        return Stack(None, (), tuple(sorted(unknown)), str(error))
    return Stack(depth, chain, tuple(sorted(unknown)))


def _read(files: list[Path]) -> _Graph:
    graph = _Graph({}, set(), {})
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


def _deepest(
    name: str, graph: _Graph, done: dict[str, tuple[int, tuple[str, ...]]], above: tuple[str, ...], unknown: set[str]
) -> tuple[int, tuple[str, ...]]:
    if name in done:
        return done[name]
    if name in above:
        raise _UnboundedError(f"{_plain(name)} calls itself")
    if name not in graph.frames:
        unknown.add("a function by pointer" if name == INDIRECT else _plain(name))
        return 0, ()
    if name in graph.dynamic:
        raise _UnboundedError(f"{_plain(name)} has a frame of no fixed size")
    below: tuple[int, tuple[str, ...]] = (0, ())
    for callee in graph.calls.get(name, []):
        below = max(below, _deepest(callee, graph, done, (*above, name), unknown))
    done[name] = (graph.frames[name] + below[0], (_plain(name), *below[1]))
    return done[name]


def _plain(title: str) -> str:
    """gcc writes a static function as ``file.c:name``."""
    return title.rpartition(":")[2]
