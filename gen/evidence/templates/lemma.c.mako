<%doc>A lemma about products. Needs: one (Product), machine, command.</%doc>\
/* The bounds of a product.
 * ${command} */
${machine.typedefs}

int main(void)
{
    ${one.kind} a, b;
    __CPROVER_assume(a >= ${one.a[0]} && a <= ${one.a[1]} && b >= ${one.b[0]} && b <= ${one.b[1]});
    const ${one.kind} y = (${one.kind})(a * ${"a" if one.square else "b"});
    __CPROVER_assert(y >= ${one.bounds[0]} && y <= ${one.bounds[1]}, "the product within its bounds");
    __CPROVER_assert(0, "reached: the end");
    return 0;
}
