<%namespace name="slabs" file="/slabs.mako"/>\
<%!
    from gatesmith.backends.c99.kernels.mve.bytes import turn

    def chunks(n):
        """Where the vectors of n bytes begin, and how many bytes of each count."""
        return [(k, min(16, n - k)) for k in range(0, n, 16)]

    def products(rows, n):
        """The inputs into registers, then all rows."""
        many, parts = turn(rows), chunks(n)
        whole = parts[:-1] if n % 16 else parts
        lines = [f"vldrb.u8 q{k}, [%[x], #{at}]" for k, (at, _) in enumerate(whole)]
        if n % 16:  # p0 may hold a predicate of the code around it, and clang knows no such name to clobber
            lines += ["vmrs lr, p0", "vctp.8 %[rest]", "vpst", f"vldrbt.u8 q{len(whole)}, [%[x], #{parts[-1][0]}]"]
            lines += ["vmsr p0, lr"]
        sums = ("r4", "r6", "r8", "r10")[:many]
        loop = ["ldr r4, [%[sums]]"] if many == 1 else ["ldrd r4, r6, [%[sums]]"]
        loop += ["ldrd r8, r10, [%[sums], #8]"] if many == 4 else []
        turns = 0
        for k, (_, size) in enumerate(parts):
            for sum_ in sums:
                loop += [f"vldrb.u8 q{4 + turns % 4}, [%[w]], #{size}", f"vmladava.s8 {sum_}, q{4 + turns % 4}, q{k}"]
                turns += 1
        loop += ["str r4, [%[sums]], #4"] if many == 1 else ["strd r4, r6, [%[sums]], #8"]
        loop += ["strd r8, r10, [%[sums]], #8"] if many == 4 else []
        if rows > many:
            loop = [f"1: {loop[0]}", *loop[1:], "le lr, 1b"]
            lines += [f"mov lr, #{rows // many}", "dls lr, lr"]
        return lines + loop

    SUMS = ("r0", "r2", "r4", "r6", "r8", "r10", "r12", "lr")
    """Of four rows with the first vector, then with the second: only even registers take products."""

    def two(rows, n):
        """Two vectors with all rows, of which four share the loads of both. All of up to 48 inputs stay in registers, or
        the first 32."""
        parts = chunks(n)
        stay = len(parts) if len(parts) < 4 else 2
        lines, loop = [], []
        for k, (at, size) in enumerate(parts):
            one, other = (2 * k, 2 * k + 1) if k < stay else (4, 5)
            loads = [f"q{one}, [%[x], #{at}]", f"q{other}, [%[x], #{n + at}]"]
            if k >= stay:
                loop += [f"vldrb.u8 {load}" for load in loads]
            elif size == 16:
                lines += [f"vldrb.u8 {load}" for load in loads]
            else:  # p0 may hold a predicate of the code around it, and clang knows no such name to clobber
                lines += ["vmrs r0, p0", f"mov r2, #{size}", "vctp.8 r2", "vpstt"]
                lines += [*(f"vldrbt.u8 {load}" for load in loads), "vmsr p0, r0"]
            for row in range(4):
                loop += [f"vldrb.u8 q{6 + row % 2}, [%[w]], #{size}"]
                loop += [f"vmladava.s8 {SUMS[row + 4 * v]}, q{6 + row % 2}, q{q}" for v, q in enumerate((one, other))]
        begin = [f"ldrd {SUMS[k]}, {SUMS[k + 1]}, [%[begin]{f', #{4 * k % 16}' if k % 4 else ''}]" for k in (0, 2, 4, 6)]
        begin.append("adds %[begin], #16")
        end = [f"strd {SUMS[k + 4]}, {SUMS[k + 5]}, [%[sums], #{4 * (rows + k)}]" for k in (0, 2)]
        end += [f"strd {SUMS[k]}, {SUMS[k + 1]}, [%[sums]], #8" for k in (0, 2)]
        loop = [f"1: {begin[0]}", *begin[1:], *loop, *end]
        return [*lines, f"mov %[left], #{rows // 4}", *loop, "subs %[left], #1", "bne 1b"]

    def used(rows, n):
        names = [*("r4", "r6", "r8", "r10")[: turn(rows)], "lr"]
        names += [f"q{k}" for k in range(len(chunks(n)))] + ["q4", "q5", "q6", "q7"]
        return ", ".join(f'"{name}"' for name in names)
%>\
<%def name="gemv(g, asm)">
<% n, rest = g.count, g.count % 16 %>\
/* sums[r] += sum of w[r][k] * x[k]: ${g.rows} row${'s' if g.rows > 1 else ''} of ${n} inputs, which stay in registers. */
static void ${g.name}(int32_t *sums, const int8_t *w, const int8_t *x, int n)
{
#if defined(__ARM_FEATURE_MVE)
    (void)n;
% if asm:
    __asm__ volatile(
${quoted(products(g.rows, n), " " * 8)}
        : [w] "+r"(w), [sums] "+r"(sums)
        : [x] "r"(x)${f', [rest] "r"({rest})' if rest else ""}
        : "memory", ${used(g.rows, n)});
% else:
<% loads = [f"vldrbq_s8(x + {at})" if size == 16 else f"vldrbq_z_s8(x + {at}, vctp8q({size}))" for at, size in chunks(n)] %>\
    ${[f"const int8x16_t x_{k} = {load};" for k, load in enumerate(loads)]}
<% many = turn(g.rows) %>\
    for (int r = 0; r < ${g.rows}; r += ${many}, w += ${many * n}) {
        ${[f'int32_t sum_{j} = sums[r{f" + {j}" if j else ""}];' for j in range(many)]}
<% turns = [(k, j, many * at + j * size) for k, (at, size) in enumerate(chunks(n)) for j in range(many)] %>\
        ${[f"sum_{j} = vmladavaq_s8(sum_{j}, vldrbq_s8(w + {at}), x_{k});" for k, j, at in turns]}
        ${[f'sums[r{f" + {j}" if j else ""}] = sum_{j};' for j in range(many)]}
    }
% endif
#else
<% many = turn(g.rows) %>\
    for (int r = 0; r < ${g.rows}; r += ${many}) {
        for (int from = 0; from < n; from += 16) {
            ${over("int j", f"r + {many}", over("int k", "n && k < from + 16", "sums[j] += *w++ * x[k];", start="from"), start="r")}
        }
    }
#endif
}
</%def>
<%def name="pair(g)">
/* sums[v][r] = begin[r] + sum of w[r][k] * x[v][k] of two vectors: ${g.rows} rows of ${g.count} inputs. */
static void ${g.name}(int32_t sums[2][${g.rows}], const int32_t *begin, const int8_t *w, const int8_t *x)
{
#if defined(__ARM_FEATURE_MVE) && defined(__OPTIMIZE__) /* else too few registers are left */
    int32_t *to = sums[0];
    int left;
    __asm__ volatile(
${quoted(two(g.rows, g.count), " " * 8)}
        : [w] "+h"(w), [begin] "+r"(begin), [sums] "+r"(to), [left] "=&r"(left) /* of r0 to r7, a frame leaves three */
        : [x] "r"(x)
        : "cc", "memory", "r0", "r2", "r4", "r6", "r8", "r10", "r12", "lr", "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7");
#else
    ${over("int r", g.rows, "sums[0][r] = sums[1][r] = begin[r];")}
    for (int r = 0; r < ${g.rows}; r += 4) {
        for (int from = 0; from < ${g.count}; from += 16) {
            for (int j = r; j < r + 4; j++) {
                for (int k = from; k < ${g.count} && k < from + 16; k++, w++) {
                    sums[0][j] += *w * x[k];
                    sums[1][j] += *w * x[${g.count} + k];
                }
            }
        }
    }
#endif
}
</%def>
<%def name="columns(g)">
<% whole = g.rows % 4 == 0; z, inside = ("", "") if whole else ("z_", ", inside") %>\
/* sums[r] += sum of w[k][r] * x[k]: ${g.rows} row${'s side by side' if g.rows > 1 else ''}, of ${g.count} input${'s' if g.count > 1 else ''}. */
static void ${g.name}(int32_t *sums, const int8_t *w, const int8_t *x, int n)
{
#if defined(__ARM_FEATURE_MVE)
    (void)n;
    for (int r = 0; r < ${g.rows}; r += 4) {
        ${"" if whole else f"const mve_pred16_t inside = vctp32q((uint32_t)({g.rows} - r));"}
        int32x4_t sum = vldrwq_${z}s32(sums + r${inside});
        ${[f"sum = vmlaq_n_s32(sum, vldrbq_{z}s32({moved('w + r', k * g.rows)}{inside}), x[{k}]);" for k in range(g.count)]}
        vstrwq_${z.replace("z", "p")}s32(sums + r, sum${inside});
    }
#else
    ${over("int k", "n", over("int r", g.rows, "sums[r] += *w++ * x[k];"))}
#endif
}
</%def>
<%def name="gemv_long(g)">${slabs.gemv_long(g)}</%def>
