/* share_key.c: every piece has a fixed size or is led by its length, so that no two nodes run into
 * the same bytes. Constants count by value: params differ from policy to policy. */
#include "cel/run/share_key.h"

#include "cel/run/build.h"
#include "cel/run/values.h"

static void add_bytes(struct buf *key, const void *bytes, size_t size_bytes)
{
    buf_append(key, span_of(bytes, size_bytes));
}

void share_key_number(struct buf *key, uint64_t number)
{
    add_bytes(key, &number, sizeof number);
}

static void add_text(struct buf *key, struct span text)
{
    share_key_number(key, text.len);
    buf_append(key, text);
}

/* --- values --- */

static void add_list(struct buf *key, const struct value_list *list)
{
    share_key_number(key, list->count);
    for (size_t i = 0; i < list->count; i++) {
        share_key_value(key, &list->items[i]);
    }
}

static void add_map(struct buf *key, const struct value_map *map)
{
    share_key_number(key, map->count);
    for (size_t i = 0; i < map->count; i++) {
        share_key_value(key, &map->entries[i].key);
        share_key_value(key, &map->entries[i].value);
    }
}

static void add_decimal(struct buf *key, struct decimal number)
{
    share_key_number(key, number.low);
    share_key_number(key, number.high);
    share_key_number(key, (uint64_t)number.exponent);
    buf_append_char(key, (char)(number.negative + 2 * number.rounded));
}

static void add_address(struct buf *key, const struct value_address *address)
{
    add_bytes(key, address->bytes, sizeof address->bytes);
    buf_append_char(key, (char)address->family);
    buf_append_char(key, (char)address->prefix_length);
    buf_append_char(key, (char)address->is_network);
}

static void add_optional(struct buf *key, const struct value *content)
{
    buf_append_char(key, content != NULL);
    if (content) {
        share_key_value(key, content);
    }
}

void share_key_value(struct buf *key, const struct value *value)
{
    buf_append_char(key, (char)value->kind);
    switch (value->kind) {
    case VALUE_NULL: return;
    case VALUE_BOOL: buf_append_char(key, value->boolean); return;
    case VALUE_INT:
    case VALUE_UINT: share_key_number(key, value->unsigned_integer); return;
    case VALUE_DOUBLE: add_bytes(key, &value->real, sizeof value->real); return;
    case VALUE_DECIMAL: add_decimal(key, value->decimal); return;
    case VALUE_QUANTITY:
        buf_append_char(key, (char)value->form);
        add_decimal(key, value->decimal);
        return;
    case VALUE_LIST:
    case VALUE_SET: add_list(key, &value->list); return;
    case VALUE_MAP: add_map(key, &value->map); return;
    case VALUE_TIMESTAMP:
        share_key_number(key, (uint64_t)value->time.seconds);
        share_key_number(key, (uint64_t)value->time.nanos);
        return;
    case VALUE_DURATION: share_key_number(key, (uint64_t)value->duration_ns); return;
    case VALUE_OPTIONAL: add_optional(key, value->optional); return;
    case VALUE_ADDRESS: add_address(key, &value->address); return;
    case VALUE_ERROR: buf_append_char(key, (char)value->error); break;
    case VALUE_STRING:
    case VALUE_BYTES:
    case VALUE_SEMVER:
    case VALUE_URL:
    case VALUE_FORMAT:
    case VALUE_TYPE: break;
    }
    add_text(key, value->text);
}

/* --- nodes --- */

static const struct cel_declaration *declaration_of(const struct cel_env *env,
                                                    const struct cel_node *node)
{
    return node->resolved.len ? cel_env_find(env, node->resolved) : NULL;
}

static void add_declared(struct buf *key, const struct cel_declaration *declaration)
{
    if (declaration->kind == CEL_DECLARATION_CONSTANT) {
        buf_append_char(key, 'c');
        share_key_value(key, &declaration->constant);
    } else {
        buf_append_char(key, 'v');
        share_key_number(key, declaration->root);
    }
}

/* A name by what it declares; loop variables and members of values by their text. */
static void add_name(struct buf *key, const struct cel_env *env, const struct cel_node *node)
{
    bool plain = !node->test_only && !node->optional;
    const struct cel_declaration *declaration = plain ? declaration_of(env, node) : NULL;
    if (declaration) {
        add_declared(key, declaration);
    } else {
        buf_append_char(key, 'n');
        add_text(key, node->name);
    }
}

/* One name may stand for functions of the host that differ from policy to policy. */
static void add_function(struct buf *key, const struct cel_env *env, const struct cel_node *node)
{
    const struct cel_signature *signature = build_signature(env, node);
    add_text(key, node->target || !node->resolved.len ? node->name : node->resolved);
    buf_append_char(key, signature ? (signature->library ? 'l' : 'h') : 'u');
    share_key_number(key, signature && !signature->library ? signature->host_call : 0);
}

static void add_flags(struct buf *key, const struct cel_node *node)
{
    size_t count = node->optional_flags ? node->argument_count : 0;
    count = node->kind == CEL_NODE_MAP ? count / 2 : count;
    share_key_number(key, count);
    add_bytes(key, node->optional_flags, count * sizeof *node->optional_flags);
}

static void add_fold(struct buf *key, const struct cel_comprehension *fold)
{
    add_text(key, fold->variable);
    add_text(key, fold->second_variable);
    add_text(key, fold->accumulator);
}

void share_key_node(struct buf *key, const struct cel_env *env, const struct cel_node *node)
{
    buf_append_char(key, (char)node->kind);
    buf_append_char(key, (char)(node->test_only + 2 * node->optional + 4 * (node->target != NULL)));
    switch (node->kind) {
    case CEL_NODE_CONSTANT:
        share_key_value(key, &node->constant);
        add_text(key, node->literal);
        return;
    case CEL_NODE_IDENT:
    case CEL_NODE_SELECT: add_name(key, env, node); return;
    case CEL_NODE_CALL: add_function(key, env, node); return;
    case CEL_NODE_LIST:
    case CEL_NODE_MAP: add_flags(key, node); return;
    case CEL_NODE_COMPREHENSION: add_fold(key, node->comprehension); return;
    case CEL_NODE_STRUCT: add_text(key, node->name); return;
    case CEL_NODE_INDEX: return;
    }
}
