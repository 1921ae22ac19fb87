/* report.c: bounds the number of problems and what they quote, and hides control characters. */
#include "policy/document/report.h"

#include <stdarg.h>
#include <stdio.h>

enum { MESSAGE_BYTES_MAX = 1000, TEXT_BYTES_MAX = 60, WARNINGS_MAX = 1000 };

bool report_is_full(const struct diag_list *diags)
{
    return diags->errors > REPORT_ERRORS_MAX;
}

static void hide_controls(char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7F) {
            *text = '?';
        }
    }
}

void report_error(struct diag_list *diags, struct place place, struct span hint,
                  const char *format, ...)
{
    char message[MESSAGE_BYTES_MAX];
    if (report_is_full(diags)) {
        return;
    }
    if (diags->errors == REPORT_ERRORS_MAX) {
        diag_add(diags, DIAG_ERROR, place, (struct span){0}, "more errors follow; mend these");
        return;
    }
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    hide_controls(message);
    diag_add(diags, DIAG_ERROR, place, hint, "%s", message);
}

void report_warning(struct diag_list *diags, const char *kind, struct place place,
                    struct span hint, const char *format, ...)
{
    char message[MESSAGE_BYTES_MAX];
    if (diags->count - diags->errors >= WARNINGS_MAX) {
        return;
    }
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    hide_controls(message);
    diag_add(diags, DIAG_WARNING, place, hint, "%s", message);
    diag_set_kind(diags, span_view(kind));
}

struct span report_nearest(struct diag_list *diags, struct span word, const struct span *names,
                           size_t count)
{
    struct span nearest = {0};
    if (!report_is_full(diags)) {
        nearest = diag_nearest(word, names, count);
    }
    if (nearest.len == 0) {
        return nearest;
    }
    return arena_printf(diags->arena, "did you mean '%.*s'?", SPAN_ARG(nearest));
}

struct span report_cut(struct span text)
{
    if (text.len <= TEXT_BYTES_MAX) {
        return text;
    }
    size_t length = TEXT_BYTES_MAX;
    while (length > 0 && ((unsigned char)text.ptr[length] & 0xC0) == 0x80) {
        length--;
    }
    return span_of(text.ptr, length);
}
