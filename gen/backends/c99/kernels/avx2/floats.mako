<%doc>
gemv of float32 for x86-64 with AVX2 and FMA, of halves with F16C, and the same in plain C elsewhere. Needs: g, the Product; space.
</%doc>\
<%!
    from gatesmith.backends.c99.kernels.avx2.floats import LANES, padded

    CONDITION = "#if defined(__AVX2__) && defined(__FMA__)"
    TURN = 4
    TYPES = {"float32": "float", "uint16": "uint16_t"}
    """Of weights, in C: of floats, of halves."""
    VALUES = {"float32": "{w}", "uint16": "float_of_half({w})"}
    """One weight."""

    def eight(g, row, vector):
        """A vector of a row's weights."""
        at = place(row, vector)
        if g.weights == "float32":
            return f"_mm256_loadu_ps({at})"
        return f"_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)({at})))"

    def place(array, vector, lanes=LANES):
        """Where a vector of an array begins."""
        return f"{array} + {lanes * vector}" if vector else array

    def four(rows):
        """The sums of the lanes of up to four rows."""
        both = [(row, rows[min(k + 1, len(rows) - 1)]) for k, row in enumerate(rows) if k % 2 == 0]
        pairs = [f"_mm256_hadd_ps(sum_{a}, sum_{b})" for a, b in both]
        return pairs[0], pairs[-1]
%>\
<%def name="gemv(g, space)">
/* acc[r] = begin[r] + sum of w[k][r] * x[k]: ${g.rows} rows in vectors of ${LANES}, one pass over x. */
${rows_of(g, space, False)}\
</%def>
<%def name="gemv_part(g, space)">
/* acc[r] = begin[r] + sum of w[k][r] * x[k], which is summed by itself: ${g.rows} rows in vectors of ${LANES}, one pass over x. */
${rows_of(g, space, True)}\
</%def>
<%def name="rows_of(g, space, fresh)">\
<% vectors = range(g.rows // LANES) %>\
static void ${g.name}(float *acc, const float *begin, const ${space}${TYPES[g.weights]} (*w)[${g.rows}], const float *x, int n)
{
${CONDITION}${" && defined(__F16C__)" if g.weights == "uint16" else ""}
% for v in vectors:
    __m256 sum_${v} = ${"_mm256_setzero_ps()" if fresh else f"_mm256_loadu_ps({place('begin', v)})"};
% endfor
    for (; n >= ${TURN}; n -= ${TURN}, w += ${TURN}, x += ${TURN}) {
% for k in range(TURN):
        const __m256 in_${k} = _mm256_broadcast_ss(${place("x", k, 1)});
% for v in vectors:
        sum_${v} = _mm256_fmadd_ps(${eight(g, f"w[{k}]", v)}, in_${k}, sum_${v});
% endfor
% endfor
    }
    for (; n > 0; n--, w++, x++) {
        const __m256 in = _mm256_broadcast_ss(x);
% for v in vectors:
        sum_${v} = _mm256_fmadd_ps(${eight(g, "w[0]", v)}, in, sum_${v});
% endfor
    }
% for v in vectors:
    _mm256_storeu_ps(${place("acc", v)}, ${f"_mm256_add_ps(_mm256_loadu_ps({place('begin', v)}), sum_{v})" if fresh else f"sum_{v}"});
% endfor
#else
    float sum[${g.rows}] = { 0.0f };
    for (int k = 0; k < n; k++) {
% if g.rolled:
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC unroll 1 /* unrolled, gcc makes scalar code of it */
#endif
% endif
        for (int r = 0; r < ${g.rows}; r++) {
            sum[r] += ${VALUES[g.weights].format(w="w[k][r]")} * x[k];
        }
    }
    for (int r = 0; r < ${g.rows}; r++) {
        acc[r] = begin[r] + sum[r];
    }
#endif
}
</%def>
<%def name="gemv_long(g, space)">
/* The same for many inputs, in parts of ${g.part} so that rounding errors do not pile up. */
static void ${g.name}(float *acc, const float *begin, const ${space}${TYPES[g.weights]} (*w)[${g.rows}], const float *x, int n)
{
    for (int k = 0; k < n; k += ${g.part}) {
        ${g.name.removesuffix("_long")}_part(acc, k > 0 ? acc : begin, w + k, x + k, n - k < ${g.part} ? n - k : ${g.part});
    }
}
</%def>
<%def name="dots(g, space)">
<%
    rest = g.count % LANES
    whole, part = g.count - rest, LANES * g.part
    rows = range(g.rows)
    own = "part" if whole > part else "sum"
    pad = "        " if whole > part else "    "
%>\
/* acc[r] = begin[r] + sum of w[r][k] * x[k]: ${f"{g.rows} rows" if g.rows > 1 else "a row"} of ${g.count} inputs, ${LANES} sums a row that are added at the end${f", made in parts of {part} inputs" if whole > part else ""}. */
static void ${g.name}(float *acc, const float *begin, const ${space}float (*w)[${padded(g.count)}], const float *x, int n)
{
${CONDITION}
% if rest:
    const __m256 last = _mm256_maskload_ps(x + ${whole}, _mm256_setr_epi32(${", ".join("-1" if k < rest else "0" for k in range(LANES))}));
% for r in rows:
    __m256 sum_${r} = _mm256_mul_ps(_mm256_loadu_ps(w[${r}] + ${whole}), last);
% endfor
% else:
% for r in rows:
    __m256 sum_${r} = _mm256_setzero_ps();
% endfor
% endif
% if whole > part:
    for (int first = 0; first < n; first += ${part}) {
        const int end = n - first < ${part} ? n : first + ${part};
% for r in rows:
        __m256 part_${r} = _mm256_setzero_ps();
% endfor
        for (int k = first; k + ${LANES} <= end; k += ${LANES}) {
% else:
    for (int k = 0; k + ${LANES} <= n; k += ${LANES}) {
% endif
${pad}    const __m256 in = _mm256_loadu_ps(x + k);
% for r in rows:
${pad}    ${own}_${r} = _mm256_fmadd_ps(_mm256_loadu_ps(w[${r}] + k), in, ${own}_${r});
% endfor
${pad}}
% if whole > part:
% for r in rows:
        sum_${r} = _mm256_add_ps(sum_${r}, part_${r});
% endfor
    }
% endif
% for first in range(0, g.rows, 4):
<% left, right = four(list(rows[first : first + 4])) %>\
    const __m256 halves_${first} = _mm256_hadd_ps(${left}, ${right});
    const __m128 total_${first} = _mm_add_ps(_mm256_castps256_ps128(halves_${first}), _mm256_extractf128_ps(halves_${first}, 1));
% if g.rows - first >= 4:
    _mm_storeu_ps(${place("acc", first, 1)}, _mm_add_ps(_mm_loadu_ps(${place("begin", first, 1)}), total_${first}));
% elif g.rows - first == 1:
    acc[${first}] = begin[${first}] + _mm_cvtss_f32(total_${first});
% else:
    float rest[4];
    _mm_storeu_ps(rest, total_${first});
% for r in range(first, g.rows):
    acc[${r}] = begin[${r}] + rest[${r - first}];
% endfor
% endif
% endfor
#else
    for (int r = 0; r < ${g.rows}; r++) {
        acc[r] = begin[r];
        for (int first = 0; first < n; first += ${g.part}) {
            const int end = n - first < ${g.part} ? n : first + ${g.part};
            float sum = 0.0f;
            for (int k = first; k < end; k++) {
                sum += w[r][k] * x[k];
            }
            acc[r] += sum;
        }
    }
#endif
}
</%def>
