#include "oracle.h"

#include <jansson.h>

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

struct oracle_node *oracle_load(const char *text, size_t size, enum oracle_refusal *refusal)
{
    static const size_t flags = JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY;
    json_error_t error;
    json_t *root = json_loadb(text, size, flags, &error);
    if (!root && json_error_code(&error) == json_error_numeric_overflow) {
        root = json_loadb(text, size, flags | JSON_DECODE_INT_AS_REAL, &error);
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
