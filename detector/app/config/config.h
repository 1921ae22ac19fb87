/* config.h: the configuration in force: flag > environment > file > default, with the origin of
 * each value. */
#ifndef APP_CONFIG_H
#define APP_CONFIG_H

#include "app/config/config_table.h"
#include "base/diag.h"
#include "base/option.h"
#include "model/value.h"

enum config_origin {
    CONFIG_ORIGIN_DEFAULT,
    CONFIG_ORIGIN_FILE,
    CONFIG_ORIGIN_ENVIRONMENT,
    CONFIG_ORIGIN_FLAG,
};

struct config_item;

/* One entry of a map of type PROPERTIES. */
struct config_property {
    struct span name;
    struct span text; /* the value, or the path of the file that holds it */
    bool is_file;
    struct place place;
};

struct config_value {
    bool given;                     /* by anything, the default too */
    enum config_origin origin;
    struct span where;              /* "deltaward.yaml:3", "DELTAWARD_NAME", "--data-dir"; or "" */
    struct span text;               /* TEXT, PATH, CHOICE; DURATION, TIME as written */
    int64_t number;                 /* NUMBER; BOOL: 0 or 1; DURATION, TIME: microseconds */
    const struct span *texts;       /* TEXTS, PATHS */
    const struct config_item *items; /* ITEMS */
    const struct config_property *properties; /* PROPERTIES */
    size_t count;                   /* of texts, items or properties */
    struct value data;              /* MAP */
};

/* The root, or one entry of a list; values stand in the order of the section's keys. */
struct config_item {
    const struct config_section *section;
    struct config_value *values;
    struct place place; /* where it is written; file empty: not in a file */
};

struct config {
    struct config_item root;
    struct span file; /* empty: none was read */
};

/* What reads one value's text, wherever it comes from. False: *problem says what it wants. */
bool config_parse(const struct config_key *key, struct span text, struct arena *arena,
                  struct buf *problem, struct config_value *out);
/* True when the key takes any text, or this one. */
bool config_is_choice(const struct config_key *key, struct span text, struct buf *problem);
/* "30s", in the largest unit that is exact. */
void config_write_duration(int64_t us, struct buf *out);
/* False for a key that entries of the item's type do not have. */
bool config_key_applies(const struct config_item *item, size_t key);
/* An item of a section whose values are the defaults. */
struct config_item config_item_new(const struct config_section *section, struct arena *arena);

/* Adds --config and the flags that the table names for these commands (bits of enum
 * command_config) to a command's own. The face then views `arena`. */
void config_options(struct option_command *face, unsigned commands, struct arena *arena);

/* Reads everything. Options must hold "config"; the flags of config_options and "input", "output",
 * "format", "account", "follow" are used when the command has them. STATUS_INVALID,
 * STATUS_NOT_FOUND, STATUS_IO: *diags says all that is wrong. */
MUST_USE enum status config_load(const struct option_values *options, struct arena *arena,
                                 struct diag_list *diags, struct config *out);

/* Calls back for each environment variable that looks like a misspelt key of ours. Others that
 * begin like ours are left alone: Kubernetes sets DELTAWARD_SERVICE_HOST and its like. */
void config_misspelt_variables(struct arena *arena,
                               void (*each)(void *context, struct span name, struct span near),
                               void *context);

static inline struct span config_text(const struct config_item *item, size_t key)
{
    return item->values[key].text;
}
static inline const struct config_value *config_root_value(const struct config *config,
                                                           enum config_root_key key)
{
    return &config->root.values[key];
}

#endif
