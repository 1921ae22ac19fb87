/* connect_group.c: the parts of sources are shared among replicas as the partitions of checkpoints
 * are: a part belongs to whoever holds the partition of its key. */
#include "app/connect/connect.h"

#include "app/event.h"
#include "base/check.h"

/* Both are told by the group; the topic itself is read by connect_checkpoints. */
static void on_assigned(void *context, struct kafka_part *parts, size_t count)
{
    struct connect *connect = context;
    for (size_t i = 0; i < count; i++) {
        parts[i].start = KAFKA_OFFSET_END;
        connect->owned[parts[i].partition] = true;
        connect_checkpoints_renew(connect->checkpoints, parts[i].partition);
    }
}

/* What is on its way is brought to its end, so that the next owner begins behind it. When the group
 * went on without us that is too late, and what the next owner does is a repeat at worst. */
static void on_revoked(void *context, const struct kafka_part *parts, size_t count, bool lost)
{
    struct connect *connect = context;
    for (size_t i = 0; i < count; i++) {
        connect->owned[parts[i].partition] = false;
    }
    if (!lost && !connect->failed && !connect_send_drain(connect)) {
        event_tell(connect->log, EVENT_CONNECT_UNDRAINED, NULL, 0);
    }
}

static void tell_assignment(const struct connect *connect)
{
    size_t count = 0;
    for (int32_t i = 0; i < connect->topics[CONNECT_CHECKPOINTS].partitions; i++) {
        count += connect->owned[i];
    }
    metric_set(metric_of1(connect->service.metrics, METRIC_ASSIGNED, SPAN("connect")),
               (double)count);
}

static struct group_watch *watch_of(const struct connect *connect)
{
    const struct group_watch_options options = {
        .consumer = connect->group,
        .group = SPAN("connect"),
        .topic = connect->topics[CONNECT_CHECKPOINTS].name,
        .partitions = connect->topics[CONNECT_CHECKPOINTS].partitions,
        .config = connect->config,
        .log = connect->log,
        .metrics = connect->service.metrics,
        .health = connect->service.health,
    };
    return group_watch_new(&options);
}

bool connect_group_join(struct connect *connect)
{
    struct arena *arena = connect->invocation->arena;
    struct kafka_problem problem = {.trouble = KAFKA_FINE};
    const struct kafka_consumer_options options = {
        .topic = connect->topics[CONNECT_CHECKPOINTS].name,
        .group = kafka_setup_name(connect->config, "connect", arena),
        .owner = {.context = connect, .assigned = on_assigned, .revoked = on_revoked},
    };
    connect->owned = arena_array(arena, (size_t)connect->topics[CONNECT_CHECKPOINTS].partitions,
                                 sizeof *connect->owned);
    if (kafka_consumer_new(&connect->settings, &options, &problem, &connect->group) !=
        STATUS_OK) {
        connect_tell_problem(connect, options.group, &problem);
        return false;
    }
    connect->watch = watch_of(connect);
    return true;
}

void connect_group_poll(struct connect *connect)
{
    struct kafka_batch *batch = NULL;
    enum status status = kafka_consumer_poll(connect->group, 0, &batch);
    if (status == STATUS_IO || status == STATUS_CLOSED) {
        struct kafka_problem problem = kafka_consumer_problem(connect->group);
        connect_tell_problem(connect, connect->topics[CONNECT_CHECKPOINTS].name, &problem);
        connect->failed = true;
    }
    kafka_batch_free(&batch); /* what others write is read by connect_checkpoints */
    tell_assignment(connect);
    group_watch_look(connect->watch);
}

void connect_group_leave(struct connect *connect)
{
    group_watch_free(&connect->watch);
    kafka_consumer_free(&connect->group);
}

struct span connect_key(const struct connect_feed *feed, struct span part, struct arena *arena)
{
    return arena_printf(arena, "%.*s/%.*s", SPAN_ARG(feed->name), SPAN_ARG(part));
}

bool connect_owns(const struct connect *connect, struct span key)
{
    int32_t partition =
        kafka_key_partition(key, connect->topics[CONNECT_CHECKPOINTS].partitions);
    return connect->owned[partition] && connect_checkpoints_are_read(connect->checkpoints) &&
           connect_checkpoints_knows(connect->checkpoints, partition);
}
