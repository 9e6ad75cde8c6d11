/* File operations that fail: preloaded, it counts those of this process below a folder, and lets one of them fail.
 *
 * ENOSPC stays: from then on nothing that takes space succeeds. EIO, EACCES and EINTR are of one operation. KILL comes
 * before the operation, TORN after it, or in the middle of a write. Every operation is a line of the log: number, name,
 * path. Reading counts too: opening, read, close, lstat, flock. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum { NOTHING, FULL, BROKEN, KILL, TORN, DENIED, INTERRUPTED };

static int armed;
static long count;
static long wanted;
static int fault;
static char under[PATH_MAX];
static int log_file = -1;

void faults_arm(long nth, int how, const char *folder, int log)
{
    count = 0;
    wanted = nth;
    fault = how;
    log_file = log;
    snprintf(under, sizeof under, "%s", folder);
    armed = 1;
}

void faults_pause(int paused)
{
    armed = !paused;
}

static void absolute(int folder, const char *path, char *out)
{
    char link[64];
    char base[PATH_MAX];

    if (path != NULL && path[0] == '/') {
        snprintf(out, PATH_MAX, "%s", path);
        return;
    }
    snprintf(link, sizeof link, folder == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", folder);
    ssize_t size = readlink(link, base, sizeof base - 1);
    base[size < 0 ? 0 : size] = '\0';
    if (path == NULL || strlen(base) + strlen(path) + 2 > PATH_MAX) {
        snprintf(out, PATH_MAX, "%s", base);
    } else {
        memcpy(out, base, strlen(base));
        out[strlen(base)] = '/';
        strcpy(out + strlen(base) + 1, path);
    }
}

/* What is to happen to this operation. */
static int next(const char *name, int folder, const char *path, int takes_space)
{
    char full[PATH_MAX];
    char line[PATH_MAX + 64];
    ssize_t (*real)(int, const void *, size_t) = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");

    if (!armed) {
        return NOTHING;
    }
    absolute(folder, path, full);
    if (strncmp(full, under, strlen(under)) != 0) {
        return NOTHING;
    }
    count++;
    if (log_file >= 0) {
        int size = snprintf(line, sizeof line, "%ld %s %s\n", count, name, full + strlen(under));
        if (real(log_file, line, (size_t)size) < 0) {
            abort();
        }
    }
    if (fault == FULL && wanted > 0 && count >= wanted && takes_space) {
        errno = ENOSPC;
        return FULL;
    }
    if (count != wanted || fault == FULL) {
        return NOTHING;
    }
    if (fault == KILL) {
        raise(SIGKILL);
    }
    if (fault != TORN) {
        errno = fault == DENIED ? EACCES : fault == INTERRUPTED ? EINTR : EIO;
    }
    return fault;
}

static int fails(int how)
{
    return how != NOTHING && how != TORN;
}

#define REAL(result, name, ...) ((result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name))
#define DO(type, what, call) \
    do { \
        int how_ = (what); \
        if (fails(how_)) { \
            return -1; \
        } \
        type result_ = (call); \
        if (how_ == TORN) { \
            raise(SIGKILL); \
        } \
        return result_; \
    } while (0)

#define OPENS(name, symbol) \
    int symbol(int folder, const char *path, int flags, ...) \
    { \
        va_list rest; \
        mode_t mode = 0; \
        if (flags & O_CREAT) { \
            va_start(rest, flags); \
            mode = va_arg(rest, mode_t); \
            va_end(rest); \
        } \
        DO(int, next(flags & O_CREAT ? "create" : "open", folder, path, flags & O_CREAT), \
           REAL(int, symbol, int, const char *, int, ...)(folder, path, flags, mode)); \
    }
OPENS(openat, openat)
OPENS(openat, openat64)

#define OPEN(symbol) \
    int symbol(const char *path, int flags, ...) \
    { \
        va_list rest; \
        mode_t mode = 0; \
        if (flags & O_CREAT) { \
            va_start(rest, flags); \
            mode = va_arg(rest, mode_t); \
            va_end(rest); \
        } \
        DO(int, next(flags & O_CREAT ? "create" : "open", AT_FDCWD, path, flags & O_CREAT), \
           REAL(int, symbol, const char *, int, ...)(path, flags, mode)); \
    }
OPEN(open)
OPEN(open64)

ssize_t write(int file, const void *data, size_t size)
{
    ssize_t (*real)(int, const void *, size_t) = REAL(ssize_t, write, int, const void *, size_t);
    int how = next("write", file, NULL, 1);

    if (fails(how)) {
        return -1;
    }
    if (how == TORN) {
        if (real(file, data, size / 2) < 0) {
            abort();
        }
        raise(SIGKILL);
    }
    return real(file, data, size);
}

ssize_t read(int file, void *data, size_t size)
{
    DO(ssize_t, next("read", file, NULL, 0), REAL(ssize_t, read, int, void *, size_t)(file, data, size));
}

int close(int file)
{
    int how = next("close", file, NULL, 0);
    int error = errno;
    int result = REAL(int, close, int)(file);

    if (how == TORN) {
        raise(SIGKILL);
    }
    if (fails(how)) {
        errno = error;
        return -1;
    }
    return result;
}

int flock(int file, int operation)
{
    DO(int, next("flock", file, NULL, 0), REAL(int, flock, int, int)(file, operation));
}

int lstat(const char *path, struct stat *state)
{
    DO(int, next("lstat", AT_FDCWD, path, 0), REAL(int, lstat, const char *, struct stat *)(path, state));
}

int lstat64(const char *path, struct stat64 *state)
{
    DO(int, next("lstat", AT_FDCWD, path, 0), REAL(int, lstat64, const char *, struct stat64 *)(path, state));
}

ssize_t sendfile64(int to, int from, off64_t *at, size_t size)
{
    DO(ssize_t, next("write", to, NULL, 1), REAL(ssize_t, sendfile64, int, int, off64_t *, size_t)(to, from, at, size));
}

int fsync(int file)
{
    DO(int, next("fsync", file, NULL, 0), REAL(int, fsync, int)(file));
}

int rename(const char *from, const char *to)
{
    DO(int, next("rename", AT_FDCWD, to, 0), REAL(int, rename, const char *, const char *)(from, to));
}

int renameat(int there, const char *from, int here, const char *to)
{
    DO(int, next("rename", here, to, 0),
       REAL(int, renameat, int, const char *, int, const char *)(there, from, here, to));
}

int mkdir(const char *path, mode_t mode)
{
    DO(int, next("mkdir", AT_FDCWD, path, 1), REAL(int, mkdir, const char *, mode_t)(path, mode));
}

int mkdirat(int folder, const char *path, mode_t mode)
{
    DO(int, next("mkdir", folder, path, 1), REAL(int, mkdirat, int, const char *, mode_t)(folder, path, mode));
}

int unlink(const char *path)
{
    DO(int, next("unlink", AT_FDCWD, path, 0), REAL(int, unlink, const char *)(path));
}

int unlinkat(int folder, const char *path, int flags)
{
    DO(int, next(flags & AT_REMOVEDIR ? "rmdir" : "unlink", folder, path, 0),
       REAL(int, unlinkat, int, const char *, int)(folder, path, flags));
}

int rmdir(const char *path)
{
    DO(int, next("rmdir", AT_FDCWD, path, 0), REAL(int, rmdir, const char *)(path));
}
