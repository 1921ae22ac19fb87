#include "oracle.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const json_t *tree(const struct oracle_node *node)
{
    return (const json_t *)(const void *)node;
}

static const struct oracle_node *wrap(const json_t *json)
{
    return (const struct oracle_node *)(const void *)json;
}

static enum oracle_refusal refusal_of(const json_error_t *error)
{
    switch ((int)json_error_code(error)) {
    case json_error_null_byte_in_key: return ORACLE_REFUSED_NUL_IN_KEY;
    case json_error_numeric_overflow: return ORACLE_REFUSED_RANGE;
    default: return ORACLE_REFUSED;
    }
}

static bool in_number(char c)
{
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/* Whether the token is an integer that does not fit in 64 bits. */
static bool is_wide_integer(const char *token, size_t size)
{
    char copy[512];
    char *end;
    if (size >= sizeof copy) {
        return memchr(token, '.', size) == NULL && memchr(token, 'e', size) == NULL &&
               memchr(token, 'E', size) == NULL;
    }
    memcpy(copy, token, size);
    copy[size] = '\0';
    errno = 0;
    strtoll(copy, &end, 10);
    return errno == ERANGE && *end == '\0';
}

/* The text with "e0" behind every integer beyond 64 bits, which makes it real for jansson and
 * changes nothing else. The caller frees it. */
static char *with_real_integers(const char *text, size_t size, size_t *new_size)
{
    char *made = malloc(size * 2 + 1);
    bool in_string = false;
    size_t length = 0;
    size_t at = 0;
    while (made && at < size) {
        size_t end = at;
        while (!in_string && end < size && in_number(text[end])) {
            end++;
        }
        size_t step = end > at ? end - at : in_string && text[at] == '\\' && at + 1 < size ? 2 : 1;
        in_string ^= text[at] == '"';
        memcpy(made + length, text + at, step);
        length += step;
        if (end > at && is_wide_integer(text + at, step)) {
            made[length++] = 'e';
            made[length++] = '0';
        }
        at += step;
    }
    *new_size = length;
    return made;
}

struct oracle_node *oracle_load(const char *text, size_t size, enum oracle_refusal *refusal)
{
    static const size_t flags = JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY;
    json_error_t error;
    json_t *root = json_loadb(text, size, flags, &error);
    if (!root && json_error_code(&error) == json_error_numeric_overflow) {
        size_t new_size;
        char *again = with_real_integers(text, size, &new_size);
        root = again ? json_loadb(again, new_size, flags, &error) : NULL;
        free(again);
    }
    *refusal = root ? ORACLE_ACCEPTED : refusal_of(&error);
    return (struct oracle_node *)(void *)root;
}

void oracle_free(struct oracle_node *node)
{
    json_decref((json_t *)(void *)node);
}

enum oracle_kind oracle_kind(const struct oracle_node *node)
{
    switch (json_typeof(tree(node))) {
    case JSON_OBJECT: return ORACLE_OBJECT;
    case JSON_ARRAY: return ORACLE_ARRAY;
    case JSON_STRING: return ORACLE_STRING;
    case JSON_INTEGER: return ORACLE_INTEGER;
    case JSON_REAL: return ORACLE_REAL;
    case JSON_TRUE:
    case JSON_FALSE: return ORACLE_BOOL;
    case JSON_NULL: return ORACLE_NULL;
    }
    return ORACLE_NULL;
}

bool oracle_truth(const struct oracle_node *node)
{
    return json_is_true(tree(node));
}

int64_t oracle_integer(const struct oracle_node *node)
{
    return json_integer_value(tree(node));
}

double oracle_real(const struct oracle_node *node)
{
    return json_number_value(tree(node));
}

const char *oracle_text(const struct oracle_node *node, size_t *size)
{
    *size = json_string_length(tree(node));
    return json_string_value(tree(node));
}

size_t oracle_count(const struct oracle_node *node)
{
    return json_is_array(tree(node)) ? json_array_size(tree(node)) : json_object_size(tree(node));
}

const struct oracle_node *oracle_item(const struct oracle_node *node, size_t index)
{
    return wrap(json_array_get(tree(node), index));
}

const struct oracle_node *oracle_member(const struct oracle_node *node, const char *name,
                                        size_t size)
{
    return wrap(json_object_getn(tree(node), name, size));
}

void oracle_each(const struct oracle_node *node,
                 void (*visit)(const char *name, size_t size, const struct oracle_node *member,
                               void *context),
                 void *context)
{
    json_t *object = (json_t *)(uintptr_t)tree(node);
    for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at)) {
        visit(json_object_iter_key(at), json_object_iter_key_len(at),
              wrap(json_object_iter_value(at)), context);
    }
}
