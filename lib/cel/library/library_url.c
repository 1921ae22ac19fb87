/* library_url.c: URLs and their parts, as in Kubernetes. */
#include "cel/library/library_functions.h"
#include "cel/library/item_list.h"
#include "model/url.h"

#include <stdlib.h>

/* Each part is read, unescaped and escaped again: two steps for each byte. */
static bool take_length(struct span text, struct cel_scratch *scratch)
{
    return steps_take(scratch->steps_left, 2 * text.len);
}

struct value library_url(const struct value *arguments, size_t count, struct cel_scratch *scratch)
{
    struct url url;
    const char *problem;
    if (arguments->kind != VALUE_STRING) {
        return failure_no_overload("url", arguments, count, scratch->arena);
    }
    if (!take_length(arguments->text, scratch)) {
        return failure_limit();
    }
    if (!url_parse(arguments->text, scratch->arena, &url, &problem)) {
        struct value failure = failure_malformed("URL", arguments->text, scratch->arena);
        failure.text =
            arena_printf(scratch->arena, "%.*s: %s", SPAN_ARG(failure.text), problem);
        return failure;
    }
    return (struct value){.kind = VALUE_URL, .text = url_format(&url, scratch->arena)};
}

struct value library_is_url(const struct value *arguments, size_t count,
                            struct cel_scratch *scratch)
{
    const char *problem;
    if (arguments->kind != VALUE_STRING) {
        return failure_no_overload("isURL", arguments, count, scratch->arena);
    }
    return take_length(arguments->text, scratch)
               ? value_bool(url_is_target(arguments->text, scratch->arena, &problem))
               : failure_limit();
}

/* The parts of a URL, read again from its text; false where *failure says why not. */
static bool read(const char *name, const struct value *value, struct cel_scratch *scratch,
                 struct url *url, struct value *failure)
{
    if (value->kind != VALUE_URL) {
        *failure = failure_no_overload(name, value, 1, scratch->arena);
        return false;
    }
    if (!take_length(value->text, scratch)) {
        *failure = failure_limit();
        return false;
    }
    *url = url_read(value->text, scratch->arena);
    return true;
}

struct value library_url_scheme(const struct value *arguments, size_t count,
                                struct cel_scratch *scratch)
{
    struct url url;
    struct value failure;
    (void)count;
    return read("getScheme", arguments, scratch, &url, &failure) ? value_string(url.scheme)
                                                                 : failure;
}

struct value library_url_host(const struct value *arguments, size_t count,
                              struct cel_scratch *scratch)
{
    struct url url;
    struct value failure;
    (void)count;
    return read("getHost", arguments, scratch, &url, &failure) ? value_string(url.host) : failure;
}

/* The host's name, or its port. */
static struct value host_part(const char *function, const struct value *value, bool port_wanted,
                              struct cel_scratch *scratch)
{
    struct url url;
    struct value failure;
    struct span name;
    struct span port;
    if (!read(function, value, scratch, &url, &failure)) {
        return failure;
    }
    url_split_host(url.host, &name, &port);
    return value_string(port_wanted ? port : name);
}

struct value library_url_hostname(const struct value *arguments, size_t count,
                                  struct cel_scratch *scratch)
{
    (void)count;
    return host_part("getHostname", arguments, false, scratch);
}

struct value library_url_port(const struct value *arguments, size_t count,
                              struct cel_scratch *scratch)
{
    (void)count;
    return host_part("getPort", arguments, true, scratch);
}

struct value library_url_path(const struct value *arguments, size_t count,
                              struct cel_scratch *scratch)
{
    struct url url;
    struct value failure;
    (void)count;
    return read("getEscapedPath", arguments, scratch, &url, &failure) ? value_string(url.path)
                                                                      : failure;
}

/* --- the query --- */

/* Unescaping and sorting a pair takes about so many. */
enum { PAIR_STEPS = 8 };

/* One name and value, in the order of the query. */
struct pair {
    struct span name;
    struct value value;
    size_t place;
};

static struct span cut(struct span text, char sign, struct span *rest)
{
    const char *found = text.len ? memchr(text.ptr, sign, text.len) : NULL;
    size_t len = found ? (size_t)(found - text.ptr) : text.len;
    *rest = found ? span_of(found + 1, text.len - len - 1) : span_of("", 0);
    return span_of(text.ptr, len);
}

static size_t count_pairs(struct span query)
{
    size_t count = 1;
    for (size_t i = 0; i < query.len; i++) {
        count += query.ptr[i] == '&';
    }
    return count;
}

/* What is malformed is left out, as in Kubernetes. */
static size_t read_pairs(struct span query, struct arena *arena, struct pair *pairs)
{
    size_t count = 0;
    while (query.len) {
        struct span value;
        struct pair *pair = &pairs[count];
        struct span part = cut(query, '&', &query);
        bool separated = part.len && !memchr(part.ptr, ';', part.len);
        struct span name = cut(part, '=', &value);
        *pair = (struct pair){.place = count, .value = value_string(span_of("", 0))};
        if (separated && url_unescape_query(name, arena, &pair->name) &&
            url_unescape_query(value, arena, &pair->value.text)) {
            count++;
        }
    }
    return count;
}

static int compare_pairs(const void *a, const void *b)
{
    const struct pair *left = a;
    const struct pair *right = b;
    int order = span_compare(left->name, right->name);
    return order ? order : (left->place > right->place) - (left->place < right->place);
}

/* Sorted pairs as a map from names to lists of values. */
static struct value group(const struct pair *pairs, size_t count, struct arena *arena)
{
    struct value_entry *entries = arena_array(arena, count + 1, sizeof *entries);
    struct value *values = arena_array(arena, count + 1, sizeof *values);
    size_t names = 0;
    for (size_t i = 0; i < count; i++) {
        values[i] = pairs[i].value;
        if (i == 0 || !span_equals(pairs[i].name, pairs[i - 1].name)) {
            entries[names].key = value_string(pairs[i].name);
            entries[names++].value = value_list_of(&values[i], 0);
        }
        entries[names - 1].value.list.count++;
    }
    return value_map_of(entries, names);
}

struct value library_url_query(const struct value *arguments, size_t count,
                               struct cel_scratch *scratch)
{
    struct url url;
    struct value failure;
    (void)count;
    if (!read("getQuery", arguments, scratch, &url, &failure)) {
        return failure;
    }
    size_t pairs_max = count_pairs(url.query);
    if (!steps_take(scratch->steps_left, PAIR_STEPS * pairs_max)) {
        return failure_limit();
    }
    struct pair *pairs = arena_array(scratch->arena, pairs_max + 1, sizeof *pairs);
    size_t found = read_pairs(url.query, scratch->arena, pairs);
    if (found > 1) {
        qsort(pairs, found, sizeof *pairs, compare_pairs);
    }
    return group(pairs, found, scratch->arena);
}
