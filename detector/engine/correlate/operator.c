/* operator.c: the operators by type. */
#include "engine/correlate/operator.h"

#include "engine/correlate/absence.h"
#include "engine/correlate/baseline.h"
#include "engine/correlate/chain.h"
#include "engine/correlate/compound.h"
#include "engine/correlate/sequence.h"
#include "engine/correlate/terms.h"
#include "engine/correlate/window.h"

const struct operator_type *operator_of(const struct correlation *rule)
{
    if (rule->inner_count > 0) {
        return &chain_operator;
    }
    switch (rule->type) {
    case CORRELATION_EVENT_COUNT:
    case CORRELATION_VALUE_COUNT:
    case CORRELATION_VALUE_SUM:
    case CORRELATION_VALUE_AVG:
    case CORRELATION_VALUE_PERCENTILE: return window_operator_of(rule);
    case CORRELATION_TEMPORAL:
    case CORRELATION_TEMPORAL_ORDERED: return &sequence_operator;
    case CORRELATION_ABSENCE: return &absence_operator;
    case CORRELATION_NEW_TERMS: return &terms_operator;
    case CORRELATION_BASELINE: return &baseline_operator;
    case CORRELATION_ALL: return &compound_operator;
    }
    return NULL;
}
