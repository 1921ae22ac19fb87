/* The strings extension: join, replace, split. */
#include "cel/library/library_functions.h"
#include "cel/library/text_out.h"
#include "cel/library/utf8.h"

/* --- join --- */

struct value library_join(const struct value *arguments, size_t count, struct cel_scratch *scratch)
{
    struct text_out out = text_out_in(scratch);
    bool joins = value_is_list(arguments) && (count == 1 || arguments[1].kind == VALUE_STRING);
    for (size_t i = 0; joins && i < arguments->list.count; i++) {
        const struct value *item = &arguments->list.items[i];
        joins = item->kind == VALUE_STRING && steps_take(scratch->steps_left, CEL_PIECE_STEPS);
        if (count == 2 && i > 0) {
            text_out_append(&out, arguments[1].text);
        }
        text_out_append(&out, joins ? item->text : span_of(NULL, 0));
    }
    if (*scratch->steps_left == 0) {
        return failure_limit();
    }
    return joins ? text_out_value(&out)
                 : failure_no_overload("join", arguments, count, scratch->arena);
}

/* --- finding pieces: both replace and split cut a text at each occurrence of a part --- */

/* The bytes before the next occurrence of `part`; for an empty part one code point. False: no more.
 */
static bool next_cut(struct span rest, struct span part, size_t *before)
{
    if (part.len == 0) {
        *before = rest.len ? utf8_size(rest.ptr[0]) : 0;
        return *before < rest.len;
    }
    const char *found = rest.len < part.len ? NULL
                                            : memmem(rest.ptr, rest.len, part.ptr, part.len);
    *before = found ? (size_t)(found - rest.ptr) : 0;
    return found != NULL;
}

static struct span after(struct span text, size_t bytes)
{
    return span_of(text.ptr + bytes, text.len - bytes);
}

static bool takes_texts(const struct value *arguments, size_t count, size_t texts)
{
    for (size_t i = 0; i < count; i++) {
        if (arguments[i].kind != (i < texts ? VALUE_STRING : VALUE_INT)) {
            return false;
        }
    }
    return true;
}

/* --- replace --- */

/* An empty part stands before every code point, and at the end. */
static void replace_nothing(struct text_out *out, const struct value *arguments, uint64_t most)
{
    struct span rest = arguments[0].text;
    while (most > 0 && text_out_pay(out, 2 * CEL_PIECE_STEPS)) {
        text_out_append(out, arguments[2].text);
        most--;
        if (rest.len == 0) {
            return;
        }
        size_t size = utf8_size(rest.ptr[0]);
        text_out_append(out, span_of(rest.ptr, size));
        rest = after(rest, size);
    }
    text_out_append(out, rest);
}

static void replace_part(struct text_out *out, const struct value *arguments, uint64_t most)
{
    struct span rest = arguments[0].text;
    struct span part = arguments[1].text;
    size_t before;
    while (most > 0 && text_out_pay(out, 2 * CEL_PIECE_STEPS) && next_cut(rest, part, &before)) {
        text_out_append(out, span_of(rest.ptr, before));
        text_out_append(out, arguments[2].text);
        rest = after(rest, before + part.len);
        most--;
    }
    text_out_append(out, rest);
}

/* replace(text, part, new) or (text, part, new, most); most < 0: all. */
struct value library_replace(const struct value *arguments, size_t count,
                             struct cel_scratch *scratch)
{
    struct text_out out = text_out_in(scratch);
    if (!takes_texts(arguments, count, 3)) {
        return failure_no_overload("replace", arguments, count, scratch->arena);
    }
    if (!steps_take(scratch->steps_left, arguments[0].text.len / CEL_LETTERS_PER_STEP)) {
        return failure_limit();
    }
    bool all = count == 3 || arguments[3].integer < 0;
    uint64_t most = all ? UINT64_MAX : (uint64_t)arguments[3].integer;
    if (arguments[1].text.len == 0) {
        replace_nothing(&out, arguments, most);
    } else {
        replace_part(&out, arguments, most);
    }
    return text_out_value(&out);
}

/* --- split --- */

/* How many pieces there are, at most `most`; fewer when the budget is used up. */
static size_t count_pieces(struct span text, struct span separator, uint64_t most,
                           struct cel_scratch *scratch)
{
    size_t pieces = 1;
    size_t before;
    while (pieces < most && steps_take(scratch->steps_left, CEL_PIECE_STEPS) &&
           next_cut(text, separator, &before)) {
        text = after(text, before + separator.len);
        pieces++;
    }
    return pieces;
}

/* split(text, separator) or (text, separator, most); most < 0: all, 0: no piece. */
struct value library_split(const struct value *arguments, size_t count, struct cel_scratch *scratch)
{
    if (!takes_texts(arguments, count, 2)) {
        return failure_no_overload("split", arguments, count, scratch->arena);
    }
    struct span rest = arguments[0].text;
    struct span separator = arguments[1].text;
    uint64_t most =
        count == 2 || arguments[2].integer < 0 ? UINT64_MAX : (uint64_t)arguments[2].integer;
    if (most == 0 || (rest.len == 0 && separator.len == 0)) {
        return value_list_of(NULL, 0);
    }
    size_t pieces = count_pieces(rest, separator, most, scratch);
    if (!steps_take(scratch->steps_left, rest.len / CEL_LETTERS_PER_STEP)) {
        return failure_limit();
    }
    struct value *items = arena_array(scratch->arena, pieces, sizeof *items);
    size_t before;
    for (size_t i = 0; i + 1 < pieces && next_cut(rest, separator, &before); i++) {
        items[i] = value_string(span_of(rest.ptr, before));
        rest = after(rest, before + separator.len);
    }
    items[pieces - 1] = value_string(rest);
    return value_list_of(items, pieces);
}
