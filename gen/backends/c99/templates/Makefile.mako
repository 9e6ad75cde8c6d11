<%doc>Builds the example and the self-test. Needs: g (Generated), cflags.</%doc>\
# Builds the example and the self-test of ${g.name} on this machine. Yours to change.

CC ?= cc
CFLAGS ?= -std=c99 -pedantic -Wall -Wextra ${' '.join(cflags)}

all: example selftest

example: main.c ${g.name}.c ${g.name}.h
	$(CC) $(CFLAGS) main.c ${g.name}.c -lm -o $@

selftest: ${g.name}_selftest.c ${g.name}.c ${g.name}.h
	$(CC) $(CFLAGS) ${g.name}_selftest.c ${g.name}.c -lm -o $@

test: selftest
	./selftest

clean:
	rm -f example selftest

.PHONY: all test clean
