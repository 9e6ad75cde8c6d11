<% n = f.size_in(0) %>\
def _${f.name}(x, i, y, o):
    """y = ${op.function}, value by value."""
    a = list(x[i : i + ${n}])
    ${f.act(op.function, "a", 0, n)}
    ${f.help("copy")}(a, 0, y, o, ${n})
