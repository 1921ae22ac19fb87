/* schema.h: the tables of keys for people and editors. */
#ifndef POLICY_SCHEMA_H
#define POLICY_SCHEMA_H

#include "base/json_writer.h"
#include "policy/document/fields.h"

/* The JSON Schema (draft 2020-12) of one document of a policy file, of any kind. */
void policy_schema_write(struct json_writer *writer);
/* The schema of one table's record: for other files that are read by fields_read. */
void schema_write_table(const struct field_table *table, struct json_writer *writer);
/* All keys of all documents as Markdown tables. */
void policy_reference_write(struct buf *out);

#endif
