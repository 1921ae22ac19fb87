/* aws_credentials.h: the credentials that sign right now: fetched when needed, kept while they
 * last, fetched anew ahead of their expiry by one thread at a time. Inside this layer only.
 *
 * 15 minutes before the expiry one caller tries; the others, and it too if that fails, go on with
 * the old ones. From 10 minutes before the expiry callers wait for whoever fetches; when that fails
 * the old ones serve to their end. */
#ifndef AWS_AWS_CREDENTIALS_H
#define AWS_AWS_CREDENTIALS_H

#include "aws/aws_keys.h"

#include <stdbool.h>

struct aws_credentials;

/* Fetches credentials, however long that takes. A failure appends to *problem, for a person and
 * without secrets. */
typedef enum status (*aws_fetch_fn)(void *context, struct aws_keys *out, struct buf *problem);
/* The time that expiries are held against, in microseconds. */
typedef int64_t (*aws_now_fn)(void *context);

/* Holds none yet: the first copy fetches. `context` goes to both functions and must outlive it. */
struct aws_credentials *aws_credentials_new(aws_fetch_fn fetch, aws_now_fn now, void *context);
/* Wipes the secrets; sets *credentials to NULL. No copy may be running. */
void aws_credentials_free(struct aws_credentials **credentials);

/* Copies the credentials to use now. `refused`: the generation that a service called expired; 0
 * for none. Else the status of the fetch, and its problem appended to *problem. Any thread. */
MUST_USE enum status aws_credentials_get(struct aws_credentials *credentials, uint64_t refused,
                                         struct aws_keys *out, struct buf *problem);
/* How often they were fetched, and how often that failed. */
void aws_credentials_count(struct aws_credentials *credentials, uint64_t *fetched,
                           uint64_t *failed);

#endif
