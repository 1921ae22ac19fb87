/* explain_match.c: reads `match` as it was written; the index of the plan was made from the same.
 */
#include "app/explain/explain_match.h"

#include "model/api_call.h"
#include "policy/plan/plan_calls.h"
#include "policy/plan/plan_documents.h"

enum { KEYS_MAX = 5 };

struct asking {
    const struct explain_run *run;
    struct explain_match *items;
    size_t count;
};

static void add(struct asking *asking, struct span key, struct span wanted, struct span got,
                bool holds)
{
    asking->items[asking->count++] = (struct explain_match){key, wanted, got, holds};
}

/* "[a, b]" */
static struct span joined(const struct span *items, size_t count, struct arena *arena)
{
    struct buf text = {0};
    buf_append_char(&text, '[');
    for (size_t i = 0; i < count; i++) {
        buf_printf(&text, "%s%.*s", i ? ", " : "", SPAN_ARG(items[i]));
    }
    buf_append_char(&text, ']');
    struct span copy = arena_copy(arena, buf_view(&text));
    buf_deinit(&text);
    return copy;
}

static struct span written(const struct field_texts *texts, struct arena *arena)
{
    struct span *items = arena_array(arena, texts->count, sizeof *items);
    for (size_t i = 0; i < texts->count; i++) {
        items[i] = texts->items[i].text;
    }
    return joined(items, texts->count, arena);
}

/* Whether one of the texts, or patterns, fits one of the names. */
static bool fits(const struct field_texts *texts, bool any_case, const struct span *names,
                 size_t count, struct arena *arena)
{
    for (size_t i = 0; i < texts->count; i++) {
        struct span wanted = texts->items[i].text;
        wanted = any_case ? plan_calls_lower(wanted, arena) : wanted;
        for (size_t k = 0; k < count; k++) {
            struct span name = any_case ? plan_calls_lower(names[k], arena) : names[k];
            if (span_matches_glob(name, wanted)) {
                return true;
            }
        }
    }
    return false;
}

static bool ask_source(struct asking *asking)
{
    static const struct span names[] = {
        [PLAN_SOURCE_ITEM_CHANGE] = {"item_change", 11},
        [PLAN_SOURCE_API_CALL] = {"api_call", 8},
        [PLAN_SOURCE_JOINED] = {"joined", 6},
    };
    enum plan_source got =
        asking->run->input.change->call ? PLAN_SOURCE_API_CALL : PLAN_SOURCE_ITEM_CHANGE;
    enum plan_source wanted = asking->run->policy->source;
    add(asking, SPAN("source"), names[wanted], names[got], wanted == got);
    return wanted == got;
}

static void ask_tables(struct asking *asking, const struct match_doc *match)
{
    const struct change *change = asking->run->input.change;
    struct arena *arena = asking->run->arena;
    const struct span *tables = change->call ? change->call->tables.items : &change->table;
    size_t count = change->call ? change->call->tables.count : 1;
    if (match->tables.count) {
        add(asking, SPAN("tables"), written(&match->tables, arena), joined(tables, count, arena),
            fits(&match->tables, false, tables, count, arena));
    }
}

/* A key whose names are compared in any case. */
static void ask_name(struct asking *asking, struct span key, const struct field_texts *texts,
                     struct span got)
{
    struct arena *arena = asking->run->arena;
    if (texts->count) {
        add(asking, key, written(texts, arena), got, fits(texts, true, &got, 1, arena));
    }
}

static void ask_attributes(struct asking *asking, const struct match_doc *match)
{
    const struct explain_run *run = asking->run;
    const struct plan_policy *policy = run->policy;
    if (policy->attributes_changed_count == 0) {
        return;
    }
    bool holds = false;
    for (size_t i = 0; i < policy->attributes_changed_count; i++) {
        holds |= diff_path_differs(run->input.change, policy->attributes_changed[i], run->arena);
    }
    const struct diff *diff = host_diff(run->truth);
    struct span *names = arena_array(run->arena, diff->count, sizeof *names);
    for (size_t i = 0; i < diff->count; i++) {
        names[i] = diff->items[i].name;
    }
    add(asking, SPAN("attributes_changed"), written(&match->attributes_changed, run->arena),
        joined(names, diff->count, run->arena), holds);
}

const struct explain_match *explain_match_of(const struct explain_run *run, size_t *count)
{
    const struct match_doc *match = &plan_policy_document(run->plan, run->number)->match;
    const struct change *change = run->input.change;
    struct asking asking = {
        .run = run,
        .items = arena_array(run->arena, KEYS_MAX, sizeof *asking.items),
    };
    /* the other keys mean something else for another source */
    if (ask_source(&asking)) {
        ask_tables(&asking, match);
        if (change->call) {
            ask_name(&asking, SPAN("services"), &match->services, change->call->service);
        }
        ask_name(&asking, SPAN("operations"), &match->operations,
                 change->call ? change->call->operation : change_op_name(change->op));
        ask_attributes(&asking, match);
    }
    *count = asking.count;
    return asking.items;
}
