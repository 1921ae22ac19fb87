/* explain_json.h: explanations as data; docs/POLICIES.md names the members. */
#ifndef APP_EXPLAIN_JSON_H
#define APP_EXPLAIN_JSON_H

#include "app/explain/explain.h"

/* Which change is explained: an object where a value may stand. */
void explain_json_record(const struct change *change, size_t number, struct json_writer *writer);
/* One explanation: an object where a value may stand. */
void explain_json_write(const struct plan *plan, const struct explanation *explanation,
                        struct json_writer *writer);

#endif
