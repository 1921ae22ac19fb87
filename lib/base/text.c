/* text.c: cuts at code points, and takes out what hides or reorders characters, because what is
 * shown comes from the outside. */
#include "base/text.h"

static bool continues_code_point(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

size_t text_cut_length(struct span text, size_t length_max)
{
    if (text.len <= length_max) {
        return text.len;
    }
    size_t length = length_max;
    while (length > 0 && continues_code_point(text.ptr[length])) {
        length--;
    }
    return length;
}

struct span text_cut(struct span text, size_t length_max, struct arena *arena)
{
    if (text.len <= length_max) {
        return text;
    }
    struct span mark = SPAN(TEXT_CUT_MARK);
    size_t length = text_cut_length(text, length_max - mark.len);
    char *copy = arena_alloc(arena, length + mark.len);
    memcpy(copy, text.ptr, length);
    memcpy(copy + length, mark.ptr, mark.len);
    return span_of(copy, length + mark.len);
}

static bool is_blank(unsigned char c)
{
    return c == '\n' || c == '\r' || c == '\t';
}

/* Length of the hidden character that begins at text[i]; 0 when it is an ordinary one. The ranges
 * are those of UTF-8: C1 is C2 80..9F; U+061C is D8 9C; U+200E, U+200F, U+2028 to U+202E are E2 80
 * 8E..8F and A8..AE; U+2066 to U+2069 are E2 81 A6..A9. */
static size_t hidden_length(struct span text, size_t i)
{
    const unsigned char *at = (const unsigned char *)text.ptr + i;
    size_t left = text.len - i;
    if (at[0] < 0x20 || at[0] == 0x7F) {
        return 1;
    }
    if (left >= 2 && ((at[0] == 0xC2 && at[1] <= 0x9F) || (at[0] == 0xD8 && at[1] == 0x9C))) {
        return 2;
    }
    if (left < 3 || at[0] != 0xE2) {
        return 0;
    }
    bool between = at[2] == 0x8E || at[2] == 0x8F || (at[2] >= 0xA8 && at[2] <= 0xAE);
    bool marks = at[1] == 0x80 && between;
    bool isolates = at[1] == 0x81 && at[2] >= 0xA6 && at[2] <= 0xA9;
    return marks || isolates ? 3 : 0;
}

void text_append_visible(struct buf *out, struct span text)
{
    size_t plain = 0; /* start of the run not yet appended */
    size_t i = 0;
    while (i < text.len) {
        size_t hidden = hidden_length(text, i);
        if (hidden == 0) {
            i++;
            continue;
        }
        buf_append(out, span_of(text.ptr + plain, i - plain));
        if (is_blank((unsigned char)text.ptr[i])) {
            buf_append_char(out, ' ');
        }
        i += hidden;
        plain = i;
    }
    if (text.len > plain) {
        buf_append(out, span_of(text.ptr + plain, text.len - plain));
    }
}
