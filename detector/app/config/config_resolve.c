/* config_resolve.c: what auto means here, and secrets read from their files. */
#include "app/config/config_resolve.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

enum { SECRET_BYTES_MAX = 64 * 1024 };

static const char listen_default[] = "127.0.0.1:9464";

struct span config_listen(const struct config *config, bool by_default)
{
    struct span text = config_text(&config->root, CONFIG_HTTP_LISTEN);
    if (span_equals(text, SPAN("auto"))) {
        return by_default ? span_view(listen_default) : (struct span){0};
    }
    return span_equals(text, SPAN("off")) ? (struct span){0} : text;
}

bool config_listen_is_chosen(const struct config *config)
{
    return !span_equals(config_text(&config->root, CONFIG_HTTP_LISTEN), SPAN("auto"));
}

/* "detect-2": a name that its pod keeps when it is made anew. */
static bool ends_in_ordinal(struct span name)
{
    size_t digits = 0;
    while (digits < name.len && name.ptr[name.len - 1 - digits] >= '0' &&
           name.ptr[name.len - 1 - digits] <= '9') {
        digits++;
    }
    return digits > 0 && digits + 1 < name.len && name.ptr[name.len - 1 - digits] == '-';
}

struct span config_instance(const struct config *config, struct arena *arena)
{
    char host[256] = "";
    struct span text = config_text(&config->root, CONFIG_DETECT_INSTANCE);
    if (!span_equals(text, SPAN("auto"))) {
        return text;
    }
    if (gethostname(host, sizeof host - 1) != 0 || !ends_in_ordinal(span_view(host))) {
        return (struct span){0};
    }
    return arena_copy(arena, span_view(host));
}

/* The text of a file without white space at its ends. */
static enum status read_secret(const struct config_property *property, struct diag_list *diags,
                               struct span *out)
{
    struct place place = {.file = property->text};
    FILE *file = fopen(arena_copy(diags->arena, property->text).ptr, "rb");
    if (!file) {
        diag_add(diags, DIAG_ERROR, place, SPAN("kafka.properties names it"),
                 "the value of %.*s cannot be read: %s", SPAN_ARG(property->name),
                 strerror(errno));
        return STATUS_NOT_FOUND;
    }
    char *bytes = arena_alloc(diags->arena, SECRET_BYTES_MAX);
    size_t length = fread(bytes, 1, SECRET_BYTES_MAX, file);
    fclose(file);
    struct span text = span_trim(span_of(bytes, length));
    if (text.len == 0 || length == SECRET_BYTES_MAX) {
        diag_add(diags, DIAG_ERROR, place, SPAN("kafka.properties names it"),
                 "the file of %.*s must hold 1 to %d bytes", SPAN_ARG(property->name),
                 SECRET_BYTES_MAX - 1);
        return STATUS_INVALID;
    }
    *out = arena_copy(diags->arena, text);
    return STATUS_OK;
}

enum status config_kafka_properties(const struct config *config, struct diag_list *diags,
                                    const struct config_pair **out, size_t *count)
{
    const struct config_value *value = config_root_value(config, CONFIG_KAFKA_PROPERTIES);
    struct config_pair *pairs = arena_array(diags->arena, value->count + 1, sizeof *pairs);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < value->count && status == STATUS_OK; i++) {
        const struct config_property *property = &value->properties[i];
        pairs[i].name = arena_copy(diags->arena, property->name);
        if (property->is_file) {
            status = read_secret(property, diags, &pairs[i].value);
        } else {
            pairs[i].value = arena_copy(diags->arena, property->text);
        }
    }
    if (status == STATUS_OK) {
        *out = pairs;
        *count = value->count;
    }
    return status;
}

struct span config_brokers(const struct config *config, struct arena *arena)
{
    const struct config_value *brokers = config_root_value(config, CONFIG_KAFKA_BROKERS);
    struct span all = {0};
    for (size_t i = 0; i < brokers->count; i++) {
        all = arena_printf(arena, "%.*s%s%.*s", SPAN_ARG(all), i ? "," : "",
                           SPAN_ARG(brokers->texts[i]));
    }
    return all;
}
