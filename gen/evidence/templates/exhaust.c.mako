<%doc>Runs functions of one 16-bit value at each of its values. Needs: source (its text), cases: (function, arguments with x, number).</%doc>\
/* The least and the largest result of a function, at every value of its argument: FUNCTION LOW HIGH. */
#include <stdint.h>
int printf(const char *, ...);
long strtol(const char *, char **, int);
${source}

static long result(long function, long x)
{
    switch (function) {
% for name, arguments, number in cases:
    case ${number}: return (long)${name}(${arguments});
% endfor
    default: return 0;
    }
}

int main(int count, char **words)
{
    const long function = strtol(words[count - 3], 0, 10), low = strtol(words[count - 2], 0, 10);
    const long high = strtol(words[count - 1], 0, 10);
    long least = result(function, low), most = least;
    for (long x = low; x <= high; x++) {
        const long y = result(function, x);
        least = y < least ? y : least;
        most = y > most ? y : most;
    }
    printf("%ld %ld\n", least, most);
    return 0;
}
