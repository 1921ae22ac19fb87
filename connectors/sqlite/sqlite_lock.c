/* sqlite_lock.c: takes the lock on a file beside the store; the process id inside is for people. */
#include "sqlite/sqlite_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

enum { PID_TEXT_SIZE = 32 };

static enum status open_failure(struct buf *problem, const char *path, int error)
{
    buf_printf(problem, "cannot open the lock file %s: %s", path, strerror(error));
    bool refused = error == EROFS || error == EACCES || error == ENOSPC || error == EDQUOT;
    return refused ? STATUS_NO_SPACE : STATUS_IO;
}

static enum status held_by_another(struct buf *problem, const char *store_path, int descriptor)
{
    char text[PID_TEXT_SIZE] = "";
    ssize_t length = pread(descriptor, text, sizeof text - 1, 0);
    text[length > 0 ? length : 0] = '\0';
    long long pid = strtoll(text, NULL, 10);
    buf_printf(problem, "%s is in use by another detector", store_path);
    if (pid > 0) {
        buf_printf(problem, " (process %lld)", pid);
    }
    buf_append(problem, SPAN(": stop it, or give this one its own --data-dir"));
    return STATUS_CONFLICT;
}

/* The process id is only for messages: that it could not be written does not matter. */
static void write_pid(int descriptor)
{
    char text[PID_TEXT_SIZE];
    int length = snprintf(text, sizeof text, "%jd\n", (intmax_t)getpid());
    if (ftruncate(descriptor, 0) != 0 || pwrite(descriptor, text, (size_t)length, 0) != length) {
        errno = 0;
    }
}

enum status sqlite_lock_take(struct sqlite_lock *lock, const char *store_path, struct buf *problem)
{
    struct buf path = {0};
    buf_printf(&path, "%s.lock", store_path);
    int descriptor = open(path.ptr, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    enum status status = STATUS_OK;
    if (descriptor < 0) {
        status = open_failure(problem, path.ptr, errno);
    } else if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        status = errno == EWOULDBLOCK ? held_by_another(problem, store_path, descriptor)
                                      : open_failure(problem, path.ptr, errno);
        close(descriptor);
    } else {
        write_pid(descriptor);
        lock->descriptor = descriptor;
    }
    buf_deinit(&path);
    return status;
}

void sqlite_lock_release(struct sqlite_lock *lock)
{
    if (lock->descriptor >= 0) {
        close(lock->descriptor);
    }
    lock->descriptor = -1;
}
