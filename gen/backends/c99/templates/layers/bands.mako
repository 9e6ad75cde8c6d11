<% op = f.op; bands = len(op.first) %>\
/* of each band: its first bin; where its weights begin, and at last where they end */
${f.defined("first", op.first)}\
${f.defined("start", op.start)}\
${f.defined("weights", op.weights)}\

<%frame:whole note="y = weighted sums of neighbouring bins, a band each">
    for (${f.index} b = 0; b < ${bands}; b++) {
        const ${f.types_in[0]} *bin = x + ${f.name}_first[b];
        ${"int64_t sum = 0" if f.integer else "float sum = 0.0f"};
<% start = f"({f.index}){f.name}_start[b]"; cast = "(int64_t)" if f.integer else "" %>\
        ${over(f"{f.index} k", start.replace("b]", "b + 1]"), f"sum += {cast}{f.name}_weights[k] * bin[k - {start}];", start=start)}
        y[b] = ${f"{f.primitive('long_shift')}(sum, {op.shift})" if f.integer else "sum"};
    }
</%frame:whole>
