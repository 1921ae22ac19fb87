/* expression.c: from a YAML scalar to a program; issues of the compiler become problems at a place
 * of the file. */
#include "policy/plan/expression.h"

#include "policy/plan/expression_rules.h"
#include "policy/document/report.h"

static void report_issues(const struct expression_context *context, struct expression expression,
                          const struct cel_issues *issues)
{
    for (size_t i = 0; i < issues->count; i++) {
        const struct cel_issue *issue = &issues->items[i];
        struct place place = yaml_place_in(expression.node, expression.offset + issue->offset,
                                           issue->length);
        if (!issue->warning) {
            report_error(context->diags, place, issue->hint, "%.*s", SPAN_ARG(issue->message));
        } else if (!context->quiet_warnings) {
            report_warning(context->diags, place, issue->hint, "%.*s", SPAN_ARG(issue->message));
        }
    }
}

const struct cel_program *expression_compile(const struct expression_context *context,
                                             struct expression expression)
{
    struct cel_issues issues = cel_issues_in(context->arena);
    struct cel_program *program = NULL;
    enum status status =
        cel_compile(context->env, expression.text, context->arena, &issues, &program);
    if (status == STATUS_OK) {
        expression_rules_check(context, program, &issues);
    }
    report_issues(context, expression, &issues);
    return status == STATUS_OK && issues.errors == 0 ? program : NULL;
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
    const struct cel_program *program = expression_compile(context, expression);
    if (program && !expression_may_be(cel_program_type(program), CEL_TYPE_BOOL)) {
        struct span type = cel_type_format(context->arena, cel_program_type(program));
        report_error(context->diags, yaml_place_in(expression.node, expression.offset, 1),
                     (struct span){0}, "a condition gives true or false, not %.*s", SPAN_ARG(type));
    }
    return program;
}
