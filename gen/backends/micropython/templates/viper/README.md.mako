<%doc>For the user of the generated folder of an integer model. Needs: g (Generated), target, compiled.</%doc>\
<%
    n = g.name
    codes = {"int8": "b", "int16": "h", "int32": "i"}
    ins = ", ".join(p.name for p in g.inputs)
    outs = ", ".join(p.name for p in g.outputs)
    where = "mpy/" if compiled else ""
    suffix = "mpy" if compiled else "py"
    thumb = ["_thumb"] if f"{n}_thumb.py" in g.files else []
    files = " ".join(f"{where}{n}{part}.{suffix}" for part in ("", "_viper", *thumb, "_weights"))
    real = 4 * sum(p.frame for p in g.outputs) + sum(p.format.size * p.frame for p in g.outputs)
    ports = [*((p, "in") for p in g.inputs), *((p, "out") for p in g.outputs)]
%>\
# ${n} for MicroPython, in integers

`${n}.py` is the model, `${n}_viper.py` its layers in native code (`@micropython.viper`), `${n}_weights.py` its weights.
`${n}_plain.py` has the same layers in plain Python: slower, the same bits; it is taken where firmware has no native
code, or where the `.mpy` is of another core. Nothing else is needed, no firmware of your own and no C compiler.
% if thumb:
`${n}_thumb.py` has the products in assembly (`@micropython.asm_thumb`), which spares a third of the instructions;
without it, viper's are taken.
% endif
% if compiled:
In `mpy/` all are compiled for ${target}'s core (`.mpy` version 6.3, MicroPython 1.23 and later): they take less RAM while
they are loaded. Take these or the `.py` files, not both: `.py` comes first.
% endif

    mpremote fs cp ${files} :
    mpremote run main.py

With `mip`, from this folder served over HTTP or on GitHub: `mpremote mip install http://.../package.json`.

    import ${n}
    model = ${n}.Model()
% if g.causal:
    answer = model.step(${ins})  # one time step, real numbers; the answer is overwritten by the next
    model.step_q(${ins}, ${outs})  # integers in and out: allocates nothing, may be called from a timer
% endif
    answer = model.predict(${ins})  # a whole sequence, as Keras's predict
    model.reset()
    kept = model.state  # bytes; model.state = kept puts it back

% for note in g.graph.notes:
**Note: ${note}.**

% endfor
Integers mean `scale * (q - zero)`, in arrays of these types:

| | array | values | scale | zero |
|---|---|---|---|---|
% for port, side in ports:
% if port.format.features:
| ${side} `${port.name}` | `array('${codes[port.dtype]}')` | ${port.frame} | of each feature: ${", ".join(f"{s:.8g}" for s in port.format.scales)} | ${", ".join(map(str, port.format.zeros))} |
% else:
| ${side} `${port.name}` | `array('${codes[port.dtype]}')` | ${port.frame} | ${f"{port.format.scale:.8g}"} | ${port.format.zero} |
% endif
% endfor

${"##"} What it costs

| | |
|---|---|
| flash | ${f"{g.weight_bytes:,}"} bytes of weights, plus code |
| RAM for weights | none where the module is frozen or in ROMFS (MicroPython 1.25), but for tables that lie there at odd addresses; else ${f"{g.weight_bytes:,}"} bytes, once |
| RAM for code | native code is copied to RAM unless it is frozen |
| RAM a `Model` | ${f"{g.state_bytes:,}"} bytes of state and scratch, ${f"{real:,}"} bytes for answers in real numbers |
| heap a `step_q` | none |
| work | ${f"{g.macs:,}"} multiply-accumulates${' a step' if g.axes else ''} |

% if native:
${"##"} Native module

`natmod/` holds the model's C, to be built as one native `.mpy` with MicroPython's source and the board's compiler: as
fast as C, but weights then take RAM. `make -C natmod MPY_DIR=.../micropython`; its module is `${n}_native`.
% endif
