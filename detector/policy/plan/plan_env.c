/* plan_env.c: one environment for all policies, and one for each on top of it with its params and
 * variables. */
#include "policy/plan/plan_env.h"

#include "model/api_members.h"

/* The names that a change gives, and what is known of their types. */
static const struct {
    struct span name;
    enum plan_root root;
    bool record;
    enum cel_type_kind type; /* of a variable */
} names[] = {
    {{"old", 3}, PLAN_ROOT_OLD, true, CEL_TYPE_DYN},
    {{"new", 3}, PLAN_ROOT_NEW, true, CEL_TYPE_DYN},
    {{"keys", 4}, PLAN_ROOT_KEYS, true, CEL_TYPE_DYN},
    {{"event", 5}, PLAN_ROOT_EVENT, true, CEL_TYPE_DYN},
    {{"op", 2}, PLAN_ROOT_OP, false, CEL_TYPE_STRING},
    {{"table", 5}, PLAN_ROOT_TABLE, false, CEL_TYPE_STRING},
    {{"region", 6}, PLAN_ROOT_REGION, false, CEL_TYPE_STRING},
    {{"account", 7}, PLAN_ROOT_ACCOUNT, false, CEL_TYPE_STRING},
    {{"raw", 3}, PLAN_ROOT_RAW, false, CEL_TYPE_DYN},
    {{"actor", 5}, PLAN_ROOT_ACTOR, true, CEL_TYPE_DYN},
    {{"request", 7}, PLAN_ROOT_REQUEST, true, CEL_TYPE_DYN},
};

static const struct {
    struct span member;
    enum cel_type_kind type;
} event_members[] = {
    {{"id", 2}, CEL_TYPE_STRING},          {{"time", 4}, CEL_TYPE_TIMESTAMP},
    {{"received", 8}, CEL_TYPE_TIMESTAMP}, {{"age", 3}, CEL_TYPE_DURATION},
    {{"ttl_expiry", 10}, CEL_TYPE_BOOL},
};

bool plan_env_root(struct span name, enum plan_root *root)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (span_equals(name, names[i].name)) {
            *root = names[i].root;
            return true;
        }
    }
    return false;
}

/* op is one of DynamoDB's words. */
static void add_operations(struct cel_env *env, struct arena *arena)
{
    struct span *words = arena_array(arena, CHANGE_OP_COUNT, sizeof *words);
    for (int op = 0; op < CHANGE_OP_COUNT; op++) {
        words[op] = change_op_name((enum change_op)op);
    }
    struct cel_values values = {.items = words, .count = CHANGE_OP_COUNT};
    cel_env_set_values(env, PLAN_ROOT_OP, &values);
}

static const struct cel_type *type_of_member(const struct api_member *member, struct arena *arena)
{
    switch (member->type) {
    case API_MEMBER_TEXT: return cel_type_simple(CEL_TYPE_STRING);
    case API_MEMBER_TRUTH:
    case API_MEMBER_BOOL: return cel_type_simple(CEL_TYPE_BOOL);
    case API_MEMBER_TIME: return cel_type_simple(CEL_TYPE_TIMESTAMP);
    case API_MEMBER_NAMES: return cel_type_list(arena, cel_type_simple(CEL_TYPE_STRING));
    }
    return cel_type_simple(CEL_TYPE_DYN);
}

static void add_api_members(struct cel_env *env, struct arena *arena, enum plan_root root,
                            struct api_member_table table)
{
    for (size_t i = 0; i < table.count; i++) {
        const struct api_member *member = &table.items[i];
        const struct cel_type *type = type_of_member(member, arena);
        if (member->always) {
            cel_env_add_member(env, root, member->name, type);
        } else {
            cel_env_add_attribute(env, root, member->name, type);
        }
    }
    cel_env_close_record(env, root);
}

void plan_env_add_change(struct cel_env *env, struct arena *arena)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (names[i].record) {
            cel_env_add_record(env, names[i].name, names[i].root);
        } else {
            cel_env_add_variable(env, names[i].name, cel_type_simple(names[i].type), names[i].root);
        }
    }
    for (size_t i = 0; i < sizeof event_members / sizeof *event_members; i++) {
        cel_env_add_member(env, PLAN_ROOT_EVENT, event_members[i].member,
                           cel_type_simple(event_members[i].type));
    }
    add_operations(env, arena);
    cel_env_close_record(env, PLAN_ROOT_EVENT);
    add_api_members(env, arena, PLAN_ROOT_ACTOR, api_actor_members());
    add_api_members(env, arena, PLAN_ROOT_REQUEST, api_request_members());
    cel_env_trust_record(env, PLAN_ROOT_KEYS); /* an item has all attributes of its key */
}

/* A map of constants, and each of its members as a name of its own, whose type is then known. */
static void add_constants(struct cel_env *env, struct arena *arena, struct span name,
                          const struct value *map)
{
    cel_env_add_constant(env, name, map);
    for (size_t i = 0; i < map->map.count; i++) {
        const struct value_entry *entry = &map->map.entries[i];
        struct span full = arena_printf(arena, "%.*s.%.*s", SPAN_ARG(name),
                                        SPAN_ARG(entry->key.text));
        cel_env_add_constant(env, full, &entry->value);
    }
}

static void add_names(struct cel_env *env, uint32_t root, struct span member)
{
    cel_env_add_member(env, root, member, cel_type_simple(CEL_TYPE_DYN));
}

void plan_env_init(struct plan_builder *builder)
{
    builder->env = cel_env_new(builder->arena, builder->slots);
    plan_env_add_change(builder->env, builder->arena);
    add_constants(builder->env, builder->arena, SPAN("lists"), &builder->lists);
    plan_macros_add(builder->env, &builder->lookup_rows, builder->arena);
    plan_macros_add_lookups(builder->env, &builder->lookup_names);
    cel_env_add_record(builder->env, SPAN("defs"), PLAN_ROOT_DEFS);
    cel_env_close_record(builder->env, PLAN_ROOT_DEFS);
    size_t count = 0;
    const struct definitions_doc *documents = policy_set_definitions(builder->set, &count);
    for (size_t i = 0; i < count; i++) {
        const struct named_doc *items = documents[i].definitions.items;
        for (size_t k = 0; k < documents[i].definitions.count; k++) {
            add_names(builder->env, PLAN_ROOT_DEFS, items[k].record.key.text);
        }
    }
}

/* By enum declared_type; an attribute that is there may be null. */
static const struct cel_type *attribute_type_of(struct arena *arena, int64_t type)
{
    static const enum cel_type_kind kinds[] = {
        [DECLARED_STRING] = CEL_TYPE_STRING, [DECLARED_DECIMAL] = CEL_TYPE_DECIMAL,
        [DECLARED_BOOL] = CEL_TYPE_BOOL,     [DECLARED_BYTES] = CEL_TYPE_BYTES,
        [DECLARED_LIST] = CEL_TYPE_LIST,     [DECLARED_MAP] = CEL_TYPE_MAP,
    };
    const struct cel_type *any = cel_type_simple(CEL_TYPE_DYN);
    const struct cel_type *plain = cel_type_simple(kinds[type]);
    if (type == DECLARED_LIST) {
        plain = cel_type_list(arena, any);
    } else if (type == DECLARED_MAP) {
        plain = cel_type_map(arena, cel_type_simple(CEL_TYPE_STRING), any);
    }
    return cel_type_nullable(arena, plain);
}

void plan_env_add_attributes(struct cel_env *env, const struct field_records *attributes,
                             struct arena *arena)
{
    static const enum plan_root images[] = {PLAN_ROOT_OLD, PLAN_ROOT_NEW, PLAN_ROOT_KEYS};
    const struct attribute_doc *items = attributes->items;
    for (size_t i = 0; i < attributes->count; i++) {
        const struct cel_type *type = attribute_type_of(arena, items[i].type.value);
        for (size_t k = 0; k < sizeof images / sizeof *images; k++) {
            cel_env_add_attribute(env, images[k], items[i].record.key.text, type);
        }
    }
}

static bool names_operation(const struct field_texts *operations, struct span word)
{
    for (size_t i = 0; i < operations->count; i++) {
        if (span_equals_nocase(operations->items[i].text, word)) {
            return true;
        }
    }
    return false;
}

void plan_env_add_match(struct cel_env *env, const struct match_doc *match, struct arena *arena)
{
    size_t count = 0;
    struct span *words = arena_array(arena, CHANGE_OP_COUNT, sizeof *words);
    for (int op = 0; op < CHANGE_OP_COUNT; op++) {
        struct span word = change_op_name((enum change_op)op);
        if (names_operation(&match->operations, word)) {
            words[count++] = word;
        }
    }
    if (count && match->source.value == PLAN_SOURCE_ITEM_CHANGE) {
        cel_env_set_values(env, PLAN_ROOT_OP,
                           &(struct cel_values){words, count, SPAN("match.operations")});
    }
    struct span *tables = arena_array(arena, match->tables.count, sizeof *tables);
    bool patterns = false; /* any number of tables */
    for (size_t i = 0; i < match->tables.count; i++) {
        tables[i] = match->tables.items[i].text;
        patterns |= memchr(tables[i].ptr, '*', tables[i].len) ||
                    memchr(tables[i].ptr, '?', tables[i].len);
    }
    if (match->tables.count && !patterns) {
        struct cel_values known = {tables, match->tables.count, SPAN("match.tables")};
        cel_env_set_values(env, PLAN_ROOT_TABLE, &known);
    }
}

struct cel_env *plan_env_of_policy(struct plan_builder *builder, uint32_t policy,
                                   const struct value *params,
                                   const struct field_records *variables)
{
    struct cel_env *env = cel_env_extend(builder->env, builder->arena);
    uint32_t root = PLAN_ROOT_VARIABLES + policy;
    add_constants(env, builder->arena, SPAN("params"), params);
    cel_env_add_record(env, SPAN("variables"), root);
    cel_env_close_record(env, root);
    const struct named_doc *items = variables->items;
    for (size_t i = 0; i < variables->count; i++) {
        add_names(env, root, items[i].name.text);
    }
    return env;
}

struct cel_env *plan_env_of_feed(struct plan_builder *builder, const struct cel_env *findings,
                                 const struct value *params)
{
    struct cel_env *env = cel_env_extend(findings, builder->arena);
    add_constants(env, builder->arena, SPAN("params"), params);
    return env;
}
