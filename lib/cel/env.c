/* env.c: lists of names, newest first, over those of a base; the library stands below them all. */
#include "cel/env.h"

#include "base/diag.h"
#include "cel/env_internal.h"
#include "cel/library/library_index.h"
#include "cel/check/type_parse.h"

enum { COST_MAX_DEFAULT = 10000, NESTING_MAX_DEFAULT = 3, NEAREST_NAMES_MAX = 1024 };

struct member {
    uint32_t root;
    struct span name;
    const struct cel_type *type; /* NULL: it only says that the member is always there */
    bool may_be_absent;
    const struct member *next;
};

/* Something said of a record as a whole. */
struct record_note {
    uint32_t root;
    const struct record_note *next;
};

struct values_note {
    uint32_t root;
    struct cel_values values;
    const struct values_note *next;
};

struct host_macro {
    struct cel_macro macro;
    const struct host_macro *next;
};

/* Each list holds the newest first, so that a later declaration hides an earlier one; what an
 * environment lacks is looked up in its base. */
struct cel_env {
    struct arena *arena;
    const struct cel_env *base;
    const struct cel_library_index *library;
    struct cel_slots *slots;
    struct span container;
    bool macros_enabled;
    bool generic;
    uint32_t cost_max;
    uint32_t nesting_max;
    const struct cel_declaration *declarations;
    const struct member *members;
    const struct record_note *closed_records;
    const struct record_note *trusted_records;
    const struct values_note *values;
    const struct cel_signature *functions;
    const struct host_macro *macros;
};

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

const struct cel_values *cel_env_values(const struct cel_env *env, uint32_t root)
{
    for (; env; env = env->base) {
        for (const struct values_note *at = env->values; at; at = at->next) {
            if (at->root == root) {
                return &at->values;
            }
        }
    }
    return NULL;
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

const struct cel_declaration *cel_env_find(const struct cel_env *env, struct span name)
{
    for (; env; env = env->base) {
        for (const struct cel_declaration *at = env->declarations; at; at = at->next) {
            if (span_equals(at->name, name)) {
                return at;
            }
        }
    }
    return NULL;
}

struct cel_signature_cursor cel_signatures_of(const struct cel_env *env, struct span name)
{
    return (struct cel_signature_cursor){.env = env, .name = name, .at = env->functions};
}

const struct cel_signature *cel_signature_next(struct cel_signature_cursor *cursor)
{
    while (!cursor->in_library) {
        while (cursor->at) {
            const struct cel_signature *signature = cursor->at;
            cursor->at = signature->next;
            if (span_equals(signature->name, cursor->name)) {
                return signature;
            }
        }
        if (cursor->env->base) {
            cursor->env = cursor->env->base;
            cursor->at = cursor->env->functions;
        } else {
            cursor->in_library = true;
            cursor->at = cel_library_index_find(cursor->env->library, cursor->name);
        }
    }
    const struct cel_signature *signature = cursor->at;
    cursor->at = signature ? signature->next : NULL;
    return signature;
}

bool cel_env_has_function(const struct cel_env *env, struct span name)
{
    struct cel_signature_cursor cursor = cel_signatures_of(env, name);
    return cel_signature_next(&cursor) != NULL;
}

/* "a.b" becomes "a", which becomes ""; false when there is nothing outside. */
static bool leave_container(struct span *container)
{
    if (container->len == 0) {
        return false;
    }
    do {
        container->len--;
    } while (container->len > 0 && container->ptr[container->len] != '.');
    return true;
}

bool cel_env_candidate(const struct cel_env *env, struct arena *arena, struct span name,
                       size_t *index, struct span *out)
{
    struct span container = env->container;
    for (size_t i = 0; i < *index; i++) {
        if (!leave_container(&container)) {
            return false;
        }
    }
    *out = container.len ? arena_printf(arena, "%.*s.%.*s", SPAN_ARG(container), SPAN_ARG(name))
                         : name;
    ++*index;
    return true;
}

static bool is_noted(const struct record_note *note, uint32_t root)
{
    while (note && note->root != root) {
        note = note->next;
    }
    return note != NULL;
}

static bool is_closed(const struct cel_env *env, uint32_t root)
{
    while (env && !is_noted(env->closed_records, root)) {
        env = env->base;
    }
    return env != NULL;
}

static bool is_trusted(const struct cel_env *env, uint32_t root)
{
    while (env && !is_noted(env->trusted_records, root)) {
        env = env->base;
    }
    return env != NULL;
}

/* The newest declaration of a member, of its type or of its presence; NULL: none. */
static const struct member *find_member(const struct cel_env *env, uint32_t root,
                                        struct span name, bool typed)
{
    for (; env; env = env->base) {
        for (const struct member *at = env->members; at; at = at->next) {
            if (at->root == root && (at->type || !typed) && span_equals(at->name, name)) {
                return at;
            }
        }
    }
    return NULL;
}

const struct cel_type *cel_env_member(const struct cel_env *env, uint32_t root, struct span member)
{
    const struct member *declared = find_member(env, root, member, true);
    if (declared) {
        return declared->type;
    }
    return is_closed(env, root) ? NULL : cel_type_simple(CEL_TYPE_DYN);
}

bool cel_env_member_always(const struct cel_env *env, uint32_t root, struct span member)
{
    const struct member *declared = find_member(env, root, member, false);
    return (declared && !declared->may_be_absent) || is_trusted(env, root);
}

/* Names while they are gathered; those past the bound are no candidates. */
struct names {
    struct span *items;
    size_t count;
};

static struct names names_new(struct arena *arena)
{
    return (struct names){.items = arena_array(arena, NEAREST_NAMES_MAX, sizeof(struct span))};
}

static void names_add(struct names *names, struct span name)
{
    if (names->count < NEAREST_NAMES_MAX) {
        names->items[names->count++] = name;
    }
}

struct span cel_env_nearest_name(const struct cel_env *env, struct arena *arena, struct span word)
{
    struct names names = names_new(arena);
    for (; env; env = env->base) {
        for (const struct cel_declaration *at = env->declarations; at; at = at->next) {
            names_add(&names, at->name);
        }
    }
    return diag_nearest(word, names.items, names.count);
}

struct span cel_env_as_member(const struct cel_env *env, struct arena *arena, struct span word)
{
    struct span text = {0};
    for (const struct cel_env *scope = env; scope; scope = scope->base) {
        for (const struct cel_declaration *at = scope->declarations; at; at = at->next) {
            if (at->kind != CEL_DECLARATION_RECORD || is_closed(env, at->root) ||
                is_trusted(env, at->root)) {
                continue;
            }
            struct span rest = text; /* the list is newest first, a person reads oldest first */
            text = arena_printf(arena, "%.*s.%.*s%s%.*s", SPAN_ARG(at->name), SPAN_ARG(word),
                                rest.len ? " or " : "", SPAN_ARG(rest));
        }
    }
    return text;
}

struct span cel_env_nearest_function(const struct cel_env *env, struct arena *arena,
                                     struct span word)
{
    size_t library_count;
    struct names names = names_new(arena);
    const struct span *library = cel_library_index_names(env->library, &library_count);
    for (; env; env = env->base) {
        for (const struct cel_signature *at = env->functions; at; at = at->next) {
            names_add(&names, at->name);
        }
        for (const struct host_macro *at = env->macros; at; at = at->next) {
            names_add(&names, at->macro.name);
        }
    }
    for (size_t i = 0; i < library_count; i++) {
        names_add(&names, library[i]);
    }
    return diag_nearest(word, names.items, names.count);
}

struct span cel_env_nearest_member(const struct cel_env *env, struct arena *arena, uint32_t root,
                                   struct span word)
{
    struct names names = names_new(arena);
    for (; env; env = env->base) {
        for (const struct member *at = env->members; at; at = at->next) {
            if (at->root == root) {
                names_add(&names, at->name);
            }
        }
    }
    return diag_nearest(word, names.items, names.count);
}

const struct cel_macro *cel_env_macro(const struct cel_env *env, struct span name)
{
    for (; env; env = env->base) {
        for (const struct host_macro *at = env->macros; at; at = at->next) {
            if (span_equals(at->macro.name, name)) {
                return &at->macro;
            }
        }
    }
    return NULL;
}

bool cel_env_macros_enabled(const struct cel_env *env)
{
    return env->macros_enabled;
}

bool cel_env_generic(const struct cel_env *env)
{
    return env->generic;
}

struct cel_slots *cel_env_slots(const struct cel_env *env)
{
    return env->slots;
}

uint32_t cel_env_cost_max(const struct cel_env *env)
{
    return env->cost_max;
}

uint32_t cel_env_nesting_max(const struct cel_env *env)
{
    return env->nesting_max;
}
