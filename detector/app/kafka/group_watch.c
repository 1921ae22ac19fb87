/* group_watch.c: asks, hears, judges (group_owners.h), tells. */
#include "app/kafka/group_watch.h"

#include "app/event.h"
#include "app/kafka/group_owners.h"
#include "base/clock.h"

enum { JITTER_PART = 5 }; /* a look comes later by up to a fifth: members do not ask in step */

struct group_watch {
    struct arena *arena;  /* as long as the watch */
    struct arena *answer; /* one answer */
    struct group_watch_options options;
    struct group_owners memory;
    enum group_owner *owners; /* by partition; so is `held` */
    bool *held;
    uint64_t interval_ns;
    uint64_t next_ns; /* when to ask next (monotonic) */
    bool missing;     /* told: some have no owner */
    bool unknown;     /* told: the broker does not say */
    struct buf none;  /* "8, 9": without an owner */
    struct buf unaware;
};

static void plan_next(struct group_watch *watch, uint64_t now_ns)
{
    uint64_t jitter_ns = now_ns % (watch->interval_ns / JITTER_PART);
    watch->next_ns = now_ns + watch->interval_ns + jitter_ns;
}

struct group_watch *group_watch_new(const struct group_watch_options *options)
{
    struct arena *arena = arena_new(0);
    struct group_watch *watch = arena_alloc(arena, sizeof *watch);
    size_t partitions = (size_t)options->partitions;
    int64_t interval_us = config_root_value(options->config, CONFIG_KAFKA_OWNER_CHECK)->number;
    *watch = (struct group_watch){
        .arena = arena,
        .answer = arena_new(0),
        .options = *options,
        .owners = arena_array(arena, partitions, sizeof *watch->owners),
        .held = arena_array(arena, partitions, sizeof *watch->held),
        .interval_ns = (uint64_t)interval_us * 1000,
    };
    watch->options.group = arena_copy(arena, options->group);
    watch->options.topic = arena_copy(arena, options->topic);
    plan_next(watch, clock_monotonic_ns());
    return watch;
}

void group_watch_free(struct group_watch **watch)
{
    struct group_watch *ended = *watch;
    if (ended) {
        struct arena *arena = ended->arena; /* in which the watch itself lies */
        buf_deinit(&ended->none);
        buf_deinit(&ended->unaware);
        arena_free(&ended->answer);
        arena_free(&arena);
        *watch = NULL;
    }
}

/* How many of the kind; *out lists them. */
static size_t list_owned(const struct group_watch *watch, enum group_owner kind, struct buf *out)
{
    size_t count = 0;
    buf_clear(out);
    for (size_t i = 0; i < (size_t)watch->options.partitions; i++) {
        if (watch->owners[i] == kind) {
            buf_printf(out, "%s%zu", count++ ? ", " : "", i);
        }
    }
    return count;
}

static void tell_state(const struct group_watch *watch, enum event event)
{
    const struct log_field fields[] = {
        log_text("group", watch->options.group),
        log_text("topic", watch->options.topic),
        log_text("partitions", buf_view(&watch->none)),
        log_text("unaware", buf_view(&watch->unaware)),
    };
    event_tell(watch->options.log, event, fields,
               event == EVENT_PARTITIONS_UNOWNED ? sizeof fields / sizeof *fields : 2);
}

static void tell_ready(struct group_watch *watch)
{
    struct buf part = {0};
    struct buf reason = {0};
    buf_printf(&part, "group %.*s", SPAN_ARG(watch->options.group));
    if (watch->missing) {
        const struct buf *listed = watch->none.len ? &watch->none : &watch->unaware;
        buf_printf(&reason, "nobody reads %.*s partition %.*s; a member joins anew",
                   SPAN_ARG(watch->options.topic), SPAN_ARG(buf_view(listed)));
    }
    health_ready(watch->options.health, buf_view(&part), !watch->missing, buf_view(&reason));
    buf_deinit(&part);
    buf_deinit(&reason);
}

static void show(struct group_watch *watch, bool missing)
{
    size_t count = list_owned(watch, GROUP_OWNER_NONE, &watch->none) +
                   list_owned(watch, GROUP_OWNER_UNAWARE, &watch->unaware);
    if (missing != watch->missing) {
        tell_state(watch, missing ? EVENT_PARTITIONS_UNOWNED : EVENT_PARTITIONS_OWNED);
    }
    watch->missing = missing;
    metric_set(metric_of1(watch->options.metrics, METRIC_UNOWNED, watch->options.group),
               (double)count);
    tell_ready(watch);
}

static void judge(struct group_watch *watch, const struct kafka_group *group)
{
    for (int32_t i = 0; i < watch->options.partitions; i++) {
        watch->held[i] = kafka_group_holds(watch->options.consumer, i);
    }
    const struct group_owners_verdict verdict =
        group_owners_look(&watch->memory, group, watch->held, (size_t)watch->options.partitions,
                          clock_monotonic_ns(), watch->owners);
    if (verdict.state != GROUP_OWNERS_UNSURE) {
        show(watch, verdict.state == GROUP_OWNERS_MISSING);
    }
    if (verdict.rejoin) {
        tell_state(watch, EVENT_GROUP_REJOINED);
        metric_add(metric_of1(watch->options.metrics, METRIC_REJOINS, watch->options.group), 1);
        kafka_group_rejoin(watch->options.consumer);
    }
}

/* A broker that is away is told elsewhere. */
static void meet_problem(struct group_watch *watch, const struct kafka_problem *problem)
{
    watch->memory.looks = 0;
    if (problem->trouble == KAFKA_AWAY || watch->unknown) {
        return;
    }
    watch->unknown = true;
    const struct log_field fields[] = {
        log_text("what", watch->options.group),
        log_text("problem", kafka_problem_text(problem)),
        log_text("hint", kafka_problem_hint(problem->trouble)),
    };
    event_tell(watch->options.log, EVENT_KAFKA_FAILED, fields, sizeof fields / sizeof *fields);
}

void group_watch_look(struct group_watch *watch)
{
    struct kafka_group group = {0};
    struct kafka_problem problem = {.trouble = KAFKA_FINE};
    if (!watch) {
        return;
    }
    enum status status =
        kafka_group_hear(watch->options.consumer, watch->answer, &group, &problem);
    if (status == STATUS_OK) {
        watch->unknown = false;
        judge(watch, &group);
    } else if (status != STATUS_AGAIN) {
        meet_problem(watch, &problem);
    }
    arena_reset(watch->answer);
    uint64_t now_ns = clock_monotonic_ns();
    if (now_ns >= watch->next_ns) {
        kafka_group_ask(watch->options.consumer);
        plan_next(watch, now_ns);
    }
}
