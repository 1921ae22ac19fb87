/* verdict.c: makes signals: findings of matches, and notices about policies that could not do their
 * work. */
#include "engine/evaluate/verdict.h"

#include "engine/evaluate/body.h"
#include "engine/evaluate/field.h"
#include "engine/evaluate/group_inner.h"
#include "model/signal_inner.h"

/* Notices about a policy: one alert an hour. */
static const int64_t notice_episode_us = INT64_C(3600) * 1000000;

static struct signal *append_signal(struct signal_list *list, struct arena *arena)
{
    signal_list_reserve(list, list->count + 1, arena);
    return &list->items[list->count++];
}

/* The view that alerts are written from. */
static void show(struct verdict *verdict)
{
    verdict->shown = verdict->truth;
    if (verdict->policy->mask_count > 0) {
        host_begin(verdict->masked, verdict->input, verdict->policy, verdict->scratch);
        verdict->shown = verdict->masked;
    }
}

/* What every finding of a policy on a change, or on another's finding, shares; `prefix` keeps kinds
 * of findings apart. */
static struct digest finding_of(const struct verdict *verdict, struct span prefix)
{
    struct digest subject =
        verdict->feed ? verdict->found : change_id(verdict->input->change, verdict->scratch);
    struct digest_state state;
    digest_init(&state);
    if (prefix.len) {
        digest_field(&state, prefix);
    }
    digest_field(&state, verdict->policy->id);
    digest_field(&state, span_of((const char *)subject.bytes, DIGEST_BYTES));
    return digest_finish(&state);
}

struct digest verdict_finding(const struct verdict *verdict)
{
    return finding_of(verdict, SPAN(""));
}

bool verdict_is_exempt(const struct verdict *verdict)
{
    const struct plan_policy *policy = verdict->policy;
    for (size_t i = 0; i < policy->exception_count; i++) {
        const struct plan_exception *exception = &policy->exceptions[i];
        if (verdict->input->change->event_time_us >= exception->expires_us) {
            continue;
        }
        struct value exempt = cel_run(exception->condition, verdict->truth->frame);
        if (exempt.kind == VALUE_BOOL && exempt.boolean) {
            verdict->counts[EVALUATE_EXCEPTED]++;
            return true;
        }
        verdict->counts[EVALUATE_EXCEPTION_FAILED] += exempt.kind != VALUE_BOOL;
    }
    return false;
}

static struct signal signal_of(const struct verdict *verdict)
{
    const struct plan_policy *policy = verdict->policy;
    const struct evaluate_input *input = verdict->input;
    return (struct signal){
        .policy_id = policy->id,
        .policy_version = policy->version,
        .state_id = policy->state_id,
        .source = input->source,
        .offset = input->offset,
        .event_time_us = input->change->event_time_us,
        .detected_us = input->detected_us,
        .horizon_us = policy->horizon_us,
        .episode_us = policy->each_finding ? 0 : policy->episode_us,
        .summary = policy->summary,
    };
}

/* Tells people about a policy that could not do its work; at most one alert an hour and group. */
static void emit_notice(struct verdict *verdict, struct span group, struct span title)
{
    struct body_request request = {
        .policy = verdict->policy, .shown = verdict->shown, .title = title,
        .problem = verdict->problem, .found_by = verdict->found_by};
    struct signal signal = signal_of(verdict);
    signal.kind = SIGNAL_NOT_EVALUABLE;
    signal.finding = finding_of(verdict, group);
    signal.group_key = group;
    signal.severity = plan_severity_name(verdict->policy->severity);
    signal.episode_us = notice_episode_us;
    signal.summary = true;
    signal.body = body_write(&request, verdict->arena);
    *append_signal(verdict->out, verdict->arena) = signal;
}

/* The text of an error, when masks do not change it: only then it cannot hold a masked value. */
static struct span shown_error(const struct verdict *verdict, const struct cel_program *program,
                              struct value error)
{
    if (verdict->shown != verdict->truth) {
        struct value shown = cel_run(program, verdict->shown->frame);
        if (shown.kind != VALUE_ERROR || !span_equals(shown.text, error.text)) {
            return SPAN("the reason is not shown, because it depends on masked attributes");
        }
    }
    return error.text;
}

/* A correlation over others' findings says about which of them it tells. */
static struct span with_source(const struct verdict *verdict, struct span text)
{
    return verdict->feed ? arena_printf(verdict->scratch, "%.*s (findings of %.*s)",
                                        SPAN_ARG(text), SPAN_ARG(verdict->found_by))
                         : text;
}

static struct span severity_of(const struct verdict *verdict)
{
    const struct plan_policy *policy = verdict->policy;
    enum plan_severity severity = policy->severity;
    if (policy->severity_program) {
        struct value word = cel_run(policy->severity_program, verdict->truth->frame);
        if (word.kind != VALUE_STRING || !plan_severity_parse(word.text, &severity)) {
            verdict->counts[EVALUATE_SEVERITY_FAILED]++;
        }
    }
    return plan_severity_name(severity);
}

/* A group of its own, named by the finding: no other finding joins it. */
static struct group_list group_of_finding(const struct verdict *verdict,
                                          const struct digest *finding)
{
    struct arena *arena = verdict->scratch;
    struct group_list list = {.keys = arena_array(arena, 1, sizeof *list.keys), .count = 1};
    char hex[DIGEST_HEX_LENGTH + 1];
    digest_hex(finding, hex);
    list.keys[0] = arena_copy(arena, span_of(hex, DIGEST_HEX_LENGTH));
    return list;
}

static struct group_list groups_of(const struct verdict *verdict, const struct digest *finding)
{
    if (verdict->policy->each_finding && verdict->policy->correlation.len == 0) {
        return group_of_finding(verdict, finding);
    }
    return group_list_of(verdict->policy, verdict->truth, verdict->shown, verdict->scratch);
}

/* What a finding by itself counts as. */
static const struct plan_counted itself = {.inputs = (const uint32_t[]){0}, .input_count = 1};

/* One signal for each group of a match, in it for each value of the field, and of that for each
 * input that it is. `signal` goes on to the next number of the fan. */
static void emit_groups(struct verdict *verdict, struct signal *signal,
                        const struct group_list *groups, const struct plan_counted *counted,
                        const struct field_list *fields)
{
    size_t fan = groups->count * fields->count;
    size_t taken = fan < GROUP_COUNT_MAX ? fan : GROUP_COUNT_MAX;
    verdict->counts[EVALUATE_GROUP_CUT] += fan - taken;
    for (size_t i = 0; i < taken * counted->input_count; i++) {
        size_t place = i / counted->input_count;
        signal->input = counted->inputs[i % counted->input_count];
        signal->group_key = arena_copy(verdict->arena, groups->keys[place / fields->count]);
        signal->value = arena_copy(verdict->arena, fields->values[place % fields->count]);
        *append_signal(verdict->out, verdict->arena) = *signal;
        signal->fan_index++;
    }
}

/* What all signals of the verdict show, once. */
static void dress(struct verdict *verdict, struct signal *signal)
{
    if (signal->body.len) {
        return;
    }
    struct body_request request = {
        .policy = verdict->policy, .shown = verdict->shown, .problem = verdict->problem,
        .found_by = verdict->found_by};
    signal->severity = severity_of(verdict);
    signal->body = body_write(&request, verdict->arena);
}

static void report(struct verdict *verdict)
{
    struct span title =
        arena_printf(verdict->scratch, "Policy %.*s could not be evaluated: %.*s",
                     SPAN_ARG(verdict->policy->id), SPAN_ARG(verdict->problem));
    emit_notice(verdict, SPAN("not evaluable"), title);
}

void verdict_fail(struct verdict *verdict, const struct cel_program *program, struct value error)
{
    const struct plan_policy *policy = verdict->policy;
    verdict->counts[EVALUATE_NOT_EVALUABLE]++;
    if (policy->mode != PLAN_MODE_ENFORCE || policy->failure == PLAN_FAILURE_IGNORE) {
        return;
    }
    show(verdict);
    verdict->problem = with_source(verdict, shown_error(verdict, program, error));
    if (policy->failure == PLAN_FAILURE_REPORT) {
        report(verdict);
        return;
    }
    struct span nothing = {0};
    const struct field_list no_field = {.values = &nothing, .count = 1};
    struct signal signal = signal_of(verdict);
    signal.finding = verdict_finding(verdict);
    struct group_list groups = groups_of(verdict, &signal.finding);
    if (groups.count == 0) { /* an alert is wanted even where the group has no key */
        groups = group_of_finding(verdict, &signal.finding);
    }
    dress(verdict, &signal);
    emit_groups(verdict, &signal, &groups, &itself, &no_field);
}

/* The values of each thing that the match counts as. False: one has none, which was told as a
 * failure. */
static bool read_fields(struct verdict *verdict, const struct plan_counted *counted, size_t count,
                        struct field_list *fields)
{
    for (size_t i = 0; i < count; i++) {
        fields[i] =
            field_list_of(verdict->policy, &counted[i], verdict->truth, verdict->scratch);
        if (fields[i].error.kind == VALUE_ERROR) {
            verdict_fail(verdict, fields[i].failed, fields[i].error);
            return false;
        }
    }
    return true;
}

/* All signals of a match show the same. */
static void emit_match(struct verdict *verdict, const struct group_list *groups,
                       const struct plan_counted *counted, size_t count,
                       const struct field_list *fields)
{
    struct signal signal = signal_of(verdict);
    signal.finding = verdict_finding(verdict);
    signal.correlation = verdict->policy->correlation;
    for (size_t i = 0; i < count; i++) {
        verdict->counts[EVALUATE_VALUE_ABSENT] += fields[i].absent;
        verdict->counts[EVALUATE_GROUP_CUT] += fields[i].cut;
        if (groups->count > 0 && fields[i].count > 0) {
            dress(verdict, &signal);
            emit_groups(verdict, &signal, groups, &counted[i], &fields[i]);
        }
    }
}

static void match_itself(struct verdict *verdict)
{
    const struct plan_policy *policy = verdict->policy;
    const struct plan_counted *counted = policy->counted_count ? policy->counted : &itself;
    size_t count = policy->counted_count ? policy->counted_count : 1;
    struct digest finding = verdict_finding(verdict);
    struct field_list *fields = arena_array(verdict->scratch, count, sizeof *fields);
    struct group_list groups = groups_of(verdict, &finding);
    /* a match whose group or field has no value is told as a failure, not lost */
    if (groups.error.kind == VALUE_ERROR) {
        verdict_fail(verdict, groups.failed, groups.error);
        return;
    }
    if (read_fields(verdict, counted, count, fields)) {
        verdict->counts[EVALUATE_GROUP_ABSENT] += groups.absent;
        verdict->counts[EVALUATE_GROUP_CUT] += groups.cut;
        emit_match(verdict, &groups, counted, count, fields);
    }
}

/* -- what it is to an inner correlation */

/* What findings of an inner group count as: one value, of its own. */
static struct span outer_value(const struct verdict *verdict, const struct plan_counted *counted,
                               const struct value *values)
{
    if (counted->field_count == 0) {
        return SPAN("");
    }
    struct value *items = arena_array(verdict->scratch, counted->field_count, sizeof *items);
    for (size_t i = 0; i < counted->field_count; i++) {
        items[i] = values[counted->inner_fields[i]];
    }
    struct value all = {.kind = VALUE_LIST, .list = {items, counted->field_count}};
    struct digest identity =
        field_identity(verdict->policy, verdict->truth->plan->mask_key,
                       counted->field_count == 1 ? &items[0] : &all, verdict->scratch);
    return field_text(&identity, verdict->arena);
}

/* One signal for each input of the outer correlation that the inner one's findings are. */
static void emit_inner(struct verdict *verdict, struct signal *signal,
                       const struct group_inner *group, struct signal_inner *inner)
{
    const struct plan_policy *policy = verdict->policy;
    signal->group_key = arena_copy(verdict->arena, group->key);
    for (size_t i = 0; i < policy->counted_count; i++) {
        const struct plan_counted *counted = &policy->counted[i];
        signal->value = outer_value(verdict, counted, group->values);
        for (size_t k = 0; k < counted->input_count; k++) {
            struct buf text = {0};
            struct json_writer writer = json_writer_to(&text);
            inner->rule = counted->inner_rules[k];
            signal_inner_write_json(inner, &writer);
            signal->input = counted->inputs[k];
            signal->inner = arena_copy(verdict->arena, buf_view(&text));
            *append_signal(verdict->out, verdict->arena) = *signal;
            signal->fan_index++;
            buf_deinit(&text);
        }
    }
}

/* As many as the inner correlation itself takes. */
static void emit_inner_groups(struct verdict *verdict, struct signal *signal,
                              const struct group_inner_list *groups,
                              const struct plan_counted *counted, const struct field_list *fields)
{
    size_t fan = groups->count * fields->count;
    size_t taken = fan < GROUP_COUNT_MAX ? fan : GROUP_COUNT_MAX;
    verdict->counts[EVALUATE_GROUP_CUT] += fan - taken + fields->cut;
    verdict->counts[EVALUATE_VALUE_ABSENT] += fields->absent;
    for (size_t i = 0; i < taken * counted->input_count; i++) {
        size_t place = i / counted->input_count;
        const struct group_inner *group = &groups->items[place / fields->count];
        struct signal_inner inner = {.group = group->id,
                                     .value = fields->values[place % fields->count],
                                     .input = counted->inputs[i % counted->input_count]};
        dress(verdict, signal);
        emit_inner(verdict, signal, group, &inner);
    }
}

static void match_inner(struct verdict *verdict)
{
    const struct plan_policy *inner = verdict->policy->inner;
    struct field_list *fields =
        arena_array(verdict->scratch, inner->counted_count, sizeof *fields);
    struct group_inner_list groups = group_inner_list_of(verdict->policy, verdict->truth,
                                                         verdict->shown, verdict->scratch);
    if (groups.error.kind == VALUE_ERROR) {
        verdict_fail(verdict, groups.failed, groups.error);
        return;
    }
    if (!read_fields(verdict, inner->counted, inner->counted_count, fields)) {
        return;
    }
    struct signal signal = signal_of(verdict);
    signal.finding = verdict_finding(verdict);
    signal.correlation = verdict->policy->correlation;
    verdict->counts[EVALUATE_GROUP_ABSENT] += groups.absent;
    verdict->counts[EVALUATE_GROUP_CUT] += groups.cut;
    for (size_t i = 0; i < inner->counted_count; i++) {
        emit_inner_groups(verdict, &signal, &groups, &inner->counted[i], &fields[i]);
    }
}

void verdict_match(struct verdict *verdict)
{
    show(verdict);
    if (verdict->policy->inner) {
        match_inner(verdict);
    } else {
        match_itself(verdict);
    }
}

void verdict_stale(struct verdict *verdict, const struct plan_lookup *lookup)
{
    const struct host *truth = verdict->truth;
    verdict->counts[EVALUATE_LOOKUP_STALE]++;
    if (lookup->on_stale != PLAN_STALE_ALERT || verdict->policy->mode != PLAN_MODE_ENFORCE) {
        return;
    }
    show(verdict);
    verdict->problem = with_source(verdict, truth->texts.stale[lookup - truth->plan->lookups]);
    struct span title = arena_printf(verdict->scratch, "Policy %.*s uses old rows: %.*s",
                                     SPAN_ARG(verdict->policy->id), SPAN_ARG(verdict->problem));
    emit_notice(verdict, SPAN("stale lookup"), title);
}
