/* plan.h: a set of policies made ready to run: immutable, reference counted, shared by all threads.
 * What the engine reads stands here in plain sight; only plan_build writes it. */
#ifndef POLICY_PLAN_H
#define POLICY_PLAN_H

#include "base/diag.h"
#include "base/digest.h"
#include "cel/program.h"
#include "model/change.h"

/* The names of an expression, as slot roots. A policy's own `variables` are root
 * PLAN_ROOT_VARIABLES + its index, because every policy has other ones. */
enum plan_root {
    PLAN_ROOT_OLD,     /* record: an attribute is a slot; the whole image too */
    PLAN_ROOT_NEW,
    PLAN_ROOT_KEYS,
    PLAN_ROOT_EVENT,   /* record: id, time, received, age, ttl_expiry */
    PLAN_ROOT_OP,
    PLAN_ROOT_TABLE,
    PLAN_ROOT_REGION,
    PLAN_ROOT_ACCOUNT,
    PLAN_ROOT_RAW,
    PLAN_ROOT_ACTOR,   /* records: model/api_members.h; null for changes of items */
    PLAN_ROOT_REQUEST,
    PLAN_ROOT_DEFS,    /* record: computed by plan->slot_programs */
    PLAN_ROOT_VARIABLES,
    PLAN_ROOT_ALIASES = 1 << 30, /* and up: the aliases of correlations, each a root of its own */
};

/* Functions that the engine answers (cel_host.call). */
enum plan_call {
    PLAN_CALL_CHANGED,    /* (path text, ...): true when any of them differs between old and new;
                             a path is "a" or "a.b" with the policy's macro having quoted it */
    PLAN_CALL_CHANGES,    /* (): the names of the top-level attributes that differ, sorted */
    PLAN_CALL_LOOKUP,     /* (index of plan->lookups, key): optional row */
    PLAN_CALL_LOOKUP_ALL, /* the same: list of rows */
};

enum plan_source { PLAN_SOURCE_ITEM_CHANGE, PLAN_SOURCE_API_CALL, PLAN_SOURCE_JOINED };
enum plan_mode { PLAN_MODE_ENFORCE, PLAN_MODE_SIGNAL, PLAN_MODE_SHADOW, PLAN_MODE_DISABLED };
enum plan_failure { PLAN_FAILURE_REPORT, PLAN_FAILURE_ALERT, PLAN_FAILURE_IGNORE };
enum plan_severity {
    PLAN_SEVERITY_CRITICAL, PLAN_SEVERITY_HIGH, PLAN_SEVERITY_MEDIUM, PLAN_SEVERITY_LOW,
    PLAN_SEVERITY_INFORMATIONAL,
};
enum { PLAN_SEVERITY_COUNT = 5 };
/* "critical" ... "informational". */
struct span plan_severity_name(enum plan_severity severity);
/* Reads such a word; false for another text. */
bool plan_severity_parse(struct span word, enum plan_severity *out);

/* One piece of a template: a literal, or an expression with a text for when it is absent. */
struct plan_template_part {
    struct span literal;               /* used when program is NULL */
    const struct cel_program *program;
    struct span source;                /* the path as written: shown when absent, no fallback */
    struct span fallback;
    bool has_fallback;
};
struct plan_template {
    const struct plan_template_part *parts;
    size_t count;
};

enum plan_mask_kind { PLAN_MASK_REDACT, PLAN_MASK_LAST4, PLAN_MASK_HASH, PLAN_MASK_TOKENIZE };
/* A masked path: old.card.number is {OLD, ["card", "number"]}. */
struct plan_mask {
    enum plan_root root;
    const struct span *path;
    size_t path_length;
    enum plan_mask_kind kind;
};

struct plan_exception {
    struct span name;
    struct span owner;
    struct span reason;
    int64_t expires_us; /* event time; INT64_MAX: never */
    const struct cel_program *condition;
};

struct plan_context {
    struct span name;
    const struct cel_program *program;
};

struct plan_feed;

/* What a correlation wants of the value of its field. */
enum plan_number {
    PLAN_NUMBER_NONE,    /* an identity: anything */
    PLAN_NUMBER_ANY,
    PLAN_NUMBER_ADDED,   /* not below 0: a sum that only grows */
    PLAN_NUMBER_CHANGE,  /* not below 0: how large a change was */
    PLAN_NUMBER_TRUTH,   /* a bool, or 0 or 1 */
};

/* What a match counts as in the correlation: a value for some of its inputs. */
struct plan_counted {
    const struct cel_program *const *fields; /* several are one value; 0: the match itself */
    size_t field_count;
    enum plan_number number;
    const uint32_t *inputs;                  /* what signals call it: one number, or one for each
                                                step that names its policy */
    size_t input_count;
    /* where the policy has an inner one: */
    const uint32_t *inner_rules;             /* per input: which inner correlation it is of */
    const uint32_t *inner_fields;            /* per field: which of the inner one's group_by */
};

struct plan_policy {
    struct span id;
    struct digest version;  /* hash of the policy resolved with all it refers to */
    struct digest state_id; /* id and the hash of its stateful part */
    enum plan_source source; /* what it looks at */
    enum plan_mode mode;
    enum plan_failure failure;
    enum plan_severity severity;                 /* the default */
    const struct cel_program *severity_program;  /* NULL: always the default */
    const struct cel_program *condition;         /* NULL: always true */
    const struct span *attributes_changed;       /* any of them must differ; 0: no such test */
    size_t attributes_changed_count;
    const struct plan_exception *exceptions;     /* inline ones and Exception documents */
    size_t exception_count;
    const struct cel_program *const *group_by;   /* 0 and !group_by_given: the item key */
    size_t group_by_count;
    bool group_by_given;                         /* `group_by: []` is one group */
    const struct plan_policy *inner;             /* whose findings it looks at, where that has a
                                                    correlation itself, as that looks at the match;
                                                    else NULL */
    const uint32_t *inner_groups;                /* per group_by: which of the inner one's */
    bool each_finding;                           /* suppression: none */
    int64_t episode_us;
    int64_t horizon_us;                          /* how long finding ids are remembered */
    int64_t grace_us;                            /* a match is held so long and asked again: the
                                                    longest grace of the lookups that it reads; 0:
                                                    it is told at once */
    int64_t open_us;                             /* of a correlation: how long after an event its
                                                    windows are open; 0: there are none */
    const struct plan_counted *counted;          /* of a correlation: one, or one for each part of
                                                    `all` that takes it */
    size_t counted_count;
    struct span correlation;                     /* as signals carry it; empty: each match is a
                                                    finding */
    const struct plan_feed *feeds;               /* the correlations over its findings; of a view
                                                    those over what it finds by that view */
    size_t feed_count;
    const bool *group_hidden;                    /* per group_by: its values are not shown, because
                                                    they are masked in the findings of some of its
                                                    policies; NULL: what is not masked is shown */
    bool summary;
    struct plan_template title;
    struct plan_template description;
    const struct plan_context *context;
    size_t context_count;
    const struct plan_mask *masks;
    size_t mask_count;
    const struct plan_template *steps; /* may name values: "restore {old.price}" */
    size_t step_count;
    /* The part of an alert's body that is the same for every finding: members of a JSON object
     * without its braces ("policy": {...}, "runbook": ..., "tags": ...); never empty. */
    struct span static_body;
};

/* A policy whose correlation is over the findings of another. In plan->policies it stands without
 * expressions; here it is as it looks at the findings of one policy, by whose variables and aliases
 * its expressions are compiled. */
struct plan_feed {
    uint32_t policy; /* its place in plan->policies */
    const struct plan_policy *view;
};

enum plan_column_type {
    PLAN_COLUMN_STRING, PLAN_COLUMN_DECIMAL, PLAN_COLUMN_INT, PLAN_COLUMN_BOOL,
    PLAN_COLUMN_TIMESTAMP, PLAN_COLUMN_CIDR,
};
enum plan_stale { PLAN_STALE_ALERT, PLAN_STALE_SKIP, PLAN_STALE_ERROR };
enum plan_lookup_format { PLAN_LOOKUP_CSV, PLAN_LOOKUP_JSON_LINES, PLAN_LOOKUP_YAML };

struct plan_column {
    struct span name;
    enum plan_column_type type;
};

struct plan_lookup {
    struct span id;
    struct span topic;           /* of Kafka, that holds the rows; empty: a file does */
    struct span path;            /* resolved against the folder of the policy file; what messages
                                    call the topic */
    enum plan_lookup_format format;
    const struct plan_column *columns;
    size_t column_count;
    struct span key;             /* column */
    bool key_is_cidr;            /* longest prefix wins */
    struct span valid_from;      /* columns; empty: always valid */
    struct span valid_to;
    int64_t max_age_us;          /* of the file's modification, or of the topic's newest record,
                                    event time; 0: no limit */
    enum plan_stale on_stale;
    int64_t grace_us;            /* how long a match that reads it is held back; 0: not at all */
};

/* The policies that may concern one table and operation. */
struct plan_candidates {
    const uint32_t *policies; /* indexes into plan->policies, ascending */
    size_t count;
};

struct plan_index;
struct plan_calls;

struct plan {
    const struct plan_policy *policies;
    size_t policy_count;
    const struct plan_lookup *lookups;
    size_t lookup_count;
    const struct cel_slots *slots;
    const struct cel_program *const *slot_programs; /* per slot; NULL: the change itself */
    struct digest revision;     /* of the whole set */
    struct span mask_key;       /* of plan_options; empty: no policy masks with hash or tokenize */
    const struct plan_index *index;
    const struct plan_calls *calls; /* the same for API calls */
    struct plan_owner *owner;   /* memory and reference count */
};

/* One more holder; any thread. */
struct plan *plan_ref(struct plan *plan);
/* One holder less; the last one frees it. Sets *plan to NULL. */
void plan_unref(struct plan **plan);

/* The candidates of a change; a view of the plan, or of `scratch` for a table
 * that only globs name. */
struct plan_candidates plan_select(const struct plan *plan, struct span table, enum change_op op,
                                   struct arena *scratch);

/* The candidates of an API call; a view of `scratch`. */
struct plan_candidates plan_select_call(const struct plan *plan, const struct api_call *call,
                                        struct arena *scratch);

/* What an installation adds to the policies' own texts. */
struct plan_options {
    struct span runbook_base;        /* put before alert.runbook; may be empty */
    struct span mask_key;            /* for hash and tokenize; empty: those are refused */
    const struct value *params;      /* map: policy id -> map of overriding params; may be NULL */
    int64_t now_us;                  /* to warn of what has expired; 0: no such warnings */
    bool enforce_shadows;            /* policies in shadow mode are built as enforced ones */
};

/* Reads every *.yaml and *.yml file of the given files and folders (in the order of names, folders
 * with their sub-folders to a depth of 4; names that begin with a dot, so "..data" of a ConfigMap
 * too, left out), checks everything, and builds a plan with one reference. A YAML file that a
 * Lookup names as its source is data, not policy. STATUS_INVALID: *diags says all that is wrong,
 * with places; warnings may stand there on success too. STATUS_IO, STATUS_NOT_FOUND: a path cannot
 * be read; said there as well. */
MUST_USE enum status plan_load(const struct span *paths, size_t path_count,
                               const struct plan_options *options, struct diag_list *diags,
                               struct plan **out);
/* The same from one text in memory; `file` is what diagnostics call it, and the folder in that name
 * is where its lookups' files are. */
MUST_USE enum status plan_load_text(struct span file, struct span text,
                                    const struct plan_options *options, struct diag_list *diags,
                                    struct plan **out);

#endif
