/* plan_worth.c: severity, groups, counted values, exceptions and alert of a policy; what is absent
 * is warned of only where that would be a mistake. */
#include "policy/plan/plan_worth.h"

#include "policy/document/correlation_chain.h"
#include "policy/document/policy_check.h"
#include "policy/document/report.h"
#include "policy/plan/mask.h"
#include "policy/plan/template.h"

static struct expression whole(const struct field_text *text)
{
    return (struct expression){text->text, text->node, 0};
}

/* NULL for a text that was not given or cannot be compiled. */
static const struct cel_program *compile(const struct plan_making *making,
                                         const struct field_text *text)
{
    return text->node ? expression_compile(&making->context, whole(text)) : NULL;
}

static const struct cel_program *compile_bool(const struct plan_making *making,
                                              const struct field_text *text)
{
    return text->node ? expression_compile_bool(&making->context, whole(text)) : NULL;
}

static void build_severity(const struct plan_making *making)
{
    const struct severity_doc *doc = &making->doc->severity;
    const struct cel_program *program = compile(making, &doc->expression);
    if (program && !expression_may_be(cel_program_type(program), CEL_TYPE_STRING)) {
        report_error(making->builder->diags, yaml_place_in(doc->expression.node, 0, 1),
                     SPAN("critical, high, medium, low, informational"),
                     "a severity is one of five words");
    }
    making->out->severity_program = program;
}

/* A text that is a value of each match. What findings of an inner correlation are grouped by is
 * compiled already: its place goes to *place. */
static const struct cel_program *compile_key(const struct plan_making *making,
                                             const struct field_text *text, uint32_t *place)
{
    if (!making->inner) {
        return compile(making, text);
    }
    bool found = correlation_inner_place(making->doc, making->inner, text->text, place);
    return found ? making->out->inner->group_by[*place] : NULL; /* refused already */
}

/* Where there is a correlation, its groups are those of the episodes too. */
static void build_group(const struct plan_making *making)
{
    const struct field_texts *group_by = correlation_groups(making->doc);
    struct plan_policy *out = making->out;
    size_t count = group_by->count;
    const struct cel_program **programs =
        arena_array(making->builder->arena, count, sizeof *programs);
    uint32_t *places = arena_array(making->builder->arena, count, sizeof *places);
    for (size_t i = 0; i < count; i++) {
        programs[i] = compile_key(making, &group_by->items[i], &places[i]);
    }
    out->group_by = programs;
    out->inner_groups = places;
    out->group_by_count = count;
    out->group_by_given = group_by->node != NULL;
}

/* What is enough stays enough when more is added. */
static bool only_adds(const struct compare_doc *condition)
{
    return !condition->lt.node && !condition->lte.node && !condition->eq.node &&
           !condition->neq.node;
}

static enum plan_number number_of(const struct correlation_doc *doc)
{
    if (doc->type.value == CORRELATION_VALUE_SUM) {
        return only_adds(&doc->condition) ? PLAN_NUMBER_ADDED : PLAN_NUMBER_ANY;
    }
    if (doc->type.value == CORRELATION_VALUE_AVG ||
        doc->type.value == CORRELATION_VALUE_PERCENTILE) {
        return PLAN_NUMBER_ANY;
    }
    if (doc->type.value != CORRELATION_BASELINE) {
        return PLAN_NUMBER_NONE;
    }
    switch ((enum correlation_metric)doc->metric.value) {
    case METRIC_EVENT_COUNT:
    case METRIC_DISTINCT: break;
    case METRIC_SUM: return PLAN_NUMBER_ANY;
    case METRIC_ERROR_RATIO: return PLAN_NUMBER_TRUTH;
    case METRIC_RELATIVE_CHANGE: return PLAN_NUMBER_CHANGE;
    }
    return PLAN_NUMBER_NONE;
}

/* The expressions of a correlation, or of a part; what is absent is skipped and counted. */
static void build_fields(const struct plan_making *making, const struct correlation_doc *doc,
                         struct plan_counted *out)
{
    struct plan_making quiet = *making;
    quiet.context.quiet_warnings = true;
    size_t count = doc->field.node ? 1 : doc->fields.count;
    const struct field_text *texts = doc->field.node ? &doc->field : doc->fields.items;
    const struct cel_program **programs =
        arena_array(making->builder->arena, count, sizeof *programs);
    uint32_t *places = arena_array(making->builder->arena, count, sizeof *places);
    for (size_t i = 0; i < count; i++) {
        programs[i] = compile_key(&quiet, &texts[i], &places[i]);
    }
    out->fields = programs;
    out->inner_fields = places;
    out->field_count = count;
    out->number = number_of(doc);
}

/* The numbers of a part's inputs that are findings of the policy looked at. */
static void build_inputs(const struct plan_making *making, const struct correlation_inputs *inputs,
                         uint32_t part, struct plan_counted *out)
{
    uint32_t *numbers = arena_array(making->builder->arena, inputs->count + 1, sizeof *numbers);
    uint32_t *rules = arena_array(making->builder->arena, inputs->count + 1, sizeof *rules);
    uint32_t rule = 0;
    out->inputs = numbers;
    out->inner_rules = rules;
    for (size_t i = 0; i < inputs->count; i++) {
        const struct correlation_input *input = &inputs->items[i];
        bool met = out->input_count && numbers[out->input_count - 1] == input->number;
        if (input->part == part && !met &&
            span_equals(input->policy->text, making->context.findings_of)) {
            rules[out->input_count] = rule;
            numbers[out->input_count++] = input->number;
        }
        rule += correlation_inner_of(making->builder->set, input) != NULL;
    }
    if (making->context.findings_of.len == 0) { /* its own matches are one input of each part */
        numbers[out->input_count++] = part;
    }
}

/* One for the correlation, or one for each part that takes findings of the policy looked at. */
static void build_counted(const struct plan_making *making)
{
    const struct correlation_doc *doc = &making->doc->correlation;
    const struct correlation_doc *parts = doc->all.items;
    size_t count = doc->all.node ? doc->all.count : doc->type.node != NULL;
    struct correlation_inputs inputs = correlation_inputs_of(doc);
    struct plan_counted *counted = arena_array(making->builder->arena, count, sizeof *counted);
    making->out->counted = counted;
    making->out->counted_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct plan_counted *next = &counted[making->out->counted_count];
        *next = (struct plan_counted){0};
        build_inputs(making, &inputs, i, next);
        if (next->input_count) {
            build_fields(making, doc->all.node ? &parts[i] : doc, next);
            making->out->counted_count++;
        }
    }
}

static struct plan_exception build_exception(const struct plan_making *making,
                                             const struct exception_doc *doc)
{
    return (struct plan_exception){
        .name = doc->name.node ? doc->name.text : doc->id.text,
        .owner = doc->owner.text,
        .reason = doc->reason.text,
        .expires_us = doc->expires.node ? doc->expires.number : INT64_MAX,
        .condition = compile_bool(making, &doc->condition),
    };
}

static void build_exceptions(const struct plan_making *making)
{
    size_t document_count = 0;
    const struct exception_doc *documents =
        policy_set_exceptions(making->builder->set, &document_count);
    const struct exception_doc *own = making->doc->exceptions.items;
    size_t own_count = making->doc->exceptions.count;
    struct plan_exception *exceptions = arena_array(making->builder->arena,
                                                    own_count + document_count, sizeof *exceptions);
    size_t count = 0;
    for (size_t i = 0; i < own_count; i++) {
        exceptions[count++] = build_exception(making, &own[i]);
    }
    for (size_t i = 0; i < document_count; i++) {
        if (span_equals(documents[i].policy.text, making->doc->id.text)) {
            exceptions[count++] = build_exception(making, &documents[i]);
        }
    }
    making->out->exceptions = exceptions;
    making->out->exception_count = count;
}

static struct plan_template build_template(const struct plan_making *making,
                                           const struct field_text *text)
{
    if (!text->node) {
        return (struct plan_template){0};
    }
    return template_compile(&making->context, text->text, text->node);
}

/* Without a title of its own an alert is called as its policy. */
static struct plan_template default_title(const struct plan_making *making)
{
    const struct policy_doc *doc = making->doc;
    struct plan_template_part *part = arena_alloc(making->builder->arena, sizeof *part);
    part->literal = doc->name.node ? doc->name.text : doc->id.text;
    return (struct plan_template){part, 1};
}

static void build_steps(const struct plan_making *making)
{
    const struct field_texts *docs = &making->doc->alert.steps;
    struct plan_template *steps = arena_array(making->builder->arena, docs->count, sizeof *steps);
    for (size_t i = 0; i < docs->count; i++) {
        steps[i] = build_template(making, &docs->items[i]);
    }
    making->out->steps = steps;
    making->out->step_count = docs->count;
}

static void build_context(const struct plan_making *making)
{
    const struct named_doc *docs = making->doc->alert.context.items;
    size_t count = making->doc->alert.context.count;
    struct plan_context *context = arena_array(making->builder->arena, count, sizeof *context);
    struct plan_making quiet = *making;
    quiet.context.quiet_warnings = true; /* what is absent is left out of the alert */
    for (size_t i = 0; i < count; i++) {
        context[i].name = docs[i].record.key.text;
        context[i].program = compile(&quiet, &docs[i].expression);
    }
    making->out->context = context;
    making->out->context_count = count;
}

static void build_alert(const struct plan_making *making)
{
    const struct alert_doc *doc = &making->doc->alert;
    making->out->title =
        doc->title.node ? build_template(making, &doc->title) : default_title(making);
    making->out->description = build_template(making, &doc->description);
    build_steps(making);
    build_context(making);
}

void plan_worth_compile(const struct plan_making *making)
{
    build_severity(making);
    build_group(making);
    build_counted(making);
    build_exceptions(making);
    build_alert(making);
}

/* -- what needs no environment */

/* What is required of parts knows nothing but these: it is run where findings are put together. */
static void check_require(const struct plan_making *making)
{
    const struct correlation_doc *doc = &making->doc->correlation;
    const struct correlation_doc *parts = doc->all.items;
    struct arena *arena = making->builder->arena;
    struct cel_slots *slots = cel_slots_new(arena);
    struct cel_env *env = cel_env_new(arena, slots);
    const struct expression_context context = {
        .env = env, .slots = slots, .arena = arena, .diags = making->builder->diags,
        .quiet_warnings = true};
    for (uint32_t i = 0; i < doc->all.count; i++) {
        cel_env_add_variable(env, parts[i].record.key.text, cel_type_simple(CEL_TYPE_BOOL), i);
    }
    cel_env_add_variable(env, SPAN("parts"), cel_type_simple(CEL_TYPE_DYN),
                         (uint32_t)doc->all.count);
    if (doc->all.node && doc->require.node) {
        (void)expression_compile_bool(&context, whole(&doc->require));
    }
}

static int64_t sum_us(int64_t a, int64_t b)
{
    int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX - 1 : sum;
}

/* A window of fixed bounds is followed by one without events that is looked at too. */
static int64_t window_open_us(const struct correlation *correlation)
{
    bool fixed = correlation->window == WINDOW_TUMBLING;
    return sum_us(correlation->timespan_us, fixed ? correlation->timespan_us : 0);
}

/* What an inner correlation finds comes as late as that is open. */
static int64_t open_us(const struct correlation *correlation)
{
    int64_t inner_us = 0;
    for (uint32_t i = 0; i < correlation->inner_count; i++) {
        int64_t one_us = window_open_us(&correlation->inners[i].rule);
        inner_us = one_us > inner_us ? one_us : inner_us;
    }
    return sum_us(window_open_us(correlation), inner_us);
}

/* How long the correlation looks back, through those inside it too. */
static int64_t back_us(const struct correlation *correlation)
{
    int64_t inner_us = 0;
    for (uint32_t i = 0; i < correlation->inner_count; i++) {
        int64_t one_us = correlation_end_us(&correlation->inners[i].rule, 0);
        inner_us = one_us > inner_us ? one_us : inner_us;
    }
    return sum_us(correlation_end_us(correlation, 0), inner_us);
}

/* Each signal carries it. */
static void check_length(const struct plan_making *making, size_t length)
{
    if (length > CORRELATION_TEXT_BYTES_MAX) {
        report_error(making->builder->diags, yaml_place(making->doc->correlation.record.node),
                     SPAN("make it two policies"),
                     "with those of the policies that it names the correlation is too long by %zu "
                     "bytes", length - CORRELATION_TEXT_BYTES_MAX);
    }
}

/* Finding ids are remembered for ten minutes, or as long as the policy looks back. */
static void set_correlation(const struct plan_making *making)
{
    static const int64_t horizon_us = INT64_C(600) * 1000000;
    struct plan_policy *out = making->out;
    out->horizon_us = horizon_us;
    if (!making->doc->correlation.record.node || making->builder->diags->errors > 0) {
        return;
    }
    struct buf text = {0};
    struct json_writer writer = json_writer_to(&text);
    struct correlation correlation =
        policy_correlation_of(&making->doc->correlation, making->builder->arena);
    correlation_chain_add(making->builder->set, &making->doc->correlation,
                          making->builder->arena, &correlation);
    correlation_write_json(&correlation, &writer);
    check_length(making, text.len);
    out->open_us = open_us(&correlation);
    out->correlation = arena_copy(making->builder->arena, buf_view(&text));
    /* a value that comes twice is no news by itself */
    bool looks_back = correlation.type != CORRELATION_NEW_TERMS &&
                      back_us(&correlation) > horizon_us;
    out->horizon_us = looks_back ? back_us(&correlation) : horizon_us;
    buf_deinit(&text);
}

static void set_suppression(const struct plan_making *making)
{
    const struct suppression_doc *doc = &making->doc->suppression;
    struct plan_policy *out = making->out;
    out->each_finding = doc->none.value == 1;
    out->episode_us = out->each_finding ? 0 : doc->duration.number;
    out->summary = doc->summary.truth;
}

static void set_masks(const struct plan_making *making)
{
    const struct mask_doc *docs = making->doc->mask.items;
    size_t count = making->doc->mask.count;
    struct plan_mask *masks = arena_array(making->builder->arena, count, sizeof *masks);
    size_t good = 0;
    for (size_t i = 0; i < count; i++) {
        good += mask_parse(&docs[i].record.key, (enum plan_mask_kind)docs[i].kind.value,
                           making->builder->arena, making->builder->diags, &masks[good]);
    }
    making->out->masks = masks;
    making->out->mask_count = good;
}

static enum plan_mode mode_of(const struct plan_builder *builder, const struct policy_doc *doc)
{
    enum plan_mode mode = (enum plan_mode)doc->mode.value;
    bool raised = mode == PLAN_MODE_SHADOW && builder->options->enforce_shadows;
    return raised ? PLAN_MODE_ENFORCE : mode;
}

void plan_worth_set(const struct plan_making *making)
{
    const struct policy_doc *doc = making->doc;
    struct plan_policy *out = making->out;
    out->id = doc->id.text;
    out->mode = mode_of(making->builder, doc);
    out->failure = (enum plan_failure)doc->failure_policy.value;
    out->severity = (enum plan_severity)doc->severity.word.value;
    set_suppression(making);
    check_require(making);
    set_correlation(making);
    set_masks(making);
}
