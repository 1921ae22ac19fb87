/* fields.c: one reader a type of field; reads a map by its table, reports what is missing or
 * unknown, and fills in defaults. */
#include "policy/document/fields.h"

#include "base/check.h"
#include "base/clock.h"
#include "policy/document/report.h"

struct reading {
    struct arena *arena;
    struct diag_list *diags;
};

static const struct span NO_HINT = {0};

/* Reports that a value is not what its row wants. */
static void refuse(const struct reading *reading, const struct yaml_node *node, struct span hint,
                   const char *expected)
{
    bool quotable = node->kind == YAML_KIND_SCALAR && node->text.len > 0;
    struct span shown = quotable ? report_cut(node->text) : span_view(yaml_describe(node));
    const char *quote = quotable ? "'" : "";
    report_error(reading->diags, yaml_place(node), hint, "expected %s, not %s%.*s%s", expected,
                 quote, SPAN_ARG(shown), quote);
}

static bool read_scalar(const struct reading *reading, const struct field *field,
                        const struct yaml_node *node, void *out)
{
    (void)field;
    if (node->kind != YAML_KIND_SCALAR || yaml_meaning(node) == YAML_MEANS_NULL ||
        node->text.len == 0) {
        refuse(reading, node, NO_HINT, "text");
        return false;
    }
    *(struct field_text *)out = (struct field_text){node->text, node};
    return true;
}

/* A word that YAML takes for a number, a truth or null must be quoted: `version: 1.10` would lose
 * its zero. */
static bool read_text(const struct reading *reading, const struct field *field,
                      const struct yaml_node *node, void *out)
{
    if (node->kind == YAML_KIND_SCALAR && node->text.len > 0 &&
        yaml_meaning(node) != YAML_MEANS_TEXT) {
        refuse(reading, node, arena_printf(reading->diags->arena, "put it in quotes: \"%.*s\"",
                                           SPAN_ARG(report_cut(node->text))), "text");
        return false;
    }
    return read_scalar(reading, field, node, out);
}

/* At most 128 bytes. An identifier can be written in an expression, and begins with no digit; a
 * name may hold '-' behind its first character. */
static bool is_name(struct span text, bool identifier)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool letter = c == '_' || (c >= 'a' && c <= 'z') || (identifier && c >= 'A' && c <= 'Z');
        bool later = (c >= '0' && c <= '9' && (i > 0 || !identifier)) ||
                     (c == '-' && i > 0 && !identifier);
        if (!letter && !later) {
            return false;
        }
    }
    return text.len > 0 && text.len <= 128;
}

bool fields_is_identifier(struct span text)
{
    return is_name(text, true);
}

static bool check_name(const struct reading *reading, enum field_type type,
                       const struct yaml_node *node)
{
    if (type == FIELD_NAME && !is_name(node->text, false)) {
        refuse(reading, node, SPAN("at most 128 lower-case letters, digits, '-' and '_'"),
               "a name");
        return false;
    }
    if (type == FIELD_IDENTIFIER && !is_name(node->text, true)) {
        refuse(reading, node, SPAN("letters, digits and '_', beginning with no digit"),
               "a name that expressions can say");
        return false;
    }
    return true;
}

static bool read_name(const struct reading *reading, const struct field *field,
                      const struct yaml_node *node, void *out)
{
    struct field_text text;
    if (!read_text(reading, field, node, &text) || !check_name(reading, field->type, node)) {
        return false;
    }
    *(struct field_text *)out = text;
    return true;
}

/* "one of a, b, c", and the nearest of them as hint. */
static void refuse_word(const struct reading *reading, const struct field *field,
                        const struct yaml_node *node)
{
    struct buf expected = {0};
    if (report_is_full(reading->diags)) {
        return;
    }
    struct span *names = arena_array(reading->arena, field->word_count, sizeof *names);
    for (size_t i = 0; i < field->word_count; i++) {
        names[i] = field->words[i].word;
        buf_printf(&expected, "%s%.*s", i ? ", " : field->word_count > 1 ? "one of " : "",
                   SPAN_ARG(names[i]));
    }
    struct span word = node->kind == YAML_KIND_SCALAR ? node->text : NO_HINT;
    refuse(reading, node, report_nearest(reading->diags, word, names, field->word_count),
           expected.ptr);
    buf_deinit(&expected);
}

static bool read_word(const struct reading *reading, const struct field *field,
                      const struct yaml_node *node, void *out)
{
    bool any_case = field->type == FIELD_WORDS;
    for (size_t i = 0; node->kind == YAML_KIND_SCALAR && i < field->word_count; i++) {
        struct span word = field->words[i].word;
        if (any_case ? span_equals_nocase(node->text, word) : span_equals(node->text, word)) {
            *(struct field_word *)out = (struct field_word){field->words[i].value, node};
            return true;
        }
    }
    refuse_word(reading, field, node);
    return false;
}

static bool read_bool(const struct reading *reading, const struct field *field,
                      const struct yaml_node *node, void *out)
{
    (void)field;
    if (node->kind != YAML_KIND_SCALAR || yaml_meaning(node) != YAML_MEANS_BOOL) {
        refuse(reading, node, NO_HINT, "true or false");
        return false;
    }
    bool truth = node->text.ptr[0] == 't' || node->text.ptr[0] == 'T';
    *(struct field_bool *)out = (struct field_bool){truth, node};
    return true;
}

static bool read_integer(const struct reading *reading, const struct field *field,
                         const struct yaml_node *node, void *out)
{
    struct decimal decimal;
    int64_t number = 0;
    if (node->kind != YAML_KIND_SCALAR || yaml_meaning(node) != YAML_MEANS_NUMBER ||
        decimal_parse(node->text, &decimal) != STATUS_OK ||
        decimal_to_int(decimal, &number) != STATUS_OK || number < field->min ||
        number > field->max) {
        struct span expected = arena_printf(reading->arena, "a whole number from %lld to %lld",
                                            (long long)field->min, (long long)field->max);
        refuse(reading, node, NO_HINT, expected.ptr);
        return false;
    }
    *(struct field_number *)out = (struct field_number){number, node};
    return true;
}

/* min and max are microseconds; a max of 0 is no bound. */
static bool read_duration(const struct reading *reading, const struct field *field,
                          const struct yaml_node *node, void *out)
{
    int64_t duration_us = 0;
    if (node->kind != YAML_KIND_SCALAR || !clock_parse_duration(node->text, &duration_us)) {
        bool bare = node->kind == YAML_KIND_SCALAR && yaml_meaning(node) == YAML_MEANS_NUMBER;
        refuse(reading, node, bare ? SPAN("add a unit: ms, s, m, h or d") : NO_HINT,
               "a duration such as 90s, 15m, 2h or 14d");
        return false;
    }
    if (duration_us < field->min || (field->max && duration_us > field->max)) {
        refuse(reading, node, NO_HINT, field->max     ? "a duration within its bounds"
                                       : field->min > 0 ? "a duration longer than zero"
                                                        : "a duration that is not negative");
        return false;
    }
    *(struct field_number *)out = (struct field_number){duration_us, node};
    return true;
}

static bool read_time(const struct reading *reading, const struct field *field,
                      const struct yaml_node *node, void *out)
{
    (void)field;
    int64_t time_us = 0;
    if (node->kind != YAML_KIND_SCALAR || !clock_parse(node->text, &time_us)) {
        refuse(reading, node, NO_HINT, "a date such as 2027-12-31 or 2027-12-31T08:00:00Z");
        return false;
    }
    *(struct field_number *)out = (struct field_number){time_us, node};
    return true;
}

/* For lists min and max count elements; a max of 0 is no bound. */
static bool check_list(const struct reading *reading, const struct field *field,
                       const struct yaml_node *node)
{
    if (node->kind != YAML_KIND_LIST) {
        struct span hint = NO_HINT;
        if (node->kind == YAML_KIND_SCALAR && node->text.len > 0) {
            hint = arena_printf(reading->diags->arena, "write [%.*s]",
                                SPAN_ARG(report_cut(node->text)));
        }
        refuse(reading, node, hint, "a list");
        return false;
    }
    if (node->count < (size_t)field->min) {
        report_error(reading->diags, yaml_place(node), SPAN("leave the key out, or name some"),
                     "an empty list");
        return false;
    }
    if (field->max && node->count > (size_t)field->max) {
        report_error(reading->diags, yaml_place(node), NO_HINT, "at most %lld elements, not %zu",
                     (long long)field->max, node->count);
        return false;
    }
    return true;
}

static bool read_texts(const struct reading *reading, const struct field *field,
                       const struct yaml_node *node, void *out)
{
    if (!check_list(reading, field, node)) {
        return false;
    }
    struct field_text *items = arena_array(reading->arena, node->count, sizeof *items);
    size_t count = 0;
    for (size_t i = 0; i < node->count; i++) {
        count += read_text(reading, field, node->items[i], &items[count]);
    }
    *(struct field_texts *)out = (struct field_texts){items, count, node};
    return true;
}

static bool read_words(const struct reading *reading, const struct field *field,
                       const struct yaml_node *node, void *out)
{
    if (!check_list(reading, field, node)) {
        return false;
    }
    struct field_word *items = arena_array(reading->arena, node->count, sizeof *items);
    size_t count = 0;
    for (size_t i = 0; i < node->count; i++) {
        count += read_word(reading, field, node->items[i], &items[count]);
    }
    *(struct field_words *)out = (struct field_words){items, count, node};
    return true;
}

static bool read_record(const struct reading *reading, const struct field *field,
                        const struct yaml_node *node, void *out)
{
    fields_read(field->record, node, reading->arena, reading->diags, out);
    return true;
}

static bool read_records(const struct reading *reading, const struct field *field,
                         const struct yaml_node *node, void *out)
{
    if (!check_list(reading, field, node)) {
        return false;
    }
    char *items = arena_array(reading->arena, node->count, field->record->size);
    for (size_t i = 0; i < node->count; i++) {
        fields_read(field->record, node->items[i], reading->arena, reading->diags,
                    items + i * field->record->size);
    }
    *(struct field_records *)out = (struct field_records){items, node->count, node};
    return true;
}

static bool check_map(const struct reading *reading, const struct yaml_node *node)
{
    if (node->kind != YAML_KIND_MAP) {
        refuse(reading, node, NO_HINT, "a map");
        return false;
    }
    return true;
}

/* Every record of a map begins with a struct field_record, which keeps the key. */
static bool read_map(const struct reading *reading, const struct field *field,
                     const struct yaml_node *node, void *out)
{
    if (!check_map(reading, node)) {
        return false;
    }
    size_t size = field->record->size;
    char *items = arena_array(reading->arena, node->count, size);
    for (size_t i = 0; i < node->count; i++) {
        const struct yaml_entry *entry = &node->entries[i];
        struct field_record *head = (struct field_record *)(void *)(items + i * size);
        check_name(reading, field->record->key_type, entry->key);
        fields_read(field->record, entry->value, reading->arena, reading->diags, head);
        head->key = (struct field_text){entry->key->text, entry->key};
    }
    *(struct field_records *)out = (struct field_records){items, node->count, node};
    return true;
}

static bool read_any(const struct reading *reading, const struct field *field,
                     const struct yaml_node *node, void *out)
{
    if (field->type == FIELD_ANY_MAP && !check_map(reading, node)) {
        return false;
    }
    *(const struct yaml_node **)out = node;
    return true;
}

typedef bool (*read_fn)(const struct reading *reading, const struct field *field,
                        const struct yaml_node *node, void *out);

static const read_fn readers[] = {
    [FIELD_TEXT] = read_text,         [FIELD_SCALAR] = read_scalar,
    [FIELD_NAME] = read_name,         [FIELD_IDENTIFIER] = read_name,
    [FIELD_WORD] = read_word,         [FIELD_BOOL] = read_bool,
    [FIELD_INTEGER] = read_integer,   [FIELD_DURATION] = read_duration,
    [FIELD_TIME] = read_time,         [FIELD_TEXTS] = read_texts,
    [FIELD_WORDS] = read_words,       [FIELD_RECORD] = read_record,
    [FIELD_RECORDS] = read_records,   [FIELD_MAP] = read_map,
    [FIELD_ANY] = read_any,           [FIELD_ANY_MAP] = read_any,
};

/* Defaults are read like what a user writes; they are ours, so they must be readable. */
static void read_fallback(const struct reading *reading, const struct field *field, void *out)
{
    struct yaml_node *node = arena_alloc(reading->arena, sizeof *node);
    /* no place in any file: nothing is ever reported of it */
    node->text = span_view(field->fallback);
    check(readers[field->type](reading, field, node, out));
    /* without a node: that tells a default from what a user wrote */
    switch (field->type) {
    case FIELD_WORD: ((struct field_word *)out)->node = NULL; break;
    case FIELD_BOOL: ((struct field_bool *)out)->node = NULL; break;
    case FIELD_INTEGER:
    case FIELD_DURATION:
    case FIELD_TIME: ((struct field_number *)out)->node = NULL; break;
    case FIELD_TEXT:
    case FIELD_SCALAR:
    case FIELD_NAME:
    case FIELD_IDENTIFIER: ((struct field_text *)out)->node = NULL; break;
    case FIELD_TEXTS:
    case FIELD_WORDS:
    case FIELD_RECORD:
    case FIELD_RECORDS:
    case FIELD_MAP:
    case FIELD_ANY:
    case FIELD_ANY_MAP: check(false); /* no table gives these a default */
    }
}

const struct field *fields_find(const struct field_table *table, struct span key)
{
    for (size_t i = 0; i < table->count; i++) {
        if (span_equals(key, span_view(table->fields[i].key))) {
            return &table->fields[i];
        }
    }
    return NULL;
}

static void refuse_key(const struct reading *reading, const struct field_table *table,
                       const struct yaml_node *key)
{
    struct buf all = {0};
    if (report_is_full(reading->diags)) {
        return;
    }
    struct span *names = arena_array(reading->arena, table->count, sizeof *names);
    for (size_t i = 0; i < table->count; i++) {
        names[i] = span_view(table->fields[i].key);
        buf_printf(&all, "%s%s", i ? ", " : "keys here: ", table->fields[i].key);
    }
    struct span hint = report_nearest(reading->diags, key->text, names, table->count);
    report_error(reading->diags, yaml_place(key), hint.len ? hint : buf_view(&all),
                 "unknown key '%.*s' in %s", SPAN_ARG(report_cut(key->text)), table->name);
    buf_deinit(&all);
}

static void read_entries(const struct reading *reading, const struct field_table *table,
                         const struct yaml_node *map, char *out)
{
    for (size_t i = 0; i < map->count; i++) {
        const struct yaml_entry *entry = &map->entries[i];
        const struct field *field = fields_find(table, entry->key->text);
        if (field) {
            readers[field->type](reading, field, entry->value, out + field->offset);
        } else {
            refuse_key(reading, table, entry->key);
        }
    }
}

/* Keys that were not given: an error, or their default. */
static void complete(const struct reading *reading, const struct field_table *table,
                     const struct yaml_node *map, char *out)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct field *field = &table->fields[i];
        if (map && yaml_get(map, field->key)) {
            continue;
        }
        if (field->required && map) {
            struct span hint = arena_printf(reading->diags->arena, "add '%s:'. %s", field->key,
                                            field->doc);
            report_error(reading->diags, yaml_place(map), hint, "'%s' is missing in %s", field->key,
                         table->name);
        } else if (field->fallback) {
            read_fallback(reading, field, out + field->offset);
        } else if (field->type == FIELD_RECORD && !field->required) {
            complete(reading, field->record, NULL, out + field->offset);
        }
    }
}

void fields_read(const struct field_table *table, const struct yaml_node *node,
                 struct arena *arena, struct diag_list *diags, void *out)
{
    struct reading reading = {arena, diags};
    ((struct field_record *)out)->node = node;
    if (node->kind == YAML_KIND_MAP && table->count > 0) {
        read_entries(&reading, table, node, out);
        complete(&reading, table, node, out);
    } else if (table->scalar && (node->kind == YAML_KIND_SCALAR || table->count == 0)) {
        complete(&reading, table, NULL, out);
        const struct field *scalar = table->scalar;
        readers[scalar->type](&reading, scalar, node, (char *)out + scalar->offset);
    } else {
        struct span expected = arena_printf(arena, "a map for %s", table->name);
        refuse(&reading, node, NO_HINT, expected.ptr);
    }
}
