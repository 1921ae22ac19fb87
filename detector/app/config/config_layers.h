/* config_layers.h: the layers of the configuration, each laid over the ones below it. */
#ifndef APP_CONFIG_LAYERS_H
#define APP_CONFIG_LAYERS_H

#include "app/config/config.h"

/* What is so when nobody says otherwise and no text in the table can say it (threads). */
void config_layer_defaults(struct config *config);
/* One layer: fills the values that it gives and leaves the others. All that is wrong goes to diags.
 * */
void config_layer_file(struct config *config, struct span path, struct arena *arena,
                       struct diag_list *diags);
void config_layer_environment(struct config *config, struct arena *arena,
                              struct diag_list *diags);
/* What they give lives in diags->arena. */
void config_layer_flags(struct config *config, const struct option_values *options,
                        struct diag_list *diags);

/* What AWS names in sources and sinks tell: an ARN fills in region and account; all that is wrong
 * with them goes to diags. */
void config_derive_aws(struct config *config, struct arena *arena, struct diag_list *diags);

/* Reads YAML (or JSON) text as the value of one key, as in the file; paths are relative to the
 * working directory. The value lives in diags->arena. */
bool config_read_yaml(const struct config_key *key, struct span file, struct span text,
                      struct diag_list *diags, struct config_value *out);

/* "DELTAWARD_DETECT_THREADS". */
struct span config_variable_name(const struct config_key *key, struct arena *arena);

#endif
