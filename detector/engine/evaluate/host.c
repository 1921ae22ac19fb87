/* host.c: answers what frames ask for (attributes, event, age, raw record, texts) and runs the
 * functions that need the change. */
#include "engine/evaluate/host.h"

#include "base/check.h"
#include "engine/evaluate/host_api_call.h"
#include "engine/evaluate/mask.h"
#include "model/json.h"

static struct span root_name(uint32_t root)
{
    static const struct span names[] = {
        [PLAN_ROOT_OLD] = {"old", 3},       [PLAN_ROOT_NEW] = {"new", 3},
        [PLAN_ROOT_KEYS] = {"keys", 4},     [PLAN_ROOT_EVENT] = {"event", 5},
        [PLAN_ROOT_OP] = {"op", 2},         [PLAN_ROOT_TABLE] = {"table", 5},
        [PLAN_ROOT_REGION] = {"region", 6}, [PLAN_ROOT_ACCOUNT] = {"account", 7},
        [PLAN_ROOT_RAW] = {"raw", 3},       [PLAN_ROOT_ACTOR] = {"actor", 5},
        [PLAN_ROOT_REQUEST] = {"request", 7}, [PLAN_ROOT_DEFS] = {"defs", 4},
    };
    return root < PLAN_ROOT_VARIABLES ? names[root] : SPAN("variables");
}

/* Messages of the commonest failures, written once and not for each change that lacks an
 * attribute. */
struct host_texts host_texts_of(const struct plan *plan, struct arena *arena)
{
    size_t slots = cel_slots_count(plan->slots);
    struct span *absent = arena_array(arena, slots, sizeof *absent);
    for (size_t i = 0; i < slots; i++) {
        struct cel_slot slot = cel_slots_get(plan->slots, (uint32_t)i);
        absent[i] = arena_printf(arena, "no such attribute: %.*s.%.*s",
                                 SPAN_ARG(root_name(slot.root)), SPAN_ARG(slot.member));
    }
    struct span *stale = arena_array(arena, plan->lookup_count, sizeof *stale);
    for (size_t i = 0; i < plan->lookup_count; i++) {
        stale[i] = arena_printf(arena, "the lookup %.*s is older than its max_age",
                                SPAN_ARG(plan->lookups[i].id));
    }
    return (struct host_texts){absent, stale};
}

static const struct image *image_of(const struct change *change, uint32_t root)
{
    switch (root) {
    case PLAN_ROOT_OLD: return &change->old_image;
    case PLAN_ROOT_NEW: return &change->new_image;
    default: return &change->keys;
    }
}

static struct value load_image(struct host *host, uint32_t slot, struct cel_slot path,
                               struct arena *arena)
{
    const struct image *image = image_of(host->input->change, path.root);
    enum plan_root root = (enum plan_root)path.root;
    struct masking masking = {host->masked_for, host->plan->mask_key, arena};
    if (path.member.len == 0) {
        struct value whole = image_value(image, arena);
        return host->masked_for ? mask_image(&masking, root, whole) : whole;
    }
    const struct attribute *attribute = image_find(image, path.member);
    if (!attribute) {
        return value_failure(VALUE_ERROR_ABSENT, host->texts.absent[slot]);
    }
    struct value value = attribute_value(attribute, arena);
    return host->masked_for ? mask_attribute(&masking, root, path.member, value) : value;
}

static struct value age_of(const struct evaluate_input *input)
{
    int64_t age_us = 0;
    int64_t age_ns = 0;
    if (__builtin_sub_overflow(input->received_us, input->change->event_time_us, &age_us) ||
        __builtin_mul_overflow(age_us, (int64_t)1000, &age_ns)) {
        return value_failure(VALUE_ERROR_LIMIT, SPAN("event.age is out of range"));
    }
    return (struct value){.kind = VALUE_DURATION, .duration_ns = age_ns};
}

/* The members of `event`. */
static const struct {
    struct span name;
    enum { EVENT_ID, EVENT_TIME, EVENT_RECEIVED, EVENT_AGE, EVENT_TTL_EXPIRY } member;
} event_members[] = {
    {{"id", 2}, EVENT_ID},   {{"time", 4}, EVENT_TIME},       {{"received", 8}, EVENT_RECEIVED},
    {{"age", 3}, EVENT_AGE}, {{"ttl_expiry", 10}, EVENT_TTL_EXPIRY},
};
enum { EVENT_MEMBER_COUNT = sizeof event_members / sizeof *event_members };

static struct value event_member(const struct evaluate_input *input, size_t row)
{
    switch (event_members[row].member) {
    case EVENT_ID: return value_string(input->change->event_id);
    case EVENT_TIME: return value_timestamp_us(input->change->event_time_us);
    case EVENT_RECEIVED: return value_timestamp_us(input->received_us);
    case EVENT_AGE: return age_of(input);
    case EVENT_TTL_EXPIRY: return value_bool(input->change->ttl_expiry);
    }
    return value_null();
}

/* The whole map, or one member alone when that is all that an expression reads. */
static struct value load_event(struct host *host, uint32_t slot, struct span member,
                               struct arena *arena)
{
    struct value_entry *entries = NULL;
    if (member.len == 0) {
        entries = arena_array(arena, EVENT_MEMBER_COUNT, sizeof *entries);
    }
    for (size_t i = 0; i < EVENT_MEMBER_COUNT; i++) {
        if (entries) {
            entries[i].key = value_string(event_members[i].name);
            entries[i].value = event_member(host->input, i);
        } else if (span_equals(event_members[i].name, member)) {
            return event_member(host->input, i);
        }
    }
    return entries ? (struct value){.kind = VALUE_MAP, .map = {entries, EVENT_MEMBER_COUNT}}
                   : value_failure(VALUE_ERROR_ABSENT, host->texts.absent[slot]);
}

/* A map without one of its entries. */
static struct value map_without(struct value map, struct span name, struct arena *arena)
{
    struct value_entry *entries = arena_array(arena, map.map.count, sizeof *entries);
    size_t count = 0;
    for (size_t i = 0; i < map.map.count; i++) {
        if (!span_equals(map.map.entries[i].key.text, name)) {
            entries[count++] = map.map.entries[i];
        }
    }
    return (struct value){.kind = VALUE_MAP, .map = {entries, count}};
}

/* The record as received; where the policy masks anything, without the images of an item and
 * without what an API call was asked and answered: attributes stand there under other paths. */
static struct value load_raw(struct host *host, struct arena *arena)
{
    struct json_error error;
    struct value raw;
    if (json_read(host->input->change->raw, JSON_NUMBERS_DECIMAL, arena, &error, &raw) !=
        STATUS_OK) {
        return value_failure(VALUE_ERROR_OTHER, span_view(error.reason));
    }
    bool hides = host->masked_for && host->masked_for->mask_count > 0 && raw.kind == VALUE_MAP;
    if (!hides) {
        return raw;
    }
    raw = map_without(raw, SPAN("dynamodb"), arena);
    raw = map_without(raw, SPAN("requestParameters"), arena);
    return map_without(raw, SPAN("responseElements"), arena);
}

static struct value op_of(const struct change *change)
{
    if (change->call) {
        return value_failure(VALUE_ERROR_ABSENT,
                             SPAN("an API call has no op; it has request.operation"));
    }
    return value_string(change_op_name(change->op));
}

static struct value load_text(const struct change *change, uint32_t root)
{
    switch (root) {
    case PLAN_ROOT_OP: return op_of(change);
    case PLAN_ROOT_TABLE: return value_string(change->table);
    case PLAN_ROOT_REGION: return value_string(change->region);
    case PLAN_ROOT_ACCOUNT: return value_string(change->account);
    default: return value_null();
    }
}

static struct value host_load(void *context, uint32_t slot, struct arena *arena)
{
    struct host *host = context;
    const struct cel_program *program = host->plan->slot_programs[slot];
    if (program) {
        return cel_run(program, host->frame);
    }
    struct cel_slot path = cel_slots_get(host->plan->slots, slot);
    switch (path.root) {
    case PLAN_ROOT_OLD:
    case PLAN_ROOT_NEW:
    case PLAN_ROOT_KEYS: return load_image(host, slot, path, arena);
    case PLAN_ROOT_EVENT: return load_event(host, slot, path.member, arena);
    case PLAN_ROOT_RAW: return load_raw(host, arena);
    case PLAN_ROOT_ACTOR:
    case PLAN_ROOT_REQUEST: return host_api_call_load(host, slot, path, arena);
    default: return load_text(host->input->change, path.root);
    }
}

static struct value call_changed(struct host *host, const struct value *arguments, size_t count,
                                 struct arena *arena)
{
    for (size_t i = 0; i < count; i++) {
        if (arguments[i].kind != VALUE_STRING) {
            return value_failure(VALUE_ERROR_NO_OVERLOAD, SPAN("changed() takes names"));
        }
        if (diff_path_differs(host->input->change, arguments[i].text, arena)) {
            return value_bool(true);
        }
    }
    return value_bool(false);
}

static struct value call_changes(struct host *host, struct arena *arena)
{
    const struct diff *diff = host_diff(host);
    struct value *names = arena_array(arena, diff->count, sizeof *names);
    for (size_t i = 0; i < diff->count; i++) {
        names[i] = value_string(diff->items[i].name);
    }
    return (struct value){.kind = VALUE_LIST, .list = {names, diff->count}};
}

static struct value first_or_none(const struct value *row)
{
    return (struct value){.kind = VALUE_OPTIONAL, .optional = row};
}

static struct value call_lookup(struct host *host, const struct value *arguments, bool all,
                                struct arena *arena)
{
    size_t index = (size_t)arguments[0].integer;
    check(arguments[0].kind == VALUE_INT && index < host->plan->lookup_count);
    const struct lookup_table *table = lookup_set_get(host->lookups, index);
    int64_t time_us = host->input->change->event_time_us;
    if (lookup_table_is_stale(table, time_us)) {
        cel_frame_note(host->frame, (uint32_t)index + 1);
        if (host->plan->lookups[index].on_stale != PLAN_STALE_ALERT) {
            return value_failure(VALUE_ERROR_OTHER, host->texts.stale[index]);
        }
    }
    if (!all) {
        return first_or_none(lookup_table_newest(table, &arguments[1], time_us, arena));
    }
    struct value_list rows = lookup_table_find(table, &arguments[1], time_us, arena);
    return (struct value){.kind = VALUE_LIST, .list = rows};
}

static struct value host_call(void *context, uint32_t number, const struct value *arguments,
                              size_t count, struct arena *arena)
{
    struct host *host = context;
    switch (number) {
    case PLAN_CALL_CHANGED: return call_changed(host, arguments, count, arena);
    case PLAN_CALL_CHANGES: return call_changes(host, arena);
    case PLAN_CALL_LOOKUP: return call_lookup(host, arguments, false, arena);
    case PLAN_CALL_LOOKUP_ALL: return call_lookup(host, arguments, true, arena);
    default: return value_failure(VALUE_ERROR_OTHER, SPAN("no such function"));
    }
}

void host_init(struct host *host, const struct plan *plan, const struct lookup_set *lookups,
               struct host_texts texts)
{
    *host = (struct host){
        .plan = plan,
        .lookups = lookups,
        .texts = texts,
        .frame = cel_frame_new(plan->slots, 0),
        .answers = {.context = host, .load = host_load, .call = host_call},
    };
}

void host_deinit(struct host *host)
{
    cel_frame_free(&host->frame);
}

void host_begin(struct host *host, const struct evaluate_input *input,
                const struct plan_policy *masked_for, struct arena *arena)
{
    host->input = input;
    host->masked_for = masked_for;
    host->arena = arena;
    host->diff_known = false;
    cel_frame_begin(host->frame, &host->answers, arena);
}

const struct diff *host_diff(struct host *host)
{
    if (!host->diff_known) {
        host->diff = diff_of(host->input->change, host->arena);
        host->diff_known = true;
    }
    return &host->diff;
}

const struct plan_lookup *host_take_stale(struct host *host)
{
    uint32_t note = cel_frame_take_note(host->frame);
    return note ? &host->plan->lookups[note - 1] : NULL;
}

const struct plan_lookup *host_skipping_lookup(const struct host *host, const struct value *error)
{
    for (size_t i = 0; i < host->plan->lookup_count; i++) {
        if (host->plan->lookups[i].on_stale == PLAN_STALE_SKIP &&
            error->text.ptr == host->texts.stale[i].ptr) {
            return &host->plan->lookups[i];
        }
    }
    return NULL;
}
