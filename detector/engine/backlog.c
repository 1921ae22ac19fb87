/* backlog.c: marks in a ring, the oldest first. */
#include "engine/backlog.h"

#include "base/check.h"

#include <stdlib.h>

struct backlog {
    struct backlog_mark mark; /* while `waiting` */
    bool waiting;
    struct backlog_mark ends[BACKLOG_MARKS_MAX];
    size_t first;
    size_t count;
};

struct backlog *backlog_new(void)
{
    struct backlog *backlog = calloc(1, sizeof *backlog);
    if (!backlog) {
        check_memory_exhausted(sizeof *backlog);
    }
    return backlog;
}

static struct backlog_mark *end_at(struct backlog *backlog, size_t index)
{
    return &backlog->ends[(backlog->first + index) % BACKLOG_MARKS_MAX];
}

static void drop(struct backlog_mark *mark)
{
    buf_deinit(&mark->clock);
    *mark = (struct backlog_mark){0};
}

/* `into` becomes what `from` was, which is empty then. */
static void move(struct backlog_mark *into, struct backlog_mark *from)
{
    drop(into);
    *into = *from;
    *from = (struct backlog_mark){0};
}

void backlog_clear(struct backlog *backlog)
{
    for (size_t i = 0; i < backlog->count; i++) {
        drop(end_at(backlog, i));
    }
    drop(&backlog->mark);
    backlog->count = 0;
    backlog->waiting = false;
}

void backlog_free(struct backlog **backlog)
{
    if (*backlog) {
        backlog_clear(*backlog);
        free(*backlog);
        *backlog = NULL;
    }
}

bool backlog_is_waiting(const struct backlog *backlog)
{
    return backlog->waiting;
}

const struct backlog_mark *backlog_mark(const struct backlog *backlog)
{
    check(backlog->waiting);
    return &backlog->mark;
}

void backlog_begin(struct backlog *backlog, struct backlog_mark *now)
{
    check(!backlog->waiting && backlog->count == 0);
    move(&backlog->mark, now);
    backlog->waiting = true;
}

void backlog_add(struct backlog *backlog, struct backlog_mark *end, bool apart)
{
    check(backlog->waiting);
    bool new_mark = backlog->count == 0 || (apart && backlog->count < BACKLOG_MARKS_MAX);
    backlog->count += new_mark;
    move(end_at(backlog, backlog->count - 1), end);
}

bool backlog_pass(struct backlog *backlog, int64_t floor)
{
    bool moved = false;
    while (backlog->count > 0 && end_at(backlog, 0)->position <= floor) {
        move(&backlog->mark, end_at(backlog, 0));
        backlog->first = (backlog->first + 1) % BACKLOG_MARKS_MAX;
        backlog->count--;
        moved = true;
    }
    if (backlog->waiting && backlog->count == 0) {
        backlog_clear(backlog);
        moved = true;
    }
    return moved;
}
