/* source_make.h: sources as the configuration names them, each with what it stands on. */
#ifndef APP_SOURCE_MAKE_H
#define APP_SOURCE_MAKE_H

#include "app/config/config.h"
#include "port/source.h"

struct aws_client;

/* A source and the AWS client that it alone uses. */
struct made_source {
    struct source *source;
    struct aws_client *client; /* NULL: it needs none */
};

/* Makes one that is still closed. records_before: how many records were read of it before, from
 * which on a stream's are numbered. STATUS_INVALID: *problem (in arena) says what to change. */
MUST_USE enum status source_make(const struct config *config, const struct config_item *item,
                                  uint64_t records_before, struct arena *arena,
                                  struct span *problem, struct made_source *out);
/* Frees both; may be zero-initialised. */
void made_source_free(struct made_source *made);

/* True for a source of this type. */
bool source_is_kinesis(const struct config_item *item);

#endif
