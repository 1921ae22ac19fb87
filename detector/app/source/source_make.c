/* source_make.c: which connector a type is, and what of the configuration it needs. */
#include "app/source/source_make.h"

#include "app/aws_setup.h"
#include "file/file_source.h"
#include "kinesis/kinesis_source.h"

enum { US_PER_MS = 1000 };

bool source_is_kinesis(const struct config_item *item)
{
    return span_equals(config_text(item, CONFIG_SOURCE_TYPE), SPAN("kinesis"));
}

static enum kinesis_start start_of(const struct config_item *item)
{
    struct span start = config_text(item, CONFIG_SOURCE_START);
    if (span_equals(start, SPAN("latest"))) {
        return KINESIS_START_LATEST;
    }
    return span_equals(start, SPAN("at_timestamp")) ? KINESIS_START_AT_TIMESTAMP
                                                    : KINESIS_START_TRIM_HORIZON;
}

static enum status make_kinesis(const struct config *config, const struct config_item *item,
                                uint64_t records_before, struct arena *arena,
                                struct span *problem, struct made_source *out)
{
    struct aws_client *client = NULL;
    enum status status = aws_setup_client(config, config_text(item, CONFIG_SOURCE_REGION),
                                          config_text(item, CONFIG_SOURCE_ENDPOINT), arena,
                                          problem, &client);
    if (status != STATUS_OK) {
        return status;
    }
    const struct kinesis_source_options options = {
        .name = config_text(item, CONFIG_SOURCE_NAME),
        .stream = config_text(item, CONFIG_SOURCE_STREAM),
        .client = client,
        .start = start_of(item),
        .start_ms = item->values[CONFIG_SOURCE_START_AT].number / US_PER_MS,
        .threads = (size_t)config_root_value(config, CONFIG_CONNECT_THREADS)->number,
        .lag_limit_ms = item->values[CONFIG_SOURCE_LAG_LIMIT].number / US_PER_MS,
        .records_before = records_before,
        .clock = clock_system(),
    };
    *out = (struct made_source){.source = kinesis_source_new(&options), .client = client};
    return STATUS_OK;
}

enum status source_make(const struct config *config, const struct config_item *item,
                         uint64_t records_before, struct arena *arena, struct span *problem,
                         struct made_source *out)
{
    if (source_is_kinesis(item)) {
        return make_kinesis(config, item, records_before, arena, problem, out);
    }
    const struct file_source_options options = {
        .name = config_text(item, CONFIG_SOURCE_NAME),
        .path = config_text(item, CONFIG_SOURCE_PATH),
        .follow = item->values[CONFIG_SOURCE_FOLLOW].number != 0,
    };
    *out = (struct made_source){.source = file_source_new(&options)};
    return STATUS_OK;
}

void made_source_free(struct made_source *made)
{
    if (made->source) {
        made->source->ops->free(made->source);
    }
    if (made->client) {
        aws_client_free(&made->client);
    }
    *made = (struct made_source){0};
}
