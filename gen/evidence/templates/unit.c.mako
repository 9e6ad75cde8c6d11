<%doc>
A unit of proof. Needs: name, wide (whether numbers need more than 64 bits), machine, definitions (types and helpers
that it needs), tables, callees, body (the function as rewritten), objects, assumed, call, ensured.
</%doc>\
/* ${name}: no undefined behaviour for anything that its contract allows */
${machine.typedefs}
typedef ${"__int128" if wide else "long long"} WIDE;
#define CHECK(condition, what) __CPROVER_assert(condition, what)
#define ASSUME(condition) __CPROVER_assume(condition)
#define IN(value, low, high) ((value) >= (low) && (value) <= (high))
#define REACHED(what) __CPROVER_assert(0, "reached: " what)
/* Any value between two bounds. */
#define ANY(kind, low, high) ({ kind SOME; ASSUME(IN(SOME, low, high)); SOME; })
/* A place in memory of which only its bounds are known; it is read, so that the access is checked. */
#define READ(kind, value, low, high) ({ const kind OLD = (value); (void)OLD; ANY(kind, low, high); })
#define WRITE(kind, value, low, high) ({ const kind NEW = (value); CHECK(IN(NEW, low, high), "a value within the bounds of its place"); NEW; })
/* Axiom: a sum of a row's products, or a part of it, lies between the row's bounds. */
#define AXIOM(kind, value, low, high) ({ const kind NEW = (value); ASSUME(IN(NEW, low, high)); NEW; })
/* A product of two variables lies between the products of their ends, a square between 0 and those. */
#define ENDS(a, c, d) (IN((WIDE)(a) * (c), LEAST, MOST) && IN((WIDE)(a) * (d), LEAST, MOST))
#define PRODUCT(kind, x, a, b, other, y, c, d, low, high) ({ const kind X = (x); const other Y = (y); ${"\\"}
    const __typeof__(X * Y) LEAST = low, MOST = high; ${"\\"}
    CHECK(IN(X, a, b) && IN(Y, c, d) && ENDS(a, c, d) && ENDS(b, c, d), "a product within its bounds"); ${"\\"}
    ANY(__typeof__(X * Y), LEAST, MOST); })
#define SQUARE(kind, x, a, b, high) ({ const kind X = (x); const __typeof__(X * X) LEAST = 0, MOST = high; ${"\\"}
    CHECK(IN(X, a, b) && ENDS(a, a, a) && ENDS(b, b, b), "a square within its bounds"); ANY(__typeof__(X * X), LEAST, MOST); })
/* A place in an array of a struct: CBMC's own bounds are those of the whole struct. */
#define PART(array, at, count) ({ const long AT = (long)(at); CHECK(IN(AT, 0, count - 1), "within its part of a struct"); (array) + AT; })

/* Casts that keep the low bits: C leaves those to signed types to the compiler, and gcc and clang define them so. */
static int8_t bits_int8_t(uint32_t word) { return (int8_t)((int32_t)(word & 127) - (int32_t)(word & 128)); }
static int16_t bits_int16_t(uint32_t word) { return (int16_t)((int32_t)(word & 32767) - (int32_t)(word & 32768)); }
static uint32_t bits_uint32_t(int32_t x) { return x < 0 ? ~(uint32_t)-(x + 1) : (uint32_t)x; }
void *memcpy(void *, const void *, size_t);
void *memmove(void *, const void *, size_t);
void *memset(void *, int, size_t);
static void fill(void *to, int value, size_t bytes)
{
    (void)value;
    CHECK(bytes == 0 || __CPROVER_w_ok(to, bytes), "room to write");
}
static void move(void *to, const void *from, size_t bytes)
{
    fill(to, 0, bytes);
    CHECK(bytes == 0 || __CPROVER_r_ok(from, bytes), "bytes to read");
}
static void copy(void *to, const void *from, size_t bytes)
{
    const size_t a = __CPROVER_POINTER_OFFSET(to), b = __CPROVER_POINTER_OFFSET(from);
    move(to, from, bytes);
    CHECK(!__CPROVER_same_object(to, from) || bytes <= (a > b ? a - b : b - a), "places that do not overlap");
}

${definitions}
${tables}
${callees}
${body}

int main(void)
{
% for line in objects:
    ${line}
% endfor
% for condition in assumed:
    ASSUME(${condition});
% endfor
    ${call}
% for condition, what in ensured:
    CHECK(${condition}, "${what}");
% endfor
    REACHED("the end");
    return 0;
}
<%def name="callee()">
/* The contract of ${name}. */
static ${kind} call_${name}(${parameters})
{
% for condition, what in checks:
    CHECK(${condition}, "${name}: ${what}");
% endfor
% for place, least, most in changed:
    ${place} = ANY(__typeof__(${place}), ${least}, ${most});
% endfor
% if kind != "void":
    return ANY(${kind}, ${low}, ${high});
% endif
}
</%def>
<%def name="cut()">\
{
${init}
% for name in heads:
__typeof__(${name}) ${name}_${number} = ${name};
% endfor
% for holds, what in begun:
CHECK(${holds}, "${what}");
% endfor
int turn_${number};
% for place in changed:
{ __typeof__(${place}) SOME; ${place} = SOME; }
% endfor
% for holds in assumed:
ASSUME(${holds});
% endfor
% for name, step in pointers:
${name} = ${name}_${number} + ${step} * turn_${number};
% endfor
% for name in heads:
__typeof__(${name}) ${name}_head_${number} = ${name};
% endfor
for (; ${condition}; ${after}\
% for holds, what in shown:
, CHECK(${holds}, "${what}")\
% endfor
, ASSUME(0)) {
REACHED("loop ${number}");
${body}
}
}
</%def>
