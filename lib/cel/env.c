/* env.c: environments are made and filled: each list newest first. */
#include "cel/env.h"

#include "cel/check/type_parse.h"
#include "cel/env_lists.h"

enum { COST_MAX_DEFAULT = 10000, NESTING_MAX_DEFAULT = 3 };

/* What the name of a type means in an expression: the type itself, as type(x) gives it. */
static const struct {
    struct span name;
    struct span type;
} TYPE_NAMES[] = {
    {{"bool", 4}, {"type(bool)", 10}},
    {{"int", 3}, {"type(int)", 9}},
    {{"uint", 4}, {"type(uint)", 10}},
    {{"double", 6}, {"type(double)", 12}},
    {{"decimal", 7}, {"type(decimal)", 13}},
    {{"string", 6}, {"type(string)", 12}},
    {{"bytes", 5}, {"type(bytes)", 11}},
    {{"null_type", 9}, {"type(null_type)", 15}},
    {{"list", 4}, {"type(list)", 10}},
    {{"map", 3}, {"type(map)", 9}},
    {{"type", 4}, {"type(type)", 10}},
    {{"optional_type", 13}, {"type(optional_type)", 19}},
    {{"google.protobuf.Timestamp", 25}, {"type(timestamp)", 15}},
    {{"google.protobuf.Duration", 24}, {"type(duration)", 14}},
    {{"net.IP", 6}, {"type(ip)", 8}},
    {{"net.CIDR", 8}, {"type(cidr)", 10}},
};

static struct cel_declaration *add_declaration(struct cel_env *env, enum cel_declaration_kind kind,
                                               struct span name, const struct cel_type *type)
{
    struct cel_declaration *declaration = arena_alloc(env->arena, sizeof *declaration);
    declaration->kind = kind;
    declaration->name = arena_copy(env->arena, name);
    declaration->type = type;
    declaration->next = env->declarations;
    env->declarations = declaration;
    return declaration;
}

static void add_type_names(struct cel_env *env)
{
    for (size_t i = 0; i < sizeof TYPE_NAMES / sizeof *TYPE_NAMES; i++) {
        struct cel_declaration *declaration =
            add_declaration(env, CEL_DECLARATION_CONSTANT, TYPE_NAMES[i].name,
                            cel_type_parse(env->arena, TYPE_NAMES[i].type));
        declaration->constant = (struct value){.kind = VALUE_TYPE, .text = TYPE_NAMES[i].name};
    }
}

struct cel_env *cel_env_new(struct arena *arena, struct cel_slots *slots)
{
    struct cel_env *env = arena_alloc(arena, sizeof *env);
    env->arena = arena;
    env->slots = slots;
    env->library = cel_library_index_new(arena);
    env->macros_enabled = true;
    env->cost_max = COST_MAX_DEFAULT;
    env->nesting_max = NESTING_MAX_DEFAULT;
    add_type_names(env);
    return env;
}

struct cel_env *cel_env_extend(const struct cel_env *base, struct arena *arena)
{
    struct cel_env *env = arena_alloc(arena, sizeof *env);
    *env = (struct cel_env){
        .arena = arena,
        .base = base,
        .library = base->library,
        .slots = base->slots,
        .container = base->container,
        .macros_enabled = base->macros_enabled,
        .generic = base->generic,
        .cost_max = base->cost_max,
        .nesting_max = base->nesting_max,
    };
    return env;
}

void cel_env_set_container(struct cel_env *env, struct span container)
{
    env->container = arena_copy(env->arena, container);
}

void cel_env_set_macros(struct cel_env *env, bool enabled)
{
    env->macros_enabled = enabled;
}

void cel_env_set_limits(struct cel_env *env, uint32_t cost_max, uint32_t nesting_max)
{
    env->cost_max = cost_max ? cost_max : COST_MAX_DEFAULT;
    env->nesting_max = nesting_max ? nesting_max : NESTING_MAX_DEFAULT;
}

void cel_env_set_generic(struct cel_env *env, bool generic)
{
    env->generic = generic;
}

void cel_env_add_variable(struct cel_env *env, struct span name, const struct cel_type *type,
                          uint32_t root)
{
    add_declaration(env, CEL_DECLARATION_VARIABLE, name, type)->root = root;
}

void cel_env_set_values(struct cel_env *env, uint32_t root, const struct cel_values *values)
{
    struct values_note *note = arena_alloc(env->arena, sizeof *note);
    *note = (struct values_note){root, *values, env->values};
    env->values = note;
}

void cel_env_add_record(struct cel_env *env, struct span name, uint32_t root)
{
    /* dyn, since a record as a whole may be null */
    add_declaration(env, CEL_DECLARATION_RECORD, name, cel_type_simple(CEL_TYPE_DYN))->root = root;
}

static void add_member(struct cel_env *env, uint32_t root, struct span name,
                       const struct cel_type *type, bool may_be_absent)
{
    struct member *member = arena_alloc(env->arena, sizeof *member);
    *member = (struct member){root, arena_copy(env->arena, name), type, may_be_absent,
                              env->members};
    env->members = member;
}

void cel_env_add_member(struct cel_env *env, uint32_t root, struct span name,
                        const struct cel_type *type)
{
    add_member(env, root, name, type, false);
}

void cel_env_add_attribute(struct cel_env *env, uint32_t root, struct span name,
                           const struct cel_type *type)
{
    add_member(env, root, name, type, true);
}

void cel_env_trust_member(struct cel_env *env, uint32_t root, struct span name)
{
    add_member(env, root, name, NULL, false);
}

static const struct record_note *note_record(struct cel_env *env, uint32_t root,
                                             const struct record_note *next)
{
    struct record_note *note = arena_alloc(env->arena, sizeof *note);
    *note = (struct record_note){root, next};
    return note;
}

void cel_env_close_record(struct cel_env *env, uint32_t root)
{
    env->closed_records = note_record(env, root, env->closed_records);
}

void cel_env_trust_record(struct cel_env *env, uint32_t root)
{
    env->trusted_records = note_record(env, root, env->trusted_records);
}

static const struct cel_type *type_of_constant(struct arena *arena, const struct value *constant);

/* The type that all items of a list have; dyn when they differ or there are none. */
static const struct cel_type *type_of_items(struct arena *arena, const struct value_list *list)
{
    const struct cel_type *first = NULL;
    for (size_t i = 0; i < list->count; i++) {
        const struct cel_type *type = type_of_constant(arena, &list->items[i]);
        if (type->parameter_count > 0 || (first && type->kind != first->kind)) {
            return cel_type_simple(CEL_TYPE_DYN);
        }
        first = type;
    }
    return first ? first : cel_type_simple(CEL_TYPE_DYN);
}

/* The static type of a fixed value; of maps and of lists in lists only that they are such. */
static const struct cel_type *type_of_constant(struct arena *arena, const struct value *constant)
{
    static const struct {
        enum value_kind kind;
        enum cel_type_kind type;
    } kinds[] = {
        {VALUE_BOOL, CEL_TYPE_BOOL},           {VALUE_INT, CEL_TYPE_INT},
        {VALUE_UINT, CEL_TYPE_UINT},           {VALUE_DOUBLE, CEL_TYPE_DOUBLE},
        {VALUE_DECIMAL, CEL_TYPE_DECIMAL},     {VALUE_STRING, CEL_TYPE_STRING},
        {VALUE_BYTES, CEL_TYPE_BYTES},         {VALUE_NULL, CEL_TYPE_NULL},
        {VALUE_TIMESTAMP, CEL_TYPE_TIMESTAMP}, {VALUE_DURATION, CEL_TYPE_DURATION},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (kinds[i].kind == constant->kind) {
            return cel_type_simple(kinds[i].type);
        }
    }
    if (constant->kind == VALUE_LIST || constant->kind == VALUE_SET) {
        return cel_type_list(arena, type_of_items(arena, &constant->list));
    }
    const struct cel_type *dyn = cel_type_simple(CEL_TYPE_DYN);
    return constant->kind == VALUE_MAP ? cel_type_map(arena, dyn, dyn) : dyn;
}

void cel_env_add_constant(struct cel_env *env, struct span name, const struct value *constant)
{
    struct cel_declaration *declaration = add_declaration(env, CEL_DECLARATION_CONSTANT, name,
                                                          type_of_constant(env->arena, constant));
    declaration->constant = value_copy(env->arena, constant);
}

void cel_env_add_function(struct cel_env *env, const struct cel_function *function)
{
    struct cel_signature *signature = arena_alloc(env->arena, sizeof *signature);
    const struct cel_type **parameters =
        arena_array(env->arena, function->parameter_count + 1, sizeof *parameters);
    for (size_t i = 0; i < function->parameter_count; i++) {
        parameters[i] = function->parameters[i];
    }
    *signature = (struct cel_signature){
        .name = arena_copy(env->arena, function->name),
        .result = function->result,
        .parameters = parameters,
        .parameter_count = function->parameter_count,
        .receiver = function->receiver,
        .takes_anything = function->parameters == NULL,
        .result_of = function->result_of,
        .context = function->context,
        .cost = function->cost,
        .host_call = function->host_call,
        .next = env->functions,
    };
    env->functions = signature;
}

void cel_env_add_macro(struct cel_env *env, const struct cel_macro *macro)
{
    struct host_macro *entry = arena_alloc(env->arena, sizeof *entry);
    entry->macro = *macro;
    entry->macro.name = arena_copy(env->arena, macro->name);
    entry->next = env->macros;
    env->macros = entry;
}
