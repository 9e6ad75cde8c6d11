<%doc>Helpers on numbers of more than 32 bits: two words, h 2^30 + l. Needs nothing.</%doc>\
<%def name="narrow(viper)">
<% arguments = "v: int, h: int, z: ptr32, b: ptr32, m: ptr16, p: ptr8, rows: int, parts: int, n: int, to: int, s: int" %>\
${write.head("narrow", arguments.split(", "), viper)}
    """z[to + row] = ((bias + sum w[row][k] z[k]) >> pre, in 16 bits) m[row] / 2^post, to the nearest; rows lie by n
    gates, of which each has its pre and post in p.

    w has 16 bits: z[to + 2 row] and the next hold what its upper and lower bytes, plus 128, make of a part of k; those
    of the next part follow after all rows. Numbers of more than 32 bits are h 2^30 + l.
    """
% if viper:
    SH = 1
    SH = ((SH << 31 >> 31) + 1) << 4
    gate = 0
    fresh = 1
    less = 0 - s
    less_h = less >> 1
    less_l = (less & 1) << 15
    x = ptr32(int(z) + 4 * to)
    y = ptr32(int(x))
    apart = 8 * rows
    while rows:
        rows -= 1
        if fresh:
            pre = p[2 * gate]
            post = p[2 * gate + 1]
            half = (1 << post) >> 1
            beyond = 1
            if pre > 14:
                beyond = pre - 13
            gate += 1
            if gate == n:
                gate = 0
            fresh = n - 1  # shifts of one gate are those of all rows
        # the sum by words of 16 bits, which need no carries on the way
        h = less_h
        l = less_l
        u = ptr32(int(x))
        left = parts
        while left:
            left -= 1
            ${fixed.word("v", "u[0]", viper)}
            h = (v >> 8) + h
            l = ((v & 255) << 8) + l
            ${fixed.word("v", "u[1]", viper)}
            h = (v >> 16) + h
            l = (v & 65535) + l
            u = ptr32(int(u) + apart)
        h = (l >> 16) + h
        l = ((h & 16383) << 16) + (l & 65535) + b[1]
        ${fixed.word("v", "b[0]", viper)}
        h = (h >> 14) + v
        h = (l >> 30) + h
        if pre >= 30:
            v = h >> (pre - 30)
        else:
            v = 1 << (beyond - 1)
            if (h + v) >> beyond:
                if h < 0:
                    v = -1 - v
                h = v
            v = (h << (30 - pre)) + ((l & 1073741823) >> pre)
        if (v + 32768) >> 16:
            if v > 0:
                v = 32767
            else:
                v = -32768
        y[0] = (v * m[0] + half) >> post
        x = ptr32(int(x) + 8)
        y = ptr32(int(y) + 4)
        b = ptr32(int(b) + 8)
        m = ptr16(int(m) + 2)
% else:
    for row in range(rows):
        pre = p[2 * (row % n)]
        post = p[2 * (row % n) + 1]
        v = (b[2 * row] << 30) + b[2 * row + 1] - (s << 15)
        for part in range(parts):
            u = to + 2 * (part * rows + row)
            v += (z[u] << 8) + z[u + 1]
        z[to + row] = (max(-32768, min(32767, v >> pre)) * m[row] + ((1 << post) >> 1)) >> post
% endif
</%def>
<%def name="cosine(viper)">\
${write.head("cosine", ["v: int", "q: int", "z: ptr32"], viper)}
    """z[0] = total / sqrt(one two) in units of 2^-15, where z holds the three of them as h 2^30 + l.

    Each square is brought to 61 or 62 bits before its root is taken.
    """
    up = 0
    at = 2
    while at < 6:
        h = z[at]
        l = z[at + 1]
        while not (h >> 30) & 3:
            h = (h << 2) + (l >> 28)
            l = (l << 2) & 1073741823
            up += 1
        ${root("h", "l", "v", "q")}
        z[at] = v
        at += 2
    one = z[2]
    two = z[4]
    v = (one & 32767) * (two & 32767) >> 15
    q = (one >> 15) * (two & 32767)
    v += q & 32767
    h = q >> 15
    q = (one & 32767) * (two >> 15)
    v += q & 32767
    h += q >> 15
    length = (one >> 15) * (two >> 15) + h + (v >> 15)
    length_h = (length >> 30) & 3
    length_l = length & 1073741823
    h = z[0]
    l = z[1]
    ${["SH = 1", "SH = ((SH << 31 >> 31) + 1) << 4", "h = (h << SH) >> SH"] if viper else []}
    sign = h
    if sign < 0:
        l = 0 - l
        h = (l >> 30) - h
        l &= 1073741823
    while up < 15:
        l = (l >> 1) + ((h & 1) << 29)
        h >>= 1
        up += 1
    while up > 15:
        l <<= 1
        h = (h << 1) + (l >> 30)
        l &= 1073741823
        up -= 1
    l += (length_l >> 1) + ((length_h & 1) << 29)
    h += (length_h >> 1) + (l >> 30)
    l &= 1073741823
    length_h = (length_h << 15) + (length_l >> 15)
    length_l = (length_l & 32767) << 15
    share = 0
    up = 16
    while up:
        up -= 1
        share <<= 1
        ${fixed.less_wide("h", "l", "length_h", "length_l")}
        if h >= 0:
            share += 1
        else:
            l += length_l
            h += (l >> 30) + length_h
            l &= 1073741823
        length_l = (length_l >> 1) + ((length_h & 1) << 29)
        length_h >>= 1
    if share > 32767:
        share = 32767
    if sign < 0:
        share = 0 - share
    z[0] = share
</%def>
<%doc>The largest integer whose square is at most ``h 2^30 + l``, by pairs of binary digits.</%doc>\
<%def name="root(h, l, root, rest)" buffered="True">
# ${root}: the largest integer whose square is at most ${h} 2^30 + ${l}, by pairs of binary digits
${root} = 0
${rest} = 0
digits = ${h}
place = 32
word = 2
while word:
    word -= 1
    while place:
        place -= 2
        two_digits = (digits >> place) & 3
        beyond = ${rest} - ${root}
        if beyond + ((two_digits + 3) >> 2) > 0:
            ${rest} = (beyond << 2) + two_digits - 1
            ${root} = (${root} << 1) + 1
        else:
            ${rest} = (${rest} << 2) + two_digits
            ${root} <<= 1
    digits = ${l}
    place = 30
</%def>
<%doc>v shifted to 16 bits. Its inverse then has 15; products with it need a further shift by ``places``.</%doc>\
<%def name="inverse(places, op)" buffered="True">
# an inverse of 15 bits, and how far down its products are shifted
${places} = -16
q = v
while q:
    q >>= 1
    ${places} += 1
if ${places} > 0:
    v >>= ${places}
else:
    v <<= 0 - ${places}
inverse = ${op.mantissa}
inverse = ((inverse << 16) + (v >> 1)) // v
</%def>
<%def name="rounded(places)" buffered="True">
if inverse > 32767:
    inverse = (inverse + 1) >> 1
    if inverse > 32767:
        inverse = 32767
    ${places} -= 1
</%def>
<%def name="bounded(places)" buffered="True">
if ${places} > 30:
    inverse = 0
    ${places} = 30
if ${places} < 0:
    ${places} = 0
half = (1 << ${places}) >> 1
</%def>
