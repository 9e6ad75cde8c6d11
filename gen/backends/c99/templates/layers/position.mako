<% n = f.size_in(0) %>\
<%frame:whole note="y = where the ${'largest' if f.op.largest else 'least'} of ${str(n)} values is, the first of them">
    ${f.index} found = 0;
    for (${f.index} k = 1; k < ${n}; k++) {
        if (x[k] ${">" if f.op.largest else "<"} x[found]) {
            found = k;
        }
    }
    y[0] = (${f.types_out[0]})found;
</%frame:whole>
