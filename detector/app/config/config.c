/* config.c: the layers laid over one another, then what no single key can tell: names that are
 * unique, routes to sinks that exist. */
#include "app/config/config_layers.h"

#include <stdlib.h>
#include <unistd.h>

enum { THREADS_BY_DEFAULT_MAX = 64 };

/* The file to read: empty for none. */
static struct span file_path(const struct option_values *options)
{
    if (option_given(options, "config")) {
        return option_text(options, "config");
    }
    const char *variable = getenv("DELTAWARD_CONFIG");
    if (variable && variable[0]) {
        return span_view(variable);
    }
    return access("deltaward.yaml", F_OK) == 0 ? SPAN("deltaward.yaml") : (struct span){0};
}

void config_layer_defaults(struct config *config)
{
    struct config_value *value = &config->root.values[CONFIG_THREADS];
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    value->number = processors < 1                        ? 1
                    : processors > THREADS_BY_DEFAULT_MAX ? THREADS_BY_DEFAULT_MAX
                                                          : processors;
    value->given = true;
}

static void default_sinks(struct config_value *value, struct arena *arena)
{
    struct config_item *item = arena_alloc(arena, sizeof *item);
    *item = config_item_new(&config_sink_section, arena);
    item->values[CONFIG_SINK_NAME].text = SPAN("stdout");
    item->values[CONFIG_SINK_TYPE].text = SPAN("stdout");
    item->values[CONFIG_SINK_NAME].given = true;
    item->values[CONFIG_SINK_TYPE].given = true;
    value->items = item;
    value->count = 1;
    value->given = true;
}

static bool names_sink(const struct config *config, struct span name)
{
    const struct config_value *sinks = config_root_value(config, CONFIG_SINKS);
    for (size_t i = 0; i < sinks->count; i++) {
        if (span_equals(config_text(&sinks->items[i], CONFIG_SINK_NAME), name)) {
            return true;
        }
    }
    return false;
}

/* Two entries of one name would share a position, a cursor or a meaning. */
static void check_names(const struct config_value *list, struct diag_list *diags)
{
    for (size_t i = 0; i < list->count; i++) {
        struct span name = list->items[i].values[0].text;
        for (size_t k = 0; k < i; k++) {
            if (span_equals(name, list->items[k].values[0].text)) {
                diag_add(diags, DIAG_ERROR, list->items[i].place, SPAN("give it another name"),
                         "the name '%.*s' is taken in %s", SPAN_ARG(name),
                         list->items[i].section->title);
            }
        }
    }
}

static void check_routes(const struct config *config, struct diag_list *diags)
{
    const struct config_value *routes = config_root_value(config, CONFIG_ROUTES);
    for (size_t i = 0; i < routes->count; i++) {
        const struct config_value *sinks = &routes->items[i].values[CONFIG_ROUTE_SINKS];
        for (size_t k = 0; k < sinks->count; k++) {
            if (!names_sink(config, sinks->texts[k])) {
                diag_add(diags, DIAG_ERROR, routes->items[i].place,
                         SPAN("routes name sinks of the list `sinks`"),
                         "there is no sink '%.*s'", SPAN_ARG(sinks->texts[k]));
            }
        }
    }
}

enum status config_load(const struct option_values *options, struct arena *arena,
                        struct diag_list *diags, struct config *out)
{
    struct config config = {
        .root = config_item_new(&config_root, arena),
        .file = file_path(options),
    };
    config_layer_defaults(&config);
    if (config.file.len) {
        config_layer_file(&config, config.file, arena, diags);
    }
    config_layer_environment(&config, arena, diags);
    config_layer_flags(&config, options, diags);
    if (!config_root_value(&config, CONFIG_SINKS)->given) {
        default_sinks(&config.root.values[CONFIG_SINKS], arena);
    }
    check_names(config_root_value(&config, CONFIG_SOURCES), diags);
    check_names(config_root_value(&config, CONFIG_SINKS), diags);
    check_names(config_root_value(&config, CONFIG_ROUTES), diags);
    config_derive_aws(&config, arena, diags);
    check_routes(&config, diags);
    if (diags->errors) {
        return STATUS_INVALID;
    }
    *out = config;
    return STATUS_OK;
}
