<%doc>For the user of the generated folder. Needs: g (Generated), target, compiled.</%doc>\
<%
    n, ports = g.name, (*g.inputs, *g.outputs)
    ins = ", ".join(p.name for p in g.inputs)
    where = "mpy/" if compiled else ""
    suffix = "mpy" if compiled else "py"
    outputs = 4 * sum(p.frame for p in g.outputs)
%>\
# ${n} for MicroPython

`${n}.py` is the model in plain Python, `${n}_weights.py` its weights.
Both go to the board; nothing else is needed, no firmware of your own and no C compiler.
% if compiled:
In `mpy/` are both compiled to bytecode (`.mpy` version 6.3, MicroPython 1.23 and later): they start faster and take
less RAM while they are loaded. Take these or the `.py` files, not both: `.py` comes first.
% endif

    mpremote fs cp ${where}${n}.${suffix} ${where}${n}_weights.${suffix} :
    mpremote run main.py

With `mip`, from this folder served over HTTP or on GitHub: `mpremote mip install http://.../package.json`. In Thonny:
open both files and save each to the device under its name.

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
    answer = model.predict(${ins})  # a whole sequence, as Keras's predict
    model.reset()
    kept = model.state  # bytes; model.state = kept puts it back

${"##"} What it costs

| | |
|---|---|
| flash | ${f"{g.weight_bytes:,}"} bytes of weights, plus code |
| RAM for weights | none where the module is frozen or in ROMFS (MicroPython 1.25); else ${f"{g.weight_bytes:,}"} bytes, once |
| RAM a `Model` | ${f"{g.state_bytes:,}"} bytes of state and scratch, ${f"{outputs:,}"} bytes of outputs |
| heap a step | about ${f"{60 * g.macs:,}"} bytes of numbers, each made and soon collected: 60 bytes a multiply-accumulate |
| work | ${f"{g.macs:,}"} multiply-accumulates${' a step' if g.axes else ''} |

Every float that MicroPython computes is an object on its heap. A step therefore allocates, may wait for the garbage
collector, and must not be called from an interrupt handler. It needs no more free heap than a few kilobytes at a time.

The board's own float type decides the last digits: single precision on most boards, double on a PC.

% if native:
${"##"} Native module

`natmod/` holds the model's C, to be built as one native `.mpy` with MicroPython's source and the board's compiler: as
fast as C, but weights then take RAM. `make -C natmod MPY_DIR=.../micropython`; its module is `${n}_native`.
% endif
