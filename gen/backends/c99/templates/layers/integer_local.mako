<%doc>A convolution with a kernel of its own at every position, in integers. Needs: f, the function being written.</%doc>\
<%! from gatesmith.backends.c99.windows import index, times, total %>\
<%namespace name="gathered" file="gathered.mako"/>\
<%def name="define(f)">\
<%
    op, axes = f.op, range(len(f.op.windows))
    given = f.ins[0][: len(op.windows)]
    taps = []
    for axis, (w, n) in enumerate(zip(op.windows, given)):
        lines = [f"for (int k{axis} = 0; k{axis} < {w.kernel}; k{axis}++) {{"]
        lines.append(f"const {f.index} t{axis} = {total(times(f'p{axis}', w.stride), times(f'k{axis}', w.dilation), -w.left)};")
        taps.append([*lines, *([] if w.inside(n) else [f"if (t{axis} >= 0 && t{axis} < {n}) {{"])])
    place = index([f"t{a}" for a in axes], given)
    tap = index([f"k{a}" for a in axes], [w.kernel for w in op.windows])
%>\
${gathered.whole(f, taps, place, tap, True, "Each position has a kernel of its own")}\
</%def>
