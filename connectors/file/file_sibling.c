/* file_sibling.c: looks through the file's own folder only, since rotation renames within it. */
#include "file/file_sibling.h"

#include "base/buf.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_if_same(int folder, const char *name, struct span identity)
{
    int descriptor = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (descriptor >= 0 && !file_identity_matches(descriptor, identity)) {
        close(descriptor);
        return -1;
    }
    return descriptor;
}

/* Only entries with the inode of the identity are opened: one at most, but for hard links. */
static int search(DIR *folder, struct span identity)
{
    uintmax_t inode = 0;
    char copy[FILE_IDENTITY_TEXT_SIZE];
    int found = -1;
    struct dirent *entry;
    snprintf(copy, sizeof copy, "%.*s", SPAN_ARG(identity));
    if (sscanf(copy, "%*u:%ju:", &inode) != 1) {
        return -1;
    }
    while (found < 0 && (entry = readdir(folder)) != NULL) {
        if ((uintmax_t)entry->d_ino == inode) {
            found = open_if_same(dirfd(folder), entry->d_name, identity);
        }
    }
    return found;
}

int file_sibling_open(const char *path, struct span identity)
{
    struct buf name = {0};
    const char *slash = strrchr(path, '/');
    buf_append(&name, slash ? span_of(path, (size_t)(slash - path) + 1) : SPAN("."));
    DIR *folder = opendir(name.ptr);
    int found = folder ? search(folder, identity) : -1;
    if (folder) {
        closedir(folder);
    }
    buf_deinit(&name);
    return found;
}
