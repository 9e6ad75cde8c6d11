<%doc>
A causal stream in integers: each window keeps the frames that it sees side by side, the newest last, and the integer that
means padding where none came yet. Needs: m (IntegerView).
</%doc>\
<%!
    from textwrap import indent

    from gatesmith.backends.names import remark

    BITS = {"int8": "8", "int16": "16"}
%>\
<%def name="loop(m, cell, mapped_cell)">\
<% s = m.stream %>\


def _begin(s):
    """Before the first frame: padding stands in the windows."""
    s8, s16, s32, z = s
% for turn in s.rings:
<% w, bits, fill = turn.window, BITS[turn.dtypes[0]], m.absent(turn.name) if any(turn.window.walk.padding) else 0 %>\
% if fill:
    _fill${bits}(s${bits}, ${m.held[f"{turn.name}_ring"]}, ${(w.reach + 1) * w.frame}, ${fill})
% endif
% endfor
% for turn in s.windows:


${window(m, turn)}\
% endfor
% for view in s.kept:


${keep(m, view)}\
% endfor


${turning(m, cell, mapped_cell)}\
% if s.own:


${ends(m)}\
% endif
</%def>
<%def name="window(m, turn)">\
<%
    w, b = turn.window, BITS[turn.dtypes[0]]
    reach, frame = w.reach, w.frame
    ring, came = m.held[f"{turn.name}_ring"], m.held[f"{turn.name}_at"]
    late = w.first > 1 or w.walk.stride > 1
    pad = "        " if late else "    "
    newest = f"s{b}, {ring + reach * frame}"
%>\
def _${turn.name}_step(s, now, x, i, y, o):
    """${remark(turn.title)}: of ${w.walk.kernel} frame${"s" if w.walk.kernel > 1 else ""}${f", {w.walk.dilation} apart" if w.walk.dilation > 1 and w.walk.kernel > 1 else ""}${f"; one for {w.walk.stride}" if w.walk.stride > 1 else ""}."""
    s8, s16, s32, z = s
% if w.right:
    more = now == 1
    if now < 0 and s16[${came + 2}] < ${w.right}:
        s16[${came + 2}] += 1
        now = 1
% endif
% if not w.steady:
    if now != 1:
        return now
% endif
% if reach and w.right:
    if more:
        _copy${b}(x, i, ${newest}, ${frame})
    else:
        _fill${b}(${newest}, ${frame}, ${m.absent(turn.name)})
% elif reach:
    _copy${b}(x, i, ${newest}, ${frame})
% endif
% if late:
    s16[${came}] += 1
    if s16[${came}] < ${w.first}:
        now = 0
    else:
        s16[${came}] = ${w.first - w.walk.stride}
% endif
${pad}${turn.call.function}(${f"s{b}, {ring}" if reach else "x, i"}, y, o, z)
% if reach:
    _move${b}(s${b}, ${ring + frame}, s${b}, ${ring}, ${reach * frame})
% endif
    return now
</%def>
<%def name="keep(m, view)">\
<%
    k, at, place, b = view.kept, m.held[view.name], m.held[f"{view.name}_at"], BITS[view.dtype]
    reach, rows = k.skip + k.frames, k.frames + k.behind
    to = f"{at} + s16[{place}] * {k.frame}" if not k.skip else f"{at} + (s16[{place}] - {k.skip}) * {k.frame}"
%>\
def _${view.name}_keep(s, now, x, i):
    """The last ${rows} frame${"s" if rows > 1 else ""} of ${remark(m.graph.tensor(k.tensor).name)}, in order: 1 when all are there."""
    if now != 1:
        return now
    s8, s16, s32, z = s
% if m.stream.own:
    if s16[${place + 2}]:  # of a window's own frames, the next
% if k.own:
        _copy${b}(x, i, s${b}, ${at} + (s16[${place + 2}] - 1) * ${k.frame}, ${k.frame})
        s16[${place + 2}] += 1
% endif
        return 0
% endif
    if s16[${place}] == ${reach}:
% if k.moves:
        _move${b}(s${b}, ${at + k.hop * k.frame}, s${b}, ${at}, ${(k.frames - k.hop) * k.frame})
% endif
        s16[${place}] = ${reach - k.hop}
% if k.hop > k.frames or k.skip:
    if s16[${place}] >= ${k.skip}:
        _copy${b}(x, i, s${b}, ${to}, ${k.frame})
% else:
    _copy${b}(x, i, s${b}, ${to}, ${k.frame})
% endif
    s16[${place}] += 1
    return 1 if s16[${place}] == ${reach} else 0
</%def>
<%def name="ends(m)">\
<%
    s = m.stream
    first = next(m.held[f"{view.name}_at"] for view in s.kept if view.kept.own)
    places = {view.name: m.held[f"{view.name}_at"] + 2 for view in s.kept}
    inputs = {view.x.buffer: f"views[{number}]" for number, view in enumerate(s.first)}
    buffers = m.stages[0].buffers
    waiting = " or ".join(f"s16[{places[view.name]}] <= {view.kept.frames + view.kept.behind}" for view in s.ended_last)
%>\
def _ends(s, views):
    """The frames that padding ${"around" if s.replayed and s.ended_last else "behind" if s.ended_last else "before"} a window decides, from a copy of the stream."""
    s8, s16, s32, z = s
% for kind, (live, many) in m.lives.items():
    _copy${BITS[kind]}(s${BITS[kind]}, ${live}, s${BITS[kind]}, ${m.copies[kind]}, ${many})
% endfor
% if s.ended_last:
% for view in s.kept:
    s16[${places[view.name]}] = ${view.kept.frames + 1 if view.kept.own else 1}
% endfor
    while ${waiting}:
        _advance(${', '.join(["s", *("None" for _ in buffers), "-1", "0", "0"])})
% endif
% if s.replayed:
    if s16[${first + 1}]:  # the first window's are those of the stream
% for kind, (live, many) in m.lives.items():
        _fill${BITS[kind]}(s${BITS[kind]}, ${live}, ${many}, 0)
% endfor
        _begin(s)
% for view in s.kept:
        s16[${places[view.name]}] = 1
% endfor
        for t in range(${s.replayed}):
            _advance(${', '.join(["s", *(inputs.get(name, name) for name in buffers), "1", "t", "0"])})
% endif
% for kind, (live, many) in m.lives.items():
    _copy${BITS[kind]}(s${BITS[kind]}, ${m.copies[kind]}, s${BITS[kind]}, ${live}, ${many})
% endfor
% for view in s.kept:
    s16[${places[view.name]}] = 0
% endfor
    s16[${first + 1}] = 1
</%def>
<%def name="turning(m, cell, mapped_cell)">\
<% s = m.stream; stage = s.stage %>\
def _advance(${', '.join(["s", *stage.buffers, "now", "t", "n"])}):
    """One time step of ${remark(stage.title)}; now is 1 while frames come${", -1 behind the last" if s.ended else ""}."""
    s8, s16, s32, z = s
% for view in s.first:
    ${view.made} = _${view.name}_keep(s, now, ${view.x.text()})
% endfor
% for turn in s.turns:
<% given = turn.given or "now" %>\
% for queue in turn.queues:
<% q, at, held, b = queue.queue, m.held[queue.name], m.held[f"{queue.name}_at"] + 1, BITS[queue.x.dtype] %>\
    if ${queue.due or "now"} == 1:
        _copy${b}(${queue.x.text()}, s${b}, ${at} + s16[${held}] * ${q.frame}, ${q.frame})
        s16[${held}] += 1
% endfor
% if turn.window and turn.steady:
    if ${given} == 1:
        _${turn.name}_step(s, 1, ${turn.call.inputs[0].text()}, ${turn.call.outputs[0].text()})
% elif turn.window:
    ${turn.made} = _${turn.name}_step(s, ${given}, ${turn.call.inputs[0].text()}, ${turn.call.outputs[0].text()})
% else:
    if ${given} == 1:
% if turn.call.cell and turn.call.cell.steps:
${indent(capture(mapped_cell, turn.call), "    ")}\
% elif turn.call.cell:
${cell(turn.call, turn.call.inputs[0].text(), turn.call.outputs[0], "", turn.call.cell.mask.value() if turn.call.cell.mask else "", "        ")}\
% elif turn.call.times == 1:
        ${turn.call.function}(${', '.join([waited(turn, k, m.held).text() for k in range(len(turn.call.inputs))] + [a.text() for a in turn.call.outputs])}, z)
% else:
        for k in range(${turn.call.times}):
            ${turn.call.function}(${', '.join([waited(turn, k, m.held).text("k") for k in range(len(turn.call.inputs))] + [a.text("k") for a in turn.call.outputs])}, z)
% endif
% for queue in turn.queues:
<% q, at, held, b = queue.queue, m.held[queue.name], m.held[f"{queue.name}_at"] + 1, BITS[queue.x.dtype] %>\
% if q.frames > 1:
        _move${b}(s${b}, ${at + q.frame}, s${b}, ${at}, ${(q.frames - 1) * q.frame})
% endif
        s16[${held}] -= 1
% endfor
% endif
% for view in turn.kept:
    ${view.made} = _${view.name}_keep(s, ${view.given or "now"}, ${view.x.text()})
% endfor
% endfor
    return ${s.result or "now"}
</%def>
<%!
    from dataclasses import replace

    def waited(turn, position, held):
        """Where an input is read: a frame that waited in place of the one that came."""
        queue, argument = turn.waiting.get(position), turn.call.inputs[position]
        where = f"s{argument.bits}"
        return argument if queue is None else replace(argument, buffer=where, index=held[queue.name], moves="")
%>\
<%def name="methods(m, ins, outs, call, turn, numbers, enter, leave)">\
<% s, many = m.stream, len(outs) > 1 %>\

    def step_q(self, ${', '.join(ins + outs)}):
        """Take one frame, integers in and out: whether there was an answer. May be called from a timer. Lengths are not
        checked: native code reads and writes beyond arrays that are too short."""
        s = self._s
        if ${turn("1", "0", "0")} != 1:
            return False
% if s.own:
        _ends(s, ${"self._x" if s.replayed else "()"})
% endif
% for stage in m.stages[1:]:
        ${call(stage, "0", "1")}
% endfor
        return True

    def step(self, ${', '.join(ins)}):
        """The same in real numbers: the answer, or None. It is overwritten by the next: copy what must last."""
        y = self._y
        return y if self.step_into(${', '.join(ins + ([f"y.{name}" for name in outs] if many else ["y"]))}) else None

    def step_into(self, ${', '.join(ins + outs)}):
        """The same into buffers of yours: whether there was an answer."""
% for port in m.inputs:
        _length(${port.name}, ${port.frame}, "${port.name}")
% endfor
        q = self._q
        if not self.step_q(
% for n, port in enumerate(m.inputs):
            ${numbers(port)}, ${enter(port, n)}),
% endfor
            *q,
        ):
            return False
% for n, port in enumerate(m.outputs):
        _reals(q[${n}], ${port.name}, ${leave(port, n)})
% endfor
        return True
% if s.drains:

    def finish_q(self, ${', '.join(outs)}):
        """After the last frame: whether there was one of the answers that are still to come, in integers."""
        s = self._s
        now = 0
        while now == 0:
            now = ${turn("-1", "0", "0").replace(f"s, {', '.join(ins)},", "s, " + ", ".join(["None"] * len(ins)) + ",")}
        if now < 0:
            return False
% for stage in m.stages[1:]:
        ${call(stage, "0", "1")}
% endfor
        return True

    def finish(self):
        """The same in real numbers: the answer, then None."""
        y = self._y
        return y if self.finish_into(${', '.join([f"y.{name}" for name in outs] if many else ["y"])}) else None

    def finish_into(self, ${', '.join(outs)}):
        """The same into buffers of yours: whether there was one."""
        q = self._q
        if not self.finish_q(*q):
            return False
% for n, port in enumerate(m.outputs):
        _reals(q[${n}], ${port.name}, ${leave(port, n)})
% endfor
        return True
% endif
</%def>
