#include "temporary.h"

#include "base/check.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void temporary_init(struct temporary *temporary)
{
    const char *base = getenv("TMPDIR");
    snprintf(temporary->folder, sizeof temporary->folder, "%.40s/deltaward-XXXXXX",
             base && *base ? base : "/tmp");
    check(mkdtemp(temporary->folder));
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info;
    (void)kind;
    (void)place;
    return remove(path);
}

void temporary_deinit(struct temporary *temporary)
{
    chmod(temporary->folder, 0700);
    check(nftw(temporary->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
}

struct span temporary_path(struct temporary *temporary, const char *name)
{
    int length =
        snprintf(temporary->path, sizeof temporary->path, "%s/%s", temporary->folder, name);
    return span_of(temporary->path, (size_t)length);
}

static void put(struct temporary *temporary, const char *name, int flags, struct span bytes)
{
    temporary_path(temporary, name);
    int descriptor = open(temporary->path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);
    check(descriptor >= 0);
    check(write(descriptor, bytes.ptr, bytes.len) == (ssize_t)bytes.len);
    check(close(descriptor) == 0);
}

void temporary_write(struct temporary *temporary, const char *name, struct span bytes)
{
    put(temporary, name, O_TRUNC, bytes);
}

void temporary_append(struct temporary *temporary, const char *name, struct span bytes)
{
    put(temporary, name, O_APPEND, bytes);
}

struct buf temporary_read(struct temporary *temporary, const char *name)
{
    struct buf content = {0};
    char chunk[4096];
    temporary_path(temporary, name);
    int descriptor = open(temporary->path, O_RDONLY | O_CLOEXEC);
    ssize_t length = 0;
    while (descriptor >= 0 && (length = read(descriptor, chunk, sizeof chunk)) > 0) {
        buf_append(&content, span_of(chunk, (size_t)length));
    }
    if (descriptor >= 0) {
        close(descriptor);
    }
    return content;
}
