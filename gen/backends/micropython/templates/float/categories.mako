<%doc>Numbers of categories as a vector. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<% op = f.op %>\
def _${f.name}(x, i, y, o):
    """y[c] = ${"how many of the numbers are c" if op.counts else "1 where a number is c"}; numbers of no category are left out."""
    ${f.help("fill")}(y, o, ${op.depth}, 0.0)
    for k in range(${f.size_in(0)}):
        if -1 < x[i + k] < ${op.depth}:
            y[o + int(x[i + k])] ${"+=" if op.counts else "="} 1.0
</%def>
