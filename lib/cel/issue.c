/* issue.c: grows in the arena; the texts are copied, since expressions may be built in scratch
 * memory. */
#include "cel/issue.h"

#include <stdarg.h>
#include <stdio.h>

enum { ISSUES_CAPACITY_MIN = 8, MESSAGE_BYTES_MAX = 512 };

struct cel_issues cel_issues_in(struct arena *arena)
{
    return (struct cel_issues){.arena = arena};
}

static struct cel_issue *next_issue(struct cel_issues *issues)
{
    if (issues->count == issues->capacity) {
        size_t capacity = issues->capacity ? issues->capacity * 2 : ISSUES_CAPACITY_MIN;
        struct cel_issue *items = arena_array(issues->arena, capacity, sizeof *items);
        if (issues->count) {
            memcpy(items, issues->items, issues->count * sizeof *items);
        }
        issues->items = items;
        issues->capacity = capacity;
    }
    return &issues->items[issues->count++];
}

void cel_issue_add(struct cel_issues *issues, bool warning, uint32_t offset, uint32_t length,
                   struct span hint, const char *format, ...)
{
    char message[MESSAGE_BYTES_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    *next_issue(issues) = (struct cel_issue){
        .warning = warning,
        .offset = offset,
        .length = length,
        .message = arena_copy(issues->arena, span_view(message)),
        .hint = arena_copy(issues->arena, hint),
    };
    issues->errors += !warning;
}
