/* config_aws.c: what names of AWS resources tell: region and account of an ARN. */
#include "app/config/config_layers.h"
#include "aws/aws_arn.h"

/* A key that names a resource, and how an ARN of one looks. */
struct resource {
    size_t key;
    size_t region_key;
    size_t account_key;  /* the same as region_key: entries have none */
    bool arn_only;
    const char *service; /* "kinesis" */
    const char *prefix;  /* of the ARN's last part */
    const char *example;
};

static const struct resource stream = {
    .key = CONFIG_SOURCE_STREAM,
    .region_key = CONFIG_SOURCE_REGION,
    .account_key = CONFIG_SOURCE_ACCOUNT,
    .service = "kinesis",
    .prefix = "stream/",
    .example = "arn:aws:kinesis:eu-west-1:123456789012:stream/orders",
};
static const struct resource topic = {
    .key = CONFIG_SINK_TOPIC,
    .region_key = CONFIG_SINK_REGION,
    .account_key = CONFIG_SINK_REGION,
    .arn_only = true,
    .service = "sns",
    .prefix = "",
    .example = "arn:aws:sns:eu-west-1:123456789012:alerts",
};
static const struct resource bus = {
    .key = CONFIG_SINK_BUS,
    .region_key = CONFIG_SINK_REGION,
    .account_key = CONFIG_SINK_REGION,
    .service = "events",
    .prefix = "event-bus/",
    .example = "arn:aws:events:eu-west-1:123456789012:event-bus/alerts",
};

/* Fills in what the ARN tells; what is written beside it must say the same. */
static void derive(struct config_item *item, size_t key, struct span told, const char *what,
                   struct diag_list *diags)
{
    struct config_value *value = &item->values[key];
    if (value->text.len && !span_equals(value->text, told)) {
        diag_add(diags, DIAG_ERROR, item->place, SPAN("leave it out: the ARN tells it"),
                 "%s is %.*s, but the ARN says %.*s", what, SPAN_ARG(value->text),
                 SPAN_ARG(told));
    }
    value->text = told;
    value->given = true;
}

static void derive_resource(struct config_item *item, const struct resource *resource,
                            struct diag_list *diags)
{
    struct span text = config_text(item, resource->key);
    struct aws_arn arn;
    bool has_colon = text.len && memchr(text.ptr, ':', text.len);
    if (text.len == 0 || (!has_colon && !resource->arn_only)) {
        return; /* missing, which is told already; or a name */
    }
    if (!aws_arn_parse(text, &arn) || !span_equals(arn.service, span_view(resource->service)) ||
        !span_starts_with(arn.resource, span_view(resource->prefix)) ||
        arn.resource.len == strlen(resource->prefix) || !arn.region.len || !arn.account.len) {
        diag_add(diags, DIAG_ERROR, item->place, span_view(resource->example),
                 "%s wants an ARN of %s, not '%.*s'", item->section->keys[resource->key].name,
                 resource->service, SPAN_ARG(text));
        return;
    }
    derive(item, resource->region_key, arn.region, "region", diags);
    if (resource->account_key != resource->region_key) {
        derive(item, resource->account_key, arn.account, "account", diags);
    }
}

static void check_start(const struct config_item *source, struct diag_list *diags)
{
    bool wants = span_equals(config_text(source, CONFIG_SOURCE_START), SPAN("at_timestamp"));
    bool has = source->values[CONFIG_SOURCE_START_AT].given;
    if (wants != has) {
        diag_add(diags, DIAG_ERROR, source->place,
                 SPAN("start: at_timestamp, start_at: 2026-03-01T00:00:00Z"),
                 wants ? "start: at_timestamp wants start_at"
                       : "start_at is for start: at_timestamp");
    }
}

static void check_event_source(const struct config_item *sink, struct diag_list *diags)
{
    struct span source = config_text(sink, CONFIG_SINK_EVENT_SOURCE);
    if (source.len == 0 || span_starts_with(source, SPAN("aws."))) {
        diag_add(diags, DIAG_ERROR, sink->place, SPAN("source: deltaward"),
                 "source must be some text that does not begin with aws.");
    }
}

static bool is_type(const struct config_item *item, const char *type)
{
    return span_equals(config_text(item, CONFIG_TYPED_KEY), span_view(type));
}

/* Entries of a list are changed in a copy: what the layers read stays as it was. */
static struct config_item *writable(struct config_value *list, struct arena *arena)
{
    struct config_item *items = arena_array(arena, list->count + 1, sizeof *items);
    for (size_t i = 0; i < list->count; i++) {
        items[i] = list->items[i];
    }
    list->items = items;
    return items;
}

void config_derive_aws(struct config *config, struct arena *arena, struct diag_list *diags)
{
    struct config_value *sources = &config->root.values[CONFIG_SOURCES];
    struct config_value *sinks = &config->root.values[CONFIG_SINKS];
    struct config_item *items = writable(sources, arena);
    for (size_t i = 0; i < sources->count; i++) {
        if (is_type(&items[i], "kinesis")) {
            derive_resource(&items[i], &stream, diags);
            check_start(&items[i], diags);
        }
    }
    items = writable(sinks, arena);
    for (size_t i = 0; i < sinks->count; i++) {
        if (is_type(&items[i], "sns")) {
            derive_resource(&items[i], &topic, diags);
        } else if (is_type(&items[i], "eventbridge")) {
            derive_resource(&items[i], &bus, diags);
            check_event_source(&items[i], diags);
        }
    }
}
