<%doc>A causal stream. Each window stores its frames side by side, the newest last. Needs: m (ModelView).</%doc>\
<%!
    from dataclasses import replace

    from gatesmith.backends.names import remark
%>\
<%namespace name="calls" file="calls.mako"/>\
<%def name="functions()">
${write.apart([*map(window, m.stream.windows), *map(keep, m.stream.buffers), advance(m.stream)])}\
${write.apart([ends(m.stream)] if m.stream.facts.has_edge_frames else [])}\
</%def>
<%def name="window(turn)" buffered="True">\
<%
    w, dtype = turn.window, turn.dtypes[0]
    kernel, dilation, reach, frame = w.walk.kernel, w.walk.dilation, w.reach, w.frame
    s, n, copy = m.buffer_names[dtype], m.buffer_names[m.counts], m.helper("copy", dtype)
    ring, came = m.states.frames[f"{turn.name}_ring"], m.states.frames[f"{turn.name}_at"]
    stored, ended = came + 1, came + 2
    first = f"max(0, {kernel - 1} - stored // {dilation})" if w.walk.padding[0] > 0 and kernel > 1 else "0"
    missing = f"({m.counter(ended)} + {dilation - 1}) // {dilation}" if dilation > 1 else m.counter(ended)
    last = f"{kernel} - {missing}" if w.right else str(kernel)
    newest = f"{copy}(x, i, {s}, {ring + reach * frame}, {frame})"
%>\
def _${turn.name}_step(s, now, x, i, y, o):
    """${remark(turn.title)}: of ${kernel} frame${"s" if kernel > 1 else ""}${f", {dilation} apart" if dilation > 1 and kernel > 1 else ""}${f"; one for {w.walk.stride}" if w.walk.stride > 1 else ""}."""
    ${m.unpack("s")}
% if w.right:
    more = now == 1
    if now < 0 and ${n}[${ended}] < ${w.right}:
        ${n}[${ended}] += 1
        now = 1
% endif
    ${["if now != 1:", "    return now"] if not w.steady else []}
% if reach:
    ${newest if not w.right else ["if more:", f"    {newest}"]}
    stored = ${m.counter(stored)}
% endif
<% row = f"{turn.call.function}({f'{s}, {ring}' if reach else 'x, i'}, y, o{m.scratch}, {first}, {last})" %>\
% if w.first > 1 or w.walk.stride > 1:
    ${n}[${came}] += 1
    if ${n}[${came}] < ${w.first}:
        now = 0
    else:
        ${n}[${came}] = ${w.first - w.walk.stride}
        ${row}
% else:
    ${row}
% endif
% if reach:
    ${m.helper("move", dtype)}(${s}, ${ring + frame}, ${s}, ${ring}, ${reach * frame})
    ${n}[${stored}] = min(stored + 1, ${reach})
% endif
    return now
</%def>
<%def name="keep(view)" buffered="True">\
<%
    k, at, place = view.buffer, m.states.frames[view.name], m.states.frames[f"{view.name}_at"]
    s, n, copy = m.buffer_names[view.dtype], m.buffer_names[m.counts], m.helper("copy", view.dtype)
    reach, rows = k.skip + k.frames, k.frames + k.behind
    row = f"({m.counter(place)} - {k.skip})" if k.skip else m.counter(place)
    seen = f"if {n}[{place}] >= {k.skip}:" if k.hop > k.frames or k.skip else ""
%>\
def _${view.name}_keep(s, now, x, i):
    """The last ${rows} frame${"s" if rows > 1 else ""} of ${remark(m.graph.tensor(k.tensor).name)}, in order: 1 when all are there."""
    if now != 1:
        return now
    ${m.unpack("s")}
% if m.stream.facts.has_edge_frames:
    if ${n}[${place + 2}]:  # of a window's own frames, the next
% if k.has_edge_frames:
        ${copy}(x, i, ${s}, ${at} + (${m.counter(place + 2)} - 1) * ${k.frame}, ${k.frame})
        ${n}[${place + 2}] += 1
% endif
        return 0
% endif
    if ${n}[${place}] == ${reach}:
<% move = f"{m.helper('move', view.dtype)}({s}, {at + k.hop * k.frame}, {s}, {at}, {(k.frames - k.hop) * k.frame})" %>\
        ${move if k.moves else ""}
        ${n}[${place}] = ${reach - k.hop}
    ${write.behind(seen, f"{copy}(x, i, {s}, {at} + {row} * {k.frame}, {k.frame})")}
    ${n}[${place}] += 1
    return 1 if ${n}[${place}] == ${reach} else 0
</%def>
<%def name="ends(s)" buffered="True">\
<%
    n = m.buffer_names[m.counts]
    places = {view.name: m.states.frames[f"{view.name}_at"] + 2 for view in s.buffers}
    first = next(places[view.name] for view in s.buffers if view.buffer.has_edge_frames)
    inputs = {view.x.buffer: f"views[{number}]" for number, view in enumerate(s.first)}
    buffers = m.stages[0].buffers
    def moved(dtype, start, to, values):
        return calls.copied(dtype, f"{m.buffer_names[dtype]}, {start}", f"{m.buffer_names[dtype]}, {to}", values)
    waiting = " or ".join(f"{n}[{places[view.name]}] <= {view.buffer.frames + view.buffer.behind}" for view in s.ended_last)
%>\
def _ends(s, views):
    """The frames that padding ${"around" if s.facts.frames_replayed_at_window_start and s.ended_last else "behind" if s.ended_last else "before"} a window decides, from a copy of the stream."""
    ${m.unpack("s")}
    ${[moved(dtype, live, m.states.copies[dtype], values) for dtype, (live, values) in m.states.live.items()]}
% if s.ended_last:
    ${[f"{n}[{places[v.name]}] = {v.buffer.frames * v.buffer.has_edge_frames + 1}" for v in s.buffers]}
    for _ in range(${s.padding_turns}):
        if ${waiting}:
            _advance(${', '.join(["s", *("None" for _ in buffers), "-1", "0", "0"])})
% endif
% if s.facts.frames_replayed_at_window_start:
    if ${n}[${first - 1}]:  # the first window's are those of the stream
        ${[calls.cleared(dtype, f"{m.buffer_names[dtype]}, {live}", n) for dtype, (live, n) in m.states.live.items()]}
        ${[f"{n}[{places[view.name]}] = 1" for view in s.buffers]}
        for t in range(${s.facts.frames_replayed_at_window_start}):
            _advance(${', '.join(["s", *(inputs.get(name, name) for name in buffers), "1", "t", "0"])})
% endif
    ${[moved(dtype, m.states.copies[dtype], live, values) for dtype, (live, values) in m.states.live.items()]}
    ${[f"{n}[{places[view.name]}] = 0" for view in s.buffers]}
    ${n}[${first - 1}] = 1
</%def>
<%def name="advance(s)" buffered="True">\
<%
    frames, n = m.states.frames, m.buffer_names[m.counts]
    def waited(turn, position, argument):
        """Where an input is read: a frame that waited in place of the one that came."""
        if (queue := turn.waiting.get(position)) is None:
            return argument
        oldest = f"{m.counter(frames[f'{queue.name}_at'] + 1)} * {queue.queue.frame}"
        return replace(argument, buffer=m.buffer_names[argument.dtype], index=frames[queue.name], moves=oldest)
    def turned(queue, place):
        """The index of a queue's next frame, or of its oldest, goes on to the one behind."""
        return f"{n}[{place}] = ({m.counter(place)} + 1) % {queue.queue.frames}"
%>\
def _advance(${', '.join(["s", *s.stage.buffers, "now", "t", "n"])}):
    """One time step of ${remark(s.stage.title)}; now is 1 while frames come${", -1 behind the last" if s.facts.ended else ""}."""
    ${m.unpack("s")}
    ${[f"{view.output_ready} = _{view.name}_keep(s, now, {view.x.text()})" for view in s.first]}
% for turn in s.turns:
<% (x, *_), (y, *_) = turn.call.inputs, turn.call.outputs %>\
% for queue in turn.queues:
<% q, place = queue.queue, frames[f"{queue.name}_at"] %>\
    if ${queue.due or "now"} == 1:
        ${m.helper("copy", queue.x.dtype)}(${queue.x.text()}, ${m.buffer_names[queue.x.dtype]}, ${frames[queue.name]} + ${m.counter(place)} * ${q.frame}, ${q.frame})
        ${turned(queue, place)}
% endfor
% if turn.window and turn.steady:
    if ${turn.input_ready or "now"} == 1:
        _${turn.name}_step(s, 1, ${x.text()}, ${y.text()})
% elif turn.window:
    ${turn.output_ready} = _${turn.name}_step(s, ${turn.input_ready or "now"}, ${x.text()}, ${y.text()})
% else:
    if ${turn.input_ready or "now"} == 1:
        ${calls.function(turn.call, [waited(turn, *each) for each in enumerate(turn.call.inputs)])}
        ${[turned(queue, frames[f"{queue.name}_at"] + 1) for queue in turn.queues]}
% endif
    ${[f"{v.output_ready} = _{v.name}_keep(s, {v.input_ready or 'now'}, {v.x.text()})" for v in turn.buffers]}
% endfor
    return ${s.result or "now"}
</%def>
