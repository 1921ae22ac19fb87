/* operator.c: the operators by type. */
#include "engine/correlate/operator.h"

#include "engine/correlate/baseline.h"
#include "engine/correlate/compound.h"
#include "engine/correlate/terms.h"
#include "engine/correlate/window.h"

const struct operator_type *operator_of(const struct correlation *rule)
{
    static const struct operator_type *const types[CORRELATION_TYPE_COUNT] = {
        [CORRELATION_EVENT_COUNT] = &window_operator,
        [CORRELATION_VALUE_COUNT] = &window_operator,
        [CORRELATION_VALUE_SUM] = &window_operator,
        [CORRELATION_NEW_TERMS] = &terms_operator,
        [CORRELATION_BASELINE] = &baseline_operator,
        [CORRELATION_ALL] = &compound_operator,
    };
    const struct operator_type *type = types[rule->type];
    bool known = type != &window_operator || window_can_watch(rule);
    return known ? type : NULL;
}
