<%doc>A unit of proof. Needs: unit (Unit), machine, body (the function as rewritten), definitions (types and helpers of the source).</%doc>\
/* ${unit.name}: ${unit.claim}
 * ${unit.command} */
${machine.typedefs}
typedef ${"__int128" if unit.wide else "long long"} WIDE;
#define CHECK(condition, what) __CPROVER_assert(condition, what)
#define ASSUME(condition) __CPROVER_assume(condition)
#define IN(value, low, high) ((value) >= (low) && (value) <= (high))
#define REACHED(what) __CPROVER_assert(0, "reached: " what)
/* A place in an array of a struct: CBMC's own bounds are those of the whole struct. */
#define PART(array, at, count) ({ const long AT = (long)(at); CHECK(IN(AT, 0, count - 1), "within its part of a struct"); (array) + AT; })

% for kind in unit.kinds:
/* A place in memory of which only its bounds are known; it is read, so that the access is checked. */
static ${kind} read_${kind}(${kind} value, ${kind} low, ${kind} high)
{
    ${kind} ANY;
    (void)value;
    ASSUME(IN(ANY, low, high));
    return ANY;
}
static ${kind} write_${kind}(${kind} value, ${kind} low, ${kind} high)
{
    CHECK(IN(value, low, high), "a value within the bounds of its place");
    return value;
}
/* Axiom: a sum of a row's products, or a part of it, lies between the row's bounds. */
static ${kind} axiom_${kind}(${kind} value, ${kind} low, ${kind} high)
{
    ASSUME(IN(value, low, high));
    return value;
}
% endfor
/* Casts that keep the low bits: C leaves those to signed types to the compiler, and gcc and clang define them so. */
static int8_t bits_int8_t(uint32_t word) { return (int8_t)((int32_t)(word & 127) - (int32_t)(word & 128)); }
static int16_t bits_int16_t(uint32_t word) { return (int16_t)((int32_t)(word & 32767) - (int32_t)(word & 32768)); }
static uint32_t bits_uint32_t(int32_t x) { return x < 0 ? ~(uint32_t)-(x + 1) : (uint32_t)x; }
void *memcpy(void *, const void *, size_t);
void *memmove(void *, const void *, size_t);
void *memset(void *, int, size_t);
static void copy(void *to, const void *from, size_t bytes)
{
    CHECK(bytes == 0 || __CPROVER_w_ok(to, bytes), "memcpy: room to write");
    CHECK(bytes == 0 || __CPROVER_r_ok(from, bytes), "memcpy: bytes to read");
}
static void fill(void *to, int value, size_t bytes)
{
    (void)value;
    CHECK(bytes == 0 || __CPROVER_w_ok(to, bytes), "memset: room to write");
}

${definitions}
% for line in unit.tables:
${line}
% endfor
% for one in unit.callees:

/* The contract of ${one.name}. */
static ${one.result} call_${one.name}(${one.parameters})
{
% for condition, what in one.checks:
    CHECK(${condition}, "${one.name}: ${what}");
% endfor
% for place, kind, low, high in one.changed:
    {
        ${kind} ANY;
        ASSUME(IN(ANY, ${low}, ${high}));
        ${place} = ANY;
    }
% endfor
% if one.result != "void":
    ${one.result} ANY;
    ASSUME(IN(ANY, ${one.bounds[0]}, ${one.bounds[1]}));
% if one.also:
    ASSUME(${one.also});
% endif
    return ANY;
% endif
}
% endfor

${body}

int main(void)
{
% for line in unit.objects:
    ${line}
% endfor
% for condition in unit.assumed:
    ASSUME(${condition});
% endfor
    ${unit.call}
% for condition, what in unit.ensured:
    CHECK(${condition}, "${what}");
% endfor
    REACHED("the end");
    return 0;
}
<%def name="cut(turns)">\
% for line in turns.ghosts:
${line}
% endfor
{
${turns.init}
% for name in turns.heads:
__typeof__(${name}) ${name}_${turns.number} = ${name};
% endfor
% for name, low, high in turns.between:
CHECK(IN(${name}, ${low}, ${high}), "loop ${turns.number}: ${name} as it begins");
% endfor
int turn_${turns.number};
ASSUME(turn_${turns.number} >= 0 && turn_${turns.number} <= ${turns.most});
% for name, step in turns.counters:
{
WIDE NEXT = (WIDE)${name}_${turns.number} + (WIDE)${step} * turn_${turns.number};
ASSUME(NEXT == (__typeof__(${name}))NEXT);
${name} = (__typeof__(${name}))NEXT;
}
% endfor
% for condition in turns.before:
ASSUME(turn_${turns.number} == 0 || ${condition});
% endfor
% for name, step in turns.pointers:
${name} = ${name}_${turns.number} + ${step} * turn_${turns.number};
% endfor
% for name, low, high in turns.sums:
{
__typeof__(${name}) ANY;
ASSUME((WIDE)ANY >= (WIDE)${name}_${turns.number} + (WIDE)${low} * turn_${turns.number});
ASSUME((WIDE)ANY <= (WIDE)${name}_${turns.number} + (WIDE)${high} * turn_${turns.number});
${name} = ANY;
}
% endfor
% for name, low, high in turns.between:
{
__typeof__(${name}) ANY;
ASSUME(IN(ANY, ${low}, ${high}));
${name} = ANY;
}
% endfor
% for place, kind, low, high in turns.fields:
{
${kind} ANY;
CHECK(IN(${place}, ${low}, ${high}), "loop ${turns.number}: ${place} as it begins");
ASSUME(IN(ANY, ${low}, ${high}));
${place} = ANY;
}
% endfor
% for condition in turns.assumed:
ASSUME(${condition});
% endfor
% for name in turns.heads:
__typeof__(${name}) ${name}_head_${turns.number} = ${name};
% endfor
for (; ${turns.condition}; ${", ".join(turns.end)}) {
% for line in turns.first:
${line}
% endfor
REACHED("loop ${turns.number}");
${turns.body}
}
}
</%def>
