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
`${n}_plain.py` has the same layers in plain Python: slower, the same bits; it is taken where firmware has no native
code, or where the `.mpy` is of another core. Nothing else is needed, no firmware of your own and no C compiler.
% else:
`${n}.py` is the model in plain Python, `${n}_weights.py` its weights.
Both go to the board; nothing else is needed, no firmware of your own and no C compiler.
% endif
% if thumb:
`${n}_thumb.py` has the products in assembly (`@micropython.asm_thumb`), which spares a third of the instructions;
without it, viper's are taken.
% endif
% if compiled:
In `mpy/` all are compiled ${f"for {target}'s core" if whole else "to bytecode"} (`.mpy` version 6.3, MicroPython 1.23 and later): they take less RAM while
they are loaded. Take these or the `.py` files, not both: `.py` comes first.
% endif

    mpremote fs cp ${files} :
    mpremote run main.py

With `mip`, from this folder served over HTTP or on GitHub: `mpremote mip install http://.../package.json`. In Thonny:
open the files and save each to the device under its name.

    import ${n}
    model = ${n}.Model()
% if g.rate:
    answer = model.step(${ins})  # one frame; None where there is no answer, the first comes with frame ${g.rate.first}
% if g.rate.finishes:
    answer = model.finish()  # after the last frame, until it gives None
% endif
% elif g.causal:
    answer = model.step(${ins})  # one time step; the answer is overwritten by the next
% endif
% if whole and g.causal:
    model.step_q(${ins}, ${outs})  # integers in and out: allocates nothing, may be called from a timer
% endif
    answer = model.predict(${ins})  # a whole sequence, as Keras's predict
    model.reset()
    kept = model.state  # bytes; model.state = kept puts it back

% for note in g.graph.notes:
**Note: ${note}.**

% endfor
% if whole:
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

% endif
${"##"} What it costs

| | |
|---|---|
| flash | ${f"{g.weight_bytes:,}"} bytes of weights, plus code |
| RAM for weights | none where the module is frozen or in ROMFS (MicroPython 1.25)${", but for tables that lie there at odd addresses" if whole else ""}; else ${f"{g.weight_bytes:,}"} bytes, once |
% if whole:
| RAM for code | native code is copied to RAM unless it is frozen |
% endif
| RAM a `Model` | ${f"{g.state_bytes:,}"} bytes of state and scratch, ${f"{answers:,}"} bytes for answers |
% if whole:
| heap a `step_q` | none |
% else:
| heap a step | about ${f"{60 * g.macs:,}"} bytes of numbers, each made and soon collected: 60 bytes a multiply-accumulate |
% endif
| work | ${f"{g.macs:,}"} multiply-accumulates${' a step' if g.axes else ''} |

% if not whole:
Every float that MicroPython computes is an object on its heap. A step therefore allocates, may wait for the garbage
collector, and must not be called from an interrupt handler. It needs no more free heap than a few kilobytes at a time.

The board's own float type decides the last digits: single precision on most boards, double on a PC.

% endif
% if native:
${"##"} Native module

`natmod/` holds the model's C, to be built as one native `.mpy` with MicroPython's source and the board's compiler: as
fast as C, but weights then take RAM. `make -C natmod MPY_DIR=.../micropython`; its module is `${n}_native`.
% endif
