<%doc>
Helpers of the integer modules, each for viper and in plain Python. Buffers are arrays, with the index of the first
value; z is the model's scratch of int32: a vector that a matrix is multiplied with, then the sums of its rows.
</%doc>\
<%!
    KINDS = {"8": "int8", "16": "int16", "32": "int32"}
    WIDTHS = ("8", "16", "32")
    NAMES = [*(f"{name}{width}" for name in ("widen", "copy", "move", "fill") for width in WIDTHS), "narrow", "narrow_gates", "cosine", "sums_4_bits"]
%>\
<%namespace name="wide" file="wide.mako"/>\
<%def name="helper(name, viper)">\
<%
    stem, width = name.rstrip("0123456789"), name[len(name.rstrip("0123456789")):]
%>\
% if stem in ("narrow", "narrow_gates"):
${wide.narrow_viper(stem != "narrow") if viper else wide.narrow_plain(stem != "narrow")}
% elif name == "sums_4_bits":
${sums_4_bits(viper)}
% elif name == "cosine":
${wide.cosine(viper)}
% elif stem == "widen":
${widen_viper(width) if viper else widen_plain(width)}
% elif stem == "move":
${move_viper(width) if viper else copy_plain(width, "move")}
% elif stem == "copy":
${copy_viper(width) if viper else copy_plain(width)}
% else:
${fill_viper(width) if viper else fill_plain(width)}
% endif
</%def>
<%def name="products(first, kernel, pad)">\
% for k in range(kernel.block):
${pad}a = w[${first + k}] * z[${k}] + a
% endfor
</%def>
<%def name="sums_viper(kernel)">\
@micropython.viper
% if kernel.many:
def _${kernel.name}(a: int, z: ptr32, w: ptr8, at: int, n: int, rows: int, to: int, s: int):
    """z[to + row] = sum of (w[row][k] - 128) z[at + k], where s is the sum of z[at + k]: n of them, ${kernel.block} a turn.

    The first two arguments are kept in registers; pointers walk; a sum is added on the right, which spares moves.
    """
    y = ptr32(int(z) + 4 * to)
    first = int(z) + 4 * at
    end = first + 4 * n
    s = 0 - (s << 7)
    while rows:
        rows -= 1
        a = s
        z = ptr32(first)
        while True:
${products(0, kernel, " " * 12)}\
            w = ptr8(int(w) + ${kernel.block})
            z = ptr32(int(z) + ${4 * kernel.block})
            if int(z) == end:
                break
        y[0] = a
        y = ptr32(int(y) + 4)
% else:
def _${kernel.name}(a: int, z: ptr32, w: ptr8, rows: int, to: int, s: int):
    """z[to + row] = sum of (w[row][k] - 128) z[k], where s is the sum of z[k]: ${kernel.block} of them\
${"" if kernel.rows == 1 else f", {kernel.rows} rows a turn"}.

    The first two arguments are kept in registers; pointers walk; a sum is added on the right, which spares moves.
    """
    y = ptr32(int(z) + 4 * to)
    s = 0 - (s << 7)
    while rows:
        rows -= ${kernel.rows}
% for row in range(kernel.rows):
        a = s
${products(row * kernel.block, kernel, " " * 8)}\
        y[${row}] = a
% endfor
        w = ptr8(int(w) + ${kernel.rows * kernel.block})
        y = ptr32(int(y) + ${4 * kernel.rows})
% endif
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
<%def name="sums_4_bits(viper)">
% if viper:
@micropython.viper
def _sums_4_bits(a: int, p: int, z: ptr32, w: ptr8, n: int, rows: int, to: int):
    """z[to + row] = sum of scale[k // 32] (w[row][k] - 8) z[k], two weights a byte, behind the scale of each 32."""
    y = ptr32(int(z) + 4 * to)
    first = int(z)
    while rows:
        rows -= 1
        a = 0
        z = ptr32(first)
        left = n
        while left > 0:
            scale = w[0]
            w = ptr8(int(w) + 1)
            pairs = (left + 1 if left < 32 else 32) >> 1
            left -= 32
            p = 0
            while pairs:
                pairs -= 1
                pair = w[0]
                p = ((pair & 15) - 8) * z[0] + p
                p = ((pair >> 4) - 8) * z[1] + p  # behind an odd end: 0
                w = ptr8(int(w) + 1)
                z = ptr32(int(z) + 8)
            a = scale * p + a
        y[0] = a
        y = ptr32(int(y) + 4)
% else:
def _sums_4_bits(a, p, z, w, n, rows, to):
    """z[to + row] = sum of scale[k // 32] (w[row][k] - 8) z[k], two weights a byte, behind the scale of each 32."""
    at = 0
    for row in range(rows):
        a = 0
        for first in range(0, n, 32):
            scale, p = w[at], 0
            at += 1
            for k in range(first, min(first + 32, n), 2):
                p += ((w[at] & 15) - 8) * z[k]
                if k + 1 < n:
                    p += ((w[at] >> 4) - 8) * z[k + 1]
                at += 1
            a += scale * p
        z[to + row] = a
% endif
</%def>
<%def name="widen_viper(width)">
@micropython.viper
def _widen${width}(v: int, n: int, x: ptr${width}, x_at: int, z: ptr32, count: int) -> int:
    """z = x, and the sum of it. Counting down takes the fewest instructions; the first two arguments are in registers."""
    x = ptr${width}(int(x) + ${f"{int(width) // 8} * " if width != "8" else ""}x_at)
    s = 0
    n = count
    while n:
        n -= 1
% if width == "32":
        v = x[n]
% else:
        v = (x[n] ^ ${1 << int(width) - 1}) - ${1 << int(width) - 1}
% endif
        z[n] = v
        s = v + s
    return s
</%def>
<%def name="widen_plain(width)">
def _widen${width}(v, n, x, x_at, z, count):
    s = 0
    for k in range(count):
        z[k] = x[x_at + k]
        s += z[k]
    return s
</%def>
<%def name="copy_viper(width)">
@micropython.viper
def _copy${width}(x: ptr${width}, x_at: int, y: ptr${width}, y_at: int, n: int):
    x = ptr${width}(int(x) + ${f"{int(width) // 8} * " if width != "8" else ""}x_at)
    y = ptr${width}(int(y) + ${f"{int(width) // 8} * " if width != "8" else ""}y_at)
    while n:
        n -= 1
        y[n] = x[n]
</%def>
<%def name="move_viper(width)">
@micropython.viper
def _move${width}(x: ptr${width}, x_at: int, y: ptr${width}, y_at: int, n: int):
    x = ptr${width}(int(x) + ${f"{int(width) // 8} * " if width != "8" else ""}x_at)
    y = ptr${width}(int(y) + ${f"{int(width) // 8} * " if width != "8" else ""}y_at)
    for k in range(n):  # from the first on, as they may lie on each other
        y[k] = x[k]
</%def>
<%def name="copy_plain(width, name='copy')">
def _${name}${width}(x, x_at, y, y_at, n):
    for k in range(n):
        y[y_at + k] = x[x_at + k]
</%def>
<%def name="fill_viper(width)">
@micropython.viper
def _fill${width}(y: ptr${width}, y_at: int, n: int, value: int):
    for k in range(n):
        y[y_at + k] = value
</%def>
<%def name="fill_plain(width)">
def _fill${width}(y, y_at, n, value):
    for k in range(n):
        y[y_at + k] = value
</%def>
