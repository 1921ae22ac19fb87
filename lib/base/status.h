/* status.h: how anything that can fail answers. */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

/* Results come through the last out-parameter, untouched unless STATUS_OK is returned. */
enum status {
    STATUS_OK = 0,
    STATUS_INVALID,      /* the input breaks a rule; a diagnostic says where */
    STATUS_LIMIT,        /* a stated limit was reached */
    STATUS_NOT_FOUND,    /* no such thing */
    STATUS_END,          /* the input is exhausted */
    STATUS_AGAIN,        /* nothing there now; ask again later */
    STATUS_IO,           /* the operating system refused; errno was logged by the caller */
    STATUS_NO_SPACE,     /* disk full or read-only */
    STATUS_CLOSED,       /* the other side of a pipe is gone */
    STATUS_CONFLICT,     /* somebody else holds it, or it is of another kind than expected */
    STATUS_UNAVAILABLE,  /* known, but not in this version */
};

#define MUST_USE __attribute__((warn_unused_result))

/* A short English phrase, never NULL. */
const char *status_text(enum status status);

#endif
