/* command_policy_test.c: `deltaward policy test`: runs the tests inside policies. */
#include "app/case/case_expect.h"
#include "app/case/case_explain.h"
#include "app/complain.h"
#include "app/explain/explain_json.h"
#include "app/explain/explain_text.h"
#include "app/policies/policy_set.h"
#include "base/json_writer.h"

#include <stdio.h>

static const struct option_example examples[] = {
    {"deltaward policy test salary.yaml", "the tests of one file"},
    {"deltaward policy test policies", "of all files of a folder"},
    {"deltaward policy test policies --json", "one JSON object, for a build server"},
    {NULL, NULL},
};

static const struct option options[] = {
    {.name = "verbose", .letter = 'v', .type = OPTION_FLAG, .text = "name the tests that pass too"},
    {.name = "json", .type = OPTION_FLAG, .text = "one JSON object with every test"},
    {.name = "mask-key-file", .type = OPTION_TEXT, .placeholder = "FILE",
     .text = "the key of the masks hash and tokenize; without it a fixed one is used"},
};

struct tally {
    size_t passed;
    size_t failed;
    size_t untested; /* policies without any test */
};

/* The report as it grows; one of the two forms. */
struct report {
    const struct invocation *invocation;
    const struct plan *plan;
    bool json;
    struct buf text;
    struct json_writer writer;
    struct tally tally;
};

static void write_json_member(struct json_writer *writer, const char *key, struct span text)
{
    json_key(writer, key);
    json_write_string(writer, text);
}

static void explain_as_json(void *context, size_t number, const struct change *change,
                            const struct explanation *explanation)
{
    struct report *report = context;
    json_open_object(&report->writer);
    json_key(&report->writer, "event");
    explain_json_record(change, number, &report->writer);
    json_key(&report->writer, "explanation");
    explain_json_write(report->plan, explanation, &report->writer);
    json_close_object(&report->writer);
}

static void explain_as_text(void *context, size_t number, const struct change *change,
                            const struct explanation *explanation)
{
    struct report *report = context;
    char name[32];
    snprintf(name, sizeof name, "  event %zu", number);
    explain_text_record(change, name, &report->text);
    explain_text_write(report->plan, explanation, "  ", report->invocation->colour_stdout,
                       &report->text);
}

static void report_json(struct report *report, const struct policy_test *test,
                        const struct case_differences *differences, struct arena *arena)
{
    struct case_listener listener = {.event = explain_as_json, .context = report};
    struct json_writer *writer = &report->writer;
    json_open_object(writer);
    write_json_member(writer, "policy", report->plan->policies[test->policy].id);
    write_json_member(writer, "test", test->name);
    write_json_member(writer, "file", test->place.file);
    json_key(writer, "line");
    json_write_uint(writer, test->place.line);
    json_key(writer, "passed");
    json_write_bool(writer, differences->count == 0);
    json_key(writer, "differences");
    json_open_array(writer);
    for (size_t i = 0; i < differences->count; i++) {
        json_open_object(writer);
        write_json_member(writer, "key", differences->items[i].key);
        write_json_member(writer, "expected", differences->items[i].expected);
        write_json_member(writer, "got", differences->items[i].got);
        json_close_object(writer);
    }
    json_close_array(writer);
    json_key(writer, "explanations");
    json_open_array(writer);
    if (differences->count > 0) {
        case_explain(report->plan, test, arena, &listener);
    }
    json_close_array(writer);
    json_close_object(writer);
}

static void report_text(struct report *report, const struct policy_test *test,
                        const struct case_differences *differences, struct arena *arena)
{
    struct case_listener listener = {.event = explain_as_text, .context = report};
    bool colour = report->invocation->colour_stdout;
    const char *red = colour ? "\033[31m" : "";
    const char *green = colour ? "\033[32m" : "";
    const char *plain = colour ? "\033[0m" : "";
    struct span policy = report->plan->policies[test->policy].id;
    bool passed = differences->count == 0;
    if (passed && !option_flag(report->invocation->options, "verbose")) {
        return;
    }
    buf_printf(&report->text, "%.*s:%u: %s%s%s %.*s: %.*s\n", SPAN_ARG(test->place.file),
               test->place.line, passed ? green : red, passed ? "pass" : "FAIL", plain,
               SPAN_ARG(policy), SPAN_ARG(test->name));
    for (size_t i = 0; i < differences->count; i++) {
        const struct case_difference *item = &differences->items[i];
        buf_printf(&report->text, "  %s- %.*s: %.*s%s\n  %s+ %.*s: %.*s%s\n", red,
                   SPAN_ARG(item->key), SPAN_ARG(item->expected), plain, green,
                   SPAN_ARG(item->key), SPAN_ARG(item->got), plain);
    }
    if (passed) {
        return;
    }
    case_explain(report->plan, test, arena, &listener);
    if (test->event_count > CASE_EXPLAINED_MAX) {
        buf_printf(&report->text, "  (events that are not explained: %zu)\n",
                   test->event_count - CASE_EXPLAINED_MAX);
    }
}

static void run_tests(struct report *report, struct plan *plan)
{
    size_t count = 0;
    const struct policy_test *tests = plan_tests(plan, &count);
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < count; i++) {
        struct case_result result = case_run(plan, &tests[i], arena);
        struct case_differences differences = case_compare(plan, &tests[i], &result, arena);
        report->tally.passed += differences.count == 0;
        report->tally.failed += differences.count > 0;
        if (report->json) {
            report_json(report, &tests[i], &differences, arena);
        } else {
            report_text(report, &tests[i], &differences, arena);
        }
        arena_reset(arena);
    }
    arena_free(&arena);
}

static void count_untested(struct report *report, const struct plan *plan)
{
    size_t count = 0;
    const struct policy_test *tests = plan_tests(plan, &count);
    for (uint32_t policy = 0; policy < plan->policy_count; policy++) {
        size_t at = 0;
        while (at < count && tests[at].policy != policy) {
            at++;
        }
        /* one that only feeds correlations is tested by them */
        report->tally.untested +=
            at == count && plan->policies[policy].mode != PLAN_MODE_SIGNAL;
    }
}

static enum command_exit finish(struct report *report)
{
    const struct tally *tally = &report->tally;
    if (report->json) {
        json_close_array(&report->writer);
        json_key(&report->writer, "passed");
        json_write_uint(&report->writer, tally->passed);
        json_key(&report->writer, "failed");
        json_write_uint(&report->writer, tally->failed);
        json_key(&report->writer, "policies_without_tests");
        json_write_uint(&report->writer, tally->untested);
        json_close_object(&report->writer);
        buf_append_char(&report->text, '\n');
    } else {
        buf_printf(&report->text, "%zu passed, %zu failed", tally->passed, tally->failed);
        if (tally->untested) {
            buf_printf(&report->text, "; %zu %s no tests", tally->untested,
                       tally->untested == 1 ? "policy has" : "policies have");
        }
        buf_append_char(&report->text, '\n');
    }
    bool written = answer(report->invocation, buf_view(&report->text));
    buf_deinit(&report->text);
    return !written ? COMMAND_ENVIRONMENT : tally->failed ? COMMAND_FINDINGS : COMMAND_OK;
}

static enum command_exit run(const struct invocation *invocation)
{
    size_t path_count = 0;
    const struct span *paths = option_arguments(invocation->options, &path_count);
    struct diag_list diags = diag_list_in(invocation->arena);
    struct plan_options plan_options = {.mask_key = SPAN("key of the tests inside policies")};
    struct plan *plan = NULL;
    struct span key_file = option_text(invocation->options, "mask-key-file");
    enum status status = STATUS_OK;
    if (key_file.len) {
        status = policy_set_mask_key(key_file, &diags, &plan_options.mask_key);
    }
    if (status == STATUS_OK) {
        status = plan_load(paths, path_count, &plan_options, &diags, &plan);
    }
    complain_diags(invocation, &diags);
    if (status != STATUS_OK) {
        return COMMAND_USAGE;
    }
    struct report report = {
        .invocation = invocation,
        .plan = plan,
        .json = option_flag(invocation->options, "json"),
    };
    report.writer = json_writer_to(&report.text);
    if (report.json) {
        json_open_object(&report.writer);
        json_key(&report.writer, "tests");
        json_open_array(&report.writer);
    }
    run_tests(&report, plan);
    count_untested(&report, plan);
    plan_unref(&plan);
    return finish(&report);
}

const struct command command_policy_test = {
    .face = {
        .name = "policy test",
        .summary = "Runs the tests inside policies, in virtual time.",
        .arguments = "PATH...",
        .argument_min = 1,
        .argument_max = SIZE_MAX,
        .examples = examples,
        .options = options,
        .option_count = sizeof options / sizeof *options,
    },
    .run = run,
};
