<%doc>The library's front page. Needs: g, source, flags, selftest, boards, pushed.</%doc>\
# ${g.name}

A network trained with Keras (`${source}`), written as C99 by Gatesmith. No heap, no globals that change, no dependencies.

    #include <${g.name}.h>

`src/${g.name}.h` is the interface, with the size of every array. `examples/` uses it: `step` is a
sketch, `native` a program that reads samples from standard input, `bare` one for firmware.

${" ".join(usage.told)}
% if pushed:
`src/${g.name}_push.h` does that: a sample a call, and it says when there is an answer.\
% if usage.feed == "window" and not usage.stateful:
 `#define ${g.name.upper()}_HOP 10` before it is included lets windows overlap.
% else:

% endif
% endif

% for note in g.graph.notes:
**Note: ${note}.**

% endfor
| | |
| --- | --- |
| weights | ${f"{g.weight_bytes:,}"} bytes of constants |
| state | ${f"{g.state_bytes:,}"} bytes for each independent sequence |
| work | ${f"{g.macs:,}"} multiply-adds ${"a step" if any(p.axis is not None for p in g.inputs) else "in all"} |
| model id | ${g.model_id} |

${"##"} Into firmware that exists

| build system | what to do |
| --- | --- |
| CMake | `add_subdirectory(${g.name})`, `target_link_libraries(app PRIVATE ${g.name}::${g.name})` |
| CMake, installed | `find_package(${g.name} REQUIRED)`, the same target |
| ESP-IDF | this folder as `components/${g.name}`, `REQUIRES ${g.name}` |
| Zephyr | this folder's path in `ZEPHYR_EXTRA_MODULES` |
| Arduino | this folder in `libraries/`, or its zip by Sketch, Include Library |
| PlatformIO | this folder in `lib/` |
| Keil, STM32CubeIDE | `${g.name}.pdsc`, or `src/` as a source folder |
| anything else | compile `src/${g.name}.c` as C99 |

Written for ${", ".join(boards)}. The build files here compile it with `${" ".join(flags.common)}`.
% if flags.gcc:
GCC gets `${" ".join(flags.gcc)}` too, which no other compiler knows.
% endif
**Without optimisation (`-O0`) it takes some eleven times as many instructions**, so a debug build of the firmware should
still optimise this file.
% if selftest:

`test/${g.name}_selftest.c` is a program of its own: it runs samples and compares with the answers they must have. Its
`main` returns 0 if they are right.
% endif
