/* plan_grace.c: a call of lookup() or lookup_all() names its lookup by index once it is compiled;
 * definitions are followed by the slots that a program reads. */
#include "policy/plan/plan_grace.h"

#include "policy/plan/tree_walk.h"

struct search {
    const struct plan_builder *builder;
    int64_t longest_us;
};

static void look_at_call(void *context, const struct cel_node *node)
{
    struct search *search = context;
    bool reads = node->kind == CEL_NODE_CALL && node->argument_count == 2 &&
                 (span_equals(node->name, SPAN("lookup")) ||
                  span_equals(node->name, SPAN("lookup_all")));
    const struct cel_node *index = reads ? node->arguments[0] : NULL;
    if (index && index->kind == CEL_NODE_CONSTANT && index->constant.kind == VALUE_INT) {
        int64_t grace_us = search->builder->lookups[index->constant.integer].grace_us;
        search->longest_us = grace_us > search->longest_us ? grace_us : search->longest_us;
    }
}

static const struct cel_program *definition_of(const struct plan_builder *builder,
                                               struct cel_slot slot)
{
    for (size_t i = 0; slot.root == PLAN_ROOT_DEFS && i < builder->slot_program_count; i++) {
        const struct plan_slot_program *item = &builder->slot_programs[i];
        if (item->root == slot.root && span_equals(item->name, slot.member)) {
            return item->program;
        }
    }
    return NULL;
}

/* Recursion is bounded by how deep definitions may read one another. */
static void look_at_program(struct search *search, const struct cel_program *program)
{
    size_t count = 0;
    const uint32_t *slots = cel_program_slots(program, &count);
    tree_walk(cel_program_tree(program), look_at_call, search);
    for (size_t i = 0; i < count; i++) {
        const struct cel_program *definition =
            definition_of(search->builder, cel_slots_get(search->builder->slots, slots[i]));
        if (definition) {
            look_at_program(search, definition);
        }
    }
}

int64_t plan_grace_of(const struct plan_builder *builder, size_t first)
{
    struct search search = {.builder = builder};
    bool wanted = false;
    for (size_t i = 0; i < builder->lookup_count; i++) {
        wanted = wanted || builder->lookups[i].grace_us > 0;
    }
    for (size_t i = first; wanted && i < builder->programs.count; i++) {
        look_at_program(&search, builder->programs.items[i]);
    }
    return search.longest_us;
}
