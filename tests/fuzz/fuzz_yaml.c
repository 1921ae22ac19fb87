/* Policy texts: a plan, or diagnostics with places that stand in the text; never both, never
 * neither. What is loaded once is loaded again to the same versions. */
#include "fuzz.h"

#include "base/check.h"
#include "policy/plan.h"

static void check_places(const struct diag_list *diags)
{
    struct buf text = {0};
    for (size_t i = 0; i < diags->count; i++) {
        const struct place *place = &diags->items[i].place;
        uint32_t lines = 1;
        for (size_t k = 0; k < place->source.len; k++) {
            lines += place->source.ptr[k] == '\n';
        }
        check(place->line <= lines);
        check(diags->items[i].message.len > 0);
        buf_clear(&text);
        diag_render(&diags->items[i], false, &text);
    }
    buf_deinit(&text);
}

static void use_plan(const struct plan *plan, struct arena *arena)
{
    check(plan->policy_count > 0);
    for (int op = 0; op < CHANGE_OP_COUNT; op++) {
        struct plan_candidates candidates =
            plan_select(plan, SPAN("products"), (enum change_op)op, arena);
        check(candidates.count <= plan->policy_count);
        for (size_t i = 0; i < candidates.count; i++) {
            check(candidates.policies[i] < plan->policy_count);
        }
    }
}

static struct plan *load(struct span text, struct arena *arena)
{
    struct diag_list diags = diag_list_in(arena);
    struct plan_options options = {.now_us = 1};
    struct plan *plan = NULL;
    enum status status = plan_load_text(SPAN("f/f.yaml"), text, &options, &diags, &plan);
    check((status == STATUS_OK) == (plan != NULL));
    check((status == STATUS_OK) == (diags.errors == 0));
    check_places(&diags);
    return plan;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct span text = span_of((const char *)data, size);
    struct plan *plan = load(text, arena);
    if (plan) {
        use_plan(plan, arena);
        struct plan *again = load(text, arena);
        check(digest_equals(&plan->revision, &again->revision));
        plan_unref(&again);
    }
    plan_unref(&plan);
    arena_free(&arena);
    return 0;
}
