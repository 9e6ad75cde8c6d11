<%doc>Writes the bytes of a library's tables. Needs: name, tables (their names).</%doc>\
#include "${name}.c"
#include <stdio.h>

int main(void)
{
% for table in tables:
    fwrite(${table}, 1, sizeof ${table}, stdout);
% endfor
    return 0;
}
