<%doc>Windows of a causal stream: their earlier frames are in ring buffers, and a step's function gets pointers to
these. Needs: m (ModelView).</%doc>\
<%!
    from gatesmith.backends.c99.signatures import ordinal
    from gatesmith.backends.c99.streams import ended, frame_of, opened, replayed, row, state_prefix
%>\
<%def name="helpers(m)">\
<% s, place = m.stream, f"{m.name}_place_t" %>\
% if s.waits or any(not turn.steady for turn in s.turns):
enum { WAITING = 0, READY = 1, ENDED = -1 }; /* no frame yet, a frame, no more frames */

% endif
% if s.rings:
/* Ring index of the frame `many` frames before the current one; -1 if it is padding. */
static int before(const ${place} *at, int many, int frames)
{
    if (many > at->held || many < at->ended) {
        return -1;
    }
    return at->next < many ? at->next - many + frames : at->next - many;
}

% endif
% if s.rings:
/* A frame has come to its place. */
static void passed(${place} *at, int frames)
{
    at->next = (int16_t)(at->next + 1 == frames ? 0 : at->next + 1);
    at->held = (int16_t)(at->held < frames ? at->held + 1 : frames);
}

% endif
</%def>
<%def name="window(m, turn)">\
<%
    w, x, y = turn.window, *map(ctype, turn.dtypes)
    k, d, frames = w.walk.kernel, w.walk.dilation, w.reach
    many = "%d - i" % (k - 1) if d == 1 else f"({k - 1} - i) * {d}"
    place = f"{m.name}_place_t"
    scratch = ", ".join(["rows", "y", *(a.text for a in turn.call.scratch)])
    facts = f"{k} frames{f', {d} apart' if d > 1 else ''}" if k > 1 else "a frame"
    every = "" if w.walk.stride == 1 else f", for every {ordinal(w.walk.stride)}"
    pad = "        " if not w.steady and (w.first > 1 or w.walk.stride > 1) else "    "
    where = state_prefix(m.stream)
    at = f"&{where}{turn.name}_at" if w.steady else "at"
    next = f"{where}{turn.name}_at.next" if w.steady else "at->next"
%>\
/* ${remark(turn.title)}: one of ${facts}${every}; x is the last of them${", NULL behind the end" if w.right else ""}. */
static ${"void" if w.steady else "int"} ${turn.name}_step(${m.name}_t *state, ${"" if w.steady else "int now, "}const ${x} *x, ${y} *y)
{
% if not w.steady:
    ${place} *const at = &${where}${turn.name}_at;

% if w.right:
    if (now == ENDED && at->ended < ${w.right}) {
        at->ended++;
        now = READY;
    }
% endif
    if (now != READY) {
        return now;
    }
% if w.first > 1 or w.walk.stride > 1:
    if (++at->came < ${w.first}) {
        now = WAITING;
    } else {
% endif
% endif
    ${"(void)state;" if not w.placed and not turn.call.scratch else ""}
${pad}const ${x} *rows[${k}];
% if k > 1:
${pad}for (int i = 0; i < ${k - 1}; i++) {
${pad}    const int place = before(${at}, ${many}, ${frames});
${pad}    rows[i] = ${"place < 0 ? NULL : " if any(w.walk.padding) else ""}${where}${turn.name}_ring + ${f"(size_t)place * {w.frame}" if w.frame > 1 else "place"};
${pad}}
% endif
${pad}rows[${k - 1}] = x;
${pad}${row(turn)}(${scratch});
% if pad != "    ":
        at->came = ${w.first - w.walk.stride};
    }
% endif
% if frames:
<% to = f"{where}{turn.name}_ring + " + (f"(size_t){next} * {w.frame}" if w.frame > 1 else next) %>\
${guarded("x != NULL" if w.right else "", f"memcpy({to}, x, {w.frame} * sizeof *x);")}\
    passed(${at}, ${frames});
% endif
    ${"return now;" if not w.steady else ""}
}

</%def>
<%doc>A statement, after a test if there is one.</%doc>\
<%def name="guarded(test, statement)">\
% if test:
    if (${test}) {
        ${statement}
    }
% else:
    ${statement}
% endif
</%def>
<%def name="keep(m, view)">\
<%
    k, at = view.buffer, f"state->{view.name}_at"
    came = f"{at}.came"
    reach, rows = k.skip + k.frames, k.frames + k.behind
    since = f"{came} - {k.skip}" if k.skip else came
    first = f"({at}.next + {since})" if k.moves else f"({since})" if k.skip else came
    to = f"state->{view.name}" if k.frames == 1 else f"state->{view.name} + (size_t){first} * {k.frame}"
    place = f"({at}.next + {at}.ended - 1)" if k.moves else f"({at}.ended - 1)"
    many = f"the last {rows} frames" if rows > 1 else "the last frame"
    often = "there at each that comes" if k.hop == 1 else f"a new set is there at every {ordinal(k.hop)} that comes"
%>\
/* ${remark(m.graph.tensor(k.tensor).name)}: ${many}, in order; ${often}. */
static int ${view.name}_keep(${m.name}_t *state, ${"int now, " if view.input_ready else ""}const ${ctype(view.dtype)} *x)
{
    ${["if (now != READY) {", "    return now;", "}"] if view.input_ready else []}
% if m.stream.facts.has_edge_frames:
    if (${at}.ended > 0) { ${"/* of a window's own frames, the next */" if k.has_edge_frames else "/* a window's own frames are made */"}
% if k.has_edge_frames:
        memcpy(state->${view.name} + (size_t)${place} * ${k.frame}, x, ${k.frame} * sizeof *x);
        ${at}.ended++;
% endif
        return WAITING;
    }
% endif
    if (${came} == ${reach}) {
        ${came} = ${reach - k.hop};
% if k.moves:
        ${at}.next = (int16_t)(${at}.next + ${k.hop});
        if (${at}.next > ${k.room - rows}) {
${listed("            ", "memmove", [f"state->{view.name}", f"state->{view.name} + (size_t){at}.next * {k.frame}", f"{(k.frames - k.hop) * k.frame} * sizeof *x"])};
            ${at}.next = 0;
        }
% endif
    }
${guarded(f"{came} >= {k.skip}" if k.hop > k.frames or k.skip else "", f"memcpy({to}, x, {k.frame} * sizeof *x);")}\
    return ++${came} == ${reach} ? READY : WAITING;
}

</%def>
<%def name="ends(m, arguments)">\
<%
    s = m.stream
    inputs = {view.x.text: frame_of(view) for view in s.first}
    first = next(view for view in s.buffers if view.buffer.has_edge_frames)
    waiting = " || ".join(f"state->{view.name}_at.ended <= {view.buffer.frames + view.buffer.behind}" for view in s.ended_last)
%>\
/* The frames that padding ${"around" if s.facts.frames_replayed_at_window_start and s.ended_last else "behind" if s.ended_last else "before"} a window decides, from a copy of the stream. */
static void ends(${m.name}_t *state)
{
    state->copy = state->stream;
% if s.ended_last:
    ${[f"state->{view.name}_at.ended = {(view.buffer.frames if view.buffer.has_edge_frames else 0) + 1};" for view in s.buffers]}
    for (int turns = ${s.padding_turns}; turns > 0 && (${waiting}); turns--) {
        (void)${listed("", "advance", ended(s, arguments, list(inputs)))};
    }
% endif
% if s.facts.frames_replayed_at_window_start:
    if (state->${first.name}_at.held) { /* the first window's are those of the stream */
        memset(&state->stream, 0, sizeof state->stream);
        ${[f"state->{view.name}_at.ended = 1;" for view in s.buffers]}
        for (int t = 0; t < ${s.facts.frames_replayed_at_window_start}; t++) {
${listed("            (void)", "advance", replayed(s, arguments, inputs))};
        }
    }
% endif
    state->stream = state->copy;
    ${[f"state->{view.name}_at.ended = 0;" for view in s.buffers]}
    state->${first.name}_at.held = 1;
}

</%def>
<%def name="keeping(m, view)">\
${listed(f"    const int {view.output_ready} = " if view.output_ready == m.stream.result else "    (void)", f"{view.name}_keep", ["state", *([view.input_ready] if view.input_ready else []), view.x.text])};
</%def>
<%def name="pushed(m, queue)">\
<% q, where = queue.queue, state_prefix(m.stream); pad = "        " if queue.due else "    " %>\
    ${f"if ({queue.due} == READY) {{" if queue.due else ""}
${listed(pad, "memcpy", [f"{where}{queue.name} + (size_t){where}{queue.name}_at.next * {q.frame}", queue.x.text, f"{q.frame} * sizeof *{where}{queue.name}"])};
${pad}${turned(f"{where}{queue.name}_at.next", q.frames)};
    ${"}" if queue.due else ""}
</%def>
<%doc>A queue's next frame, or its oldest, is the one behind.</%doc>\
<%def name="turned(place, frames)" buffered="True">${place} = (int16_t)(${place} + 1 == ${frames} ? 0 : ${place} + 1)</%def>
<%def name="validity(m, p)">\
% if m.bounds:

static int within(const ${m.name}_place_t *at, int next, int held, int ended, int least, int most, int full)
{
    return at->next >= 0 && at->next <= next && at->held >= 0 && at->held <= held && at->ended >= 0 &&
           at->ended <= ended && at->came >= least && at->came <= most && (at->came <= at->held || at->held >= full);
}
% endif
% if m.bounds or m.counts:
<%
    tests = [f"within(&state->{b.place}, {b.next}, {b.held}, {b.ended}, {b.came[0]}, {b.came[1]}, {b.full})" for b in m.bounds]
    tests += [f"state->{name}[0] >= 0 && state->{name}[0] <= INT64_MAX / 4" for name in m.counts]
%>\

${p.valid}
{
    return ${" &&\n        ".join(tests)};
}
% endif
</%def>
<%def name="walk(m, s, call_arguments)">\
<%
    stage = s.stage
    moving = {o.name: o for o in stage.outers if o.writes and o.stride}
    arguments = opened(s, call_arguments(stage, True))
    names = [a.split(" + t")[0] for a in arguments]
    outs = [port for port in m.outputs if port.emitted or port.axis is not None]
    heads = [name if name in [p.name for p in outs] else a for name, a in zip(names, arguments)]
    last = ended(s, [a.split(" + t")[0] for a in call_arguments(stage, True)], [p.name for p in m.inputs])
%>\
    for (size_t t = 0; t < ${m.steps(stage.axis)}; t++) {
% if outs:
        if (${listed("", "advance", heads)} == READY) {
            ${[f"{port.name} += {port.step};" for port in outs]}
        }
% else:
        (void)${listed("", "advance", heads)};
% endif
    }
% if s.facts.drains:
    for (int now = WAITING; now != ENDED;) {
        now = ${listed("", "advance", last)};
% if outs:
        if (now == READY) {
            ${[f"{port.name} += {port.step};" for port in outs]}
        }
% endif
    }
% endif
</%def>
