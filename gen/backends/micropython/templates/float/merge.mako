<%
    mode, out = op.mode, f.outs[0]
    views = [f"x{n}[i{n}" + ("" if (v := f.broadcast(shape, out)) == "0" else f" + {v}") + "]" for n, shape in enumerate(f.ins)]
    sign = {"add": " + ", "average": " + ", "subtract": " - ", "multiply": " * "}.get(mode)
    value = sign.join(views) if sign else f"{mode[:3]}({', '.join(views)})"
%>\
def _${f.name}(${', '.join(f"x{n}, i{n}" for n in range(len(f.ins)))}, y, o):
    """y = ${mode} of ${len(f.ins)} inputs."""
    for k in range(${f.size(out)}):
        y[o + k] = ${f"({value}) / {len(f.ins)}" if mode == "average" else value}
