/* oracle.h: jansson as the oracle of our own reader, kept behind these few functions so that one
 * file alone knows its limits. For tests and measurements only. */
#ifndef TOOLS_ORACLE_H
#define TOOLS_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct oracle_node;

enum oracle_kind {
    ORACLE_NULL,
    ORACLE_BOOL,
    ORACLE_INTEGER,
    ORACLE_REAL,
    ORACLE_STRING,
    ORACLE_ARRAY,
    ORACLE_OBJECT,
};

/* Why jansson refused a text, where the reason is one of its own limits. */
enum oracle_refusal {
    ORACLE_ACCEPTED,
    ORACLE_REFUSED,
    ORACLE_REFUSED_NUL_IN_KEY, /* "\u0000" in a member name: JSON, but not in jansson */
    ORACLE_REFUSED_RANGE,      /* a number beyond the range of a double */
};

/* Reads a JSON text of any kind, with NUL in strings allowed and duplicate keys refused. Integers
 * beyond 64 bits become real. *refusal is set; NULL when refused. */
struct oracle_node *oracle_load(const char *text, size_t size, enum oracle_refusal *refusal);
void oracle_free(struct oracle_node *node);

enum oracle_kind oracle_kind(const struct oracle_node *node);
bool oracle_truth(const struct oracle_node *node);
int64_t oracle_integer(const struct oracle_node *node);
double oracle_real(const struct oracle_node *node);
const char *oracle_text(const struct oracle_node *node, size_t *size);
/* Elements of an array, members of an object. */
size_t oracle_count(const struct oracle_node *node);
const struct oracle_node *oracle_item(const struct oracle_node *node, size_t index);
/* The member of this name; NULL when there is none or `node` is no object. */
const struct oracle_node *oracle_member(const struct oracle_node *node, const char *name,
                                        size_t size);
/* Calls `visit` for each member in the order of the text. */
void oracle_each(const struct oracle_node *node,
                 void (*visit)(const char *name, size_t size, const struct oracle_node *member,
                               void *context),
                 void *context);

#endif
