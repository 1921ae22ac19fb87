/* sqlite_lock.h: one detector owns a store. The lock is the kernel's (flock), so that it ends with
 * its process, however that dies. */
#ifndef SQLITE_SQLITE_LOCK_H
#define SQLITE_SQLITE_LOCK_H

#include "base/buf.h"
#include "base/status.h"

struct sqlite_lock {
    int descriptor; /* -1: not held */
};

/* Takes "STORE_PATH.lock" and writes our process id into it, for messages. STATUS_CONFLICT: another
 * process holds it; STATUS_NO_SPACE, STATUS_IO: the file cannot be made. The reason is appended to
 * `problem`. The file stays after release: removing it would let two processes lock two files. */
MUST_USE enum status sqlite_lock_take(struct sqlite_lock *lock, const char *store_path,
                                      struct buf *problem);
void sqlite_lock_release(struct sqlite_lock *lock);

#endif
