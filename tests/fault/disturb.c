/* disturb.c: loaded before the C library (LD_PRELOAD) by tests/fault/test_each_call.py: counts the
 * calls that make things durable, on files other than the standard three, and disturbs one of them.
 *
 *   DISTURB_AT   which call, from 1
 *   DISTURB_HOW  kill:    the process dies before the call
 *                torn:    it dies in the middle: half of a write is done; other calls as kill
 *                nospace: this and every later call that writes fails with ENOSPC
 *                eio:     this call alone fails with EIO
 */
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { STANDARD_FILES = 3 };

static atomic_long calls;

/* The next definition of a function: the C library's. */
static void *next(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

static bool is_how(const char *how)
{
    const char *chosen = getenv("DISTURB_HOW");
    return chosen && strcmp(chosen, how) == 0;
}

/* 0: before the one to disturb; 1: that one; 2: a later one. */
static int turn(int descriptor)
{
    const char *at = getenv("DISTURB_AT");
    if (!at || descriptor < STANDARD_FILES) {
        return 0;
    }
    long number = atomic_fetch_add(&calls, 1) + 1;
    long wanted = strtol(at, NULL, 10);
    return number < wanted ? 0 : number == wanted ? 1 : 2;
}

static void die(void)
{
    kill(getpid(), SIGKILL);
    pause();
}

/* True when the call must fail; errno says how. Does not come back when the process dies here. */
static bool refuse(int now, bool writes)
{
    if (now == 1 && (is_how("kill") || is_how("torn"))) {
        die();
    }
    if (now == 1 && is_how("eio")) {
        errno = EIO;
        return true;
    }
    if (now != 0 && writes && is_how("nospace")) {
        errno = ENOSPC;
        return true;
    }
    return false;
}

ssize_t write(int descriptor, const void *bytes, size_t length)
{
    ssize_t (*call)(int, const void *, size_t) = next("write");
    int now = turn(descriptor);
    if (now == 1 && is_how("torn")) {
        (void)!call(descriptor, bytes, length / 2);
    }
    return refuse(now, true) ? -1 : call(descriptor, bytes, length);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t length, off64_t offset)
{
    ssize_t (*call)(int, const void *, size_t, off64_t) = next("pwrite64");
    int now = turn(descriptor);
    if (now == 1 && is_how("torn")) {
        (void)!call(descriptor, bytes, length / 2, offset);
    }
    return refuse(now, true) ? -1 : call(descriptor, bytes, length, offset);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t length, off_t offset)
{
    return pwrite64(descriptor, bytes, length, offset);
}

int ftruncate64(int descriptor, off64_t length)
{
    int (*call)(int, off64_t) = next("ftruncate64");
    return refuse(turn(descriptor), false) ? -1 : call(descriptor, length);
}

int ftruncate(int descriptor, off_t length)
{
    return ftruncate64(descriptor, length);
}

int fsync(int descriptor)
{
    int (*call)(int) = next("fsync");
    return refuse(turn(descriptor), false) ? -1 : call(descriptor);
}

int fdatasync(int descriptor)
{
    int (*call)(int) = next("fdatasync");
    return refuse(turn(descriptor), false) ? -1 : call(descriptor);
}
