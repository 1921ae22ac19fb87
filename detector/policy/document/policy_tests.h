/* policy_tests.h: the tests inside policies, as they were written. `deltaward policy test` runs
 * them. Times count from the start of the test. */
#ifndef POLICY_POLICY_TESTS_H
#define POLICY_POLICY_TESTS_H

#include "policy/plan.h"

struct policy_test_event {
    int64_t at_us;
    enum change_op op;
    struct span table;       /* empty: take the policy's first table, see test.table */
    bool ttl_expiry;
    const struct value *keys; /* maps; NULL: not given */
    const struct value *old_image;
    const struct value *new_image;
    const struct value *api_call; /* map: an API call instead of all above; NULL: not given */
    struct place place;
};

/* Rows that a lookup has during the test, instead of its file's. */
struct policy_test_lookup {
    uint32_t lookup;      /* index of plan->lookups */
    struct value rows;    /* a list of maps; validity columns may be offsets: "-1h" */
    struct place place;
};

struct policy_test_expect {
    bool fired_given;
    bool fired;
    int64_t count;            /* alerts opened; -1: not given */
    bool severity_given;
    enum plan_severity severity;
    struct span title;        /* empty: not given */
    struct span group;        /* empty: not given */
    const struct value *masked; /* map from path to the text shown; NULL: not given */
    const struct span *only;  /* ids of all policies that may fire */
    size_t only_count;
    bool only_given;
};

struct policy_test {
    struct span name;
    uint32_t policy;          /* index of plan->policies: whose test it is */
    struct place place;
    struct span service;      /* of API calls that name no eventSource: the first of match.services
                                 that is no glob; else empty */
    struct span table;        /* of events that name none: the first of match.tables that is
                                 no glob, else a name that its first glob matches, else "table" */
    const struct policy_test_lookup *lookups;
    size_t lookup_count;
    const struct policy_test_event *events;
    size_t event_count;
    struct policy_test_expect expect;
};

/* All tests of a plan, policies in the order of the plan; they live as long as it does. */
const struct policy_test *plan_tests(const struct plan *plan, size_t *count);
/* The file that a policy stands in: policies of one file see each other in tests. */
struct span plan_policy_file(const struct plan *plan, uint32_t policy);
/* The policy's name for people, and its owner; empty when it has none. */
struct span plan_policy_name(const struct plan *plan, uint32_t policy);
struct span plan_policy_owner(const struct plan *plan, uint32_t policy);

#endif
