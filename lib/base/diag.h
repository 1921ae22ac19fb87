/* diag.h: what is told to a person about their input: where, what, and what to do. */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include "base/arena.h"
#include "base/buf.h"

enum diag_level { DIAG_ERROR, DIAG_WARNING };

/* A place in a file. line and column count from 1 (column in code points); 0 = unknown. */
struct place {
    struct span file;
    struct span source; /* the whole text of the file, for the caret line; may be empty */
    uint32_t line;
    uint32_t column;
    uint32_t width; /* code points to underline; 0 counts as 1 */
};

struct diag {
    enum diag_level level;
    struct place place;
    struct span message;
    struct span hint; /* empty when there is none */
    struct span kind; /* of a warning: a name that does not change; may be empty */
    struct span line; /* the source line, for the caret; empty when it is unknown or too long */
};

/* Every finding, in the order found. The texts live in the arena, which the caller owns. */
struct diag_list {
    struct arena *arena;
    struct diag *items;
    size_t count;
    size_t capacity;
    size_t errors;
};

/* An empty list whose texts will live in `arena`. */
struct diag_list diag_list_in(struct arena *arena);
/* hint: what to do about it, or empty. All texts are copied, the file's name and the line of the
 * place too; place.source alone stays a view, which diag_render does not use. */
void diag_add(struct diag_list *list, enum diag_level level, struct place place, struct span hint,
              const char *format, ...) __attribute__((format(printf, 5, 6)));
/* Names the kind of the newest finding: "unguarded-read". Shown behind its message. */
void diag_set_kind(struct diag_list *list, struct span kind);
/* "file:line:column: error: message", the source line, a caret, "hint: ...". Control characters of
 * the user's texts are shown as '?'; lines longer than 160 bytes are left out. */
void diag_render(const struct diag *diag, bool colour, struct buf *out);
/* The name among `count` nearest to `word`, or the empty span when none is near. */
struct span diag_nearest(struct span word, const struct span *names, size_t count);

#endif
