/* expression.c: from a YAML scalar to a program; issues of the compiler become problems at a place
 * of the file. */
#include "policy/plan/expression.h"

#include "policy/plan/expression_rules.h"
#include "policy/document/report.h"

/* " (findings of NAME)" behind a message, where that makes a difference. */
static struct span whose(const struct expression_context *context)
{
    struct span name = context->findings_of;
    return name.len ? arena_printf(context->arena, " (findings of %.*s)", SPAN_ARG(name)) : name;
}

static void report_issues(const struct expression_context *context, struct expression expression,
                          const struct cel_issues *issues)
{
    for (size_t i = 0; i < issues->count; i++) {
        const struct cel_issue *issue = &issues->items[i];
        struct place place = yaml_place_in(expression.node, expression.offset + issue->offset,
                                           issue->length);
        if (!issue->warning) {
            report_error(context->diags, place, issue->hint, "%.*s%.*s", SPAN_ARG(issue->message),
                         SPAN_ARG(whose(context)));
        } else if (!context->quiet_warnings || issue->kind == CEL_WARNING_ALWAYS_ABSENT) {
            report_warning(context->diags, cel_warning_name(issue->kind).ptr, place, issue->hint,
                           "%.*s%.*s", SPAN_ARG(issue->message), SPAN_ARG(whose(context)));
        }
    }
}

static void remember(const struct expression_context *context, struct cel_program *program)
{
    struct expression_programs *list = context->programs;
    if (!list) {
        return;
    }
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 16;
        struct cel_program **larger = arena_array(context->arena, capacity, sizeof *larger);
        if (list->count) {
            memcpy(larger, list->items, list->count * sizeof *larger);
        }
        list->items = larger;
        list->capacity = capacity;
    }
    list->items[list->count++] = program;
}

static const struct cel_program *compile(const struct expression_context *context,
                                         struct expression expression, struct cel_issues *issues)
{
    struct cel_program *program = NULL;
    *issues = cel_issues_in(context->arena);
    enum status status =
        cel_compile(context->env, expression.text, context->arena, issues, &program);
    if (status == STATUS_OK) {
        expression_rules_check(context, program, issues);
    }
    report_issues(context, expression, issues);
    if (status != STATUS_OK || issues->errors > 0) {
        return NULL;
    }
    remember(context, program);
    return program;
}

const struct cel_program *expression_compile(const struct expression_context *context,
                                             struct expression expression)
{
    struct cel_issues issues;
    return compile(context, expression, &issues);
}

/* Whether a part of the condition was named already as what makes it so. */
static bool says_constant(const struct cel_issues *issues)
{
    for (size_t i = 0; i < issues->count; i++) {
        const struct cel_issue *issue = &issues->items[i];
        if (issue->warning && (issue->kind == CEL_WARNING_NEVER_TRUE ||
                               issue->kind == CEL_WARNING_ALWAYS_TRUE)) {
            return true;
        }
    }
    return false;
}

static void warn_of_constant(const struct expression_context *context,
                             struct expression expression, struct cel_truth truth)
{
    bool never = !truth.may_be_true;
    struct span text = span_trim(expression.text);
    size_t start = (size_t)(text.ptr - expression.text.ptr);
    report_warning(context->diags, "constant-condition",
                   yaml_place_in(expression.node, expression.offset + start, text.len),
                   never ? SPAN("compare what the change says; `mode: disabled` switches off")
                         : SPAN("it asks for nothing: compare what the change says"),
                   "the condition is %s true, whatever the change", never ? "never" : "always");
}

bool expression_may_be(const struct cel_type *type, enum cel_type_kind kind)
{
    if (type->kind == CEL_TYPE_WRAPPER) { /* or null, which only running it shows */
        type = type->parameters[0];
    }
    return type->kind == kind || type->kind == CEL_TYPE_DYN || type->kind == CEL_TYPE_ERROR ||
           type->kind == CEL_TYPE_PARAM;
}

const struct cel_program *expression_compile_bool(const struct expression_context *context,
                                                  struct expression expression)
{
    struct cel_issues issues;
    const struct cel_program *program = compile(context, expression, &issues);
    if (program && !context->quiet_warnings && !says_constant(&issues)) {
        struct cel_truth truth = cel_program_truth(program);
        if (!truth.may_be_true || !truth.may_be_false) {
            warn_of_constant(context, expression, truth);
        }
    }
    if (program && !expression_may_be(cel_program_type(program), CEL_TYPE_BOOL)) {
        struct span type = cel_type_format(context->arena, cel_program_type(program));
        report_error(context->diags, yaml_place_in(expression.node, expression.offset, 1),
                     (struct span){0}, "a condition gives true or false, not %.*s", SPAN_ARG(type));
    }
    return program;
}
