/* policy_tables.h: the tables of keys of all documents: what is read, checked, and documented. */
#ifndef POLICY_POLICY_TABLES_H
#define POLICY_POLICY_TABLES_H

#include "policy/document/policy.h"

extern const struct field_table policy_table;
extern const struct field_table lookup_table;
extern const struct field_table list_table;
extern const struct field_table definitions_table;
extern const struct field_table exception_table;

/* Parts that stand in files of their own. */
extern const struct field_table correlation_table;
extern const struct field_table test_table;
extern const struct field_choice severity_words[];
extern const struct field_choice stale_words[];
enum { SEVERITY_WORD_COUNT = 5, STALE_WORD_COUNT = 3 };

#endif
