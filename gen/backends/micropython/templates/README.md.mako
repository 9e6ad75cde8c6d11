<%doc>For the user of the generated folder. Needs: g (Generated), target, compiled, native.</%doc>\
<%
    n, whole = g.name, g.integer
    codes = {"int8": "b", "int16": "h", "int32": "i"}
    ins, outs = (", ".join(p.name for p in side) for side in (g.inputs, g.outputs))
    thumb = f"{n}_thumb.py" in g.files
    parts = [part for part in ("", "_viper", "_thumb", "_weights") if f"{n}{part}.py" in g.files]
    files = " ".join(f"{'mpy/' if compiled else ''}{n}{part}.{'mpy' if compiled else 'py'}" for part in parts)
    ports = [*((p, "in") for p in g.inputs), *((p, "out") for p in g.outputs)]
    answers = 4 * sum(p.frame for p in g.outputs)
    if whole:
        answers += sum(p.format.size * p.frame for p in g.outputs)
%>\
# ${n} for MicroPython${", in integers" if whole else ""}

% if whole:
`${n}.py` is the model, `${n}_viper.py` its layers in native code (`@micropython.viper`), `${n}_weights.py` its weights.
`${n}_plain.py` has the same layers in plain Python: slower, with the same bits. It is used if the firmware has no native
code, or if the `.mpy` is for another core. You need no firmware of your own and no C compiler.
% else:
`${n}.py` is the model in plain Python, `${n}_weights.py` its weights.
Copy both to the board. You need no firmware of your own and no C compiler.
% endif
% if thumb:
`${n}_thumb.py` has the products in assembly (`@micropython.asm_thumb`), which saves a third of the instructions;
without this file, viper's are used.
% endif
% if compiled:
In `mpy/` all are compiled ${f"for {target}'s core" if whole else "to bytecode"} (`.mpy` version 6.3, MicroPython 1.23 and later): they take less RAM while
they are loaded. Older firmware needs the `.py` files. Copy these or those, not both: MicroPython prefers `.py`.
% endif

    mpremote fs cp ${files} :
    mpremote run main.py

With `mip`, from this folder served over HTTP or on GitHub: `mpremote mip install http://.../package.json`. In Thonny:
open the files and save each to the device under its name.

    import ${n}
    model = ${n}.Model()
% if g.rate:
    answer = model.step(${ins})  # one frame; None if there is no answer; the first comes with frame ${g.rate.first}
    ${"answer = model.finish()  # after the last frame, until it returns None" if g.rate.finishes else ""}
% elif g.causal:
    answer = model.step(${ins})  # one time step; the next one overwrites the answer
% endif
% if whole and g.causal:
    model.step_q(${ins}, ${outs})  # integers in and out: allocates nothing, may be called from a timer
% endif
    answer = model.predict(${ins})  # a whole sequence, as Keras's predict
    model.reset()
    state = model.state  # bytes; model.state = state restores it

% for note in g.graph.notes:
**Note: ${note}.**

% endfor
% if whole:
The real value of an integer is `scale * (q - zero)`. The arrays have these types:

| | array | values | scale | zero |
|---|---|---|---|---|
% for port, side in ports:
<%
    form, many = port.format, port.format.features
    scale = "per feature: " + ", ".join(f"{s:.8g}" for s in form.scales) if many else f"{form.scale:.8g}"
%>\
| ${side} `${port.name}` | `array('${codes[port.dtype]}')` | ${port.frame} | ${scale} | ${", ".join(map(str, form.zeros)) if many else form.zero} |
% endfor

% endif
${"##"} Costs

| | |
|---|---|
| flash | ${f"{g.weight_bytes:,}"} bytes of weights, plus code |
| RAM for weights | none if the module is frozen or in ROMFS (MicroPython 1.25)${", except for tables at odd addresses" if whole else ""}; else ${f"{g.weight_bytes:,}"} bytes, once |
${["| RAM for code | native code is copied to RAM unless it is frozen |"] if whole else []}
| RAM a `Model` | ${f"{g.state_bytes:,}"} bytes of state and scratch, ${f"{answers:,}"} bytes for answers |
% if whole:
| heap a `${'step_q' if g.causal or g.rate else 'predict_q'}` | none |
% else:
| heap a ${g.work.macs_per} | about ${f"{60 * g.work.macs:,}"} bytes of numbers, soon collected: 60 bytes a multiply-add |
% endif
| work | ${g.worked} |

% if not whole:
Every float that MicroPython computes is an object on its heap. A ${'step' if g.rate else g.per} therefore allocates, may wait for the garbage
collector, and must not be called from an interrupt handler. It needs only a few kilobytes of free heap at a time.

The last digits depend on the board's float type: single precision on most boards, double on a PC.

% endif
% if native:
${"##"} Native module

`natmod/` has the model's C, to be built as one native `.mpy` with MicroPython's source and the board's compiler. It is as
fast as C, but its weights take RAM. `make -C natmod MPY_DIR=.../micropython`; its module is `${n}_native`.
% endif
