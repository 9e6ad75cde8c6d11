<%doc>Builds the example and the self-test. Needs: g (Generated), cflags, cross.</%doc>\
# Builds the example and the self-test of ${g.name} on this machine. Yours to change.

CC ?= cc
CFLAGS ?= -std=c99 -pedantic -Wall -Wextra ${' '.join(cflags)}
${[f"TARGET_CC ?= {cross[0]}", f"TARGET_CFLAGS ?= {' '.join(cross[1:])}"] if cross else []}

all: example selftest
% if cross:

# For the board: the library's object.
${g.name}.o: ${g.name}.c ${g.name}.h
	$(TARGET_CC) $(TARGET_CFLAGS) -c ${g.name}.c -o $@
% endif

example: main.c ${g.name}.c $(wildcard *.h)
	$(CC) $(CFLAGS) main.c ${g.name}.c -lm -o $@

selftest: ${g.name}_selftest.c ${g.name}.c ${g.name}.h
	$(CC) $(CFLAGS) ${g.name}_selftest.c ${g.name}.c -lm -o $@

test: selftest
	./selftest

clean:
	rm -f example selftest${f" {g.name}.o" if cross else ""}

.PHONY: all test clean
