<%doc>Helpers of the integer modules, each for viper and in plain Python. Buffers are arrays, with the index of the
first value; z is the model's scratch of int32: the vector for a product with a matrix, then the sums of the
rows.</%doc>\
<%!
    from gatesmith.numerics.storage import PACKED

    MOVES = [f"{name}{bits}" for name in ("widen", "copy", "move", "fill") for bits in (8, 16, 32)]
    NAMES = [*MOVES, "narrow", "cosine", *(f"sums_{storage.bits}_bits" for storage in PACKED)]
%>\
<%def name="helper(name, viper)">\
% if name == "narrow":
${wide.narrow(viper)}
% elif name == "cosine":
${wide.cosine(viper)}
% elif name.endswith("_bits"):
${sums_of_bits(int(name.split("_")[1]), viper)}
% else:
${moves(name.rstrip("0123456789"), int(name.lstrip("abcdefghijklmnopqrstuvwxyz")), viper)}
% endif
</%def>
<%doc>Moves values of ``bits`` bits. Counting down takes the fewest instructions, if values cannot overlap.</%doc>\
<%def name="moves(stem, bits, viper)">
<%
    pointer, size = f"ptr{bits}", f"{bits // 8} * " if bits > 8 else ""
    def moved(name):
        return f"{name} = {pointer}(int({name}) + {size}{name}_at)" if viper else ""
    def at(name, index):
        return f"{name}[{index}]" if viper else f"{name}[{name}_at + {index}]"
    value = at("x", "n") if bits == 32 or not viper else f"(x[n] ^ {1 << bits - 1}) - {1 << bits - 1}"
%>\
% if stem == "fill":
${write.head(f"fill{bits}", f"y: {pointer}, y_at: int, n: int, value: int".split(", "), viper)}
    for k in range(n):
        y[y_at + k] = value
% elif stem == "widen":
${write.head(f"widen{bits}", f"v: int, n: int, x: {pointer}, x_at: int, z: ptr32, count: int".split(", "), viper, "int")}
    """z = x, and the sum of it. The first two arguments are in registers."""
    ${moved("x")}
    s = 0
    n = count
    while n:
        n -= 1
        v = ${value}
        z[n] = v
        s = v + s
    return s
% else:
${write.head(f"{stem}{bits}", f"x: {pointer}, x_at: int, y: {pointer}, y_at: int, n: int".split(", "), viper)}
    ${moved("x")}
    ${moved("y")}
% if stem == "move":
    for k in range(n):  # from the first on, as they may lie on each other
        ${at("y", "k")} = ${at("x", "k")}
% else:
    while n:
        n -= 1
        ${at("y", "n")} = ${at("x", "n")}
% endif
% endif
</%def>
<%def name="products(row, kernel)" buffered="True">
${[f"a = w[{row * kernel.block + k}] * z[{k}] + a" for k in range(kernel.block)]}
</%def>
<%def name="sums_viper(kernel)">\
@micropython.viper
def _${kernel.name}(a: int, z: ptr32, w: ptr8, ${"at: int, n: int, " if kernel.loops else ""}rows: int, to: int, s: int):
<% at, n = ("at + ", "n") if kernel.loops else ("", kernel.block) %>\
    """z[to + row] = sum of (w[row][k] - 128) z[${at}k], where s is the sum of z[${at}k]: ${n} of them\
${f", {kernel.block} a turn" if kernel.loops else f", {kernel.rows} rows a turn" if kernel.rows > 1 else ""}.

    The first two arguments are kept in registers; pointers walk; a sum is added on the right, which spares moves.
    """
    y = ptr32(int(z) + 4 * to)
    ${["first = int(z) + 4 * at", "end = first + 4 * n"] if kernel.loops else []}
    s = 0 - (s << 7)
    while rows:
        rows -= ${kernel.rows}
% for row in range(kernel.rows):
        a = s
% if kernel.loops:
        z = ptr32(first)
        while True:
            ${products(row, kernel)}
            w = ptr8(int(w) + ${kernel.block})
            z = ptr32(int(z) + ${4 * kernel.block})
            if int(z) == end:
                break
% else:
        ${products(row, kernel)}
% endif
        y[${row}] = a
% endfor
        ${f"w = ptr8(int(w) + {kernel.rows * kernel.block})" if not kernel.loops else ""}
        y = ptr32(int(y) + ${4 * kernel.rows})
</%def>
<%def name="sums_plain()">\
def _sums(z, w, at, n, rows, to, s):
    """z[to + row] = sum of (w[row][k] - 128) z[at + k], where s is the sum of z[at + k]: n of them."""
    first = 0
    for row in range(rows):
        a = -128 * s
        for k in range(n):
            a += w[first + k] * z[at + k]
        first += n
        z[to + row] = a
</%def>
<%def name="sums_of_bits(bits, viper)">
<%
    (storage,) = (one for one in PACKED if one.bits == bits)
    many, mask, offset = 8 // bits, (1 << bits) - 1, storage.offset
    parts = [f"({f'some >> {k * bits}' if k == many - 1 else f'(some >> {k * bits}) & {mask}' if k else f'some & {mask}'}) - {offset}" for k in range(many)]
%>\
${write.head(f"sums_{bits}_bits", "a: int, p: int, z: ptr32, w: ptr8, n: int, rows: int, to: int".split(", "), viper)}
    """z[to + row] = sum of scale[k // ${storage.group}] (w[row][k] - ${offset}) z[k], ${many} weights a byte, behind the scale of each ${storage.group}."""
% if viper:
    y = ptr32(int(z) + 4 * to)
    first = int(z)
    while rows:
        rows -= 1
        a = 0
        z = ptr32(first)
        left = n
        while left > 0:
            scale = w[0]
            ${"scale = scale - ((scale & 128) << 1)" if storage.multiples.min() < 0 else ""}
            w = ptr8(int(w) + 1)
            turns = (left + ${many - 1} if left < ${storage.group} else ${storage.group}) // ${many}
            left -= ${storage.group}
            p = 0
            while turns:
                turns -= 1
                some = w[0]
                ${[f"p = ({part}) * z[{k}] + p" for k, part in enumerate(parts)]}
                w = ptr8(int(w) + 1)
                z = ptr32(int(z) + ${4 * many})
            a = scale * p + a
        y[0] = a
        y = ptr32(int(y) + 4)
% else:
    at = 0
    for row in range(rows):
        a = 0
        for first in range(0, n, ${storage.group}):
            scale, p = w[at], 0
            ${"scale -= scale >> 7 << 8" if storage.multiples.min() < 0 else ""}
            at += 1
            for k in range(first, min(first + ${storage.group}, n)):
                place = k % ${many}
                p += ((w[at] >> ${bits} * place & ${mask}) - ${offset}) * z[k]
                if place == ${many - 1} or k + 1 == n:
                    at += 1
            a += scale * p
        z[to + row] = a
% endif
</%def>
