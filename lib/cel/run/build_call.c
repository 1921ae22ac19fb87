/* build_call.c: operators and calls become closures; constant patterns, zones and the like are
 * compiled or refused at once. */
#include "cel/run/build.h"

#include "cel/library/library_functions.h"
#include "cel/library/library_regex.h"
#include "cel/library/regex.h"
#include "cel/run/values.h"
#include "cel/library/zone.h"

/* --- operators --- */

struct operator_row {
    const char *name;
    struct closure *(*build)(struct builder *builder, int which, const struct closure *left,
                             const struct closure *right);
    int which; /* of the comparisons or the arithmetic */
};

static struct closure *build_compare(struct builder *builder, int which, const struct closure *left,
                                     const struct closure *right)
{
    enum comparison comparison = (enum comparison)which;
    return builder->generic ? closure_compare_generic(builder->arena, comparison, left, right)
                            : closure_compare(builder->arena, comparison, left, right);
}

static struct closure *build_in(struct builder *builder, int which, const struct closure *left,
                                const struct closure *right)
{
    (void)which;
    return builder->generic ? closure_in_generic(builder->arena, left, right)
                            : closure_in(builder->arena, left, right);
}

static struct closure *arithmetic_of(struct builder *builder, enum arithmetic operation,
                                     const struct closure *left, const struct closure *right)
{
    return builder->generic ? closure_arithmetic_generic(builder->arena, operation, left, right)
                            : closure_arithmetic(builder->arena, operation, left, right);
}

/* 1.5 - 0.6 of literals alone is exact beside a decimal, as each of them is. */
static struct closure *build_arithmetic(struct builder *builder, int which,
                                        const struct closure *left, const struct closure *right)
{
    enum arithmetic operation = (enum arithmetic)which;
    struct closure *closure = arithmetic_of(builder, operation, left, right);
    if (left->constant && right->constant && (left->exact || right->exact)) {
        struct closure *exact = arithmetic_of(builder, operation, build_exact(left),
                                              build_exact(right));
        closure->exact = build_folded(builder, exact);
    }
    return closure;
}

static const struct operator_row OPERATORS[] = {
    {"_==_", build_compare, COMPARE_EQ},
    {"_!=_", build_compare, COMPARE_NE},
    {"_<_", build_compare, COMPARE_LT},
    {"_<=_", build_compare, COMPARE_LE},
    {"_>_", build_compare, COMPARE_GT},
    {"_>=_", build_compare, COMPARE_GE},
    {"@in", build_in, 0},
    {"_+_", build_arithmetic, ARITHMETIC_ADD},
    {"_-_", build_arithmetic, ARITHMETIC_SUBTRACT},
    {"_*_", build_arithmetic, ARITHMETIC_MULTIPLY},
    {"_/_", build_arithmetic, ARITHMETIC_DIVIDE},
    {"_%_", build_arithmetic, ARITHMETIC_REMAINDER},
};

static struct closure *build_binary(struct builder *builder, const struct cel_node *node)
{
    for (size_t i = 0; i < sizeof OPERATORS / sizeof *OPERATORS; i++) {
        if (span_equals(node->name, span_view(OPERATORS[i].name))) {
            const struct closure *left = build_node(builder, node->arguments[0]);
            const struct closure *right = build_node(builder, node->arguments[1]);
            return OPERATORS[i].build(builder, OPERATORS[i].which, left, right);
        }
    }
    return NULL;
}

static struct closure *build_unary(struct builder *builder, const struct cel_node *node)
{
    if (span_equals(node->name, SPAN("!_"))) {
        return closure_not(builder->arena, build_node(builder, node->arguments[0]));
    }
    if (span_equals(node->name, SPAN("@not_strictly_false"))) {
        return closure_not_strictly_false(builder->arena, build_node(builder, node->arguments[0]));
    }
    return NULL;
}

/* NULL: no operator that has a closure of its own. */
static struct closure *build_operator(struct builder *builder, const struct cel_node *node)
{
    if (node->target) {
        return NULL;
    }
    struct closure *logic = build_logic(builder, node);
    if (logic || node->argument_count == 1) {
        return logic ? logic : build_unary(builder, node);
    }
    return node->argument_count == 2 ? build_binary(builder, node) : NULL;
}

/* --- functions --- */

/* A call as it is looked up: full name, and whether the target is its first argument. */
struct call_shape {
    struct span name;
    bool receiver;
    size_t count;
};

static bool takes(const struct cel_signature *signature, const struct call_shape *shape)
{
    if (signature->receiver != shape->receiver) {
        return false;
    }
    return signature->takes_anything || signature->parameter_count == shape->count ||
           (signature->repeated && shape->count >= signature->parameter_count);
}

/* The first that takes as many arguments: of which kinds they are, the function itself asks. */
static const struct cel_signature *find_signature(const struct cel_env *env,
                                                  const struct call_shape *shape)
{
    struct cel_signature_cursor cursor = cel_signatures_of(env, shape->name);
    const struct cel_signature *signature;
    while ((signature = cel_signature_next(&cursor))) {
        if (takes(signature, shape)) {
            return signature;
        }
    }
    return NULL;
}

/* Qualified names were resolved before, and such calls have no target any more. */
const struct cel_signature *build_signature(const struct cel_env *env, const struct cel_node *node)
{
    bool receiver = node->target != NULL;
    struct call_shape shape = {.receiver = receiver, .count = node->argument_count + receiver};
    shape.name = node->resolved.len && !receiver ? node->resolved : node->name;
    return find_signature(env, &shape);
}

/* Functions that hand one of their arguments on, so that a literal among them stays exact. */
static bool hands_on(struct span name)
{
    static const char *const names[] = {"coalesce",   "orValue",       "optional.of",
                                        "math.abs",   "math.least",    "math.greatest",
                                        "math.round", "optional.ofNonZeroValue", "decimal", "-_"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (span_equals(name, span_view(names[i]))) {
            return true;
        }
    }
    return false;
}

static struct closure *call_of(struct builder *builder, const struct cel_signature *signature,
                               const struct closure *const *arguments, size_t count)
{
    if (!signature->library) {
        struct closure *call =
            closure_host_call(builder->arena, signature->host_call, arguments, count);
        call->attribute = true;
        builder->unknowns++;
        return call;
    }
    return closure_library_call(builder->arena, signature->library->run, arguments, count);
}

static bool chooses(cel_function_fn run)
{
    return run == library_coalesce || run == library_optional_or_value;
}

static struct closure *build_library_call(struct builder *builder,
                                          const struct cel_signature *signature,
                                          const struct closure **arguments, size_t count)
{
    bool choice = chooses(signature->library->run);
    if (choice) {
        build_unify(builder, arguments, count);
    }
    struct closure *closure = call_of(builder, signature, arguments, count);
    closure->attribute = choice && build_any_attribute(arguments, count);
    const struct closure **exact = build_exact_parts(builder, arguments, count);
    if (exact && hands_on(signature->name)) {
        struct closure *call = call_of(builder, signature, exact, count);
        closure->exact = build_all_constant(exact, count) ? build_folded(builder, call) : call;
    }
    return closure;
}

/* --- constants that are read once, and whose mistakes can be told at once --- */

static bool is_constant_text(const struct closure *closure)
{
    return closure->constant && closure->constant->kind == VALUE_STRING;
}

/* Compiling in each run takes steps, which a run that is watched must not run out of sooner. */
static bool compiles_each_time(const struct builder *builder)
{
    return builder->generic && !builder->watch;
}

static struct closure *build_matches(struct builder *builder, const struct cel_node *node,
                                     const struct closure *const *arguments)
{
    struct span problem;
    const struct regex *regex =
        regex_compile(arguments[1]->constant->text, builder->arena, &problem);
    if (regex && compiles_each_time(builder)) {
        return closure_library_call(builder->arena, library_matches, arguments, 2);
    }
    if (regex) {
        return closure_matches(builder->arena, arguments[0], regex);
    }
    problem = arena_printf(builder->arena, "the pattern of matches: %.*s", SPAN_ARG(problem));
    return build_mistake(builder, node, problem);
}

static struct closure *build_pattern(struct builder *builder, const struct cel_node *node,
                                     const struct cel_signature *signature,
                                     const struct closure *const *arguments, size_t count)
{
    cel_function_fn run = signature->library->run;
    struct span problem = span_of(NULL, 0);
    const struct regex *regex =
        regex_compile(arguments[1]->constant->text, builder->arena, &problem);
    const char *misfit = regex ? library_regex_misfit(run, regex) : NULL;
    if (!regex || misfit) {
        problem = misfit ? span_view(misfit) : problem;
        return build_mistake(builder, node,
                             arena_printf(builder->arena, "the pattern of %.*s: %.*s",
                                          SPAN_ARG(signature->name), SPAN_ARG(problem)));
    }
    return compiles_each_time(builder)
               ? closure_library_call(builder->arena, run, arguments, count)
               : closure_pattern(builder->arena, regex, run, arguments, count);
}

static struct closure *build_zoned(struct builder *builder, const struct cel_node *node,
                                   cel_function_fn getter, const struct closure *const *arguments)
{
    struct span name = arguments[1]->constant->text;
    const struct zone *zone = zone_load(name, builder->arena);
    if (zone) {
        return builder->generic ? closure_library_call(builder->arena, getter, arguments, 2)
                                : closure_zoned(builder->arena, arguments[0], zone, getter);
    }
    return build_mistake(builder, node,
                         arena_printf(builder->arena,
                                      "unknown time zone '%.*s': write a name such as "
                                      "'Europe/Berlin' or an offset such as '+01:00'",
                                      SPAN_ARG(name)));
}

/* timestamp('2026-13-01'): what is made of a constant text and cannot be made. */
static bool converts_text(cel_function_fn run)
{
    static const cel_function_fn conversions[] = {library_timestamp, library_duration,
                                                  library_decimal,   library_ip,
                                                  library_cidr,      library_quantity,
                                                  library_semver,    library_url};
    for (size_t i = 0; i < sizeof conversions / sizeof *conversions; i++) {
        if (run == conversions[i]) {
            return true;
        }
    }
    return false;
}

static struct closure *build_converted(struct builder *builder, const struct cel_node *node,
                                       struct closure *call)
{
    struct value room;
    const struct value *value = build_constant_value(builder, call, &room);
    bool wrong = value->kind == VALUE_ERROR && value->error != VALUE_ERROR_LIMIT;
    return wrong ? build_mistake(builder, node, value->text) : call;
}

static bool takes_zone(const struct cel_signature *signature, size_t count)
{
    return signature->receiver && count == 2 &&
           signature->parameters[0]->kind == CEL_TYPE_TIMESTAMP &&
           signature->parameters[1]->kind == CEL_TYPE_STRING;
}

static struct closure *build_found(struct builder *builder, const struct cel_node *node,
                                   const struct cel_signature *signature,
                                   const struct closure **arguments, size_t count)
{
    const struct cel_overload *library = signature->library;
    if (!library) {
        return call_of(builder, signature, arguments, count);
    }
    /* an operator's own name, called like a function */
    if (!library->run) {
        return build_failure(builder, VALUE_ERROR_OTHER, "%.*s cannot be called", signature->name);
    }
    if (library->run == library_matches && is_constant_text(arguments[1])) {
        return build_matches(builder, node, arguments);
    }
    if (library_regex_compiled(library->run) && is_constant_text(arguments[1])) {
        return build_pattern(builder, node, signature, arguments, count);
    }
    if (takes_zone(signature, count) && is_constant_text(arguments[1])) {
        return build_zoned(builder, node, library->run, arguments);
    }
    if (count == 2 && is_constant_text(arguments[1]) && !arguments[0]->constant &&
        !builder->generic) {
        struct closure *test = closure_text_test(builder->arena, library->run, arguments[0],
                                                 arguments[1]->constant);
        if (test) {
            return test;
        }
    }
    struct closure *call = build_library_call(builder, signature, arguments, count);
    bool converted = count > 0 && is_constant_text(arguments[0]) && converts_text(library->run) &&
                     build_all_constant(arguments, count);
    return converted ? build_converted(builder, node, call) : call;
}

/* The target of a call is its first argument. */
static const struct closure **build_arguments(struct builder *builder, const struct cel_node *node)
{
    if (!node->target) {
        return build_all(builder, node->arguments, node->argument_count);
    }
    const struct closure **arguments =
        arena_array(builder->arena, node->argument_count + 1, sizeof *arguments);
    arguments[0] = build_node(builder, node->target);
    for (size_t i = 0; i < node->argument_count; i++) {
        arguments[i + 1] = build_node(builder, node->arguments[i]);
    }
    return arguments;
}

struct closure *build_call(struct builder *builder, const struct cel_node *node)
{
    struct closure *closure = build_operator(builder, node);
    if (closure) {
        return closure;
    }
    const struct cel_signature *signature = build_signature(builder->env, node);
    if (!signature) {
        return build_failure(builder, VALUE_ERROR_NO_OVERLOAD, "unknown function: %.*s",
                             node->name);
    }
    size_t count = node->argument_count + (node->target != NULL);
    return build_found(builder, node, signature, build_arguments(builder, node), count);
}
