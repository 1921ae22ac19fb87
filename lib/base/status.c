/* status.c: the statuses in words. */
#include "base/status.h"

const char *status_text(enum status status)
{
    switch (status) {
    case STATUS_OK: return "ok";
    case STATUS_INVALID: return "invalid input";
    case STATUS_LIMIT: return "limit reached";
    case STATUS_NOT_FOUND: return "not found";
    case STATUS_END: return "end of input";
    case STATUS_AGAIN: return "nothing there yet";
    case STATUS_IO: return "input/output error";
    case STATUS_NO_SPACE: return "disk full or read-only";
    case STATUS_CLOSED: return "the reader has gone away";
    case STATUS_CONFLICT: return "in use or of another kind";
    case STATUS_UNAVAILABLE: return "not available yet";
    }
    return "unknown status";
}
