"""The moments at which each node of a program works, counted from the start of the first stage."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..core.graph import Node
from .grouping import Segments
from .rows import Group, NodeMoments, Rows
from .schedule import Schedule


class Timeline:
    """Moments of all nodes: one for each node of a loop, shared by all turns; outside loops, one for each row of a node
    that works by rows.

    Args:
        divided: segments of the stages outside loops, by index.
        by_rows: whether nodes work by rows.
    """

    def __init__(self, schedule: Schedule, rows: Rows, divided: Mapping[int, Segments], by_rows: bool) -> None:
        self.of: dict[str, NodeMoments] = {}
        self.window: dict[int, tuple[int, int]] = {}
        """The first and last moment of each stage."""
        self.group: dict[str, Group] = {}
        self.loops = {stage.index for stage in schedule.stages if stage.axis is not None}
        self.stage_of = schedule.stage_of
        clock = 0
        for stage in schedule.stages:
            start = clock
            works: list[NodeMoments] = []
            if stage.axis is not None or not by_rows:
                works = [NodeMoments(node, node.op, np.array([clock + k]), None) for k, node in enumerate(stage.nodes)]
                clock += len(works)
            else:
                for segment in divided[stage.index]:
                    if segment.group:
                        works += rows.work(segment.group, clock)
                        self.group |= dict.fromkeys((node.name for node in segment.nodes), segment.group)
                    else:
                        works.append(rows.alone(segment.nodes[0], clock))
                    clock = max(int(work.at[-1]) for work in works) + 1
            self.of |= {work.node.name: work for work in works}
            self.window[stage.index] = (start, clock - 1)
        self.after_last = clock
        """The moment after the last."""

    def end(self, node: Node) -> int:
        """The last moment at which a node needs an input that it reads whole."""
        index = self.stage_of[node.name]
        return self.window[index][1] if index in self.loops else int(self.of[node.name].at[-1])
