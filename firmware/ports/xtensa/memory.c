/* What compiled C calls by itself, word by word where both sides are aligned. */
#include <stddef.h>
#include <stdint.h>

/* Loops here must not become calls of the functions that they are. */
#pragma GCC optimize("no-tree-loop-distribute-patterns")

#define WORD ((size_t)sizeof(word_t))
#define ALIGNED(pointer) (((uintptr_t)(pointer) & (WORD - 1u)) == 0u)

typedef uint32_t __attribute__((may_alias)) word_t;

void *memcpy(void *restrict to, const void *restrict from, size_t count);
void *memmove(void *to, const void *from, size_t count);
void *memset(void *to, int value, size_t count);
int memcmp(const void *a, const void *b, size_t count);
size_t strlen(const char *text);

void *memcpy(void *restrict to, const void *restrict from, size_t count)
{
    uint8_t *d = to;
    const uint8_t *s = from;

    if (ALIGNED(d) && ALIGNED(s))
        for (; count >= WORD; count -= WORD, d += WORD, s += WORD)
            *(word_t *)(void *)d = *(const word_t *)(const void *)s;
    while (count-- != 0u)
        *d++ = *s++;
    return to;
}

void *memmove(void *to, const void *from, size_t count)
{
    uint8_t *d = to;
    const uint8_t *s = from;

    if (d <= s || d >= s + count)
        return memcpy(to, from, count);
    while (count-- != 0u)
        d[count] = s[count];
    return to;
}

void *memset(void *to, int value, size_t count)
{
    const uint32_t byte = (uint32_t)value & 0xFFu;
    uint8_t *d = to;

    if (ALIGNED(d))
        for (; count >= WORD; count -= WORD, d += WORD)
            *(word_t *)(void *)d = byte * 0x01010101u;
    while (count-- != 0u)
        *d++ = (uint8_t)byte;
    return to;
}

int memcmp(const void *a, const void *b, size_t count)
{
    const uint8_t *x = a;
    const uint8_t *y = b;

    for (; count != 0u; count--, x++, y++)
        if (*x != *y)
            return *x < *y ? -1 : 1;
    return 0;
}

size_t strlen(const char *text)
{
    size_t count = 0u;

    while (text[count] != '\0')
        count++;
    return count;
}
