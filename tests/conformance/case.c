#include "case.h"

#include "base/check.h"
#include "model/base64.h"
#include "model/json.h"

#include <math.h>
#include <stdlib.h>

const struct value *case_member(const struct value *object, const char *name)
{
    return object && object->kind == VALUE_MAP ? value_map_get(object, span_view(name)) : NULL;
}

struct span case_text(const struct value *object, const char *name)
{
    const struct value *member = case_member(object, name);
    return member && member->kind == VALUE_STRING ? member->text : span_of(NULL, 0);
}

/* --- values as the suite writes them: {"int64": "1"} --- */

static struct value read_value(const struct value *json, struct arena *arena);

static struct value read_list(const struct value *json, struct arena *arena)
{
    size_t count = json->list.count;
    struct value *items = arena_array(arena, count, sizeof *items);
    for (size_t i = 0; i < count; i++) {
        items[i] = read_value(&json->list.items[i], arena);
    }
    return (struct value){.kind = VALUE_LIST, .list = {items, count}};
}

static struct value read_map(const struct value *json, struct arena *arena)
{
    size_t count = json->list.count;
    struct value_entry *entries = arena_array(arena, count, sizeof *entries);
    for (size_t i = 0; i < count; i++) {
        const struct value *pair = json->list.items[i].list.items;
        entries[i].key = read_value(&pair[0], arena);
        entries[i].value = read_value(&pair[1], arena);
    }
    return (struct value){.kind = VALUE_MAP, .map = {entries, count}};
}

/* Texts of JSON need not end in NUL. */
static const char *c_text(struct span text, struct arena *arena)
{
    return arena_copy(arena, text).ptr;
}

static int64_t seconds_of(const struct value *json, struct arena *arena)
{
    return strtoll(c_text(case_text(json, "seconds"), arena), NULL, 10);
}

static int32_t nanos_of(const struct value *json)
{
    return (int32_t)case_member(json, "nanos")->integer;
}

static struct value read_number(struct span kind, struct span text, struct arena *arena)
{
    const char *number = c_text(text, arena);
    if (span_equals(kind, SPAN("int64"))) {
        return value_int(strtoll(number, NULL, 10));
    }
    if (span_equals(kind, SPAN("uint64"))) {
        return (struct value){.kind = VALUE_UINT, .unsigned_integer = strtoull(number, NULL, 10)};
    }
    check(span_equals(kind, SPAN("double")));
    return (struct value){.kind = VALUE_DOUBLE, .real = strtod(number, NULL)};
}

static struct value read_text(struct span kind, struct span text, struct arena *arena)
{
    if (span_equals(kind, SPAN("string"))) {
        return value_string(text);
    }
    if (span_equals(kind, SPAN("type"))) {
        return (struct value){.kind = VALUE_TYPE, .text = text};
    }
    if (span_equals(kind, SPAN("bytes"))) {
        return (struct value){.kind = VALUE_BYTES, .text = base64_decode(text, arena)};
    }
    return read_number(kind, text, arena);
}

static struct value read_time(struct span kind, const struct value *json, struct arena *arena)
{
    int64_t seconds = seconds_of(json, arena);
    int32_t nanos = nanos_of(json);
    if (span_equals(kind, SPAN("timestamp"))) {
        return (struct value){.kind = VALUE_TIMESTAMP, .time = {seconds, nanos}};
    }
    check(span_equals(kind, SPAN("duration")));
    return (struct value){.kind = VALUE_DURATION, .duration_ns = seconds * 1000000000 + nanos};
}

/* Of a message with a plain value: that value. */
static struct value read_value(const struct value *json, struct arena *arena)
{
    const struct value *plain = case_member(case_member(json, "object"), "cel");
    json = plain ? plain : json;
    check(json->kind == VALUE_MAP && json->map.count == 1);
    struct span kind = json->map.entries[0].key.text;
    const struct value *content = &json->map.entries[0].value;
    if (content->kind == VALUE_NULL || content->kind == VALUE_BOOL) {
        return *content;
    }
    if (content->kind == VALUE_STRING) {
        return read_text(kind, content->text, arena);
    }
    if (span_equals(kind, SPAN("list"))) {
        return read_list(content, arena);
    }
    if (span_equals(kind, SPAN("map"))) {
        return read_map(content, arena);
    }
    return read_time(kind, content, arena);
}

/* --- the line --- */

static void read_bindings(const struct value *json, struct arena *arena,
                          struct conformance_case *out)
{
    for (size_t i = 0; json && i < json->map.count; i++) {
        const struct value *value = case_member(&json->map.entries[i].value, "value");
        check(out->binding_count < CASE_BINDINGS_MAX);
        out->bindings[out->binding_count++] = (struct binding){
            .name = json->map.entries[i].key.text,
            .value = value ? read_value(value, arena)
                           : value_failure(VALUE_ERROR_OTHER, SPAN("bound to an error")),
        };
    }
}

static bool flag(const struct value *json, const char *name)
{
    const struct value *member = case_member(json, name);
    return member && member->boolean;
}

static void read_expectation(const struct value *json, struct arena *arena,
                             struct conformance_case *out)
{
    const struct value *expect = case_member(json, "expect");
    const struct value *value = case_member(expect, "value");
    out->expects_error = case_member(expect, "error") || case_member(expect, "any_error");
    out->type = case_text(expect, "type");
    out->has_value = value || flag(json, "expect_default");
    if (out->has_value) {
        out->expected = value ? read_value(value, arena) : value_bool(true);
    }
    check(out->expects_error || out->has_value || out->type.len);
}

bool case_read(struct span line, struct arena *arena, struct conformance_case *out)
{
    struct json_error error;
    struct value *json = arena_alloc(arena, sizeof *json);
    check(json_read(line, JSON_NUMBERS_CEL, arena, &error, json) == STATUS_OK);
    if (span_equals(case_text(json, "needs"), SPAN("protobuf"))) {
        return false;
    }
    *out = (struct conformance_case){
        .name = case_text(json, "name"),
        .expression = case_text(json, "expr"),
        .container = case_text(json, "container"),
        .unchecked = flag(json, "disable_check"),
        .check_only = flag(json, "check_only"),
        .macros = !flag(json, "disable_macros"),
        .type_env = case_member(json, "type_env"),
    };
    read_bindings(case_member(json, "bindings"), arena, out);
    read_expectation(json, arena, out);
    return true;
}

/* --- what counts as equal --- */

static bool lists_match(const struct value_list *expected, const struct value_list *actual)
{
    if (expected->count != actual->count) {
        return false;
    }
    for (size_t i = 0; i < expected->count; i++) {
        if (!case_value_matches(&expected->items[i], &actual->items[i])) {
            return false;
        }
    }
    return true;
}

static bool has_entry(const struct value_map *map, const struct value_entry *wanted)
{
    for (size_t i = 0; i < map->count; i++) {
        if (case_value_matches(&wanted->key, &map->entries[i].key)) {
            return case_value_matches(&wanted->value, &map->entries[i].value);
        }
    }
    return false;
}

static bool maps_match(const struct value_map *expected, const struct value_map *actual)
{
    if (expected->count != actual->count) {
        return false;
    }
    for (size_t i = 0; i < expected->count; i++) {
        if (!has_entry(actual, &expected->entries[i])) {
            return false;
        }
    }
    return true;
}

bool case_value_matches(const struct value *expected, const struct value *actual)
{
    if (expected->kind != actual->kind) {
        return false;
    }
    if (expected->kind == VALUE_LIST) {
        return lists_match(&expected->list, &actual->list);
    }
    if (expected->kind == VALUE_MAP) {
        return maps_match(&expected->map, &actual->map);
    }
    if (expected->kind == VALUE_DOUBLE && isnan(expected->real)) {
        return isnan(actual->real);
    }
    return value_equals(expected, actual);
}
