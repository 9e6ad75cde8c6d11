<%doc>Attributes and assembly for gcc.</%doc>\
<%def name="unrolled(times, why='')">\
#if defined(__GNUC__) && __GNUC__ >= 8 && !defined(__clang__)
#pragma GCC unroll ${times}${why and f" /* {why} */"}
#endif
</%def>
<%def name="apart(why='', more='')">\
#if defined(__GNUC__)
__attribute__((noinline${more}))${why and f" /* {why} */"}
#endif
</%def>
<%doc>A word for an attribute, after what other compilers have in its place.</%doc>\
<%def name="word(name, attribute, always='')">\
#if defined(__GNUC__)
#define ${" ".join(filter(None, (name, always, f"__attribute__(({attribute}))")))}
#else
#define ${" ".join(filter(None, (name, always)))}
#endif
</%def>
<%doc>A function in assembly only. It names registers that a call may change: gcc 5 to 7 keep values in others.</%doc>\
<%def name="naked(name, arguments, lines)">\
__attribute__((naked, noinline)) static void ${name}(
    ${",\n    ".join(f"__attribute__((unused)) {argument}" for argument in arguments.split(", "))})
{
    __asm__(
${quoted(lines, " " * 8)}
        : : : "cc", "memory", "r0", "r1", "r2", "r3", "r12");
}
</%def>
<%doc>The caller's assembly, if it is allowed and the core has it; else its body.</%doc>\
<%def name="either(asm, condition)">\
% if asm:
${condition}
${caller.assembly()}\
#else
% endif
${caller.body()}\
${["#endif"] if asm else []}
</%def>
