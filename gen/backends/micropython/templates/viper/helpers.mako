<%doc>
Helpers of the integer modules, each for viper and in plain Python. Buffers are arrays, with the index of the first
value; z is the model's scratch of int32: a vector that a matrix is multiplied with, then the results of its rows.
</%doc>\
<%!
    KINDS = {"8": "int8", "16": "int16", "32": "int32"}
    WIDTHS = ("8", "16", "32")
    WIDE = ("bits", "square_root", "cosine")
    NAMES = ["rows", *(f"{name}{width}" for name in ("widen", "copy", "fill") for width in WIDTHS), *WIDE]
%>\
<%def name="helper(name, viper)">\
<%
    stem, width = name.rstrip("0123456789"), name[len(name.rstrip("0123456789")):]
%>\
% if name in WIDE:
${wide(name)}
% elif stem == "rows":
${rows_viper() if viper else rows_plain()}
% elif stem == "widen":
${widen_viper(width) if viper else widen_plain(width)}
% elif stem == "copy":
${copy_viper(width) if viper else copy_plain(width)}
% else:
${fill_viper(width) if viper else fill_plain(width)}
% endif
</%def>
<%def name="rows_viper()">
@micropython.viper
def _rows(a: int, z: ptr32, w: ptr8, b: ptr32, m: ptr16, n: int, row: int, pre: int, post: int, to: int, add: int):
    """z[to + row] = (+=) ((b[row] + sum of w[row][k] z[k]) >> pre, in 16 bits) m[row] / 2^post, to the nearest.

    Each w is stored plus 128, the last row first. The first two arguments are kept in registers; pointers walk; the
    loop is unrolled; a sum is added on the right, which spares moves.
    """
    SH = int(_SH)
    start = int(z)
    end = start + 4 * n
    some = n & 16
    rest = n & 15
    most = end - 4 * (some + rest)
    many = most - start
    y = ptr32(start + 4 * to)
    half = (1 << post) >> 1
    s = 0
    while int(z) < end:
        s += z[0]
        z = ptr32(int(z) + 4)
    s <<= 7
    while row:
        row -= 1
        a = b[row] - s
        z = ptr32(start)
        if many:
            while True:
% for k in range(32):
                a = w[${k}] * z[${k}] + a
% endfor
                w = ptr8(int(w) + 32)
                z = ptr32(int(z) + 128)
                if int(z) == most:
                    break
        if some:
% for k in range(16):
            a = w[${k}] * z[${k}] + a
% endfor
            w = ptr8(int(w) + 16)
            z = ptr32(int(z) + 64)
        if rest:
            while int(z) < end:
% for k in range(4):
                a = w[${k}] * z[${k}] + a
% endfor
                w = ptr8(int(w) + 4)
                z = ptr32(int(z) + 16)
        if SH:
            a = (a << SH) >> SH
        a >>= pre
        if (a + 32768) >> 16:
            if a > 0:
                a = 32767
            else:
                a = -32768
        a = (a * m[row] + half) >> post
        if add:
            a = y[row] + a
        y[row] = a
</%def>
<%def name="rows_plain()">
def _rows(a, z, w, b, m, n, row, pre, post, to, add):
    """z[to + row] = (+=) ((b[row] + sum of w[row][k] z[k]) >> pre, in 16 bits) m[row] / 2^post, to the nearest.

    Each w is stored plus 128, the last row first.
    """
    half = (1 << post) >> 1
    at = 0
    while row:
        row -= 1
        a = b[row]
        for k in range(n):
            a += (w[at + k] - 128) * z[k]
        at += n
        a = (max(-32768, min(32767, a >> pre)) * m[row] + half) >> post
        z[to + row] = z[to + row] + a if add else a
</%def>
<%def name="widen_viper(width)">
@micropython.viper
def _widen${width}(x: ptr${width}, x_at: int, z: ptr32, n: int):
    """z = x, and zeros up to a multiple of 4. Counting down takes the fewest instructions."""
    k = n
    while k & 3:
        z[k] = 0
        k += 1
    x = ptr${width}(int(x) + ${f"{int(width) // 8} * " if width != "8" else ""}x_at)
    while n:
        n -= 1
% if width == "32":
        z[n] = x[n]
% else:
        z[n] = (x[n] ^ ${1 << int(width) - 1}) - ${1 << int(width) - 1}
% endif
</%def>
<%def name="widen_plain(width)">
def _widen${width}(x, x_at, z, n):
    for k in range(n):
        z[k] = x[x_at + k]
    while n & 3:
        z[n] = 0
        n += 1
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
<%def name="copy_plain(width)">
def _copy${width}(x, x_at, y, y_at, n):
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
<%def name="wide(name)">\
% if name == "bits":
def _bits(x):
    """Binary digits of an integer from 0."""
    n = 0
    while x:
        x >>= 1
        n += 1
    return n
% elif name == "square_root":
def _square_root(x):
    """The largest integer whose square is at most x, by Newton's method from above."""
    if not x:
        return 0
    root = 1 << ((_bits(x) + 1) >> 1)
    while True:
        less = (root + x // root) >> 1
        if less >= root:
            return root
        root = less
% else:
def _cosine(total, one, two):
    """total / sqrt(one two) in units of 2^-15: each square is brought to 61 or 62 bits before its root is taken."""
    a = (62 - _bits(one)) // 2
    b = (62 - _bits(two)) // 2
    length = (_square_root(one << (2 * a)) * _square_root(two << (2 * b))) >> 30
    share = min(32767, (((abs(total) << (a + b)) >> 15) + (length >> 1)) // length)
    return -share if total < 0 else share
% endif
</%def>
