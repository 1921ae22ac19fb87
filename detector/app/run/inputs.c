/* inputs.c: asks the sources in turn, so that a busy one does not starve the others. */
#include "app/run/inputs.h"

#include "app/event.h"

enum { US_PER_MS = 1000, NS_PER_US = 1000 };

static void tell(struct log *log, enum event event, const struct source *source)
{
    const struct log_field fields[] = {
        log_text("source", source->name),
        log_text("problem", source->ops->problem(source)),
    };
    event_tell(log, event, fields, 2);
}

static enum status recall(void *context, struct span part, struct arena *arena, struct span *out)
{
    struct input *input = context;
    int64_t watermark_us;
    if (part.len) {
        return input->store->ops->part_position(input->store, input->source->name, part, arena,
                                                out);
    }
    enum status status = input->store->ops->position(input->store, input->source->name, arena, out,
                                                     &watermark_us);
    if (status == STATUS_OK) {
        input->engine.watermark_us = watermark_us;
    }
    return status;
}

/* A source with parts has one time for all of them, which goes on where it was left. */
static enum status recall_clock(struct input *input, int64_t idle_after_us, struct arena *arena)
{
    struct span text;
    input->engine.clock = shard_clock_new(idle_after_us);
    enum status status = recall(input, SPAN(""), arena, &text);
    if (status == STATUS_OK && shard_clock_decode(input->engine.clock, text) != STATUS_OK) {
        shard_clock_reset(input->engine.clock); /* it was another kind of source then */
    }
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status open_input(struct input *input, struct log *log)
{
    enum status status = input->source->ops->open(input->source, &input->memory);
    if (status == STATUS_CONFLICT) {
        tell(log, EVENT_SOURCE_REPLACED, input->source);
        return STATUS_OK;
    }
    /* without a problem of its own it was the store that failed, which is told elsewhere */
    if (status != STATUS_OK && input->source->ops->problem(input->source).len) {
        tell(log, EVENT_SOURCE_FAILED, input->source);
    }
    return status;
}

static void tell_unmade(struct log *log, const struct config_item *item, struct span problem)
{
    const struct log_field fields[] = {
        log_text("source", config_text(item, CONFIG_SOURCE_NAME)),
        log_text("problem", problem),
    };
    event_tell(log, EVENT_SOURCE_FAILED, fields, 2);
}

static enum status make_input(struct input *input, const struct config *config,
                              const struct config_item *item, struct arena *arena,
                              struct log *log)
{
    struct store_ledger ledger = {0};
    struct span problem = {0};
    struct span name = config_text(item, CONFIG_SOURCE_NAME);
    enum status status = input->store->ops->ledger(input->store, name, &ledger);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        return status;
    }
    status = source_make(config, item, ledger.read, arena, &problem, &input->made);
    if (status != STATUS_OK) {
        tell_unmade(log, item, problem);
        return status;
    }
    input->source = input->made.source;
    input->memory = (struct source_memory){.context = input, .position = recall};
    input->engine.name = input->source->name;
    input->engine.account = config_text(item, CONFIG_SOURCE_ACCOUNT);
    input->engine.watermark_us = INT64_MIN;
    (void)record_format_parse(config_text(item, CONFIG_SOURCE_FORMAT), &input->engine.format);
    if (!source_is_kinesis(item)) {
        return STATUS_OK;
    }
    input->lag_limit_ms = item->values[CONFIG_SOURCE_LAG_LIMIT].number / US_PER_MS;
    return recall_clock(input, config_root_value(config, CONFIG_DETECT_IDLE_AFTER)->number, arena);
}

static void note_late(void *context, const struct source_notice *notice)
{
    struct input *input = context;
    struct inputs *inputs = input->inputs;
    if (notice->kind == SOURCE_NOTICE_LATE && inputs->late_count < INPUTS_LATE_MAX) {
        inputs->late[inputs->late_count++] = (struct input_late){
            input, arena_copy(inputs->arena, notice->part), notice->number};
    }
}

static void watch_input(struct input *input, const struct health_service *service,
                        struct log *log)
{
    input->watch = (struct source_watch){.source = input->source,
                                         .client = input->made.client,
                                         .log = log,
                                         .metrics = service->metrics,
                                         .health = service->health,
                                         .told = note_late,
                                         .context = input};
    source_watch_init(&input->watch);
}

enum status inputs_open(const struct config *config, struct store *store, struct arena *arena,
                        struct log *log, const struct health_service *service,
                        struct inputs *out)
{
    const struct config_value *sources = config_root_value(config, CONFIG_SOURCES);
    struct inputs inputs = {
        .items = arena_array(arena, sources->count, sizeof *inputs.items),
        .log = log,
        .arena = arena_new(0),
        .idle_after_ns =
            (uint64_t)config_root_value(config, CONFIG_DETECT_IDLE_AFTER)->number * NS_PER_US,
    };
    enum status status = STATUS_OK;
    for (size_t i = 0; i < sources->count && status == STATUS_OK; i++) {
        const struct config_item *item = &sources->items[i];
        struct input *input = &inputs.items[inputs.count++];
        input->store = store;
        input->inputs = out;
        status = make_input(input, config, item, arena, log);
        if (status == STATUS_OK) {
            watch_input(input, service, log);
            status = open_input(input, log);
        }
    }
    inputs.open = inputs.count;
    if (status != STATUS_OK) {
        inputs_close(&inputs);
        return status;
    }
    *out = inputs;
    return STATUS_OK;
}

void inputs_close(struct inputs *inputs)
{
    for (size_t i = 0; i < inputs->count; i++) {
        source_watch_deinit(&inputs->items[i].watch);
        shard_clock_free(&inputs->items[i].engine.clock);
        made_source_free(&inputs->items[i].made);
    }
    inputs->count = 0;
    if (inputs->arena) {
        arena_free(&inputs->arena);
    }
}

static void end_input(struct inputs *inputs, struct input *input, enum status status)
{
    input->ended = true;
    source_watch_end(&input->watch);
    inputs->open--;
    if (status == STATUS_END) {
        input->rests = true;
        tell(inputs->log, EVENT_SOURCE_ENDED, input->source);
    } else {
        inputs->failed = true;
        tell(inputs->log, EVENT_SOURCE_FAILED, input->source);
    }
}

/* Its end was found once more. */
static void note_quiet(struct inputs *inputs, struct input *input)
{
    uint64_t now_ns = clock_monotonic_ns();
    if (input->quiet_ns == 0) {
        input->quiet_ns = now_ns;
    }
    uint64_t rests_after_ns = inputs->idle_after_ns + (uint64_t)input->held_us * NS_PER_US;
    input->rests = !input->engine.clock && now_ns - input->quiet_ns >= rests_after_ns;
}

static void note_batch(struct input *input)
{
    input->quiet_ns = 0;
    input->rests = false;
    input->rest_told = false;
}

struct input *inputs_next_rested(struct inputs *inputs)
{
    for (size_t i = 0; i < inputs->count; i++) {
        struct input *input = &inputs->items[i];
        if (input->rests && !input->rest_told) {
            input->rest_told = true;
            return input;
        }
    }
    return NULL;
}

void inputs_settle(struct input *input, const struct source_batch *batch)
{
    if (input->source->ops->settle) {
        input->source->ops->settle(input->source, batch->part, batch->position);
    }
}

/* Asks every source once, each for wait_ms. */
static enum status ask_round(struct inputs *inputs, int wait_ms, struct source_batch *batch,
                             struct input **out)
{
    for (size_t asked = 0; asked < inputs->count && inputs->open > 0; asked++) {
        struct input *input = &inputs->items[inputs->next];
        inputs->next = (inputs->next + 1) % inputs->count;
        if (input->ended) {
            continue;
        }
        enum status status = input->source->ops->read(input->source, wait_ms, batch);
        source_watch_look(&input->watch);
        if (status == STATUS_OK) {
            note_batch(input);
            if (input->source->ops->problem(input->source).len) {
                tell(inputs->log, EVENT_SOURCE_ROTATED, input->source);
            }
            *out = input;
            return STATUS_OK;
        }
        if (status == STATUS_AGAIN) {
            note_quiet(inputs, input);
        } else {
            end_input(inputs, input, status);
        }
    }
    return inputs->open ? STATUS_AGAIN : STATUS_END;
}

enum status inputs_read(struct inputs *inputs, int wait_ms, struct source_batch *batch,
                        struct input **out)
{
    enum status status = STATUS_AGAIN;
    inputs->late_count = 0;
    arena_reset(inputs->arena);
    if (inputs->open > 1) { /* an idle source does not delay the others */
        status = ask_round(inputs, 0, batch, out);
    }
    if (status == STATUS_AGAIN) {
        int share = inputs->open ? (int)inputs->open : 1;
        status = ask_round(inputs, wait_ms / share, batch, out);
    }
    return status;
}
