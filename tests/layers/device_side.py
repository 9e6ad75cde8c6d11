"""What a MicroPython runs for ``tests/layers/modules.py``: many models, one after the other. Not imported by Python."""

import gc
import sys
from array import array
from binascii import hexlify

SIZES = {"b": 1, "h": 2, "i": 4, "f": 4}


def empty(ports, frames):
    return [array(code, bytes(SIZES[code] * (frame if frames else values))) for code, values, frame, _ in ports]


def to_hex(answer):
    return "".join([hexlify(bytes(y)).decode() for y in answer])


def show(line):
    """A long line at once stops the serial port of one emulated board for good."""
    for at in range(0, len(line), 256):
        print(line[at : at + 256], end="")
    print()


def several(top, folders):
    """Visit models and print the heap that is free in the end. Each has a folder with its modules and, in ``call``,
    the arguments of ``visit`` behind its first."""
    path = list(sys.path)
    for folder in folders:
        with open(top + "/" + folder + "/call") as file:
            visit(top + "/" + folder, *eval(file.read()))
        leave(path)
        print("end")
    print(gc.mem_free())


def visit(folder, native, rows, calls, ins, outs, integer):
    """Import ``model`` and print what it answers.

    Args:
        folder: where its modules are, and in ``data`` every row's calls, and in each the inputs.
        native: whether those in its own folder ``native`` count too.
        ins, outs: type code, values of a sequence, values of a step, whether it has steps; of each input and output.

    Prints the model's id, and which of an integer model's modules it runs; the answers of each row's calls; and for a
    model with ``step`` another line a row: "=" if the first call by steps gave the same bytes, else what it gave; and
    the bytes of heap that one of these steps left allocated, at most (of native code alone, in the first row alone).
    """
    sys.path[:0] = [folder, folder + "/native"] if native else [folder]
    import model

    one = model.Model()
    print(model.MODEL_ID, getattr(model, "VIPER", "-"))
    with open(folder + "/data", "rb") as file:
        for row in range(rows):
            first = None
            one.reset()
            for _ in range(calls):
                x = [array(code, file.read(SIZES[code] * values)) for code, values, _, _ in ins]
                if integer:
                    y = empty(outs, False)
                    one.predict_q(*x, *y)
                else:
                    y = one.predict(*x)
                    y = y if len(outs) > 1 else (y,)
                y = to_hex(y)
                show(y)
                if first is None:
                    first = x, y
            if hasattr(one, "step"):
                y, heap = by_steps(one, first[0], ins, outs, integer, native and row == 0)
                print("=" if y == first[1] else y, heap)


def by_steps(one, inputs, ins, outs, integer, measured):
    """The same sequence step by step from a zero state; the outputs are joined as for the whole."""
    one.reset()
    y = empty(outs, False)
    frames = empty(outs, True)
    heap = 0
    steps = max([values // frame for _, values, frame, walks in ins + outs if walks] or [1])
    for t in range(steps):
        x = [
            memoryview(data)[t * frame : (t + 1) * frame] if walks else data
            for data, (_, _, frame, walks) in zip(inputs, ins)
        ]
        if integer and measured:
            heap = max(heap, taken(one.step_q, x + frames))
        elif integer:
            one.step_q(*x, *frames)
        else:
            frames = one.step(*x)
            frames = frames if len(outs) > 1 else (frames,)
        for whole, got, (_, _, frame, walks) in zip(y, frames, outs):
            at = t * frame if walks else 0
            whole[at : at + frame] = got
    return to_hex(y), heap


def taken(call, arguments):
    """Bytes of heap that are gone behind a call."""
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    call(*arguments)
    after = gc.mem_alloc()
    gc.enable()
    return after - before


def leave(path):
    """Forget the model."""
    sys.path[:] = path
    for name in list(sys.modules):
        if name.startswith("model"):
            del sys.modules[name]
    gc.collect()
