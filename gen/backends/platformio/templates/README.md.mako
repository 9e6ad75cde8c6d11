<%doc>The library's front page. Needs: g, source, serial.</%doc>\
# ${g.name}

A network trained with Keras (`${source}`), written as C99 by Gatesmith. No heap, no globals that change, no dependencies.

    #include <${g.name}.h>

`include/${g.name}.h` is the interface, with the size of every array. `examples/` calls it: ${"`step` from a sketch, " if serial else ""}`native` on
a computer.

| | |
| --- | --- |
| weights | ${f"{g.weight_bytes:,}"} bytes of constants |
| state | ${f"{g.state_bytes:,}"} bytes for each independent sequence |
| work | ${f"{g.macs:,}"} multiply-adds ${"a step" if any(p.axis is not None for p in g.inputs) else "in all"} |
| model id | ${g.model_id} |
