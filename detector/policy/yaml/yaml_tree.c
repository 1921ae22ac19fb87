/* yaml_tree.c: a recursive reader of events, bounded in depth; it reports aliases and tags and goes
 * on, and stops at the first syntax error. */
#include "policy/yaml/yaml_tree.h"

#include "base/check.h"
#include "policy/document/report.h"
#include "policy/yaml/yaml_problem.h"
#include "policy/yaml/yaml_source.h"

#include <stdlib.h>
#include <yaml.h>

/* What is read from. libyaml counts code points; the cursor turns them into bytes, and moves little
 * because marks come nearly in order. */
struct reader {
    yaml_parser_t parser;
    const struct yaml_source *source;
    struct arena *arena;
    struct diag_list *diags;
    size_t cursor_points;
    uint32_t cursor_bytes;
};

static bool is_continuation(const struct reader *reader, uint32_t at)
{
    return at < reader->source->text.len &&
           ((unsigned char)reader->source->text.ptr[at] & 0xC0) == 0x80;
}

/* The byte that a mark stands at; moves the cursor there, either way. */
static uint32_t byte_of(struct reader *reader, yaml_mark_t mark)
{
    while (reader->cursor_points < mark.index && reader->cursor_bytes < reader->source->text.len) {
        reader->cursor_points++;
        do {
            reader->cursor_bytes++;
        } while (is_continuation(reader, reader->cursor_bytes));
    }
    while (reader->cursor_points > mark.index && reader->cursor_bytes > 0) {
        reader->cursor_points--;
        do {
            reader->cursor_bytes--;
        } while (is_continuation(reader, reader->cursor_bytes));
    }
    return reader->cursor_bytes;
}

static void refuse(struct reader *reader, uint32_t at, struct span hint, const char *message)
{
    report_error(reader->diags, yaml_source_place(reader->source, at, at + 1), hint, "%s", message);
}

/* Where to point: at the trouble; for what was opened and never closed, at its opening. */
static yaml_mark_t problem_mark(const yaml_parser_t *parser, size_t points)
{
    bool unfinished = parser->context && parser->problem_mark.index >= points &&
                      parser->context_mark.index < points;
    return !parser->problem || unfinished ? parser->context_mark : parser->problem_mark;
}

static void refuse_syntax(struct reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    if (parser->error == YAML_MEMORY_ERROR) {
        check_memory_exhausted(0);
    }
    byte_of(reader, (yaml_mark_t){.index = SIZE_MAX}); /* to the end: counts the code points */
    uint32_t at = byte_of(reader, problem_mark(parser, reader->cursor_points));
    char byte = at < reader->source->text.len ? reader->source->text.ptr[at] : '\0';
    const char *problem = parser->problem ? parser->problem : parser->context;
    struct yaml_problem explained = yaml_problem_explain(problem ? problem : "not YAML", byte);
    refuse(reader, at, explained.hint, explained.message);
}

/* False at a syntax error, which is then reported; nothing can be read after one. */
static bool next_event(struct reader *reader, yaml_event_t *event)
{
    if (yaml_parser_parse(&reader->parser, event)) {
        return true;
    }
    refuse_syntax(reader);
    return false;
}

static const yaml_char_t *anchor_of(const yaml_event_t *event)
{
    if (event->type == YAML_SCALAR_EVENT) {
        return event->data.scalar.anchor;
    }
    return event->type == YAML_MAPPING_START_EVENT ? event->data.mapping_start.anchor
                                                   : event->data.sequence_start.anchor;
}

static const yaml_char_t *tag_of(const yaml_event_t *event)
{
    if (event->type == YAML_SCALAR_EVENT) {
        return event->data.scalar.tag;
    }
    return event->type == YAML_MAPPING_START_EVENT ? event->data.mapping_start.tag
                                                   : event->data.sequence_start.tag;
}

/* Anchors and tags are reported and then passed over, so that one run shows them all. */
static void check_properties(struct reader *reader, const yaml_event_t *event)
{
    uint32_t at = byte_of(reader, event->start_mark);
    if (anchor_of(event)) {
        refuse(reader, at, SPAN("write the value out; or make it a List, or one of params"),
               "anchors ('&') are not used here");
    }
    if (tag_of(event)) {
        refuse(reader, at, SPAN("put the text in quotes if it begins with '!'"),
               "tags ('!') are not used here");
    }
}

static enum yaml_style style_of(yaml_scalar_style_t style)
{
    switch (style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE: return YAML_STYLE_SINGLE;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE: return YAML_STYLE_DOUBLE;
    case YAML_LITERAL_SCALAR_STYLE: return YAML_STYLE_LITERAL;
    case YAML_FOLDED_SCALAR_STYLE: return YAML_STYLE_FOLDED;
    case YAML_ANY_SCALAR_STYLE:
    case YAML_PLAIN_SCALAR_STYLE: break;
    }
    return YAML_STYLE_PLAIN;
}

static struct yaml_node *node_new(struct reader *reader, enum yaml_kind kind,
                                  const yaml_event_t *event)
{
    struct yaml_node *node = arena_alloc(reader->arena, sizeof *node);
    node->kind = kind;
    node->source = reader->source;
    node->start = byte_of(reader, event->start_mark);
    node->end = byte_of(reader, event->end_mark);
    return node;
}

static struct yaml_node *read_scalar(struct reader *reader, const yaml_event_t *event)
{
    struct yaml_node *node = node_new(reader, YAML_KIND_SCALAR, event);
    struct span text = {(const char *)event->data.scalar.value, event->data.scalar.length};
    node->style = style_of(event->data.scalar.style);
    node->text = arena_copy(reader->arena, text);
    return node;
}

/* An alias stands for nothing, and is an error. */
static struct yaml_node *read_alias(struct reader *reader, const yaml_event_t *event)
{
    refuse(reader, byte_of(reader, event->start_mark),
           SPAN("write the value out; put it in quotes if it is a text that begins with '*'"),
           "aliases ('*') are not used here");
    return node_new(reader, YAML_KIND_SCALAR, event);
}

static const struct yaml_node *read_node(struct reader *reader, yaml_event_t *event,
                                         uint32_t depth);

/* Doubles an array in the arena when it is full. */
static void *grown(struct arena *arena, void *items, size_t count, size_t size)
{
    bool full = count >= 4 && (count & (count - 1)) == 0;
    if (count > 0 && !full) {
        return items;
    }
    void *larger = arena_array(arena, count ? count * 2 : 4, size);
    if (count) {
        memcpy(larger, items, count * size);
    }
    return larger;
}

static const struct yaml_node *read_list(struct reader *reader, const yaml_event_t *start,
                                         uint32_t depth)
{
    struct yaml_node *node = node_new(reader, YAML_KIND_LIST, start);
    const struct yaml_node **items = NULL;
    yaml_event_t event;
    while (next_event(reader, &event)) {
        if (event.type == YAML_SEQUENCE_END_EVENT) {
            node->end = byte_of(reader, event.end_mark);
            node->items = items;
            yaml_event_delete(&event);
            return node;
        }
        items = grown(reader->arena, items, node->count, sizeof *items);
        items[node->count] = read_node(reader, &event, depth + 1);
        /* a NULL element: reading stops, so the list is never seen */
        if (!items[node->count++]) {
            return NULL;
        }
    }
    return NULL;
}

/* By text; equal ones in the order of the file, so that the later one is told of. */
static int compare_entries(const void *a, const void *b)
{
    const struct yaml_entry *const *left = a;
    const struct yaml_entry *const *right = b;
    int order = span_compare((*left)->key->text, (*right)->key->text);
    if (order != 0) {
        return order;
    }
    return (*left)->key->start < (*right)->key->start ? -1 : 1;
}

static void check_duplicates(struct reader *reader, const struct yaml_node *map)
{
    if (map->count < 2) {
        return;
    }
    const struct yaml_entry **sorted = arena_array(reader->arena, map->count, sizeof *sorted);
    for (size_t i = 0; i < map->count; i++) {
        sorted[i] = &map->entries[i];
    }
    qsort(sorted, map->count, sizeof *sorted, compare_entries);
    for (size_t i = 1; i < map->count; i++) {
        const struct yaml_node *key = sorted[i]->key;
        if (span_equals(key->text, sorted[i - 1]->key->text)) {
            struct place first = yaml_place(sorted[i - 1]->key);
            struct span hint = arena_printf(reader->diags->arena, "the first one is in line %u",
                                            first.line);
            report_error(reader->diags, yaml_place(key), hint, "the key '%.*s' stands here twice",
                         SPAN_ARG(report_cut(key->text)));
        }
    }
}

static void check_key(struct reader *reader, const struct yaml_node *key)
{
    if (key->kind != YAML_KIND_SCALAR) {
        report_error(reader->diags, yaml_place(key), SPAN("put it in quotes if it is text"),
                     "a key must be text, not %s", yaml_describe(key));
    }
}

/* Reads one key and its value; false at a syntax error. */
static bool read_entry(struct reader *reader, yaml_event_t *event, uint32_t depth,
                       struct yaml_entry *entry)
{
    entry->key = read_node(reader, event, depth + 1);
    if (!entry->key) {
        return false;
    }
    check_key(reader, entry->key);
    yaml_event_t value;
    if (!next_event(reader, &value)) {
        return false;
    }
    entry->value = read_node(reader, &value, depth + 1);
    return entry->value != NULL;
}

static const struct yaml_node *read_map(struct reader *reader, const yaml_event_t *start,
                                        uint32_t depth)
{
    struct yaml_node *node = node_new(reader, YAML_KIND_MAP, start);
    struct yaml_entry *entries = NULL;
    yaml_event_t event;
    while (next_event(reader, &event)) {
        if (event.type == YAML_MAPPING_END_EVENT) {
            node->end = byte_of(reader, event.end_mark);
            node->entries = entries;
            yaml_event_delete(&event);
            check_duplicates(reader, node);
            return node;
        }
        entries = grown(reader->arena, entries, node->count, sizeof *entries);
        if (!read_entry(reader, &event, depth, &entries[node->count])) {
            return NULL;
        }
        /* an entry whose key was refused is left out: others look keys up by text */
        if (entries[node->count].key->kind == YAML_KIND_SCALAR) {
            node->count++;
        }
    }
    return NULL;
}

/* Reads the node that begins with *event, and deletes the event. NULL: stop, it is reported. */
static const struct yaml_node *read_node(struct reader *reader, yaml_event_t *event, uint32_t depth)
{
    const struct yaml_node *node = NULL;
    if (depth > YAML_DEPTH_MAX) {
        refuse(reader, byte_of(reader, event->start_mark), (struct span){0},
               "more than 32 lists and maps inside each other");
    } else if (event->type == YAML_ALIAS_EVENT) {
        node = read_alias(reader, event);
    } else {
        check_properties(reader, event);
        switch (event->type) {
        case YAML_SCALAR_EVENT: node = read_scalar(reader, event); break;
        case YAML_SEQUENCE_START_EVENT: node = read_list(reader, event, depth); break;
        case YAML_MAPPING_START_EVENT: node = read_map(reader, event, depth); break;
        case YAML_NO_EVENT:
        case YAML_STREAM_START_EVENT:
        case YAML_STREAM_END_EVENT:
        case YAML_DOCUMENT_START_EVENT:
        case YAML_DOCUMENT_END_EVENT:
        case YAML_ALIAS_EVENT:
        case YAML_SEQUENCE_END_EVENT:
        case YAML_MAPPING_END_EVENT: check(false); /* begins no node */
        }
    }
    yaml_event_delete(event);
    return node;
}

static bool is_empty(const struct yaml_node *node)
{
    return node->kind == YAML_KIND_SCALAR && node->style == YAML_STYLE_PLAIN && node->text.len == 0;
}

static bool is_node_start(yaml_event_type_t type)
{
    return type == YAML_SCALAR_EVENT || type == YAML_SEQUENCE_START_EVENT ||
           type == YAML_MAPPING_START_EVENT || type == YAML_ALIAS_EVENT;
}

/* The first event of the next document's content. False at a syntax error, or at the end of the
 * stream: then *ended is set. */
static bool next_document(struct reader *reader, yaml_event_t *event, bool *ended)
{
    while (next_event(reader, event)) {
        if (is_node_start(event->type)) {
            return true;
        }
        *ended = event->type == YAML_STREAM_END_EVENT;
        yaml_event_delete(event);
        if (*ended) {
            return false;
        }
    }
    return false;
}

/* All documents up to the end of the text; false at a syntax error. */
static bool read_stream(struct reader *reader, struct yaml_documents *out)
{
    const struct yaml_node **documents = NULL;
    size_t count = 0;
    bool ended = false;
    yaml_event_t event;
    while (next_document(reader, &event, &ended)) {
        const struct yaml_node *node = read_node(reader, &event, 1);
        if (!node) {
            return false;
        }
        /* a '---' at the end or twice in a row makes an empty document */
        if (!is_empty(node)) {
            documents = grown(reader->arena, documents, count, sizeof *documents);
            documents[count++] = node;
        }
    }
    *out = (struct yaml_documents){documents, count};
    return ended;
}

enum status yaml_read(struct span file, struct span text, struct arena *arena,
                      struct diag_list *diags, struct yaml_documents *out)
{
    struct reader reader = {.arena = arena, .diags = diags};
    enum status status = yaml_source_read(file, text, arena, diags, &reader.source);
    if (status != STATUS_OK) {
        return status;
    }
    if (!yaml_parser_initialize(&reader.parser)) {
        check_memory_exhausted(sizeof reader.parser);
    }
    size_t errors_before = diags->errors;
    struct span source = reader.source->text;
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)source.ptr, source.len);
    struct yaml_documents documents = {0};
    bool complete = read_stream(&reader, &documents);
    yaml_parser_delete(&reader.parser);
    if (!complete || diags->errors > errors_before) {
        return STATUS_INVALID;
    }
    *out = documents;
    return STATUS_OK;
}

/* A list or map is pointed at where it begins, not underlined as a whole. */
struct place yaml_place(const struct yaml_node *node)
{
    uint32_t end = node->kind == YAML_KIND_SCALAR ? node->end : node->start + 1;
    return yaml_source_place(node->source, node->start, end > node->start ? end : node->start + 1);
}

const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
    for (size_t i = 0; map->kind == YAML_KIND_MAP && i < map->count; i++) {
        if (span_equals(map->entries[i].key->text, span_view(key))) {
            return map->entries[i].value;
        }
    }
    return NULL;
}
