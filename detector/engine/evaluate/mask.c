/* mask.c: a masked value becomes stars, its last characters or a keyed hash; what a path names is
 * looked for inside of maps and lists. */
#include "engine/evaluate/mask.h"

#include "base/check.h"
#include "base/hmac.h"

enum { TOKEN_BYTES = 8 };

/* What a mask with a key hashes: a word that tells the kinds apart, and the value's JSON text. */
static void keyed_hash(struct span kind, struct span key, const struct value *value,
                       unsigned char out[HMAC_BYTES])
{
    struct buf text = {0};
    buf_append(&text, kind);
    buf_append_char(&text, ':');
    struct json_writer writer = json_writer_to(&text);
    value_write_json(value, &writer);
    hmac_sha256(key, buf_view(&text), out);
    buf_deinit(&text);
}

static struct value hex_text(struct span prefix, const unsigned char *bytes, size_t count,
                             struct arena *arena)
{
    static const char digits[] = "0123456789abcdef";
    char *text = arena_alloc(arena, prefix.len + 2 * count);
    memcpy(text, prefix.ptr, prefix.len);
    for (size_t i = 0; i < count; i++) {
        text[prefix.len + 2 * i] = digits[bytes[i] >> 4];
        text[prefix.len + 2 * i + 1] = digits[bytes[i] & 15];
    }
    return value_string(span_of(text, prefix.len + 2 * count));
}

/* Where the last four characters begin; the length when fewer than four others precede them. */
static size_t last4_start(struct span text)
{
    size_t start = text.len;
    size_t characters = 0;
    for (size_t i = text.len; i > 0; i--) {
        characters += ((unsigned char)text.ptr[i - 1] & 0xC0) != 0x80;
        if (characters <= 4) {
            start = i - 1;
        }
    }
    return characters >= 8 ? start : text.len;
}

static struct value last4(const struct value *value, struct arena *arena)
{
    /* the end of a list or of bytes would show whole elements, or nothing that a person knows */
    bool scalar = value->kind != VALUE_LIST && value->kind != VALUE_SET &&
                  value->kind != VALUE_MAP && value->kind != VALUE_BYTES;
    struct buf text = {0};
    if (scalar) {
        value_write_text(value, &text);
    }
    size_t start = last4_start(buf_view(&text));
    struct span shown = arena_printf(arena, "****%.*s", (int)(text.len - start),
                                     text.len ? text.ptr + start : "");
    buf_deinit(&text);
    return value_string(shown);
}

struct value mask_value(enum plan_mask_kind kind, struct span key, const struct value *value,
                        struct arena *arena)
{
    unsigned char hash[HMAC_BYTES];
    if (value->kind == VALUE_NULL || value->kind == VALUE_ERROR) {
        return *value;
    }
    /* null and errors hide nothing; all else is masked, whatever its type */
    switch (kind) {
    case PLAN_MASK_REDACT: break;
    case PLAN_MASK_LAST4: return last4(value, arena);
    case PLAN_MASK_HASH:
        check(key.len > 0);
        keyed_hash(SPAN("hash"), key, value, hash);
        return hex_text(SPAN("hash:"), hash, HMAC_BYTES, arena);
    case PLAN_MASK_TOKENIZE:
        check(key.len > 0);
        keyed_hash(SPAN("token"), key, value, hash);
        return hex_text(SPAN("tok_"), hash, TOKEN_BYTES, arena);
    }
    return value_string(SPAN("***"));
}

/* A mask and how much of its path is still to be walked. */
struct walk {
    const struct plan_mask *mask;
    size_t depth;
    struct span key;
    struct arena *arena;
};

static struct value masked_below(struct walk walk, const struct value *value);

/* A path goes through lists: it names a member of every element. */
static struct value masked_list(struct walk walk, const struct value *list)
{
    struct value *items = arena_array(walk.arena, list->list.count, sizeof *items);
    for (size_t i = 0; i < list->list.count; i++) {
        items[i] = masked_below(walk, &list->list.items[i]);
    }
    struct value masked = *list;
    masked.list.items = items;
    return masked;
}

static struct value masked_map(struct walk walk, const struct value *map)
{
    struct span name = walk.mask->path[walk.depth++];
    struct value_entry *entries = arena_array(walk.arena, map->map.count, sizeof *entries);
    for (size_t i = 0; i < map->map.count; i++) {
        entries[i] = map->map.entries[i];
        if (entries[i].key.kind == VALUE_STRING && span_equals(entries[i].key.text, name)) {
            entries[i].value = masked_below(walk, &map->map.entries[i].value);
        }
    }
    struct value masked = *map;
    masked.map.entries = entries;
    return masked;
}

static struct value masked_below(struct walk walk, const struct value *value)
{
    if (walk.depth == walk.mask->path_length) {
        return mask_value(walk.mask->kind, walk.key, value, walk.arena);
    }
    if (value->kind == VALUE_LIST) {
        return masked_list(walk, value);
    }
    return value->kind == VALUE_MAP ? masked_map(walk, value) : *value;
}

/* A key stands in the images too, and the other way round: a mask on either covers both. */
static bool concerns(const struct plan_mask *mask, enum plan_root root, struct span name)
{
    bool rooted = mask->root == root || mask->root == PLAN_ROOT_KEYS || root == PLAN_ROOT_KEYS;
    return rooted && (mask->path_length == 0 || span_equals(mask->path[0], name));
}

struct value mask_attribute(const struct masking *masking, enum plan_root root, struct span name,
                            struct value value)
{
    const struct plan_policy *policy = masking->policy;
    for (size_t i = 0; i < policy->mask_count; i++) {
        const struct plan_mask *mask = &policy->masks[i];
        if (concerns(mask, root, name)) {
            struct walk walk = {mask, mask->path_length > 0, masking->key, masking->arena};
            value = masked_below(walk, &value);
        }
    }
    return value;
}

struct value mask_image(const struct masking *masking, enum plan_root root, struct value image)
{
    if (image.kind != VALUE_MAP) {
        return image;
    }
    struct value_entry *entries = arena_array(masking->arena, image.map.count, sizeof *entries);
    for (size_t i = 0; i < image.map.count; i++) {
        const struct value_entry *entry = &image.map.entries[i];
        entries[i].key = entry->key;
        entries[i].value = mask_attribute(masking, root, entry->key.text, entry->value);
    }
    image.map.entries = entries;
    return image;
}
