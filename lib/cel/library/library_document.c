/* library_document.c: json.decode, json.encode, and leaves(): every scalar of a document as
 * text. */
#include "cel/library/item_list.h"
#include "cel/library/library_functions.h"
#include "cel/run/values.h"
#include "model/json.h"

/* --- json.decode(text): an optional; none when the text is no JSON --- */

/* Every value of a document is read and kept. */
enum { JSON_VALUE_STEPS = 10 };

/* At least as many as there are values. */
static uint64_t count_values(struct span text)
{
    uint64_t count = 1;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        count += c == ',' || c == ':' || c == '[' || c == '{';
    }
    return count;
}

struct value library_json_decode(const struct value *arguments, size_t count,
                                 struct cel_scratch *scratch)
{
    struct json_error error;
    struct value document;
    if (arguments->kind != VALUE_STRING) {
        return failure_no_overload("json.decode", arguments, count, scratch->arena);
    }
    if (!steps_take(scratch->steps_left, arguments->text.len / CEL_LETTERS_PER_STEP) ||
        !steps_take(scratch->steps_left, JSON_VALUE_STEPS * count_values(arguments->text))) {
        return failure_limit();
    }
    if (json_read(arguments->text, JSON_NUMBERS_DECIMAL, scratch->arena, &error, &document) !=
        STATUS_OK) {
        return value_none();
    }
    return value_some(scratch->arena, &document);
}

/* --- json.encode(x) --- */

/* For one value: its sign and its number or quotes. */
enum { ENCODE_STEPS = 4 };

static bool holds_text(const struct value *value)
{
    return value->kind == VALUE_STRING || value->kind == VALUE_BYTES || value->kind == VALUE_URL ||
           value->kind == VALUE_SEMVER;
}

/* Pays for what will be written, before it is: values may hold one text many times. `depth` is how
 * much deeper the writer goes. */
static bool pay_for(const struct value *value, unsigned depth, uint64_t *steps_left)
{
    size_t count = value_is_list(value)       ? value->list.count
                   : value->kind == VALUE_MAP ? value->map.count
                                              : 0;
    size_t text_len = holds_text(value) ? value->text.len : 0;
    if (!steps_take(steps_left, ENCODE_STEPS + text_len / CEL_PARSED_BYTES_PER_STEP)) {
        return false;
    }
    if (depth == 0) {
        return true;
    }
    if (value->kind == VALUE_OPTIONAL) {
        return !value->optional || pay_for(value->optional, depth - 1, steps_left);
    }
    for (size_t i = 0; i < count; i++) {
        bool is_map = value->kind == VALUE_MAP;
        const struct value *item = is_map ? &value->map.entries[i].value : &value->list.items[i];
        if ((is_map && !pay_for(&value->map.entries[i].key, 0, steps_left)) ||
            !pay_for(item, depth - 1, steps_left)) {
            return false;
        }
    }
    return true;
}

struct value library_json_encode(const struct value *arguments, size_t count,
                                 struct cel_scratch *scratch)
{
    struct buf json = {0};
    struct json_writer writer = json_writer_to(&json);
    (void)count;
    if (!pay_for(arguments, JSON_WRITER_DEPTH_MAX, scratch->steps_left)) {
        return failure_limit();
    }
    value_write_json(arguments, &writer);
    struct value text = value_string(arena_copy(scratch->arena, buf_view(&json)));
    buf_deinit(&json);
    return text;
}

/* --- leaves(x): every scalar inside, as text --- */

/* Deeper values do not come from any document that is read. */
enum { LEAVES_DEPTH_MAX = 128, LEAF_STEPS = 8 };

struct leaves {
    struct item_list found;
    struct cel_scratch *scratch;
};

/* Bytes that are no text stay out; so does null, which says nothing. */
static void add_scalar(struct leaves *leaves, const struct value *value)
{
    struct value text = library_string(value, 1, leaves->scratch);
    if (text.kind == VALUE_STRING) {
        item_list_add(&leaves->found, &text);
    }
}

/* False when the budget of steps or the depth is used up. */
static bool collect_leaves(struct leaves *leaves, const struct value *value, unsigned depth)
{
    if (depth == 0 || !steps_take(leaves->scratch->steps_left, LEAF_STEPS)) {
        return false;
    }
    if (value->kind == VALUE_OPTIONAL) {
        return !value->optional || collect_leaves(leaves, value->optional, depth - 1);
    }
    if (value->kind == VALUE_MAP) {
        for (size_t i = 0; i < value->map.count; i++) {
            if (!collect_leaves(leaves, &value->map.entries[i].value, depth - 1)) {
                return false;
            }
        }
        return true;
    }
    if (value_is_list(value)) {
        for (size_t i = 0; i < value->list.count; i++) {
            if (!collect_leaves(leaves, &value->list.items[i], depth - 1)) {
                return false;
            }
        }
        return true;
    }
    add_scalar(leaves, value);
    return true;
}

struct value library_leaves(const struct value *arguments, size_t count,
                            struct cel_scratch *scratch)
{
    struct leaves leaves = {.found = {.arena = scratch->arena}, .scratch = scratch};
    (void)count;
    bool whole = collect_leaves(&leaves, arguments, LEAVES_DEPTH_MAX);
    /* a leaf that could not be written any more is missing */
    return whole && *scratch->steps_left > 0
               ? item_list_value(&leaves.found)
               : failure_limit();
}
