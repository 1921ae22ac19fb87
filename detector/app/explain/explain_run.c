/* explain_run.c: traces expressions in the engine's own view of a change; rows made from masked
 * attributes are shown as the engine shows them in alerts, or not at all. */
#include "app/explain/explain_run.h"

#include "policy/plan/plan_documents.h"
#include "policy/plan/plan_masks.h"

/* --- what may be shown --- */

static const struct span not_shown = {
    "the reason is not shown, because it depends on masked attributes", 64};

static bool conceals(const void *context, uint32_t slot)
{
    const struct explain_run *run = context;
    return plan_masks_slot(run->plan, run->policy, slot);
}

/* The row's slot as alerts show it; false when the row is no slot, or has nothing there. */
static bool shown_in_alerts(const struct explain_run *run, const struct cel_trace_row *row,
                            struct value *out)
{
    if (row->slot == CEL_TRACE_NO_SLOT) {
        return false;
    }
    *out = cel_frame_slot(run->shown->frame, row->slot);
    for (size_t i = 0; i < row->path_length; i++) {
        const struct value *inner =
            out->kind == VALUE_MAP ? value_map_get(out, row->path[i]) : NULL;
        if (!inner) {
            return false;
        }
        *out = *inner;
    }
    return out->kind != VALUE_ERROR;
}

/* Absence of an attribute is shown, as alerts show it. Other errors may quote what failed. */
static void show_concealed_error(struct explain_row *out)
{
    const struct cel_trace_row *row = out->row;
    if (row->value.error != VALUE_ERROR_ABSENT || row->slot == CEL_TRACE_NO_SLOT) {
        out->value.text = not_shown;
        out->masked = true;
    }
}

/* What was computed and is true or false is shown: the verdict is made of it, and tells it. */
static bool is_verdict(const struct explain_run *run, const struct cel_trace_row *row)
{
    bool attribute = row->slot != CEL_TRACE_NO_SLOT && !run->plan->slot_programs[row->slot];
    return row->kind == CEL_TRACE_PART && row->value.kind == VALUE_BOOL && !attribute;
}

static void show_concealed(const struct explain_run *run, struct explain_row *out)
{
    struct value shown;
    if (out->value.kind == VALUE_ERROR) {
        show_concealed_error(out);
    } else if (is_verdict(run, out->row)) {
        return;
    } else if (shown_in_alerts(run, out->row, &shown)) {
        out->masked = !value_equals(&shown, &out->value);
        out->value = shown;
    } else {
        out->masked = true;
        out->hidden = true;
        out->value = value_null();
        out->second = value_null();
    }
}

static struct explain_row show_row(const struct explain_run *run, const struct yaml_node *node,
                                   const struct cel_trace_row *row, struct span text)
{
    struct explain_row out = {
        .row = row,
        .place = yaml_place_in(node, row->offset, row->length),
        .text = span_of(text.ptr + row->offset, row->length),
        .value = row->value,
        .second = row->second,
    };
    if (row->concealed && row->state != CEL_TRACE_NOT_REACHED) {
        show_concealed(run, &out);
    }
    return out;
}

struct span explain_run_reason(const struct explain_run *run, struct span what,
                               const struct cel_program *program, const struct value *error)
{
    struct span text = error->text;
    if (run->shown != run->truth) {
        struct value shown = cel_run(program, run->shown->frame);
        if (shown.kind != VALUE_ERROR || !span_equals(shown.text, text)) {
            text = not_shown;
        }
    }
    return arena_printf(run->arena, "%.*s: %.*s", SPAN_ARG(what), SPAN_ARG(text));
}

/* --- running --- */

static void begin(struct explain_run *run, struct explainer *explainer, uint32_t number,
                  const struct plan_policy *policy, const struct change *change)
{
    struct arena *arena = run->arena;
    size_t slots = cel_slots_count(explainer->plan->slots);
    *run = (struct explain_run){
        .plan = explainer->plan,
        .number = number,
        .policy = policy,
        .input = {.change = change,
                  .source = SPAN("explain"),
                  .received_us = change->event_time_us,
                  .detected_us = change->event_time_us},
        .truth = &explainer->truth,
        .shown = &explainer->truth,
        .arena = arena,
        .may_read = arena_array(arena, slots, sizeof *run->may_read),
        .read = arena_array(arena, slots, sizeof *run->read),
    };
    host_begin(run->truth, &run->input, NULL, arena);
    if (run->policy->mask_count > 0) {
        run->shown = &explainer->shown;
        host_begin(run->shown, &run->input, run->policy, arena);
    }
}

void explain_run_begin(struct explain_run *run, struct explainer *explainer, uint32_t policy,
                       const struct change *change, struct arena *arena)
{
    run->arena = arena;
    begin(run, explainer, policy, &explainer->plan->policies[policy], change);
}

void explain_run_begin_view(struct explain_run *run, struct explainer *explainer,
                            const struct plan_feed *feed, const struct change *change,
                            struct arena *arena)
{
    run->arena = arena;
    begin(run, explainer, feed->policy, feed->view, change);
}

/* Computed slots that the program may read, also by way of others. */
static void note_computed(struct explain_run *run, const struct cel_program *program)
{
    size_t count = 0;
    const uint32_t *slots = cel_program_slots(program, &count);
    for (size_t i = 0; i < count; i++) {
        const struct cel_program *inner = run->plan->slot_programs[slots[i]];
        if (inner && !run->may_read[slots[i]]) {
            run->may_read[slots[i]] = true;
            note_computed(run, inner);
        }
    }
}

struct explain_expression explain_run_expression(struct explain_run *run, struct span name,
                                                 const struct yaml_node *node,
                                                 const struct cel_program *program)
{
    struct cel_trace_secrets secrets = {.conceals = conceals, .context = run};
    struct cel_tracer *tracer = cel_tracer_new(
        program, run->policy->mask_count > 0 ? &secrets : NULL, run->arena);
    struct cel_trace trace = cel_tracer_run(tracer, run->truth->frame, run->arena);
    struct explain_row *rows = arena_array(run->arena, trace.count, sizeof *rows);
    for (size_t i = 0; i < trace.count; i++) {
        rows[i] = show_row(run, node, &trace.rows[i], cel_program_text(program));
    }
    note_computed(run, program);
    for (size_t i = 0; i < trace.slot_count; i++) {
        run->read[trace.slots[i]] = true;
    }
    return (struct explain_expression){
        .name = name,
        .place = yaml_place_in(node, 0, 1),
        .reached = true,
        .rows = rows,
        .count = trace.count,
        .cut = trace.cut,
        .value = trace.value,
    };
}

/* --- variables and definitions --- */

struct named {
    uint32_t slot;
    struct span name; /* "variables.factor" */
    const struct yaml_node *node;
};

struct named_list {
    const struct explain_run *run;
    struct named *items;
    size_t count;
};

/* Adds it when an expression may read it. */
static void add_named(struct named_list *list, uint32_t root, const char *record,
                      struct span name, const struct yaml_node *node)
{
    const struct cel_slots *slots = list->run->plan->slots;
    for (uint32_t i = 0; i < cel_slots_count(slots); i++) {
        struct cel_slot path = cel_slots_get(slots, i);
        if (list->run->may_read[i] && path.root == root && span_equals(path.member, name)) {
            struct span full =
                arena_printf(list->run->arena, "%s.%.*s", record, SPAN_ARG(name));
            list->items[list->count++] = (struct named){i, full, node};
        }
    }
}

/* In the order of the documents. */
static struct named_list list_named(const struct explain_run *run)
{
    struct named_list list = {.run = run};
    size_t slots = cel_slots_count(run->plan->slots);
    const struct policy_doc *policy = plan_policy_document(run->plan, run->number);
    const struct named_doc *variables = policy->variables.items;
    list.items = arena_array(run->arena, slots, sizeof *list.items);
    for (size_t i = 0; i < policy->variables.count; i++) {
        add_named(&list, PLAN_ROOT_VARIABLES + run->number, "variables", variables[i].name.text,
                  variables[i].expression.node);
    }
    const struct named_doc *definition;
    for (size_t i = 0; (definition = plan_definition_document(run->plan, i)); i++) {
        add_named(&list, PLAN_ROOT_DEFS, "defs", definition->record.key.text,
                  definition->expression.node);
    }
    return list;
}

const struct explain_expression *explain_run_named(struct explain_run *run, size_t *count)
{
    struct named_list list = list_named(run);
    struct explain_expression *out = arena_array(run->arena, list.count, sizeof *out);
    bool again = true;
    while (again) { /* what one of them reads was reached too */
        again = false;
        for (size_t i = 0; i < list.count; i++) {
            const struct named *item = &list.items[i];
            out[i].name = item->name;
            if (run->read[item->slot] && !out[i].reached) {
                out[i] = explain_run_expression(run, item->name, item->node,
                                                run->plan->slot_programs[item->slot]);
                again = true;
            }
        }
    }
    for (size_t i = 0; i < list.count; i++) {
        out[i].place = yaml_place_in(list.items[i].node, 0, 1);
    }
    *count = list.count;
    return out;
}
