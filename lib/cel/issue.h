/* issue.h: what is wrong with an expression, as offsets into its text. */
#ifndef CEL_ISSUE_H
#define CEL_ISSUE_H

#include "base/arena.h"

/* What a warning is about; the names do not change. */
enum cel_warning {
    CEL_WARNING_UNGUARDED,
    CEL_WARNING_NEVER_TRUE,
    CEL_WARNING_ALWAYS_TRUE,
    CEL_WARNING_NO_OVERLOAD,
    CEL_WARNING_ALWAYS_ABSENT, /* given by hosts */
};
/* "unguarded-read", "never-true", ... */
struct span cel_warning_name(enum cel_warning kind);

struct cel_issue {
    bool warning;
    enum cel_warning kind; /* of a warning */
    uint32_t offset; /* bytes from the start of the expression */
    uint32_t length;
    struct span message;
    struct span hint; /* empty when there is none */
};

struct cel_issues {
    struct arena *arena;
    struct cel_issue *items;
    size_t count;
    size_t capacity;
    size_t errors;
};

/* An empty list; issues and their texts will live in `arena`. */
struct cel_issues cel_issues_in(struct arena *arena);
/* Adds an error, or a warning of unguarded reads, on `length` bytes at `offset`. The message and
 * the hint are copied; a message of more than 511 bytes is cut. */
void cel_issue_add(struct cel_issues *issues, bool warning, uint32_t offset, uint32_t length,
                   struct span hint, const char *format, ...)
    __attribute__((format(printf, 6, 7)));
/* The same for a warning of any kind. */
void cel_issue_warn(struct cel_issues *issues, enum cel_warning kind, uint32_t offset,
                    uint32_t length, struct span hint, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

#endif
