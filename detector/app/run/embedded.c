/* embedded.c: opens the parts in the order in which they need one another, then runs batches until
 * there is nothing left or somebody asks it to stop. */
#include "app/run/embedded.h"

#include "app/complain.h"
#include "app/event.h"
#include "app/health/app_count.h"
#include "app/policies/reload.h"
#include "app/run/lag_notice.h"
#include "app/stop.h"
#include "sqlite/sqlite_store.h"

#include <errno.h>
#include <sys/stat.h>

/* How long a wait for records lasts: the bound on how late a signal or a reload is noticed. */
enum { WAIT_MS = 200 };
/* How long remote sinks are waited for at the end: with the last batch below the 25 s that a stop
 * may take. */
enum { DRAIN_MS = 20 * 1000 };

struct embedded {
    const struct invocation *invocation;
    const struct config *config;
    const struct health_service *service;
    struct health_loop *loop;
    struct policy_set set;
    struct store *store;
    struct engine *engine;
    struct inputs inputs;
    struct delivery delivery;
    struct reload *reload;
    struct arena *scratch;
    uint64_t alerts;
    uint64_t not_evaluable;
    uint64_t started_ns;
    bool store_broken;
};

struct span embedded_store_path(struct span data_dir, struct arena *arena)
{
    return arena_printf(arena, "%.*s/deltaward.db", SPAN_ARG(data_dir));
}

static enum command_exit load_policies(struct embedded *embedded)
{
    const struct invocation *invocation = embedded->invocation;
    struct diag_list diags = diag_list_in(invocation->arena);
    embedded->reload = reload_new(embedded->config, &embedded->set, embedded->service->metrics,
                                  invocation->log);
    enum status status = reload_first(embedded->reload, &diags);
    if (status == STATUS_OK && log_format_of(invocation->log) == LOG_JSON) {
        event_tell_diags(invocation->log, &diags); /* warnings */
    } else {
        complain_diags(invocation, &diags);
    }
    if (status != STATUS_OK) {
        complain(invocation, "deltaward policy check PATH shows the same without running",
                 "the policies cannot be used (%zu error%s)", diags.errors,
                 diags.errors == 1 ? "" : "s");
        return COMMAND_USAGE;
    }
    return COMMAND_OK;
}

static enum command_exit open_store(struct embedded *embedded)
{
    const struct invocation *invocation = embedded->invocation;
    struct span data_dir =
        arena_copy(invocation->arena, config_text(&embedded->config->root, CONFIG_DATA_DIR));
    struct span path = embedded_store_path(data_dir, invocation->arena);
    struct span problem = {0};
    if (mkdir(data_dir.ptr, 0750) != 0 && errno != EEXIST) {
        complain(invocation, "--data-dir DIR names another one", "%s: %s", data_dir.ptr,
                 strerror(errno));
        return COMMAND_ENVIRONMENT;
    }
    enum status status = sqlite_store_open(path, SQLITE_STORE_OWN, invocation->arena, &problem,
                                           &embedded->store);
    if (status != STATUS_OK) {
        complain(invocation, status == STATUS_CONFLICT ? "each detector needs a data_dir of its own"
                                                       : NULL,
                 "%.*s: %.*s", SPAN_ARG(path), SPAN_ARG(problem));
        return COMMAND_ENVIRONMENT;
    }
    return COMMAND_OK;
}

static enum command_exit store_failed(struct embedded *embedded)
{
    embedded->store_broken = true;
    struct log_field field = log_text("problem", embedded->store->ops->problem(embedded->store));
    event_tell(embedded->invocation->log, EVENT_STORE_FAILED, &field, 1);
    return COMMAND_ENVIRONMENT;
}

static enum status replay_signal(void *context, const struct signal *signal)
{
    engine_replay(context, signal);
    return STATUS_OK;
}

static enum status restore_held(void *context, struct span source, const struct held_match *match)
{
    engine_restore_held(context, source, match);
    return STATUS_OK;
}

static enum command_exit start_engine(struct embedded *embedded)
{
    struct store *store = embedded->store;
    struct engine_options options = {
        .threads = (size_t)config_root_value(embedded->config, CONFIG_THREADS)->number,
        .clock = clock_system(),
    };
    if (store->ops->sequences(store, &options.signal_last, &options.alert_last) != STATUS_OK) {
        return store_failed(embedded);
    }
    embedded->engine = engine_new(&options, embedded->set.plan, embedded->set.lookups);
    if (store->ops->replay(store, 1, replay_signal, embedded->engine) != STATUS_OK ||
        store->ops->held(store, restore_held, embedded->engine) != STATUS_OK) {
        return store_failed(embedded);
    }
    return COMMAND_OK;
}

static enum command_exit open_ends(struct embedded *embedded)
{
    const struct invocation *invocation = embedded->invocation;
    const struct delivery_options options = {
        .store = embedded->store,
        .store_path = embedded_store_path(
            config_text(&embedded->config->root, CONFIG_DATA_DIR), invocation->arena),
        .log = invocation->log,
        .service = embedded->service,
    };
    if (delivery_open(embedded->config, &options, invocation->arena, &embedded->delivery) !=
            STATUS_OK ||
        inputs_open(embedded->config, embedded->store, invocation->arena, invocation->log,
                    embedded->service, &embedded->inputs) != STATUS_OK) {
        /* a sink or source told its own problem already; the store did not */
        bool by_store = embedded->store->ops->problem(embedded->store).len > 0;
        return by_store ? store_failed(embedded) : COMMAND_ENVIRONMENT;
    }
    return COMMAND_OK;
}

/* Correlations wait for each source from the start. */
static void begin_sources(const struct embedded *embedded)
{
    const struct inputs *inputs = &embedded->inputs;
    const struct engine_source **sources =
        arena_array(embedded->invocation->arena, inputs->count + 1, sizeof(struct engine_source *));
    for (size_t i = 0; i < inputs->count; i++) {
        sources[i] = &inputs->items[i].engine;
        inputs->items[i].held_us = engine_held_us(embedded->engine, sources[i]);
    }
    engine_begin(embedded->engine, sources, inputs->count);
}

static bool is_read(const struct embedded *embedded, struct span source)
{
    bool found = false;
    for (size_t i = 0; i < embedded->inputs.count && !found; i++) {
        found = span_equals(embedded->inputs.items[i].engine.name, source);
    }
    return found;
}

static void tell_held(void *context, struct span source, size_t count)
{
    const struct embedded *embedded = context;
    const struct log_field fields[] = {
        log_text("source", source),
        log_number("matches", (int64_t)count),
        log_text("hint", SPAN("put the source back under sources until its matches were asked "
                              "again: its time must pass them, or its file end")),
    };
    if (!is_read(embedded, source)) {
        event_tell(embedded->invocation->log, EVENT_HELD_WITHOUT_SOURCE, fields,
                   sizeof fields / sizeof *fields);
    }
}

static void tell_start(const struct embedded *embedded)
{
    char revision[DIGEST_HEX_LENGTH + 1];
    digest_hex(&embedded->set.plan->revision, revision);
    const struct log_field fields[] = {
        log_number("policies", (int64_t)embedded->set.plan->policy_count),
        log_number("lookups", (int64_t)embedded->set.plan->lookup_count),
        log_number("sources", (int64_t)embedded->inputs.count),
        log_number("threads", config_root_value(embedded->config, CONFIG_THREADS)->number),
        log_text("revision", span_view(revision)),
    };
    event_tell(embedded->invocation->log, EVENT_RUN_STARTED, fields,
               sizeof fields / sizeof *fields);
}

enum command_exit embedded_open(const struct invocation *invocation, const struct config *config,
                                const struct health_service *service, struct embedded **out)
{
    struct embedded *embedded = arena_alloc(invocation->arena, sizeof *embedded);
    embedded->invocation = invocation;
    embedded->config = config;
    embedded->service = service;
    embedded->scratch = arena_new(0);
    embedded->started_ns = clock_monotonic_ns();
    stop_install();
    enum command_exit status = load_policies(embedded);
    if (status == COMMAND_OK) {
        status = open_store(embedded);
    }
    if (status == COMMAND_OK) {
        status = start_engine(embedded);
    }
    if (status == COMMAND_OK) {
        status = open_ends(embedded);
    }
    if (status != COMMAND_OK) {
        embedded_close(&embedded);
        return status;
    }
    begin_sources(embedded);
    tell_start(embedded);
    engine_held_each(embedded->engine, tell_held, embedded);
    metric_set(metric_of(service->metrics, METRIC_POLICIES),
               (double)embedded->set.plan->policy_count);
    health_service_started(service);
    *out = embedded;
    return COMMAND_OK;
}

static void tell_quarantined(const struct embedded *embedded, const struct store_batch *batch)
{
    for (size_t i = 0; i < batch->quarantined_count; i++) {
        const struct store_quarantined *record = &batch->quarantined[i];
        const struct log_field fields[] = {
            log_text("source", record->source),
            log_number("line", (int64_t)record->line),
            log_number("offset", (int64_t)record->offset),
            log_text("reason", record->reason),
        };
        event_tell(embedded->invocation->log, EVENT_RECORD_QUARANTINED, fields,
                   sizeof fields / sizeof *fields);
    }
}

static void tell_dropped(const struct embedded *embedded)
{
    size_t count;
    const struct decide_dropped *dropped = engine_dropped(embedded->engine, &count);
    for (size_t i = 0; i < count; i++) {
        const struct log_field fields[] = {
            log_text("policy", dropped[i].policy_id),
            log_number("groups", (int64_t)dropped[i].groups),
        };
        event_tell(embedded->invocation->log, EVENT_STATE_DROPPED, fields, 2);
    }
}

static void count_batch(struct embedded *embedded, const struct store_batch *batch)
{
    struct span name = evaluate_counter_name(EVALUATE_NOT_EVALUABLE);
    embedded->alerts += batch->alert_count;
    for (size_t i = 0; i < batch->count_count; i++) {
        if (span_equals(batch->counts[i].counter, name)) {
            embedded->not_evaluable += batch->counts[i].count;
        }
    }
    tell_quarantined(embedded, batch);
    tell_dropped(embedded);
}

static void count_held(const struct embedded *embedded)
{
    struct metrics *metrics = embedded->service->metrics;
    struct engine_held held = engine_held(embedded->engine);
    app_count_held(metrics, held.count, held.since_us, clock_now_us(clock_system()));
}

/* Whether the store lacks what the batch says. A shard that stands at its end is told of every
 * second, which is not worth a transaction each time. */
static enum status says_anything(const struct embedded *embedded, const struct store_batch *batch,
                                 bool *out)
{
    struct store *store = embedded->store;
    struct arena *arena = embedded->scratch;
    struct span known = {0};
    bool holds = batch->held_count || batch->let_go_count;
    if (batch->ledger.read || batch->signal_count || holds || batch->part.len == 0) {
        *out = true;
        return STATUS_OK;
    }
    arena_reset(arena);
    enum status status =
        store->ops->part_position(store, batch->source, batch->part, arena, &known);
    *out = status == STATUS_NOT_FOUND || !span_equals(known, batch->part_position);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

/* One micro-batch: durable first, then delivered. */
static enum command_exit run_batch(struct embedded *embedded, struct input *input,
                                   const struct source_batch *records,
                                   const struct embedded_watcher *watcher)
{
    struct metrics *metrics = embedded->service->metrics;
    uint64_t begin_ns = clock_monotonic_ns();
    struct store_batch batch = {0};
    bool news = true;
    engine_run(embedded->engine, &input->engine, records, &batch);
    input->engine.watermark_us = batch.watermark_us;
    input->held_us = engine_held_us(embedded->engine, &input->engine);
    if (says_anything(embedded, &batch, &news) != STATUS_OK ||
        (news && embedded->store->ops->commit(embedded->store, &batch) != STATUS_OK)) {
        return store_failed(embedded);
    }
    inputs_settle(input, records);
    count_batch(embedded, &batch);
    app_count_batch(metrics, &batch, clock_now_us(clock_system()));
    count_held(embedded);
    metric_observe(metric_of(metrics, METRIC_BATCH_SECONDS),
                   (double)(clock_monotonic_ns() - begin_ns) / 1e9);
    if (delivery_send(&embedded->delivery, batch.alerts, batch.alert_count) != STATUS_OK) {
        return COMMAND_ENVIRONMENT;
    }
    if (watcher && watcher->batch) {
        watcher->batch(watcher->context, &batch);
    }
    return COMMAND_OK;
}

/* What was decided without records: durable first, then delivered. */
static enum command_exit commit_told(struct embedded *embedded, const struct store_batch *batch)
{
    if (embedded->store->ops->commit(embedded->store, batch) != STATUS_OK) {
        return store_failed(embedded);
    }
    count_batch(embedded, batch);
    app_count_batch(embedded->service->metrics, batch, clock_now_us(clock_system()));
    count_held(embedded);
    return delivery_send(&embedded->delivery, batch->alerts, batch->alert_count) == STATUS_OK
               ? COMMAND_OK
               : COMMAND_ENVIRONMENT;
}

/* A source at its end, or long quiet, moves no time: what it holds back is asked again now. */
static enum command_exit ask_held(struct embedded *embedded, struct input *input)
{
    struct span position = {0};
    int64_t watermark_us;
    struct store_batch batch = {0};
    arena_reset(embedded->scratch);
    enum status status = embedded->store->ops->position(
        embedded->store, input->engine.name, embedded->scratch, &position, &watermark_us);
    if (status == STATUS_NOT_FOUND) {
        return COMMAND_OK; /* it held nothing */
    }
    if (status != STATUS_OK) {
        return store_failed(embedded);
    }
    engine_end(embedded->engine, &input->engine, position, &batch);
    input->held_us = 0;
    return batch.signal_count || batch.let_go_count ? commit_told(embedded, &batch) : COMMAND_OK;
}

/* A shard is read too late: as durable and delivered as any finding. */
static enum command_exit tell_late(struct embedded *embedded, const struct input_late *late)
{
    struct input *input = late->input;
    const struct lag_notice notice = {
        .source = input->engine.name,
        .account = input->engine.account,
        .part = late->part,
        .behind_ms = late->behind_ms,
        .limit_ms = input->lag_limit_ms,
        .now_us = clock_now_us(clock_system()),
        .watermark_us = input->engine.watermark_us,
    };
    struct store_batch batch = {0};
    arena_reset(embedded->scratch);
    struct signal signal = lag_notice_signal(&notice, embedded->scratch);
    engine_tell(embedded->engine, &input->engine, &signal, &batch);
    return commit_told(embedded, &batch);
}

static enum command_exit tell_all_late(struct embedded *embedded)
{
    enum command_exit ended = COMMAND_OK;
    for (size_t i = 0; i < embedded->inputs.late_count && ended == COMMAND_OK; i++) {
        ended = tell_late(embedded, &embedded->inputs.late[i]);
    }
    return ended;
}

/* Nobody waits any more for sources that are at their end, or long quiet. */
static enum command_exit tell_all_rested(struct embedded *embedded)
{
    enum command_exit ended = COMMAND_OK;
    struct input *input = inputs_next_rested(&embedded->inputs);
    for (; input && ended == COMMAND_OK; input = inputs_next_rested(&embedded->inputs)) {
        struct store_batch batch = {0};
        ended = ask_held(embedded, input);
        if (ended == COMMAND_OK && engine_rest(embedded->engine, &input->engine, &batch)) {
            ended = commit_told(embedded, &batch);
        }
    }
    return ended;
}

static enum command_exit run_batches(struct embedded *embedded,
                                     const struct embedded_watcher *watcher)
{
    for (;;) {
        struct source_batch records = {0};
        struct input *input = NULL;
        health_beat(embedded->loop);
        if (stop_asked()) {
            health_service_stopping(embedded->service);
            event_tell(embedded->invocation->log, EVENT_STOPPING, NULL, 0);
            return COMMAND_OK;
        }
        reload_check(embedded->reload, embedded->engine);
        enum status status = inputs_read(&embedded->inputs, WAIT_MS, &records, &input);
        enum command_exit told = tell_all_late(embedded);
        if (told == COMMAND_OK) {
            told = tell_all_rested(embedded);
        }
        if (told != COMMAND_OK) {
            return told;
        }
        if (status == STATUS_END) {
            return embedded->inputs.failed ? COMMAND_ENVIRONMENT : COMMAND_OK;
        }
        if (status == STATUS_OK) {
            enum command_exit ended = run_batch(embedded, input, &records, watcher);
            if (ended != COMMAND_OK) {
                return ended;
            }
        } else if (delivery_flush(&embedded->delivery) != STATUS_OK) {
            return store_failed(embedded); /* idle: no batch comes that carries the cursors */
        }
    }
}

/* Remote sinks get what they still lack, for a while. Where somebody asked to stop, one that is
 * away is no failure: the next start goes on there. */
static enum command_exit drain(struct embedded *embedded, enum command_exit ended)
{
    bool behind = false;
    bool asked = stop_asked();
    int limit_ms = ended == COMMAND_OK ? DRAIN_MS : 0;
    if (delivery_drain(&embedded->delivery, limit_ms, asked, &behind) != STATUS_OK) {
        return store_failed(embedded);
    }
    return behind && ended == COMMAND_OK && !asked ? COMMAND_ENVIRONMENT : ended;
}

enum command_exit embedded_run(struct embedded *embedded, const struct embedded_watcher *watcher)
{
    embedded->loop = health_loop(embedded->service->health, SPAN("run"), HEALTH_LIMIT_MS);
    enum command_exit ended = run_batches(embedded, watcher);
    health_loop_end(embedded->loop);
    return embedded->store_broken ? ended : drain(embedded, ended);
}

struct embedded_summary embedded_summary(const struct embedded *embedded)
{
    return (struct embedded_summary){
        .totals = engine_totals(embedded->engine),
        .alerts = embedded->alerts,
        .not_evaluable = embedded->not_evaluable,
        .unrouted = embedded->delivery.unrouted,
        .seconds = (double)(clock_monotonic_ns() - embedded->started_ns) / 1e9,
    };
}

void embedded_close(struct embedded **embedded)
{
    struct embedded *ended = *embedded;
    reload_free(&ended->reload);
    inputs_close(&ended->inputs);
    delivery_close(&ended->delivery);
    if (ended->engine) {
        engine_free(&ended->engine);
    }
    if (ended->store) {
        ended->store->ops->free(ended->store);
    }
    policy_set_deinit(&ended->set);
    arena_free(&ended->scratch);
    *embedded = NULL;
}
