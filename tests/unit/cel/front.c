#include "front.h"

#include "cel/check/checker.h"
#include "cel/check/cost.h"
#include "cel/check/guard.h"
#include "cel/parse/parser.h"
#include "cel/check/resolve.h"

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
    return cel_check_bounds(front->env, tree, &front->issues) == STATUS_OK ? tree : NULL;
}
