#include "kafka_world.h"

#include "base/check.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

static void hear(void *context, const struct kafka_notice *notice)
{
    static const char *const names[] = {
        [KAFKA_EVENT_LINE] = "", [KAFKA_EVENT_AWAY] = "away;", [KAFKA_EVENT_BACK] = "back;",
        [KAFKA_EVENT_REFUSED] = "refused;", [KAFKA_EVENT_FENCED] = "fenced;",
        [KAFKA_EVENT_FAILED] = "failed;"};
    struct kafka_world *world = context;
    buf_append(&world->heard, span_view(names[notice->event]));
}

/* The value behind "brokers=" in the file. */
static struct span brokers_of(struct arena *arena, const char *path)
{
    char text[4096] = "";
    FILE *file = path ? fopen(path, "r") : NULL;
    if (!file) {
        fail_msg("no broker: %s is not there; tools/services kafka up starts one",
                 path ? path : "DELTAWARD_TEST_KAFKA");
    }
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = '\0';
    const char *found = strstr(text, "brokers=");
    assert_non_null(found);
    found += strlen("brokers=");
    return arena_copy(arena, span_of(found, strcspn(found, "\n")));
}

int kafka_world_bare(void **state)
{
    struct kafka_world *world = calloc(1, sizeof *world);
    check(world);
    world->arena = arena_new(0);
    world->start = KAFKA_OFFSET_NONE;
    world->settings = (struct kafka_settings){
        .client_id = SPAN("tests"),
        .properties = world->properties,
        .clock = clock_system(),
        .profile = KAFKA_LOW_LATENCY,
        .listener = {.context = world, .tell = hear},
    };
    for (size_t i = 0; i < WORLD_PARTS_MAX; i++) {
        world->committed[i] = -1;
    }
    *state = world;
    return 0;
}

int kafka_world_up(void **state)
{
    kafka_world_bare(state);
    struct kafka_world *world = *state;
    world->settings.brokers = brokers_of(world->arena, getenv("DELTAWARD_TEST_KAFKA"));
    return 0;
}

int kafka_world_down(void **state)
{
    struct kafka_world *world = *state;
    kafka_batch_free(&world->early);
    kafka_consumer_free(&world->consumer);
    kafka_producer_free(&world->producer);
    buf_deinit(&world->heard);
    buf_deinit(&world->metadata);
    buf_deinit(&world->turns);
    arena_free(&world->arena);
    free(world);
    return 0;
}

void kafka_world_set(struct kafka_world *world, const char *name, const char *value)
{
    size_t at = world->settings.property_count++;
    check(at < WORLD_PROPERTIES_MAX);
    world->properties[at] =
        (struct kafka_property){.name = span_view(name), .value = span_view(value)};
}

void kafka_world_topic(struct kafka_world *world, int32_t partitions)
{
    struct kafka_admin *admin = NULL;
    struct kafka_problem problem = {0};
    char name[64];
    snprintf(name, sizeof name, "test-%d-%" PRIu64, (int)getpid(), clock_monotonic_ns());
    world->topic = arena_copy(world->arena, span_view(name));
    const struct kafka_topic_wanted wanted = {
        .name = world->topic.ptr, .partitions = partitions, .replication = 1};
    assert_int_equal(kafka_admin_new(&world->settings, &problem, &admin), STATUS_OK);
    assert_int_equal(kafka_admin_create(admin, &wanted, WORLD_WAIT_MS, &problem), STATUS_OK);
    struct kafka_topic found = {.exists = false};
    for (int i = 0; i < 100 && !found.exists; i++) { /* brokers tell of it a little later */
        assert_int_equal(kafka_admin_describe(admin, &world->topic, 1, WORLD_WAIT_MS,
                                              world->arena, &found, &problem),
                         STATUS_OK);
    }
    kafka_admin_free(&admin);
}

static void note_delivery(void *context, const struct kafka_delivery *delivery)
{
    struct kafka_world *world = context;
    if (delivery->problem.trouble == KAFKA_FINE) {
        world->delivered++;
    } else {
        world->failed++;
        world->failure = delivery->problem;
    }
}

void kafka_world_produce(struct kafka_world *world)
{
    struct kafka_problem problem = {0};
    const struct kafka_producer_owner owner = {.context = world, .delivered = note_delivery};
    assert_int_equal(kafka_producer_new(&world->settings, &owner, &problem, &world->producer),
                     STATUS_OK);
}

void kafka_world_send(struct kafka_world *world, int32_t partition, const char *prefix,
                      unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char value[64];
        snprintf(value, sizeof value, "%s%u", prefix, i);
        const struct kafka_message message = {
            .topic = world->topic.ptr, .partition = partition, .value = span_view(value)};
        assert_int_equal(kafka_producer_send(world->producer, &message), STATUS_OK);
    }
    assert_int_equal(kafka_producer_flush(world->producer, WORLD_WAIT_MS), STATUS_OK);
}

static void note_assigned(void *context, struct kafka_part *parts, size_t count)
{
    struct kafka_world *world = context;
    for (size_t i = 0; i < count; i++) {
        world->committed[parts[i].partition] = parts[i].offset;
        world->assigned++;
        buf_printf(&world->turns, "+%d ", (int)parts[i].partition);
        if (parts[i].metadata.len) {
            buf_clear(&world->metadata);
            buf_append(&world->metadata, parts[i].metadata);
        }
        if (world->start != KAFKA_OFFSET_NONE) {
            parts[i].start = world->start;
        }
    }
}

static void note_revoked(void *context, const struct kafka_part *parts, size_t count, bool lost)
{
    struct kafka_world *world = context;
    for (size_t i = 0; i < count; i++) {
        buf_printf(&world->turns, "%s%d ", lost ? "!" : "-", (int)parts[i].partition);
        world->committed[parts[i].partition] = -1;
    }
    if (lost) {
        world->lost += (unsigned)count;
        world->lost_commit = kafka_consumer_commit(world->consumer, parts, count);
    }
}

static void note_committed(void *context, const struct kafka_part *parts, size_t count,
                           const struct kafka_problem *problem)
{
    struct kafka_world *world = context;
    (void)parts;
    (void)count;
    world->commits++;
    world->commit_problem = *problem;
}

static unsigned parts_held(const struct kafka_world *world)
{
    unsigned count = 0;
    for (size_t i = 0; i < WORLD_PARTS_MAX; i++) {
        count += world->committed[i] != -1;
    }
    return count;
}

void kafka_world_join(struct kafka_world *world, const char *group, unsigned parts)
{
    struct kafka_problem problem = {0};
    const struct kafka_consumer_options options = {
        .topic = world->topic,
        .group = span_view(group),
        .instance = span_view(world->instance),
        .owner = {.context = world, .assigned = note_assigned, .revoked = note_revoked,
                  .committed = note_committed},
    };
    assert_int_equal(
        kafka_consumer_new(&world->settings, &options, &problem, &world->consumer), STATUS_OK);
    for (int waited = 0; parts_held(world) < parts && waited < WORLD_WAIT_MS; waited += 100) {
        kafka_batch_free(&world->early);
        world->polled = kafka_consumer_poll(world->consumer, 100, &world->early);
    }
    assert_int_equal(parts_held(world), parts);
}

void kafka_world_read(struct kafka_world *world, unsigned count, struct buf *out)
{
    uint64_t until_ns = clock_monotonic_ns() + (uint64_t)WORLD_WAIT_MS * 1000000;
    unsigned seen = 0;
    buf_clear(out);
    while (seen < count && clock_monotonic_ns() < until_ns) {
        struct kafka_batch *batch = world->early;
        world->early = NULL;
        if (!batch && kafka_consumer_poll(world->consumer, 100, &batch) != STATUS_OK) {
            continue;
        }
        for (size_t i = 0; i < batch->count; i++) {
            const struct kafka_record *record = &batch->records[i];
            buf_printf(out, "%d/%" PRId64 "=%.*s;", (int)record->partition, record->offset,
                       SPAN_ARG(record->value));
            seen++;
        }
        kafka_batch_free(&batch);
    }
    assert_int_equal(seen, count);
}

bool kafka_world_hears(struct kafka_world *world, const char *what)
{
    for (int waited = 0; waited < WORLD_WAIT_MS; waited += 100) {
        if (world->heard.len && strstr(world->heard.ptr, what)) {
            return true;
        }
        (void)!kafka_producer_poll(world->producer, 100);
    }
    return false;
}
