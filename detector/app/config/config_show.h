/* config_show.h: the configuration and its table of keys as text. */
#ifndef APP_CONFIG_SHOW_H
#define APP_CONFIG_SHOW_H

#include "app/config/config.h"

/* YAML that reads back as the same configuration; with origin: where each value came from, as
 * comments. Secrets are files' names, never their contents. */
void config_write_yaml(const struct config *config, bool origin, struct buf *out);
/* [{"key", "value", "origin", "where"}, ...]. */
void config_write_json(const struct config *config, struct buf *out);
/* docs/CONFIGURATION.md. */
void config_write_markdown(struct arena *arena, struct buf *out);
/* docs/config.schema.json. */
void config_write_schema(struct buf *out);

#endif
