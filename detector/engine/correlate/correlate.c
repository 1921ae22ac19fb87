/* correlate.c: policies with a correlation, in order of their state, each as long as it has
 * groups. */
#include "engine/correlate/correlate.h"

#include "base/check.h"
#include "engine/correlate/cells.h"
#include "engine/correlate/signal_event.h"

#include <stdlib.h>

enum { RULE_BYTES = 512 }; /* for what is read of most */

struct correlations {
    struct cells *cells;
    struct watched **policies; /* by state id, then text */
    size_t policy_count;
    size_t policy_capacity;
    size_t recent; /* the place of the policy of the last signal: the next one may be of it too */
    size_t bytes_max;
    struct arena *scratch; /* one signal long */
    struct operator_event listed[OPERATOR_EVENTS_ROOM]; /* of the last firing */
};

struct correlations *correlations_new(size_t bytes_max)
{
    struct correlations *correlations = calloc(1, sizeof *correlations);
    if (!correlations) {
        check_memory_exhausted(sizeof *correlations);
    }
    correlations->cells = cells_new();
    correlations->bytes_max = bytes_max;
    correlations->scratch = arena_new(0);
    return correlations;
}

static void policy_free(struct watched *policy)
{
    arena_free(&policy->arena);
    free(policy);
}

void correlations_free(struct correlations **correlations)
{
    struct correlations *ended = *correlations;
    if (!ended) {
        return;
    }
    cells_free(&ended->cells);
    for (size_t i = 0; i < ended->policy_count; i++) {
        policy_free(ended->policies[i]);
    }
    free(ended->policies);
    arena_free(&ended->scratch);
    free(ended);
    *correlations = NULL;
}

size_t correlations_count(const struct correlations *correlations)
{
    return cells_count(correlations->cells);
}

size_t correlations_bytes(const struct correlations *correlations)
{
    return cells_bytes(correlations->cells);
}

/* -- policies */

static int compare(const struct watched *policy, const struct digest *state_id, struct span text)
{
    int order = memcmp(policy->state_id.bytes, state_id->bytes, DIGEST_BYTES);
    return order ? order : span_compare(policy->text, text);
}

/* The place of a policy, or where it belongs. */
static size_t place_of(const struct correlations *correlations, const struct digest *state_id,
                       struct span text)
{
    size_t low = 0;
    size_t high = correlations->policy_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(correlations->policies[middle], state_id, text) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void make_place(struct correlations *correlations, size_t place)
{
    if (correlations->policy_count == correlations->policy_capacity) {
        size_t capacity = correlations->policy_capacity ? 2 * correlations->policy_capacity : 8;
        struct watched **policies =
            realloc(correlations->policies, capacity * sizeof(struct watched *));
        if (!policies) {
            check_memory_exhausted(capacity * sizeof(struct watched *));
        }
        correlations->policies = policies;
        correlations->policy_capacity = capacity;
    }
    memmove(correlations->policies + place + 1, correlations->policies + place,
            (correlations->policy_count - place) * sizeof(struct watched *));
    correlations->policy_count++;
}

/* False when the text says nothing that can be watched. */
static bool read_rule(struct watched *policy, struct slab *slab)
{
    struct correlation *rule = &policy->rule;
    if (correlation_read_json(policy->text, policy->arena, rule) != STATUS_OK) {
        return false;
    }
    policy->type = operator_of(rule);
    if (policy->type && policy->type->prepare) {
        rule->prepared = policy->type->prepare(rule, operator_of, slab, policy->arena);
        return rule->prepared != NULL;
    }
    return policy->type != NULL;
}

/* NULL when the text says nothing that can be watched, or there are too many. */
static struct watched *policy_new(const struct correlations *correlations,
                                  const struct digest *state_id, struct span text,
                                  struct span policy_id)
{
    if (correlations->policy_count == CORRELATE_POLICIES_MAX) {
        return NULL;
    }
    struct watched *policy = calloc(1, sizeof *policy);
    if (!policy) {
        check_memory_exhausted(sizeof *policy);
    }
    policy->arena = arena_new(RULE_BYTES);
    policy->state_id = *state_id;
    policy->text = arena_copy(policy->arena, text);
    policy->policy_id = arena_copy(policy->arena, policy_id);
    if (!read_rule(policy, cells_slab(correlations->cells))) {
        policy_free(policy);
        return NULL;
    }
    return policy;
}

static bool is_at(const struct correlations *correlations, size_t place,
                  const struct digest *state_id, struct span text)
{
    const struct watched *policy =
        place < correlations->policy_count ? correlations->policies[place] : NULL;
    return policy && memcmp(policy->state_id.bytes, state_id->bytes, DIGEST_BYTES) == 0 &&
           span_equals(policy->text, text);
}

/* The policy of a state and rule, made when it is not there; NULL when it cannot be. */
static struct watched *policy_of(struct correlations *correlations, const struct digest *state_id,
                                 struct span text, struct span policy_id)
{
    if (is_at(correlations, correlations->recent, state_id, text)) {
        return correlations->policies[correlations->recent];
    }
    size_t place = place_of(correlations, state_id, text);
    correlations->recent = place;
    if (is_at(correlations, place, state_id, text)) {
        return correlations->policies[place];
    }
    struct watched *policy = policy_new(correlations, state_id, text, policy_id);
    if (policy) {
        make_place(correlations, place);
        correlations->policies[place] = policy;
    }
    return policy;
}

/* Forgets a group, and its policy when that was its last one. */
static void forget(struct correlations *correlations, struct cell *cell)
{
    struct watched *policy = cell->policy;
    cells_remove(correlations->cells, cell);
    if (policy->oldest) {
        return;
    }
    size_t place = place_of(correlations, &policy->state_id, policy->text);
    correlations->policy_count--;
    memmove(correlations->policies + place, correlations->policies + place + 1,
            (correlations->policy_count - place) * sizeof(struct watched *));
    policy_free(policy);
}

/* -- events */

/* The cell touched last stays, however large it is: else nothing could be remembered. */
static uint64_t make_room(struct correlations *correlations, struct watched *policy)
{
    uint64_t evicted = 0;
    while (policy->bytes > correlations->bytes_max && policy->oldest != policy->newest) {
        forget(correlations, cells_oldest(correlations->cells, policy));
        evicted++;
    }
    return evicted;
}

/* The time from which on signals of a cell may be shown by an alert at the watermark. */
static int64_t shows_from_us(const struct cell *cell)
{
    const struct operator_type *type = cell->policy->type;
    return type->shows_from_us ? type->shows_from_us(cell_memory(cell), &cell->policy->rule)
                               : INT64_MAX;
}

/* Forgets the signals that no alert shows any more. */
static void forget_signals(struct cell *cell)
{
    const struct operator_type *type = cell->policy->type;
    struct keepsakes **kept = cell_kept(cell);
    int64_t shown_us = shows_from_us(cell);
    if (kept && shown_us == INT64_MAX) {
        keepsakes_free(kept);
    } else if (kept && *kept && type->may_show) {
        keepsakes_keep(*kept, cell_memory(cell), type->may_show);
    } else if (kept && *kept) {
        keepsakes_forget(*kept, shown_us);
    }
}

static void keep_signal(struct cell *cell, const struct signal *signal, bool not_shown)
{
    if (cell->policy->type->may_show) {
        forget_signals(cell); /* so that they take no room from those that are shown */
    }
    if (!not_shown && shows_from_us(cell) < INT64_MAX) {
        keepsakes_add(cell_kept(cell), signal);
        keepsakes_forget(*cell_kept(cell), shows_from_us(cell));
    }
}

void correlations_foresee(struct correlations *correlations, const struct signal *signal)
{
    _Static_assert((int)CORRELATE_AHEAD == (int)CELLS_AHEAD, "the same");
    cells_foresee(correlations->cells, &signal->state_id, signal->group_key,
                  signal_event_tag(signal));
}

enum correlate_answer correlations_apply(struct correlations *correlations,
                                         const struct signal *signal, uint32_t source,
                                         int64_t watermark_us, uint64_t *evicted,
                                         struct operator_firing *out)
{
    struct watched *policy =
        policy_of(correlations, &signal->state_id, signal->correlation, signal->policy_id);
    struct operator_event event;
    struct operator_inner inner;
    if (!policy) {
        return CORRELATE_UNKNOWN;
    }
    struct cell *cell = cells_find(correlations->cells, policy, signal->group_key);
    cell = cell ? cell : cells_add(correlations->cells, policy, signal->group_key);
    const struct signal_event_in in = {&policy->rule, source, correlations->scratch};
    bool known = signal_event_read(&in, signal, &event, &inner);
    if (!known || policy->type->late_us(&policy->rule, &event) <= watermark_us) {
        if (cell->due_us == INT64_MAX) { /* made for nothing */
            forget(correlations, cell);
        }
        return known ? CORRELATE_LATE : CORRELATE_UNKNOWN;
    }
    *out = (struct operator_firing){.events = correlations->listed, .done_us = watermark_us};
    bool fires = policy->type->apply(cell_memory(cell), &policy->rule, &event, out);
    keep_signal(cell, signal, out->not_shown);
    cells_touch(correlations->cells, cell);
    cells_changed(correlations->cells, cell);
    *evicted += out->forgotten + make_room(correlations, policy);
    if (cell->due_us == INT64_MAX) { /* nothing of it is remembered */
        forget(correlations, cell);
    }
    return fires ? CORRELATE_FIRED : out->late ? CORRELATE_LATE : CORRELATE_KEPT;
}

/* Named by what it shows; where that may be of another window by the first event that is listed,
 * which does not depend on the order of arrival, and the window's end. */
static struct digest finding_of(const struct digest *shown, const struct operator_firing *firing)
{
    struct digest_state state;
    struct buf time = {0};
    if (firing->closed_us == INT64_MIN) {
        return *shown;
    }
    pack_i64(&time, firing->closed_us);
    digest_init(&state);
    digest_field(&state, span_of((const char *)firing->events[0].finding.bytes, DIGEST_BYTES));
    digest_field(&state, buf_view(&time));
    buf_deinit(&time);
    return digest_finish(&state);
}

/* What the alert of a firing shows. */
static struct signal shown_signal(const struct cell *cell, struct operator_firing *firing,
                                  struct arena *arena)
{
    struct keepsakes **kept = cell_kept(cell);
    check(kept && *kept);
    struct signal signal =
        keepsakes_find(*kept, firing->shown_us, firing->shown_sequence, arena);
    signal.finding = finding_of(&signal.finding, firing);
    if (cell->policy->type->may_show) { /* of one event alone: is it that one? */
        firing->approximate |= !digest_equals(&firing->events[0].finding, &signal.finding);
        signal.finding = firing->events[0].finding;
    }
    signal.event_time_us = firing->to_us;
    return signal;
}

/* The cell did what was due; it goes when it is empty. */
static void settle(struct correlations *correlations, struct cell *cell)
{
    forget_signals(cell);
    cells_changed(correlations->cells, cell);
    if (cell->due_us == INT64_MAX) {
        forget(correlations, cell);
    }
}

bool correlations_next(struct correlations *correlations, int64_t watermark_us,
                       struct arena *arena, struct correlate_finding *out)
{
    struct cell *cell = cells_next(correlations->cells, watermark_us);
    bool fired = false;
    while (!fired && cell) {
        out->firing = (struct operator_firing){.events = correlations->listed,
                                               .closed_us = INT64_MIN};
        fired = cell->policy->type->advance(cell_memory(cell), &cell->policy->rule, watermark_us,
                                            &out->firing);
        if (fired) {
            out->signal = shown_signal(cell, &out->firing, arena);
        }
        settle(correlations, cell);
        cell = cells_next(correlations->cells, watermark_us);
    }
    return fired;
}

int64_t correlations_due_us(const struct correlations *correlations)
{
    return cells_due_us(correlations->cells);
}

static struct correlate_state state_of(const struct cells *cells, const struct watched *policy,
                                       int64_t watermark_us)
{
    struct correlate_state state = {
        .policy_id = policy->policy_id, .state_id = policy->state_id, .rule = policy->text,
        .bytes = policy->bytes};
    for (const struct cell *cell = cells_oldest(cells, policy); cell;
         cell = cells_newer(cells, cell)) {
        state.groups++;
        state.learning +=
            policy->type->is_learning &&
            policy->type->is_learning(cell_memory(cell), &policy->rule, watermark_us);
    }
    return state;
}

void correlations_look(const struct correlations *correlations, int64_t watermark_us,
                       correlate_state_fn each, void *context)
{
    for (size_t i = 0; i < correlations->policy_count; i++) {
        struct correlate_state state =
            state_of(correlations->cells, correlations->policies[i], watermark_us);
        each(context, &state);
    }
}

void correlations_keep(struct correlations *correlations, struct state_list states,
                       correlate_state_fn dropped, void *context)
{
    for (size_t i = correlations->policy_count; i > 0; i--) {
        struct watched *policy = correlations->policies[i - 1];
        if (state_list_has(states, &policy->state_id)) {
            continue;
        }
        struct correlate_state state = state_of(correlations->cells, policy, INT64_MIN);
        dropped(context, &state);
        for (; state.groups > 0; state.groups--) {
            forget(correlations, cells_oldest(correlations->cells, policy));
        }
    }
}

/* -- saving and loading: policies in their order, their groups from the oldest */

static uint64_t count_cells(const struct cells *cells, const struct watched *policy)
{
    uint64_t count = 0;
    for (const struct cell *cell = cells_oldest(cells, policy); cell;
         cell = cells_newer(cells, cell)) {
        count++;
    }
    return count;
}

void correlations_save(const struct correlations *correlations, struct buf *out)
{
    const struct cells *cells = correlations->cells;
    pack_u32(out, (uint32_t)correlations->policy_count);
    for (size_t i = 0; i < correlations->policy_count; i++) {
        const struct watched *policy = correlations->policies[i];
        pack_digest(out, &policy->state_id);
        pack_text(out, policy->text);
        pack_text(out, policy->policy_id);
        pack_u64(out, count_cells(cells, policy));
        for (const struct cell *cell = cells_oldest(cells, policy); cell;
             cell = cells_newer(cells, cell)) {
            pack_text(out, cell_group_key(cell));
            policy->type->save(cell_memory(cell), &policy->rule, out);
            if (shows_from_us(cell) < INT64_MAX) {
                keepsakes_save(*cell_kept(cell), out);
            }
        }
    }
}

static void load_cell(struct correlations *correlations, struct watched *policy,
                      uint32_t source_count, struct unpacker *from)
{
    struct span group_key = unpack_text(from, SIGNAL_GROUP_KEY_BYTES_MAX);
    unpack_expect(from, !from->failed && !cells_find(correlations->cells, policy, group_key));
    if (from->failed) {
        return;
    }
    struct cell *cell = cells_add(correlations->cells, policy, group_key);
    policy->type->load(cell_memory(cell), &policy->rule, source_count, from);
    if (!from->failed && shows_from_us(cell) < INT64_MAX) {
        keepsakes_load(cell_kept(cell), &policy->state_id, group_key, from);
    }
    unpack_expect(from, policy->type->due_us(cell_memory(cell), &policy->rule) != INT64_MAX);
    cells_changed(correlations->cells, cell);
}

void correlations_load(struct correlations *correlations, uint32_t source_count,
                       struct unpacker *from)
{
    uint32_t count = unpack_u32(from);
    for (uint32_t i = 0; i < count && !from->failed; i++) {
        struct digest state_id = unpack_digest(from);
        struct span text = unpack_text(from, CORRELATION_TEXT_BYTES_MAX);
        struct span policy_id =
            from->version < 3 ? span_of("", 0) : unpack_text(from, SIGNAL_TEXT_BYTES_MAX);
        uint64_t cells = unpack_u64(from);
        size_t place = from->failed ? 0 : place_of(correlations, &state_id, text);
        /* in order, each once, none without groups */
        unpack_expect(from, place == i && correlations->policy_count == i && cells > 0);
        struct watched *policy =
            from->failed ? NULL : policy_of(correlations, &state_id, text, policy_id);
        unpack_expect(from, policy != NULL && correlations->policy_count == (size_t)i + 1);
        for (uint64_t k = 0; k < cells && !from->failed; k++) {
            load_cell(correlations, policy, source_count, from);
        }
    }
}
