/* require.c: the names are slots of their own, numbered as the parts; behind them `parts`. */
#include "engine/correlate/require.h"

#include "cel/program.h"

struct require {
    const struct correlation *rule;
    const struct cel_slots *slots;
    struct cel_program *program;
    struct cel_frame *frame;
    struct arena *scratch;
    const struct operator_part *parts; /* of the question at hand */
};

static struct value entry_value(const struct value_entry *entries, size_t count)
{
    return (struct value){.kind = VALUE_MAP, .map = {entries, count}};
}

static struct value figures_of(const struct operator_part *part, struct arena *arena)
{
    enum { FIGURES = 3 };
    struct value_entry *entries = arena_array(arena, FIGURES, sizeof *entries);
    struct value value = {.kind = VALUE_DECIMAL, .decimal = part->value};
    entries[0] = (struct value_entry){value_string(SPAN("count")),
                                      value_int((int64_t)part->count)};
    entries[1] = (struct value_entry){value_string(SPAN("value")), value};
    entries[2] = (struct value_entry){
        value_string(SPAN("since")),
        part->holds ? value_timestamp_us(part->since_us) : value_null()};
    return entry_value(entries, FIGURES);
}

static struct value load(void *context, uint32_t slot, struct arena *arena)
{
    const struct require *require = context;
    uint32_t count = require->rule->part_count;
    uint32_t root = cel_slots_get(require->slots, slot).root;
    if (root < count) {
        return value_bool(require->parts[root].holds);
    }
    struct value_entry *entries = arena_array(arena, count, sizeof *entries);
    for (uint32_t i = 0; i < count; i++) {
        entries[i].key = value_string(require->rule->parts[i].name);
        entries[i].value = figures_of(&require->parts[i], arena);
    }
    return entry_value(entries, count);
}

static void release(void *object)
{
    struct require *require = object;
    cel_frame_free(&require->frame);
    arena_free(&require->scratch);
}

struct require *require_new(const struct correlation *rule, struct arena *arena)
{
    struct cel_slots *slots = cel_slots_new(arena);
    struct cel_env *env = cel_env_new(arena, slots);
    struct cel_issues issues = cel_issues_in(arena);
    struct require *require = arena_alloc(arena, sizeof *require);
    *require = (struct require){.rule = rule, .slots = slots};
    for (uint32_t i = 0; i < rule->part_count; i++) {
        cel_env_add_variable(env, rule->parts[i].name, cel_type_simple(CEL_TYPE_BOOL), i);
    }
    cel_env_add_variable(env, SPAN("parts"), cel_type_simple(CEL_TYPE_DYN), rule->part_count);
    if (cel_compile(env, rule->require, arena, &issues, &require->program) != STATUS_OK) {
        return NULL;
    }
    require->frame = cel_frame_new(slots, 0);
    require->scratch = arena_new(0);
    arena_defer(arena, release, require);
    return require;
}

bool require_holds(struct require *require, const struct operator_part *parts)
{
    const struct cel_host host = {.context = require, .load = load};
    require->parts = parts;
    arena_reset(require->scratch);
    cel_frame_begin(require->frame, &host, require->scratch);
    struct value value = cel_run(require->program, require->frame);
    return value.kind == VALUE_BOOL && value.boolean;
}
