/* policy_tables.c: the keys of Policy. Every row is read, checked, documented and in the JSON
 * Schema. */
#include "policy/document/policy_tables.h"

static const struct field_choice version_words[] = {
    {{"deltaward/v1", 12}, 1},
};
static const struct field_choice kind_words[] = {
    {{"Policy", 6}, DOCUMENT_POLICY},
};
static const struct field_choice mode_words[] = {
    {{"enforce", 7}, PLAN_MODE_ENFORCE},
    {{"signal", 6}, PLAN_MODE_SIGNAL},
    {{"shadow", 6}, PLAN_MODE_SHADOW},
    {{"disabled", 8}, PLAN_MODE_DISABLED},
};
const struct field_choice severity_words[] = {
    {{"critical", 8}, PLAN_SEVERITY_CRITICAL},
    {{"high", 4}, PLAN_SEVERITY_HIGH},
    {{"medium", 6}, PLAN_SEVERITY_MEDIUM},
    {{"low", 3}, PLAN_SEVERITY_LOW},
    {{"informational", 13}, PLAN_SEVERITY_INFORMATIONAL},
};
const struct field_choice stale_words[] = {
    {{"alert", 5}, PLAN_STALE_ALERT},
    {{"skip", 4}, PLAN_STALE_SKIP},
    {{"error", 5}, PLAN_STALE_ERROR},
};
static const struct field_choice source_words[] = {
    {{"item_change", 11}, PLAN_SOURCE_ITEM_CHANGE},
    {{"api_call", 8}, PLAN_SOURCE_API_CALL},
    {{"joined", 6}, PLAN_SOURCE_JOINED},
};
static const struct field_choice mask_words[] = {
    {{"redact", 6}, PLAN_MASK_REDACT},
    {{"last4", 5}, PLAN_MASK_LAST4},
    {{"hash", 4}, PLAN_MASK_HASH},
    {{"tokenize", 8}, PLAN_MASK_TOKENIZE},
};
static const struct field_choice failure_words[] = {
    {{"report", 6}, PLAN_FAILURE_REPORT},
    {{"alert", 5}, PLAN_FAILURE_ALERT},
    {{"ignore", 6}, PLAN_FAILURE_IGNORE},
};
static const struct field_choice none_words[] = {
    {{"none", 4}, 1},
};

static const struct field severity_fields[] = {
    {.key = "default", .type = FIELD_WORD, .offset = offsetof(struct severity_doc, word),
     .words = severity_words, .word_count = SEVERITY_WORD_COUNT, .required = true,
     .doc = "The severity when the expression fails or gives another text."},
    {.key = "expression", .type = FIELD_SCALAR,
     .offset = offsetof(struct severity_doc, expression), .required = true,
     .doc = "CEL that gives one of the words."},
};
static const struct field severity_scalar = {
    .key = "default", .type = FIELD_WORD, .offset = offsetof(struct severity_doc, word),
    .words = severity_words, .word_count = SEVERITY_WORD_COUNT, .doc = "How bad a finding is."};
static const struct field_table severity_table = {
    .name = "a severity",
    .fields = severity_fields,
    .count = sizeof severity_fields / sizeof *severity_fields,
    .size = sizeof(struct severity_doc),
    .scalar = &severity_scalar,
};

static const struct field match_fields[] = {
    {.key = "source", .type = FIELD_WORD, .offset = offsetof(struct match_doc, source),
     .words = source_words, .word_count = 3, .fallback = "item_change",
     .doc = "What is watched: changes of items, API calls, or both joined."},
    {.key = "tables", .type = FIELD_TEXTS, .offset = offsetof(struct match_doc, tables), .min = 1,
     .doc = "Names of tables; * and ? allowed. Without it: every table."},
    {.key = "services", .type = FIELD_TEXTS, .offset = offsetof(struct match_doc, services),
     .min = 1,
     .doc = "Services of API calls, such as dynamodb; * and ? allowed. Without it: every one."},
    {.key = "operations", .type = FIELD_TEXTS, .offset = offsetof(struct match_doc, operations),
     .min = 1,
     .doc = "INSERT, MODIFY, REMOVE; of API calls their names, * and ? allowed. In any case. "
            "Without it: every operation."},
    {.key = "attributes_changed", .type = FIELD_TEXTS,
     .offset = offsetof(struct match_doc, attributes_changed), .min = 1,
     .doc = "At least one of these attributes differs between the old and the new item."},
};
static const struct field_table match_table = {
    .name = "match",
    .fields = match_fields,
    .count = sizeof match_fields / sizeof *match_fields,
    .size = sizeof(struct match_doc),
};

static const struct field variable_fields[] = {
    {.key = "name", .type = FIELD_IDENTIFIER, .offset = offsetof(struct named_doc, name),
     .required = true,
     .doc = "Expressions say variables.NAME."},
    {.key = "expression", .type = FIELD_SCALAR, .offset = offsetof(struct named_doc, expression),
     .required = true,
     .doc = "CEL; computed at most once a change, and only when it is read."},
};
static const struct field_table variable_table = {
    .name = "a variable",
    .fields = variable_fields,
    .count = sizeof variable_fields / sizeof *variable_fields,
    .size = sizeof(struct named_doc),
};

static const struct field named_scalar = {
    .key = "expression", .type = FIELD_SCALAR, .offset = offsetof(struct named_doc, expression),
    .doc = "CEL."};
static const struct field_table context_table = {
    .name = "an expression",
    .size = sizeof(struct named_doc),
    .scalar = &named_scalar,
    .key_type = FIELD_TEXT,
};

static const struct field inline_exception_fields[] = {
    {.key = "name", .type = FIELD_TEXT, .offset = offsetof(struct exception_doc, name),
     .required = true,
     .doc = "What the exemption is called."},
    {.key = "condition", .type = FIELD_SCALAR, .offset = offsetof(struct exception_doc, condition),
     .required = true,
     .doc = "CEL; a match is exempted where it is true."},
    {.key = "owner", .type = FIELD_TEXT, .offset = offsetof(struct exception_doc, owner),
     .required = true,
     .doc = "Who answers for it."},
    {.key = "reason", .type = FIELD_TEXT, .offset = offsetof(struct exception_doc, reason),
     .required = true,
     .doc = "Why it exists."},
    {.key = "expires", .type = FIELD_TIME, .offset = offsetof(struct exception_doc, expires),
     .doc = "From this moment (a date: 00:00 UTC) of event time it exempts no longer."},
};
static const struct field_table inline_exception_table = {
    .name = "an exception",
    .fields = inline_exception_fields,
    .count = sizeof inline_exception_fields / sizeof *inline_exception_fields,
    .size = sizeof(struct exception_doc),
};

static const struct field suppression_fields[] = {
    {.key = "group_by", .type = FIELD_TEXTS, .offset = offsetof(struct suppression_doc, group_by),
     .doc = "CEL expressions; findings with equal values share an alert. [] is one group. "
            "Default: the item."},
    {.key = "duration", .type = FIELD_DURATION,
     .offset = offsetof(struct suppression_doc, duration), .min = 1, .fallback = "15m",
     .doc = "How long an alert gathers further findings, in event time."},
    {.key = "summary", .type = FIELD_BOOL, .offset = offsetof(struct suppression_doc, summary),
     .fallback = "true",
     .doc = "Tell the count again at 10, 100, 1,000 ... findings and when the alert closes."},
};
static const struct field suppression_scalar = {
    .key = "none", .type = FIELD_WORD, .offset = offsetof(struct suppression_doc, none),
    .words = none_words, .word_count = 1, .doc = "Each finding is an alert of its own."};
static const struct field_table suppression_table = {
    .name = "suppression",
    .fields = suppression_fields,
    .count = sizeof suppression_fields / sizeof *suppression_fields,
    .size = sizeof(struct suppression_doc),
    .scalar = &suppression_scalar,
};

static const struct field alert_fields[] = {
    {.key = "title", .type = FIELD_TEXT, .offset = offsetof(struct alert_doc, title),
     .doc = "One line; {new.price}, {variables.x}, {path|text if absent}, {{ and }} for braces."},
    {.key = "description", .type = FIELD_TEXT, .offset = offsetof(struct alert_doc, description),
     .doc = "More about the finding; a template too."},
    {.key = "context", .type = FIELD_MAP, .offset = offsetof(struct alert_doc, context),
     .record = &context_table,
     .doc = "Named expressions whose values the alert shows."},
    {.key = "routes", .type = FIELD_TEXTS, .offset = offsetof(struct alert_doc, routes),
     .doc = "Names of routes of the configuration."},
    {.key = "steps", .type = FIELD_TEXTS, .offset = offsetof(struct alert_doc, steps), .max = 3,
     .doc = "Up to three lines for the person on call; templates too."},
    {.key = "runbook", .type = FIELD_TEXT, .offset = offsetof(struct alert_doc, runbook),
     .doc = "A path below runbook_base of the configuration, or a URL."},
    {.key = "references", .type = FIELD_TEXTS, .offset = offsetof(struct alert_doc, references),
     .doc = "URLs to read on."},
    {.key = "false_positives", .type = FIELD_TEXTS,
     .offset = offsetof(struct alert_doc, false_positives),
     .doc = "When a finding is no trouble."},
};
static const struct field_table alert_table = {
    .name = "alert",
    .fields = alert_fields,
    .count = sizeof alert_fields / sizeof *alert_fields,
    .size = sizeof(struct alert_doc),
};

static const struct field mask_scalar = {
    .key = "kind", .type = FIELD_WORD, .offset = offsetof(struct mask_doc, kind),
    .words = mask_words, .word_count = 4,
    .doc = "redact: nothing is shown; last4: the last four characters; hash, tokenize: "
           "HMAC-SHA-256 with the mask_key of the configuration."};
static const struct field_table mask_table = {
    .name = "a mask",
    .size = sizeof(struct mask_doc),
    .scalar = &mask_scalar,
    .key_type = FIELD_TEXT,
};

static const struct field compliance_fields[] = {
    {.key = "framework", .type = FIELD_TEXT, .offset = offsetof(struct compliance_doc, framework),
     .required = true,
     .doc = "Such as PCI-DSS-4.0."},
    {.key = "control", .type = FIELD_TEXT, .offset = offsetof(struct compliance_doc, control),
     .required = true,
     .doc = "The number of the control, in quotes."},
};
static const struct field_table compliance_table = {
    .name = "a compliance entry",
    .fields = compliance_fields,
    .count = sizeof compliance_fields / sizeof *compliance_fields,
    .size = sizeof(struct compliance_doc),
};

static const struct field override_fields[] = {
    {.key = "grace", .type = FIELD_DURATION, .offset = offsetof(struct lookup_override_doc, grace),
     .doc = "Hold a match back for so long, then ask again; 0s: do not hold it."},
    {.key = "max_age", .type = FIELD_DURATION,
     .offset = offsetof(struct lookup_override_doc, max_age), .min = 1,
     .doc = "Rows of an older file are stale."},
    {.key = "on_stale", .type = FIELD_WORD,
     .offset = offsetof(struct lookup_override_doc, on_stale), .words = stale_words,
     .word_count = STALE_WORD_COUNT,
     .doc = "What a stale lookup does."},
};
static const struct field_table override_table = {
    .name = "the settings of a lookup",
    .fields = override_fields,
    .count = sizeof override_fields / sizeof *override_fields,
    .size = sizeof(struct lookup_override_doc),
    .key_type = FIELD_NAME,
};

static const struct field_choice attribute_words[] = {
    {{"string", 6}, DECLARED_STRING}, {{"decimal", 7}, DECLARED_DECIMAL},
    {{"bool", 4}, DECLARED_BOOL},     {{"bytes", 5}, DECLARED_BYTES},
    {{"list", 4}, DECLARED_LIST},     {{"map", 3}, DECLARED_MAP},
};
static const struct field attribute_scalar = {
    .key = "type", .type = FIELD_WORD, .offset = offsetof(struct attribute_doc, type),
    .words = attribute_words, .word_count = 6,
    .doc = "What the attribute is; sets are lists."};
static const struct field_table attribute_table = {
    .name = "an attribute",
    .size = sizeof(struct attribute_doc),
    .scalar = &attribute_scalar,
    .key_type = FIELD_TEXT,
};

static const struct field policy_fields[] = {
    {.key = "apiVersion", .type = FIELD_WORD, .offset = offsetof(struct policy_doc, api_version),
     .words = version_words, .word_count = 1, .required = true,
     .doc = "The version of this language."},
    {.key = "kind", .type = FIELD_WORD, .offset = offsetof(struct policy_doc, kind),
     .words = kind_words, .word_count = 1, .required = true,
     .doc = "What is wrong, how it is said, who hears of it."},
    {.key = "id", .type = FIELD_NAME, .offset = offsetof(struct policy_doc, id), .required = true,
     .doc = "A stable name: alerts, counters, state and exceptions refer to it."},
    {.key = "name", .type = FIELD_TEXT, .offset = offsetof(struct policy_doc, name),
     .doc = "A title for people."},
    {.key = "description", .type = FIELD_TEXT, .offset = offsetof(struct policy_doc, description),
     .doc = "What the policy finds, and why that matters."},
    {.key = "owner", .type = FIELD_TEXT, .offset = offsetof(struct policy_doc, owner),
     .doc = "Who answers for the policy."},
    {.key = "version", .type = FIELD_SCALAR, .offset = offsetof(struct policy_doc, version),
     .doc = "The author's own version."},
    {.key = "status", .type = FIELD_TEXT, .offset = offsetof(struct policy_doc, status),
     .doc = "Such as experimental, stable, deprecated."},
    {.key = "mode", .type = FIELD_WORD, .offset = offsetof(struct policy_doc, mode),
     .words = mode_words, .word_count = 4, .fallback = "enforce",
     .doc = "enforce; signal: feeds correlations over it only; shadow: evaluated and counted only; "
            "disabled."},
    {.key = "severity", .type = FIELD_RECORD, .offset = offsetof(struct policy_doc, severity),
     .record = &severity_table, .required = true,
     .doc = "How bad a finding is; or {default, expression}."},
    {.key = "match", .type = FIELD_RECORD, .offset = offsetof(struct policy_doc, match),
     .record = &match_table,
     .doc = "Which changes are looked at, as an index finds them."},
    {.key = "attributes", .type = FIELD_MAP, .offset = offsetof(struct policy_doc, attributes),
     .record = &attribute_table,
     .doc = "Types of attributes, so that mistakes with them are found at load: {price: decimal}. "
            "Others may be anything; each may still be absent or null."},
    {.key = "params", .type = FIELD_ANY_MAP, .offset = offsetof(struct policy_doc, params),
     .doc = "Named constants that an installation may override: params.NAME. Numbers are "
            "decimals."},
    {.key = "variables", .type = FIELD_RECORDS, .offset = offsetof(struct policy_doc, variables),
     .record = &variable_table,
     .doc = "Named sub-expressions: variables.NAME."},
    {.key = "condition", .type = FIELD_SCALAR, .offset = offsetof(struct policy_doc, condition),
     .doc = "CEL; a change is a finding when it is true."},
    {.key = "lookups", .type = FIELD_MAP, .offset = offsetof(struct policy_doc, lookups),
     .record = &override_table,
     .doc = "Overrides of lookups' own settings for this policy."},
    {.key = "correlation", .type = FIELD_RECORD,
     .offset = offsetof(struct policy_doc, correlation), .record = &correlation_table,
     .doc = "What matches, its own or those of other policies, come to over time."},
    {.key = "exceptions", .type = FIELD_RECORDS, .offset = offsetof(struct policy_doc, exceptions),
     .record = &inline_exception_table,
     .doc = "Documented exemptions, looked at after a match, counted."},
    {.key = "suppression", .type = FIELD_RECORD,
     .offset = offsetof(struct policy_doc, suppression), .record = &suppression_table,
     .doc = "Which findings share an alert, and for how long; none: each is its own alert."},
    {.key = "alert", .type = FIELD_RECORD, .offset = offsetof(struct policy_doc, alert),
     .record = &alert_table,
     .doc = "What the alert says."},
    {.key = "mask", .type = FIELD_MAP, .offset = offsetof(struct policy_doc, mask),
     .record = &mask_table,
     .doc = "From paths of attributes (old.account) to how they are shown."},
    {.key = "compliance", .type = FIELD_RECORDS, .offset = offsetof(struct policy_doc, compliance),
     .record = &compliance_table,
     .doc = "Controls that the policy serves."},
    {.key = "tags", .type = FIELD_TEXTS, .offset = offsetof(struct policy_doc, tags),
     .doc = "Such as attack.t1078."},
    {.key = "failure_policy", .type = FIELD_WORD,
     .offset = offsetof(struct policy_doc, failure_policy), .words = failure_words,
     .word_count = 3, .fallback = "report",
     .doc = "When the condition cannot be evaluated: report counts it and tells once an hour, "
            "alert alerts, ignore counts it."},
    {.key = "tests", .type = FIELD_RECORDS, .offset = offsetof(struct policy_doc, tests),
     .record = &test_table,
     .doc = "Cases that `deltaward policy test` runs."},
};
const struct field_table policy_table = {
    .name = "a Policy",
    .fields = policy_fields,
    .count = sizeof policy_fields / sizeof *policy_fields,
    .size = sizeof(struct policy_doc),
};
