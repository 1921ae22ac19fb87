/* text_out.c: memory doubles, and each doubling is paid from the budget. */
#include "cel/library/text_out.h"

enum { CAPACITY_MIN = 64 };

/* Makes room for extra bytes; false when the budget does not allow it. */
static bool reserve(struct text_out *out, size_t extra)
{
    size_t wanted = out->len + extra;
    if (wanted <= out->capacity) {
        return true;
    }
    size_t capacity = out->capacity ? out->capacity * 2 : CAPACITY_MIN;
    capacity = capacity < wanted ? wanted : capacity;
    if (!steps_take(out->scratch->steps_left, 2 * capacity / CEL_BYTES_PER_STEP)) {
        out->full = true;
        return false;
    }
    char *ptr = arena_alloc(out->scratch->arena, capacity);
    if (out->len) {
        memcpy(ptr, out->ptr, out->len);
    }
    out->ptr = ptr;
    out->capacity = capacity;
    return true;
}

void text_out_append(struct text_out *out, struct span text)
{
    if (text.len && !out->full && reserve(out, text.len)) {
        memcpy(out->ptr + out->len, text.ptr, text.len);
        out->len += text.len;
    }
}

void text_out_char(struct text_out *out, char c)
{
    text_out_append(out, span_of(&c, 1));
}

bool text_out_pay(struct text_out *out, uint64_t steps)
{
    out->full |= !steps_take(out->scratch->steps_left, steps);
    return !out->full;
}

struct value text_out_value(const struct text_out *out)
{
    return out->full ? failure_limit() : value_string(span_of(out->ptr, out->len));
}
