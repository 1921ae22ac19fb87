/* sinks.c: which connector a type is, and what of the configuration it needs. */
#include "app/notify/sinks.h"

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

static struct span either(struct span own, struct span general)
{
    return own.len ? own : general;
}

static enum status make_remote(const struct config *config, const struct config_item *item,
                               struct arena *arena, struct span *problem, struct sinks_made *out)
{
    const struct config_item *root = &config->root;
    struct span name = config_text(item, CONFIG_SINK_NAME);
    struct aws_client *client = NULL;
    const struct aws_options options = {
        .region = either(config_text(item, CONFIG_SINK_REGION),
                         config_text(root, CONFIG_AWS_REGION)),
        .profile = config_text(root, CONFIG_AWS_PROFILE),
        .endpoint_url = either(config_text(item, CONFIG_SINK_ENDPOINT),
                               config_text(root, CONFIG_AWS_ENDPOINT_URL)),
        .ca_file = config_text(root, CONFIG_AWS_CA_BUNDLE),
    };
    enum status status = aws_client_new(&options, arena, problem, &client);
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
