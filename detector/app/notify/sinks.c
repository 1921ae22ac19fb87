/* sinks.c: which connector a type is, and what of the configuration it needs. */
#include "app/notify/sinks.h"

#include "app/aws_setup.h"
#include "eventbridge/eventbridge_sink.h"
#include "file/file_sink.h"
#include "sns/sns_sink.h"

static bool is_type(const struct config_item *item, struct span type)
{
    return span_equals(config_text(item, CONFIG_SINK_TYPE), type);
}

bool sinks_is_remote(const struct config_item *item)
{
    return is_type(item, SPAN("sns")) || is_type(item, SPAN("eventbridge"));
}

static enum status make_remote(const struct config *config, const struct config_item *item,
                               struct arena *arena, struct span *problem, struct sinks_made *out)
{
    struct span name = config_text(item, CONFIG_SINK_NAME);
    struct aws_client *client = NULL;
    enum status status = aws_setup_client(config, config_text(item, CONFIG_SINK_REGION),
                                          config_text(item, CONFIG_SINK_ENDPOINT), arena,
                                          problem, &client);
    if (status != STATUS_OK) {
        return status;
    }
    out->client = client;
    out->sink = is_type(item, SPAN("sns"))
                    ? sns_sink_new(name, config_text(item, CONFIG_SINK_TOPIC), client)
                    : eventbridge_sink_new(name, config_text(item, CONFIG_SINK_BUS),
                                           config_text(item, CONFIG_SINK_EVENT_SOURCE), client);
    return STATUS_OK;
}

enum status sinks_make(const struct config *config, const struct config_item *item,
                       struct arena *arena, struct span *problem, struct sinks_made *out)
{
    if (sinks_is_remote(item)) {
        return make_remote(config, item, arena, problem, out);
    }
    bool is_stdout = is_type(item, SPAN("stdout"));
    *out = (struct sinks_made){
        .sink = file_sink_new(config_text(item, CONFIG_SINK_NAME),
                              is_stdout ? SPAN("-") : config_text(item, CONFIG_SINK_PATH)),
    };
    return STATUS_OK;
}
