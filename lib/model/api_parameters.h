/* api_parameters.h: what requestParameters and resources of a CloudTrail record name: tables and
 * roles. Inside this layer only. */
#ifndef MODEL_API_PARAMETERS_H
#define MODEL_API_PARAMETERS_H

#include "model/api_call.h"
#include "model/json_scan.h"

/* Grows in the arena given with each text. */
struct api_name_list {
    struct span *items;
    size_t count;
    size_t capacity;
};
/* Appends one; the text itself is not copied. */
void api_name_add(struct api_name_list *list, struct span text, struct arena *arena);
static inline struct api_names api_names_of(const struct api_name_list *list)
{
    return (struct api_names){list->items, list->count};
}

struct api_parameters {
    struct api_name_list tables;    /* as named: names or ARNs, perhaps more than once */
    struct api_name_list resources; /* ARNs */
    struct span role_arn;
    struct span role_session;
};

/* Reads requestParameters; null and whatever is no object say nothing. Names are told without
 * regard to case, because CloudTrail's own samples write them both ways. */
bool api_parameters_read(struct json_scan *scan, struct api_parameters *out);
/* Reads resources: a list of {ARN, type, ...}. */
bool api_parameters_read_resources(struct json_scan *scan, struct api_parameters *out);
/* The names of the tables, each once, in the order of the record: those of the parameters, then
 * those of the resources. They live in `arena`. */
struct api_names api_parameters_tables(const struct api_parameters *parameters,
                                       struct arena *arena);

#endif
