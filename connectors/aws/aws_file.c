/* aws_file.c: open, read to the end, close. */
#include "aws/aws_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { STEP_BYTES = 4096 };

enum status aws_file_read(const char *path, size_t bytes_max, struct buf *out)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (descriptor < 0) {
        return errno == ENOENT || errno == ENOTDIR ? STATUS_NOT_FOUND : STATUS_IO;
    }
    ssize_t got = 1;
    while (got > 0 && out->len <= bytes_max) {
        buf_reserve(out, STEP_BYTES);
        got = read(descriptor, out->ptr + out->len, STEP_BYTES);
        if (got > 0) {
            out->len += (size_t)got;
            out->ptr[out->len] = '\0';
        }
    }
    int error = errno;
    close(descriptor);
    errno = error;
    return got < 0 ? STATUS_IO : got > 0 ? STATUS_LIMIT : STATUS_OK;
}
