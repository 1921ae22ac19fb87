/* inputs.c: asks the sources in turn, so that a busy one does not starve the others. */
#include "app/run/inputs.h"

#include "app/event.h"
#include "base/check.h"
#include "file/file_source.h"

static void tell(struct log *log, enum event event, const struct source *source)
{
    const struct log_field fields[] = {
        log_text("source", source->name),
        log_text("problem", source->ops->problem(source)),
    };
    event_tell(log, event, fields, 2);
}

static struct source *source_of(const struct config_item *item)
{
    const struct file_source_options options = {
        .name = config_text(item, CONFIG_SOURCE_NAME),
        .path = config_text(item, CONFIG_SOURCE_PATH),
        .follow = item->values[CONFIG_SOURCE_FOLLOW].number != 0,
    };
    return file_source_new(&options);
}

static enum status recall(void *context, struct span part, struct arena *arena, struct span *out)
{
    struct input *input = context;
    int64_t watermark_us;
    check(part.len == 0);
    enum status status = input->store->ops->position(input->store, input->source->name, arena, out,
                                                     &watermark_us);
    if (status == STATUS_OK) {
        input->engine.watermark_us = watermark_us;
    }
    return status;
}

static enum status open_input(struct input *input, struct store *store, struct log *log)
{
    input->store = store;
    input->memory = (struct source_memory){.context = input, .position = recall};
    input->engine.watermark_us = INT64_MIN;
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

enum status inputs_open(const struct config *config, struct store *store, struct arena *arena,
                        struct log *log, struct inputs *out)
{
    const struct config_value *sources = config_root_value(config, CONFIG_SOURCES);
    struct inputs inputs = {
        .items = arena_array(arena, sources->count, sizeof *inputs.items),
        .log = log,
    };
    enum status status = STATUS_OK;
    for (size_t i = 0; i < sources->count && status == STATUS_OK; i++) {
        const struct config_item *item = &sources->items[i];
        struct input *input = &inputs.items[inputs.count++];
        input->source = source_of(item);
        input->engine.name = input->source->name;
        input->engine.account = config_text(item, CONFIG_SOURCE_ACCOUNT);
        (void)record_format_parse(config_text(item, CONFIG_SOURCE_FORMAT), &input->engine.format);
        status = open_input(input, store, log);
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
        inputs->items[i].source->ops->free(inputs->items[i].source);
    }
    inputs->count = 0;
}

static void end_input(struct inputs *inputs, struct input *input, enum status status)
{
    input->ended = true;
    inputs->open--;
    if (status == STATUS_END) {
        tell(inputs->log, EVENT_SOURCE_ENDED, input->source);
    } else {
        inputs->failed = true;
        tell(inputs->log, EVENT_SOURCE_FAILED, input->source);
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
        if (status == STATUS_OK) {
            if (input->source->ops->problem(input->source).len) {
                tell(inputs->log, EVENT_SOURCE_ROTATED, input->source);
            }
            *out = input;
            return STATUS_OK;
        }
        if (status != STATUS_AGAIN) {
            end_input(inputs, input, status);
        }
    }
    return inputs->open ? STATUS_AGAIN : STATUS_END;
}

enum status inputs_read(struct inputs *inputs, int wait_ms, struct source_batch *batch,
                        struct input **out)
{
    enum status status = STATUS_AGAIN;
    if (inputs->open > 1) { /* an idle source does not delay the others */
        status = ask_round(inputs, 0, batch, out);
    }
    if (status == STATUS_AGAIN) {
        int share = inputs->open ? (int)inputs->open : 1;
        status = ask_round(inputs, wait_ms / share, batch, out);
    }
    return status;
}
