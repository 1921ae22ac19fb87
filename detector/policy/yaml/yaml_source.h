/* yaml_source.h: the text of a YAML file before it is parsed: checked, and cut into lines. */
#ifndef POLICY_YAML_SOURCE_H
#define POLICY_YAML_SOURCE_H

#include "policy/yaml/yaml_tree.h"

/* Copies the text without its byte order mark and checks what libyaml would refuse late or badly:
 * size, UTF-8, control characters, directives. LF and CR LF end lines, nothing else does. */
MUST_USE enum status yaml_source_read(struct span file, struct span text, struct arena *arena,
                                      struct diag_list *diags, const struct yaml_source **out);

/* The place of the bytes [start, end). */
struct place yaml_source_place(const struct yaml_source *source, uint32_t start, uint32_t end);

#endif
