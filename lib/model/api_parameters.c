/* api_parameters.c: walks the parameters whatever their shape is (a table stands at the top, in the
 * elements of requestItems, or as a name in it) and leaves out where items and expressions are:
 * what a caller writes there is no table of the call. */
#include "model/api_parameters.h"

#include "model/json_field.h"

enum { COMPARED_MAX = 256, NAMES_FIRST = 4 };

static const struct span table_names[] = {
    {"tableName", 9},        {"tableArn", 8},         {"sourceTableName", 15},
    {"sourceTableArn", 14},  {"targetTableName", 15}, {"globalTableName", 15},
};

/* Below these stand items, their attributes, and texts of the caller's. */
static const struct span closed_names[] = {
    {"key", 3},  {"keys", 4},       {"item", 4},
    {"items", 5}, {"tags", 4},      {"attributesToGet", 15},
    {"expected", 8}, {"attributeUpdates", 16}, {"expressionAttributeNames", 24},
    {"exclusiveStartKey", 17}, {"expressionAttributeValues", 25}, {"conditionCheck", 14},
};

static bool is_among(struct span name, const struct span *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (span_equals_nocase(name, names[i])) {
            return true;
        }
    }
    return false;
}

void api_name_add(struct api_name_list *list, struct span text, struct arena *arena)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : NAMES_FIRST;
        struct span *items = arena_array(arena, capacity, sizeof *items);
        if (list->count) {
            memcpy(items, list->items, list->count * sizeof *items);
        }
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = text;
}

static bool pass_over(struct json_scan *scan)
{
    return json_scan_value(scan, JSON_NUMBERS_DECIMAL, NULL);
}

static bool read_name(struct json_scan *scan, struct api_name_list *names)
{
    struct span text = {0};
    if (json_scan_peek(scan) != '"') {
        return pass_over(scan);
    }
    if (!json_field_text(scan, JSON_BYTES_MAX, &text)) {
        return false;
    }
    if (text.len) {
        api_name_add(names, text, scan->arena);
    }
    return true;
}

static bool walk(struct json_scan *scan, struct api_parameters *out, bool names_tables);

/* A member that is not at the top. */
static bool walk_member(struct json_scan *scan, struct api_parameters *out, struct span name)
{
    if (is_among(name, table_names, sizeof table_names / sizeof *table_names)) {
        return read_name(scan, &out->tables);
    }
    if (is_among(name, closed_names, sizeof closed_names / sizeof *closed_names)) {
        return pass_over(scan);
    }
    return walk(scan, out, span_equals_nocase(name, SPAN("requestItems")));
}

static bool walk_object(struct json_scan *scan, struct api_parameters *out, bool names_tables)
{
    struct json_object object;
    struct span name;
    json_object_open(scan, &object, "an object is expected");
    while (json_object_next(scan, &object, &name)) {
        if (names_tables) {
            api_name_add(&out->tables, name, scan->arena);
            walk(scan, out, false);
        } else {
            walk_member(scan, out, name);
        }
    }
    return json_scan_ok(scan);
}

/* names_tables: the members of this object are called as tables. Recursion is bounded by the
 * scanner. */
static bool walk(struct json_scan *scan, struct api_parameters *out, bool names_tables)
{
    struct json_array array;
    char next = json_scan_peek(scan);
    if (next == '{') {
        return walk_object(scan, out, names_tables);
    }
    if (next != '[') {
        return pass_over(scan);
    }
    json_array_open(scan, &array, "an array is expected");
    while (json_array_next(scan, &array)) {
        walk(scan, out, false);
    }
    return json_scan_ok(scan);
}

static bool read_text(struct json_scan *scan, struct span *out)
{
    return json_scan_peek(scan) == '"' ? json_field_text(scan, JSON_BYTES_MAX, out)
                                       : pass_over(scan);
}

bool api_parameters_read(struct json_scan *scan, struct api_parameters *out)
{
    struct json_object object;
    struct span name;
    if (json_scan_peek(scan) != '{') {
        return pass_over(scan);
    }
    json_object_open(scan, &object, "an object is expected");
    while (json_object_next(scan, &object, &name)) {
        if (span_equals_nocase(name, SPAN("roleArn"))) {
            read_text(scan, &out->role_arn);
        } else if (span_equals_nocase(name, SPAN("roleSessionName"))) {
            read_text(scan, &out->role_session);
        } else {
            walk_member(scan, out, name);
        }
    }
    return json_scan_ok(scan);
}

static bool read_resource(struct json_scan *scan, struct api_parameters *out)
{
    struct json_object object;
    struct span name;
    if (json_scan_peek(scan) != '{') {
        return pass_over(scan);
    }
    json_object_open(scan, &object, "an object is expected");
    while (json_object_next(scan, &object, &name)) {
        if (span_equals_nocase(name, SPAN("ARN"))) {
            read_name(scan, &out->resources);
        } else {
            pass_over(scan);
        }
    }
    return json_scan_ok(scan);
}

bool api_parameters_read_resources(struct json_scan *scan, struct api_parameters *out)
{
    struct json_array array;
    if (json_scan_peek(scan) != '[') {
        return pass_over(scan);
    }
    json_array_open(scan, &array, "an array is expected");
    while (json_array_next(scan, &array)) {
        read_resource(scan, out);
    }
    return json_scan_ok(scan);
}

/* The NAME of "arn:...:table/NAME/...", else empty. */
static struct span table_of_arn(struct span arn)
{
    static const struct span mark = {":table/", 7};
    for (size_t i = 0; i + mark.len < arn.len; i++) {
        if (span_equals(span_of(arn.ptr + i, mark.len), mark)) {
            const char *start = arn.ptr + i + mark.len;
            size_t left = arn.len - i - mark.len;
            const char *slash = memchr(start, '/', left);
            return span_of(start, slash ? (size_t)(slash - start) : left);
        }
    }
    return span_of(NULL, 0);
}

/* Each once; a list beyond any call of AWS's is left with its repeats rather than compared. */
static void add_once(struct api_name_list *list, struct span name, struct arena *arena)
{
    for (size_t i = 0; i < list->count && i < COMPARED_MAX; i++) {
        if (span_equals(list->items[i], name)) {
            return;
        }
    }
    if (name.len) {
        api_name_add(list, name, arena);
    }
}

struct api_names api_parameters_tables(const struct api_parameters *parameters,
                                       struct arena *arena)
{
    struct api_name_list tables = {0};
    for (size_t i = 0; i < parameters->tables.count; i++) {
        struct span name = parameters->tables.items[i];
        bool is_arn = span_starts_with(name, SPAN("arn:"));
        add_once(&tables, is_arn ? table_of_arn(name) : name, arena);
    }
    for (size_t i = 0; i < parameters->resources.count; i++) {
        add_once(&tables, table_of_arn(parameters->resources.items[i]), arena);
    }
    return api_names_of(&tables);
}
