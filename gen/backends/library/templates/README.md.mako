<%doc>The library's front page. Needs: g, source, flags, selftest, boards, pushed.</%doc><%! from gatesmith.backends.base import of_state %>\
# ${g.name}

A network trained with Keras (`${source}`), written as C99 by Gatesmith. No heap, no mutable globals, no dependencies.

    #include <${g.name}.h>

`src/${g.name}.h` is the interface, with the size of every array. `examples/` uses it: `step` is a
sketch, `native` a program that reads samples from standard input, `bare` one for firmware.

${" ".join(usage.sentences)}
% if pushed:
`src/${g.name}_push.h` does that: it takes one sample a call, and returns whether there is an answer.\
% if usage.feed == "window" and not usage.stateful and usage.window > 1:
 `#define ${g.name.upper()}_HOP ${usage.window // 2}` before the include makes windows overlap.
% else:

% endif
% endif

% for note in g.graph.notes:
**Note: ${note}.**

% endfor
| | |
| --- | --- |
| weights | ${f"{g.weight_bytes:,}"} bytes of constants |
| state | ${f"{g.state_bytes:,}"} bytes ${of_state(g.inputs, g.graph)} |
| work | ${g.worked} |
| model id | ${g.model_id} |

${"##"} Use in existing firmware

| build system | use |
| --- | --- |
| CMake | `add_subdirectory(${g.name})`, `target_link_libraries(app PRIVATE ${g.name}::${g.name})` |
| CMake, installed | `find_package(${g.name} REQUIRED)`, the same target |
| ESP-IDF | this folder as `components/${g.name}`, `REQUIRES ${g.name}` |
| Zephyr | this folder's path in `ZEPHYR_EXTRA_MODULES` |
| Arduino | this folder in `libraries/`, or its zip by Sketch, Include Library |
| PlatformIO | this folder in `lib/` |
| Keil, STM32CubeIDE | `Gatesmith.${g.name}.pdsc`, or `src/` as a source folder |
| anything else | compile `src/${g.name}.c` as C99 (avr-gcc: `-std=gnu99`), by itself: other models' files have helpers of the same names |

Written for ${", ".join(boards)}. The build files here compile it with `${" ".join(flags.common)}`.
${[f"GCC also gets `{' '.join(flags.gcc)}`, which other compilers do not have."] if flags.gcc else []}
**Without optimisation (`-O0`) it takes about eleven times as many instructions.** Optimise this file in debug builds of
the firmware too.
% if selftest:

`test/${g.name}_selftest.c` is a separate program: it runs samples and compares the outputs with the expected ones. Its
`main` returns 0 if they agree.
% endif
