#include "front.h"

#include "cel/check/checker.h"
#include "cel/check/cost.h"
#include "cel/check/guard.h"
#include "cel/parse/parser.h"
#include "cel/check/resolve.h"
#include "cel/check/truth.h"

static const struct {
    const char *name;
    const char *type;
} VARIABLES[] = {
    {"op", "string"},
    {"real", "double"},
    {"whole", "int"},
    {"flag", "bool"},
    {"words", "list(string)"},
    {"counts", "map(string, int)"},
    {"any", "dyn"},
    {"maybe", "optional_type(int)"},
    {"nullable", "wrapper(int)"},
};

static void add_records(struct cel_env *env)
{
    cel_env_add_record(env, SPAN("new"), FRONT_NEW);
    cel_env_add_record(env, SPAN("old"), FRONT_OLD);
    cel_env_add_record(env, SPAN("event"), FRONT_EVENT);
    cel_env_add_record(env, SPAN("keys"), FRONT_KEYS);
    cel_env_add_member(env, FRONT_NEW, SPAN("price"), cel_type_simple(CEL_TYPE_DECIMAL));
    cel_env_add_member(env, FRONT_EVENT, SPAN("id"), cel_type_simple(CEL_TYPE_STRING));
    cel_env_add_member(env, FRONT_EVENT, SPAN("age"), cel_type_simple(CEL_TYPE_DURATION));
    cel_env_close_record(env, FRONT_EVENT);
    cel_env_trust_record(env, FRONT_KEYS);
}

/* Rows of a lookup, as the detector declares them, and an attribute that may be absent or null. */
static void add_rows(struct cel_env *env, struct arena *arena)
{
    static const struct cel_type_member columns[] = {
        {{"sku", 3}, NULL}, {{"min_price", 9}, NULL}, {{"max_price", 9}, NULL}};
    static const enum cel_type_kind kinds[] = {CEL_TYPE_STRING, CEL_TYPE_DECIMAL, CEL_TYPE_DECIMAL};
    struct cel_type_member *members = arena_array(arena, 3, sizeof *members);
    for (size_t i = 0; i < 3; i++) {
        members[i] = (struct cel_type_member){columns[i].name, cel_type_simple(kinds[i])};
    }
    const struct cel_type *row = cel_type_row(arena, SPAN("a row of 'prices'"), members, 3);
    cel_env_add_variable(env, SPAN("row"), row, FRONT_ROWS);
    cel_env_add_variable(env, SPAN("found"), cel_type_optional(arena, row), FRONT_ROWS + 1);
    cel_env_add_variable(env, SPAN("rows"), cel_type_list(arena, row), FRONT_ROWS + 2);
    const struct cel_type *text = cel_type_simple(CEL_TYPE_STRING);
    const struct cel_type *number = cel_type_simple(CEL_TYPE_DECIMAL);
    const struct cel_type *words = cel_type_list(arena, text);
    cel_env_add_attribute(env, FRONT_OLD, SPAN("name"), cel_type_nullable(arena, text));
    cel_env_add_attribute(env, FRONT_OLD, SPAN("amount"), cel_type_nullable(arena, number));
    cel_env_add_attribute(env, FRONT_OLD, SPAN("labels"), cel_type_nullable(arena, words));
}

void front_init(struct front *front)
{
    struct value numbers[] = {value_int(1), value_int(2), value_int(3)};
    struct value limits = {.kind = VALUE_LIST, .list = {numbers, 3}};
    front->arena = arena_new(0);
    front->env = cel_env_new(front->arena, cel_slots_new(front->arena));
    add_records(front->env);
    for (size_t i = 0; i < sizeof VARIABLES / sizeof *VARIABLES; i++) {
        cel_env_add_variable(front->env, span_view(VARIABLES[i].name),
                             cel_type_parse(front->arena, span_view(VARIABLES[i].type)),
                             FRONT_OTHER + (uint32_t)i);
    }
    add_rows(front->env, front->arena);
    cel_env_add_constant(front->env, SPAN("limits"), &limits);
}

void front_deinit(struct front *front)
{
    arena_free(&front->arena);
}

struct cel_node *front_parse(struct front *front, const char *text)
{
    struct cel_node *tree = NULL;
    front->issues = cel_issues_in(front->arena);
    return cel_parse(front->env, span_view(text), front->arena, &front->issues, &tree) == STATUS_OK
               ? tree
               : NULL;
}

struct cel_node *front_check(struct front *front, const char *text)
{
    struct cel_node *tree = front_parse(front, text);
    if (!tree) {
        return NULL;
    }
    cel_resolve(front->env, tree, front->arena);
    if (cel_check(front->env, tree, front->arena, &front->issues) != STATUS_OK) {
        return NULL;
    }
    cel_warn_unguarded(front->env, span_view(text), tree, front->arena, &front->issues);
    (void)cel_warn_constant(front->env, span_view(text), tree, front->arena, &front->issues);
    return cel_check_bounds(front->env, tree, &front->issues) == STATUS_OK ? tree : NULL;
}
