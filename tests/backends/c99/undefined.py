"""How C is compiled that is to say at run time what it does wrong."""

CHECKED = (
    *("-Og", "-finline-small-functions", "-finline-functions-called-once"),
    *("-fsanitize=undefined", "-fno-sanitize=null,pointer-overflow"),
)
"""Half the compiler's time at -O1, with the inlining that lets the checks see how large an object is, and the warnings
of what is not set. Pointers that are null or wrap round are not looked for: to use one ends the process."""
