#include "app/command/read_input.h"

#include "app/complain.h"

#include <errno.h>
#include <stdio.h>

enum { PIECE_BYTES = 65536 };

bool read_input(const struct invocation *invocation, struct span path, size_t max,
                struct buf *out)
{
    bool is_stdin = span_equals(path, SPAN("-"));
    FILE *file = is_stdin ? stdin : fopen(arena_copy(invocation->arena, path).ptr, "rb");
    if (!file) {
        complain(invocation, NULL, "%.*s: %s", SPAN_ARG(path), strerror(errno));
        return false;
    }
    for (size_t got = 1; got > 0 && out->len <= max;) {
        buf_reserve(out, PIECE_BYTES);
        got = fread(out->ptr + out->len, 1, PIECE_BYTES, file);
        out->len += got;
    }
    bool good = !ferror(file);
    if (!good) {
        complain(invocation, NULL, "%.*s: %s", SPAN_ARG(path), strerror(errno));
    }
    if (!is_stdin) {
        fclose(file);
    }
    return good;
}
