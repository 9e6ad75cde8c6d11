<%doc>
Windows of a causal stream: each keeps the frames that it sees side by side, the newest last. Needs: m (ModelView).
</%doc>\
<%! from gatesmith.backends.names import remark %>\
<%def name="window(m, turn)">\
<%
    w = turn.window
    k, d, reach, frame = w.walk.kernel, w.walk.dilation, w.reach, w.frame
    ring, came = m.held[f"{turn.name}_ring"], m.held[f"{turn.name}_at"]
    held, ended = came + 1, came + 2
    first = f"max(0, {k - 1} - held // {d})" if w.walk.padding[0] > 0 and k > 1 else "0"
    last = f"{k} - (int(s[{ended}]) + {d - 1}) // {d}" if w.right and d > 1 else f"{k} - int(s[{ended}])" if w.right else str(k)
    seen = f"s, {ring}" if reach else "x, i"
    late = w.first > 1 or w.walk.stride > 1
    pad = "        " if late else "    "
%>\
def _${turn.name}_step(s, now, x, i, y, o):
    """${remark(turn.title)}: of ${k} frame${"s" if k > 1 else ""}${f", {d} apart" if d > 1 and k > 1 else ""}${f"; one for {w.walk.stride}" if w.walk.stride > 1 else ""}."""
% if w.right:
    more = now == 1
    if now < 0 and s[${ended}] < ${w.right}:
        s[${ended}] += 1
        now = 1
% endif
% if not w.steady:
    if now != 1:
        return now
% endif
% if reach:
% if w.right:
    if more:
        _copy(x, i, s, ${ring + reach * frame}, ${frame})
% else:
    _copy(x, i, s, ${ring + reach * frame}, ${frame})
% endif
    held = int(s[${held}])
% endif
% if late:
    s[${came}] += 1
    if s[${came}] < ${w.first}:
        now = 0
    else:
        s[${came}] = ${w.first - w.walk.stride}
% endif
${pad}${turn.call.function}(${seen}, y, o, ${first}, ${last})
% if reach:
    _copy(s, ${ring + frame}, s, ${ring}, ${reach * frame})
    s[${held}] = min(held + 1, ${reach})
% endif
    return now
</%def>
<%def name="keep(m, view)">\
<%
    k, at, place = view.kept, m.held[view.name], m.held[f"{view.name}_at"]
    reach, rows = k.skip + k.frames, k.frames + k.behind
    to = f"{at} + int(s[{place}]) * {k.frame}" if not k.skip else f"{at} + (int(s[{place}]) - {k.skip}) * {k.frame}"
%>\
def _${view.name}_keep(s, now, x, i):
    """The last ${rows} frame${"s" if rows > 1 else ""} of ${remark(m.graph.tensor(k.tensor).name)}, in order: 1 when all are there."""
    if now != 1:
        return now
% if m.stream.own:
    if s[${place + 2}]:  # of a window's own frames, the next
% if k.own:
        _copy(x, i, s, ${at} + int(s[${place + 2}] - 1) * ${k.frame}, ${k.frame})
        s[${place + 2}] += 1
% endif
        return 0
% endif
    if s[${place}] == ${reach}:
% if k.moves:
        _copy(s, ${at + k.hop * k.frame}, s, ${at}, ${(k.frames - k.hop) * k.frame})
% endif
        s[${place}] = ${reach - k.hop}
% if k.hop > k.frames or k.skip:
    if s[${place}] >= ${k.skip}:
        _copy(x, i, s, ${to}, ${k.frame})
% else:
    _copy(x, i, s, ${to}, ${k.frame})
% endif
    s[${place}] += 1
    return 1 if s[${place}] == ${reach} else 0
</%def>
<%def name="ends(m)">\
<%
    s, (live, many) = m.stream, m.live
    first = next(m.held[f"{view.name}_at"] for view in s.kept if view.kept.own)
    places = {view.name: m.held[f"{view.name}_at"] + 2 for view in s.kept}
    inputs = {view.x.buffer: f"views[{number}]" for number, view in enumerate(s.first)}
    buffers = m.stages[0].buffers
    waiting = " or ".join(f"s[{places[view.name]}] <= {view.kept.frames + view.kept.behind}" for view in s.ended_last)
%>\
def _ends(s, views):
    """The frames that padding ${"around" if s.replayed and s.ended_last else "behind" if s.ended_last else "before"} a window decides, from a copy of the stream."""
    _copy(s, ${live}, s, ${m.copy}, ${many})
% if s.ended_last:
% for view in s.kept:
    s[${places[view.name]}] = ${view.kept.frames + 1 if view.kept.own else 1}
% endfor
    while ${waiting}:
        _advance(${', '.join(["s", *("None" for _ in buffers), "-1", "0", "0"])})
% endif
% if s.replayed:
    if s[${first + 1}]:  # the first window's are those of the stream
        _fill(s, ${live}, ${many})
% for view in s.kept:
        s[${places[view.name]}] = 1
% endfor
        for t in range(${s.replayed}):
            _advance(${', '.join(["s", *(inputs.get(name, name) for name in buffers), "1", "t", "0"])})
% endif
    _copy(s, ${m.copy}, s, ${live}, ${many})
% for view in s.kept:
    s[${places[view.name]}] = 0
% endfor
    s[${first + 1}] = 1
</%def>
