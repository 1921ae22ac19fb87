#include "events.h"

#include "base/check.h"
#include "model/json.h"

/* Of DynamoDB: an item with all its names; a list or map takes a byte for each member, and a bool
 * or null one more. */
enum { ITEM_BYTES = 400 * 1024, FLAGS = ITEM_BYTES / 2, WORDS = ITEM_BYTES / 4 };

struct builder {
    struct arena *arena;
    struct value_entry entries[32];
    size_t count;
};

static void add(struct builder *builder, const char *name, struct value value)
{
    check(builder->count < sizeof builder->entries / sizeof *builder->entries);
    builder->entries[builder->count++] = (struct value_entry){value_string(span_view(name)), value};
}

/* `pattern` again and again, then `end`. */
static struct span repeated(struct arena *arena, struct span pattern, struct span end)
{
    struct buf text = {0};
    while (text.len + pattern.len + end.len <= ITEM_BYTES) {
        buf_append(&text, pattern);
    }
    buf_append(&text, end);
    struct span copy = arena_copy(arena, buf_view(&text));
    buf_deinit(&text);
    return copy;
}

static struct value text(struct arena *arena, const char *pattern, const char *end)
{
    return value_string(repeated(arena, span_view(pattern), span_view(end)));
}

/* A list of so many as go into 32 KB, which is more than the budget pays for. */
static struct value document(struct arena *arena, const char *item)
{
    struct buf text = {0};
    buf_append(&text, SPAN("["));
    while (text.len < 49000) {
        buf_append(&text, span_view(item));
    }
    buf_append(&text, SPAN("0]"));
    struct span copy = arena_copy(arena, buf_view(&text));
    buf_deinit(&text);
    return value_string(copy);
}

static struct value member(struct arena *arena, size_t i)
{
    return value_string(arena_printf(arena, "%03zx", i));
}

static struct value flag(struct arena *arena, size_t i)
{
    (void)arena;
    (void)i;
    return value_bool(true);
}

static struct value number(struct arena *arena, size_t i)
{
    struct decimal decimal;
    struct span digits =
        arena_printf(arena, "1%06zu.7777777777777777777777777777777", i * 7919 % 1000000);
    check(decimal_parse(digits, &decimal) == STATUS_OK);
    return value_decimal(decimal);
}

static struct value empty_map(struct arena *arena, size_t i)
{
    (void)arena;
    (void)i;
    return (struct value){.kind = VALUE_MAP};
}

static struct value pair(struct arena *arena, size_t i)
{
    struct value *items = arena_array(arena, 2, sizeof *items);
    items[0] = items[1] = value_bool(i % 2);
    return (struct value){.kind = VALUE_LIST, .list = {items, 2}};
}

static struct value list(struct arena *arena, enum value_kind kind, size_t count,
                         struct value (*make)(struct arena *arena, size_t i))
{
    struct value *items = arena_array(arena, count, sizeof *items);
    for (size_t i = 0; i < count; i++) {
        items[i] = make(arena, i);
    }
    return (struct value){.kind = kind, .list = {items, count}};
}

/* The same members the other way round: the worst order to compare it with. */
static struct value reversed(struct arena *arena, const struct value *list)
{
    struct value *items = arena_array(arena, list->list.count, sizeof *items);
    for (size_t i = 0; i < list->list.count; i++) {
        items[i] = list->list.items[list->list.count - 1 - i];
    }
    return (struct value){.kind = list->kind, .list = {items, list->list.count}};
}

static struct value map(struct arena *arena, size_t count, bool turned)
{
    struct value_entry *entries = arena_array(arena, count, sizeof *entries);
    for (size_t i = 0; i < count; i++) {
        size_t place = turned ? count - 1 - i : i;
        entries[place] = (struct value_entry){member(arena, i), flag(arena, i)};
    }
    return (struct value){.kind = VALUE_MAP, .map = {entries, count}};
}

/* A list of itself, as deep as the database allows. */
static struct value deep(struct arena *arena)
{
    struct value value = list(arena, VALUE_LIST, FLAGS / 32, flag);
    for (size_t depth = 1; depth < 32; depth++) {
        struct value *items = arena_array(arena, FLAGS / 32, sizeof *items);
        for (size_t i = 1; i < FLAGS / 32; i++) {
            items[i] = flag(arena, i);
        }
        items[0] = value;
        value = (struct value){.kind = VALUE_LIST, .list = {items, FLAGS / 32}};
    }
    return value;
}

static void add_texts(struct builder *builder)
{
    struct arena *arena = builder->arena;
    add(builder, "text", text(arena, "a", "b"));
    add(builder, "twin", text(arena, "a", "b"));
    add(builder, "wide", text(arena, "\xF0\x9F\x90\xB1", ""));
    add(builder, "spaces", text(arena, " ", ""));
    add(builder, "quotes", text(arena, "\"", ""));
    add(builder, "percents", text(arena, "%%", ""));
    add(builder, "digits", text(arena, "7", ""));
    add(builder, "json", document(arena, "{\"a\":1},"));
    add(builder, "flat", document(arena, "1,"));
    add(builder, "code", text(arena, "YWFh", ""));
    add(builder, "bytes", (struct value){.kind = VALUE_BYTES,
                                         .text = repeated(arena, SPAN("a"), SPAN("b"))});
}

static void add_containers(struct builder *builder)
{
    struct arena *arena = builder->arena;
    struct value words = list(arena, VALUE_LIST, WORDS, member);
    struct value tags = list(arena, VALUE_SET, WORDS, member);
    add(builder, "flags", list(arena, VALUE_LIST, FLAGS, flag));
    add(builder, "twin_flags", list(arena, VALUE_LIST, FLAGS, flag));
    add(builder, "words", words);
    add(builder, "twin_words", reversed(arena, &words));
    add(builder, "numbers", list(arena, VALUE_LIST, ITEM_BYTES / 21, number));
    add(builder, "maps", list(arena, VALUE_LIST, ITEM_BYTES / 4, empty_map));
    add(builder, "lists", list(arena, VALUE_LIST, ITEM_BYTES / 8, pair));
    add(builder, "tags", tags);
    add(builder, "twin_tags", reversed(arena, &tags));
    add(builder, "map", map(arena, ITEM_BYTES / 5, false));
    add(builder, "twin_map", map(arena, ITEM_BYTES / 5, true));
    add(builder, "deep", deep(arena));
}

static void add_scalars(struct builder *builder)
{
    struct arena *arena = builder->arena;
    add(builder, "number", number(arena, 1));
    add(builder, "other", number(arena, 2));
    add(builder, "zone", value_string(SPAN("America/New_York")));
    add(builder, "line", value_string(span_of(repeated(arena, SPAN("a"), SPAN("b")).ptr, 4096)));
}

struct value hostile_item(struct arena *arena)
{
    struct builder builder = {.arena = arena};
    add_texts(&builder);
    add_containers(&builder);
    add_scalars(&builder);
    struct value_entry *entries = arena_array(arena, builder.count, sizeof *entries);
    memcpy(entries, builder.entries, builder.count * sizeof *entries);
    return (struct value){.kind = VALUE_MAP, .map = {entries, builder.count}};
}
