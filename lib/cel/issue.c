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

struct span cel_warning_name(enum cel_warning kind)
{
    static const struct span names[] = {
        [CEL_WARNING_UNGUARDED] = {"unguarded-read", 14},
        [CEL_WARNING_NEVER_TRUE] = {"never-true", 10},
        [CEL_WARNING_ALWAYS_TRUE] = {"always-true", 11},
        [CEL_WARNING_NO_OVERLOAD] = {"no-overload", 11},
        [CEL_WARNING_ALWAYS_ABSENT] = {"always-absent", 13},
    };
    return names[kind];
}

static void add(struct cel_issues *issues, struct cel_issue issue, const char *format,
                va_list args)
{
    char message[MESSAGE_BYTES_MAX];
    vsnprintf(message, sizeof message, format, args);
    issue.message = arena_copy(issues->arena, span_view(message));
    issue.hint = arena_copy(issues->arena, issue.hint);
    *next_issue(issues) = issue;
    issues->errors += !issue.warning;
}

void cel_issue_warn(struct cel_issues *issues, enum cel_warning kind, uint32_t offset,
                    uint32_t length, struct span hint, const char *format, ...)
{
    struct cel_issue issue = {
        .warning = true, .kind = kind, .offset = offset, .length = length, .hint = hint};
    va_list args;
    va_start(args, format);
    add(issues, issue, format, args);
    va_end(args);
}

void cel_issue_add(struct cel_issues *issues, bool warning, uint32_t offset, uint32_t length,
                   struct span hint, const char *format, ...)
{
    struct cel_issue issue = {
        .warning = warning, .offset = offset, .length = length, .hint = hint};
    va_list args;
    va_start(args, format);
    add(issues, issue, format, args);
    va_end(args);
}
