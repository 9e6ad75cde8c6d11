<%doc>Transposed convolution in integers. Needs: f, the function being written.</%doc>\
<%! from gatesmith.backends.c99.windows import index, times, total %>\
<%namespace name="gathered" file="gathered.mako"/>\
<%def name="define(f)">\
<%
    op, axes = f.op, range(len(f.op.windows))
    given = f.ins[0][: len(op.windows)]
    taps = []
    for axis, (w, n) in enumerate(zip(op.windows, given)):
        lines = [f"for (int k{axis} = 0; k{axis} < {w.kernel}; k{axis}++) {{"]
        back = times(f"k{axis}", -w.dilation) if w.dilation > 1 else f"-k{axis}"
        lines.append(f"const {f.index} r{axis} = {total(f'p{axis}', w.left, back)};")
        tests = [f"r{axis} >= 0", f"r{axis} < {n * w.stride}", *([f"r{axis} % {w.stride} == 0"] if w.stride > 1 else [])]
        taps.append([*lines, f"if ({' && '.join(tests)}) {{"])
    place = index([f"r{a}" if op.windows[a].stride == 1 else f"r{a} / {op.windows[a].stride}" for a in axes], given)
    tap = index([f"k{a}" for a in axes], [w.kernel for w in op.windows])
%>\
${gathered.whole(f, taps, place, tap, False, "Each output gathers the inputs whose windows reach it")}\
</%def>
