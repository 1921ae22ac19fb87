/* complain.c: stderr for what is wrong, stdout for the answer, and the hint of what to do next. */
#include "app/complain.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

void complain(const struct invocation *invocation, const char *hint, const char *format, ...)
{
    const char *red = invocation->colour ? "\033[1;31m" : "";
    const char *plain = invocation->colour ? "\033[0m" : "";
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "deltaward: %serror:%s ", red, plain);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    if (hint) {
        fprintf(stderr, "  hint: %s\n", hint);
    }
}

void complain_note(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("deltaward: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

void complain_diags(const struct invocation *invocation, const struct diag_list *diags)
{
    struct buf text = {0};
    for (size_t i = 0; i < diags->count; i++) {
        diag_render(&diags->items[i], invocation->colour, &text);
    }
    fwrite(text.ptr ? text.ptr : "", 1, text.len, stderr);
    buf_deinit(&text);
}

bool answer(const struct invocation *invocation, struct span data)
{
    while (data.len) {
        ssize_t written = write(STDOUT_FILENO, data.ptr, data.len);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            if (errno != EPIPE) {
                complain(invocation, NULL, "stdout: %s", strerror(errno));
            }
            return false;
        }
        data = span_of(data.ptr + written, data.len - (size_t)written);
    }
    return true;
}
