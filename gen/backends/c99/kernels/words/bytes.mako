<%namespace name="slabs" file="/slabs.mako"/>\
<%! from gatesmith.backends.c99.kernels.words.bytes import padded %>\
<%def name="wide(g)">
<%
    many = 8 if g.rows % 8 == 0 else 4
    turn = min(g.count, 4)
    count = padded(g.count)
%>\
/* sums[r] = begin[r] + sum of w[r][k] * x[k]: ${g.rows} rows of ${g.count} widened input${'s' if g.count > 1 else ''}, whose sum is total. A word of w is
 * four rows of an input, each 128 more than it is. */
#if defined(__XTENSA__) && defined(__GNUC__) && !defined(__clang__)
__attribute__((noinline, optimize("no-schedule-insns"))) /* in another order its sums would leave registers */
#endif
static void ${g.name}(int32_t *sums, const int32_t *begin, const uint32_t *w, const int32_t *x, int32_t total)
{
    const int32_t lift = 128 * total;
    for (int r = 0; r < ${g.rows}; r += ${many}) {
        ${[f'int32_t sum_{r} = begin[r{f" + {r}" if r else ""}] - lift;' for r in range(many)]}
        for (int k = 0; k < ${count}; k += ${turn}) {
% for j in range(turn):
            {
                const int32_t value = x[k${f" + {j}" if j else ""}];
% for q in range(many // 4):
                const uint32_t four_${q} = *w++;
<% rows = (f"four_{q} & 255u", f"four_{q} >> 8 & 255u", f"four_{q} >> 16 & 255u", f"four_{q} >> 24") %>\
                ${[f"sum_{4 * q + r} += (int32_t)({row}) * value;" for r, row in enumerate(rows)]}
% endfor
            }
% endfor
        }
        ${[f'sums[r{f" + {r}" if r else ""}] = sum_{r};' for r in range(many)]}
    }
}
</%def>
<%def name="gemv(g)">${slabs.gemv(g, "four rows in a word")}</%def>
<%def name="gemv_long(g)">${slabs.gemv_long(g)}</%def>
