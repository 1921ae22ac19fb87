/* config_flags.c: the configuration's keys as flags of a command. */
#include "app/config/config_layers.h"

#include <limits.h>
#include <stdlib.h>

static struct option option_of(const struct config_key *key)
{
    bool list = key->type == CONFIG_TYPE_PATHS || key->type == CONFIG_TYPE_TEXTS;
    return (struct option){
        .name = key->flag,
        .type = key->type == CONFIG_TYPE_NUMBER   ? OPTION_NUMBER
                : key->type == CONFIG_TYPE_CHOICE ? OPTION_CHOICE
                                                  : OPTION_TEXT,
        .repeated = list,
        .min = key->min,
        .max = key->max,
        .choices = key->choices,
        .placeholder = key->placeholder,
        .fallback = key->fallback && key->fallback[0] ? key->fallback : NULL,
        .text = key->text,
    };
}

void config_options(struct option_command *face, unsigned commands, struct arena *arena)
{
    static const struct option file = {
        .name = "config", .letter = 'c', .type = OPTION_TEXT, .placeholder = "FILE",
        .text = "the configuration file; by default $DELTAWARD_CONFIG, else ./deltaward.yaml if "
                "there is one"};
    size_t used = face->option_count;
    struct option *all = arena_array(arena, used + config_root.count + 1, sizeof *all);
    if (face->option_count) {
        memcpy(all, face->options, used * sizeof *all);
    }
    all[used++] = file;
    for (size_t i = 0; i < config_root.count; i++) {
        const struct config_key *key = &config_root.keys[i];
        if (key->flag && (key->commands & commands)) {
            all[used++] = option_of(key);
        }
    }
    face->options = all;
    face->option_count = used;
}

static void set_item(struct config_item *item, size_t key, const char *flag, struct span text,
                     struct arena *arena)
{
    struct buf unused = {0}; /* the option table checked the text already */
    item->values[key].given =
        config_parse(&item->section->keys[key], text, arena, &unused, &item->values[key]);
    item->values[key].origin = CONFIG_ORIGIN_FLAG;
    item->values[key].where = arena_printf(arena, "--%s", flag);
    buf_deinit(&unused);
}

/* The absolute path of a file, which need not exist yet; the path itself when its folder does not.
 * */
static struct span absolute_path(struct span path, struct arena *arena)
{
    const char *slash = memrchr(path.ptr, '/', path.len);
    size_t folder_length = slash ? (size_t)(slash - path.ptr) : 0;
    struct span folder = slash ? span_of(path.ptr, folder_length ? folder_length : 1) : SPAN(".");
    struct span base = slash ? span_of(slash + 1, path.len - folder_length - 1) : path;
    char *whole = realpath(arena_copy(arena, path).ptr, NULL);
    char *real = whole ? NULL : realpath(arena_copy(arena, folder).ptr, NULL);
    struct span found = whole  ? arena_copy(arena, span_view(whole))
                        : real ? arena_printf(arena, "%s/%.*s", real, SPAN_ARG(base))
                               : path;
    free(whole);
    free(real);
    return found;
}

/* The name of a file given by flag: where it really lies, so that its position or cursor is found
 * again from any working directory. */
static struct span file_name(struct span path, const char *standard, struct arena *arena)
{
    return span_equals(path, SPAN("-")) ? span_view(standard) : absolute_path(path, arena);
}

static struct config_item source_of(const struct option_values *options, struct span path,
                                    struct arena *arena)
{
    struct config_item item = config_item_new(&config_source_section, arena);
    set_item(&item, CONFIG_SOURCE_NAME, "input", file_name(path, "stdin", arena), arena);
    set_item(&item, CONFIG_SOURCE_TYPE, "input", SPAN("file"), arena);
    set_item(&item, CONFIG_SOURCE_PATH, "input", path, arena);
    if (option_given(options, "format")) {
        set_item(&item, CONFIG_SOURCE_FORMAT, "format", option_text(options, "format"), arena);
    }
    if (option_given(options, "account")) {
        set_item(&item, CONFIG_SOURCE_ACCOUNT, "account", option_text(options, "account"), arena);
    }
    if (option_flag(options, "follow")) {
        set_item(&item, CONFIG_SOURCE_FOLLOW, "follow", SPAN("true"), arena);
    }
    return item;
}

static struct config_item sink_of(struct span path, struct arena *arena)
{
    bool is_stdout = span_equals(path, SPAN("-"));
    struct config_item item = config_item_new(&config_sink_section, arena);
    set_item(&item, CONFIG_SINK_NAME, "output", file_name(path, "stdout", arena), arena);
    set_item(&item, CONFIG_SINK_TYPE, "output", is_stdout ? SPAN("stdout") : SPAN("file"), arena);
    if (!is_stdout) {
        set_item(&item, CONFIG_SINK_PATH, "output", path, arena);
    }
    return item;
}

/* --input and --output and what belongs to them are flags of `run` only. */
static void layer_inputs(struct config *config, const struct option_values *options,
                         struct arena *arena)
{
    size_t count = 0;
    const struct span *paths = option_list(options, "input", &count);
    struct config_item *items = arena_array(arena, count + 1, sizeof *items);
    for (size_t i = 0; i < count; i++) {
        items[i] = source_of(options, paths[i], arena);
    }
    if (count) {
        config->root.values[CONFIG_SOURCES] = (struct config_value){
            .given = true, .origin = CONFIG_ORIGIN_FLAG, .where = SPAN("--input"),
            .items = items, .count = count};
    }
}

static void layer_outputs(struct config *config, const struct option_values *options,
                          struct arena *arena)
{
    size_t count = 0;
    const struct span *paths = option_list(options, "output", &count);
    struct config_item *items = arena_array(arena, count + 1, sizeof *items);
    for (size_t i = 0; i < count; i++) {
        items[i] = sink_of(paths[i], arena);
    }
    if (count) {
        config->root.values[CONFIG_SINKS] = (struct config_value){
            .given = true, .origin = CONFIG_ORIGIN_FLAG, .where = SPAN("--output"),
            .items = items, .count = count};
        config->root.values[CONFIG_ROUTES] = (struct config_value){0}; /* they name other sinks */
    }
}

/* --stages evaluate,decide and --stages evaluate --stages decide are the same. */
static struct span joined(const struct option_values *options, const char *flag,
                          struct arena *arena)
{
    size_t count = 0;
    const struct span *texts = option_list(options, flag, &count);
    struct span all = {0};
    for (size_t i = 0; i < count; i++) {
        all = arena_printf(arena, "%.*s%s%.*s", SPAN_ARG(all), i ? "," : "", SPAN_ARG(texts[i]));
    }
    return all;
}

static void layer_flag(struct config_value *value, const struct config_key *key,
                       const struct option_values *options, struct diag_list *diags)
{
    struct arena *arena = diags->arena;
    struct buf problem = {0};
    if (!option_exists(options, key->flag) || !option_given(options, key->flag)) {
        return;
    }
    value->where = arena_printf(arena, "--%s", key->flag);
    value->origin = CONFIG_ORIGIN_FLAG;
    if (key->type == CONFIG_TYPE_PATHS) { /* which may hold commas */
        value->texts = option_list(options, key->flag, &value->count);
        value->given = true;
    } else {
        struct span text = key->type == CONFIG_TYPE_TEXTS ? joined(options, key->flag, arena)
                                                          : option_text(options, key->flag);
        value->given = config_parse(key, text, arena, &problem, value);
    }
    if (!value->given) {
        diag_add(diags, DIAG_ERROR, (struct place){.file = value->where}, (struct span){0},
                 "%s %.*s", key->name, SPAN_ARG(buf_view(&problem)));
    }
    buf_deinit(&problem);
}

void config_layer_flags(struct config *config, const struct option_values *options,
                        struct diag_list *diags)
{
    struct arena *arena = diags->arena;
    for (size_t i = 0; i < config_root.count; i++) {
        if (config_root.keys[i].flag) {
            layer_flag(&config->root.values[i], &config_root.keys[i], options, diags);
        }
    }
    if (option_exists(options, "input")) {
        layer_inputs(config, options, arena);
        layer_outputs(config, options, arena);
    }
}
