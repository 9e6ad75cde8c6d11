<%doc>A unit of proof. Needs: unit (Unit), machine, body (the function as rewritten), definitions (types and helpers of the source).</%doc>\
/* ${unit.name}: ${unit.claim}
 * ${unit.command} */
${machine.typedefs}
typedef ${"__int128" if unit.wide else "long long"} wide;
#define CHECK(condition, what) __CPROVER_assert(condition, what)
#define ASSUME(condition) __CPROVER_assume(condition)
#define IN(value, low, high) ((value) >= (low) && (value) <= (high))
#define REACHED(what) __CPROVER_assert(0, "reached: " what)
#define LESS(type, low, high) (type)(low), (type)(high)

% for kind in unit.kinds:
/* A place in memory of which only its bounds are known; it is read, so that the access is checked. */
static ${kind} read_${kind}(${kind} value, ${kind} low, ${kind} high)
{
    ${kind} any;
    (void)value;
    ASSUME(IN(any, low, high));
    return any;
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
% for one in unit.products:
static ${one.kind} ${one.name}(${one.kind} a, ${one.kind} b)
{
    ${one.kind} any;
    CHECK(IN(a, ${one.a[0]}, ${one.a[1]}) && IN(b, ${one.b[0]}, ${one.b[1]}), "factors within the bounds of their lemma");
    ASSUME(IN(any, ${one.bounds[0]}, ${one.bounds[1]}));
    return any;
}
% endfor
/* The cast of a byte to int8_t keeps its bits: C leaves it to the compiler, and gcc and clang define it so. */
static int8_t signed_byte(uint8_t byte)
{
    return (int8_t)(byte < 128 ? byte : byte - 256);
}
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
        ${kind} any;
        ASSUME(IN(any, ${low}, ${high}));
        ${place} = any;
    }
% endfor
% if one.result != "void":
    ${one.result} any;
    ASSUME(IN(any, ${one.bounds[0]}, ${one.bounds[1]}));
% if one.also:
    ASSUME(${one.also});
% endif
    return any;
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
% for name in turns.kept:
__typeof__(${name}) ${name}_${turns.number} = ${name};
% endfor
% for name, low, high in turns.between:
CHECK(IN(${name}, ${low}, ${high}), "loop ${turns.number}: ${name} as it begins");
% endfor
int turn_${turns.number};
ASSUME(turn_${turns.number} >= 0 && turn_${turns.number} <= ${turns.most});
% for name, step in turns.counters:
{
wide next = (wide)${name}_${turns.number} + (wide)${step} * turn_${turns.number};
ASSUME(next == (__typeof__(${name}))next);
${name} = (__typeof__(${name}))next;
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
__typeof__(${name}) any;
ASSUME((wide)any >= (wide)${name}_${turns.number} + (wide)${low} * turn_${turns.number});
ASSUME((wide)any <= (wide)${name}_${turns.number} + (wide)${high} * turn_${turns.number});
${name} = any;
}
% endfor
% for name, low, high in turns.between:
{
__typeof__(${name}) any;
ASSUME(IN(any, ${low}, ${high}));
${name} = any;
}
% endfor
% for place, kind, low, high in turns.fields:
{
${kind} any;
CHECK(IN(${place}, ${low}, ${high}), "loop ${turns.number}: ${place} as it begins");
ASSUME(IN(any, ${low}, ${high}));
${place} = any;
}
% endfor
% for condition in turns.assumed:
ASSUME(${condition});
% endfor
% for name in turns.kept:
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
