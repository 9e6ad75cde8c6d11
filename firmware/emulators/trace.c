/* A plugin of QEMU: which instructions run between two places of a firmware, and which branches are taken.
 *
 *     -plugin trace.so,begin=ADDRESS,end=ADDRESS,layers=FILE,out=FILE[,flash=FIRST,size=BYTES,line=BYTES,code=LINES[,data=LINES]]
 *
 * `layers` has a line "FIRST LAST LAYER" a run of a layer's addresses; what they call belongs to the layer that ran last.
 * Each time `end` is reached after `begin`, `out` is written anew: how often that was so far, with the lines of flash that
 * were read since the first time, for instructions and for data; then a line a block of
 * instructions and layer (0: before the first): the block's address, its instructions, the layer, how often it ran, and
 * how often it was left for another place than the next address. A line of flash is read where its cache does not hold
 * it: caches are fully associative, of so many lines, and the line that was used longest ago makes room. Without `data`,
 * both share the cache for code. Debian's QEMU comes without the plugins' header: what is used of it is declared here. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
typedef void (*on_block_t)(unsigned cpu, void *data);
typedef void (*on_access_t)(unsigned cpu, uint32_t info, uint64_t address, void *data);
struct qemu_plugin_tb;
struct qemu_plugin_insn;

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, void (*)(qemu_plugin_id_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *, on_block_t, int flags, void *);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *, on_block_t, int flags, void *);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *, on_access_t, int flags, int kinds, void *);
unsigned qemu_plugin_mem_size_shift(uint32_t info);
EXPORT int qemu_plugin_install(qemu_plugin_id_t, const void *, int, char **);
EXPORT extern int qemu_plugin_version;

int qemu_plugin_version = 4;

#define LAYERS 256
#define RUNS 65536
#define LINES 65536
#define READS 1

struct block {
    struct block *older;
    uint64_t begins;
    uint64_t ends;
    uint64_t instructions;
    unsigned layer;
    uint64_t ran[LAYERS];
    uint64_t taken[LAYERS];
};

struct run {
    uint64_t first;
    uint64_t last;
    unsigned layer;
};

struct cache {
    size_t lines;
    size_t used;
    uint64_t held[LINES]; /* the one that was used last comes first */
};

static struct cache caches[2]; /* for instructions, for data */
static int shared = 1;
static uint64_t reads[2];
static uint64_t reads_before[2];
static uint64_t flash;
static uint64_t size;
static uint64_t line;
static struct block *newest;
static struct block *before;
static uint64_t begin;
static uint64_t end;
static uint64_t regions;
static int inside;
static unsigned layer;
static struct run known[RUNS];
static size_t count_of_known;
static const char *out;

/* Lines of flash that hold the bytes, read unless the cache holds them. */
static void touch(int kind, uint64_t address, uint64_t bytes)
{
    struct cache *cache = &caches[kind == 1 && !shared];
    uint64_t each;
    size_t i;

    if (line == 0u || address < flash || address >= flash + size)
        return;
    for (each = address / line; each <= (address + bytes - 1u) / line; each++) {
        for (i = 0; i < cache->used && cache->held[i] != each; i++) {
        }
        if (i == cache->used) {
            reads[kind]++;
            if (cache->used < cache->lines)
                cache->used++;
            else if (i-- == 0u)
                continue;
        }
        memmove(cache->held + 1, cache->held, i * sizeof *cache->held);
        cache->held[0] = each;
    }
}

static void accesses(unsigned cpu, uint32_t info, uint64_t address, void *data)
{
    (void)cpu;
    (void)data;
    if (inside)
        touch(1, address, (uint64_t)1 << qemu_plugin_mem_size_shift(info));
}

static void runs(unsigned cpu, void *data)
{
    struct block *now = data;

    (void)cpu;
    if (!inside)
        return;
    if (before != NULL && before->ends != now->begins)
        before->taken[layer]++;
    if (now->layer != 0u)
        layer = now->layer;
    now->ran[layer]++;
    touch(0, now->begins, now->ends - now->begins);
    before = now;
}

static void begins(unsigned cpu, void *data)
{
    (void)cpu;
    (void)data;
    inside = 1;
    layer = 0;
    before = NULL;
}

static void ends(unsigned cpu, void *data)
{
    const struct block *each;
    FILE *file;
    unsigned k;

    (void)cpu;
    (void)data;
    if (!inside)
        return;
    inside = 0;
    if (regions++ == 0u)
        memcpy(reads_before, reads, sizeof reads);
    file = fopen(out, "w");
    if (file == NULL)
        return;
    fprintf(file, "%llu %llu %llu\n", (unsigned long long)regions, (unsigned long long)(reads[0] - reads_before[0]),
            (unsigned long long)(reads[1] - reads_before[1]));
    for (each = newest; each != NULL; each = each->older)
        for (k = 0; k < LAYERS; k++)
            if (each->ran[k] != 0u || each->taken[k] != 0u)
                fprintf(file, "%llx %llu %u %llu %llu\n", (unsigned long long)each->begins,
                        (unsigned long long)each->instructions, k, (unsigned long long)each->ran[k],
                        (unsigned long long)each->taken[k]);
    fclose(file);
}

/* The layer of an address; 0 for none. */
static unsigned layer_at(uint64_t address)
{
    size_t i;

    for (i = 0; i < count_of_known; i++)
        if (known[i].first <= address && address <= known[i].last)
            return known[i].layer;
    return 0;
}

static int read_layers(const char *path)
{
    FILE *file = fopen(path, "r");
    unsigned long long first, last;
    unsigned number;

    if (file == NULL)
        return 1;
    while (count_of_known < RUNS && fscanf(file, "%llx %llx %u", &first, &last, &number) == 3 && number < LAYERS) {
        const struct run one = { first, last, number };

        known[count_of_known++] = one;
    }
    fclose(file);
    return 0;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    const size_t count = qemu_plugin_tb_n_insns(tb);
    struct block *made = calloc(1, sizeof *made);
    size_t i;

    (void)id;
    if (made == NULL || count == 0u)
        return;
    made->older = newest;
    newest = made;
    made->instructions = count;
    for (i = 0; i < count; i++) {
        struct qemu_plugin_insn *each = qemu_plugin_tb_get_insn(tb, i);
        const uint64_t address = qemu_plugin_insn_vaddr(each);

        if (i == 0u)
            made->begins = address;
        if (made->layer == 0u)
            made->layer = layer_at(address);
        made->ends = address + qemu_plugin_insn_size(each);
        if (address == begin)
            qemu_plugin_register_vcpu_insn_exec_cb(each, begins, 0, NULL);
        if (address == end)
            qemu_plugin_register_vcpu_insn_exec_cb(each, ends, 0, NULL);
        if (line != 0u)
            qemu_plugin_register_vcpu_mem_cb(each, accesses, 0, READS, NULL);
    }
    qemu_plugin_register_vcpu_tb_exec_cb(tb, runs, 0, made);
}

int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
    int i;

    (void)info;
    for (i = 0; i < argc; i++) {
        if (strncmp(argv[i], "begin=", 6) == 0)
            begin = strtoull(argv[i] + 6, NULL, 0);
        else if (strncmp(argv[i], "end=", 4) == 0)
            end = strtoull(argv[i] + 4, NULL, 0);
        else if (strncmp(argv[i], "layers=", 7) == 0 && read_layers(argv[i] + 7) != 0)
            return 1;
        else if (strncmp(argv[i], "layers=", 7) == 0)
            continue;
        else if (strncmp(argv[i], "out=", 4) == 0)
            out = strdup(argv[i] + 4);
        else if (strncmp(argv[i], "flash=", 6) == 0)
            flash = strtoull(argv[i] + 6, NULL, 0);
        else if (strncmp(argv[i], "size=", 5) == 0)
            size = strtoull(argv[i] + 5, NULL, 0);
        else if (strncmp(argv[i], "line=", 5) == 0)
            line = strtoull(argv[i] + 5, NULL, 0);
        else if (strncmp(argv[i], "code=", 5) == 0)
            caches[0].lines = strtoull(argv[i] + 5, NULL, 0);
        else if (strncmp(argv[i], "data=", 5) == 0) {
            caches[1].lines = strtoull(argv[i] + 5, NULL, 0);
            shared = 0;
        } else
            return 1;
    }
    if (out == NULL || caches[0].lines > LINES || caches[1].lines > LINES)
        return 1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    return 0;
}
