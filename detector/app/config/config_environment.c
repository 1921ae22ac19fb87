/* config_environment.c: the configuration's keys as environment variables. */
#include "app/config/config_layers.h"

#include <stdlib.h>
#include <unistd.h>

static const char prefix[] = "DELTAWARD_";
enum { MISSPELT_DISTANCE_MAX = 2 };

struct span config_variable_name(const struct config_key *key, struct arena *arena)
{
    struct span name = arena_printf(arena, "%s%s", prefix, key->name);
    char *text = arena_alloc(arena, name.len + 1);
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        text[i] = c == '.' ? '_' : c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    return span_of(text, name.len);
}

static bool read_variable(const struct config_key *key, struct span name, struct span text,
                          struct diag_list *diags, struct config_value *value)
{
    if (key->type == CONFIG_TYPE_MAP || key->type == CONFIG_TYPE_ITEMS ||
        key->type == CONFIG_TYPE_PROPERTIES) {
        return config_read_yaml(key, name, text, diags, value);
    }
    struct buf problem = {0};
    bool good = config_parse(key, text, diags->arena, &problem, value);
    if (!good) {
        diag_add(diags, DIAG_ERROR, (struct place){.file = name}, (struct span){0}, "%s %.*s",
                 key->name, SPAN_ARG(buf_view(&problem)));
    }
    buf_deinit(&problem);
    return good;
}

void config_layer_environment(struct config *config, struct arena *arena, struct diag_list *diags)
{
    for (size_t i = 0; i < config_root.count; i++) {
        const struct config_key *key = &config_root.keys[i];
        struct span name = config_variable_name(key, arena);
        const char *text = getenv(name.ptr);
        struct config_value *value = &config->root.values[i];
        if (text && read_variable(key, name, span_view(text), diags, value)) {
            value->given = true;
            value->origin = CONFIG_ORIGIN_ENVIRONMENT;
            value->where = name;
        }
    }
}

/* The key's variable that the name may have meant; empty when it is one, or is like none. */
static struct span misspelt(struct span name, struct arena *arena)
{
    struct span near = {0};
    for (size_t i = 0; i < config_root.count; i++) {
        struct span known = config_variable_name(&config_root.keys[i], arena);
        size_t distance = span_distance(name, known);
        if (distance == 0) {
            return (struct span){0};
        }
        near = distance <= MISSPELT_DISTANCE_MAX ? known : near;
    }
    return near;
}

void config_misspelt_variables(struct arena *arena,
                               void (*each)(void *context, struct span name, struct span near),
                               void *context)
{
    for (char **variable = environ; *variable; variable++) {
        const char *equals = strchr(*variable, '=');
        struct span name = span_of(*variable, equals ? (size_t)(equals - *variable) : 0);
        if (span_starts_with(name, span_view(prefix))) {
            struct span near = misspelt(name, arena);
            if (near.len) {
                each(context, name, near);
            }
        }
    }
}
