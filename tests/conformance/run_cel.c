/* run_cel.c: runs the language's conformance suite (tests/conformance/cel), every test that needs
 * no schema of protocol buffers: checked and unchecked, by special closures and by the generic way.
 * None is skipped. usage: run_cel [-v] DIRECTORY */
#include "case.h"

#include "base/buf.h"
#include "base/check.h"
#include "cel/explain/trace.h"

#include <stdio.h>
#include <stdlib.h>

/* The whole suite: of each file the tests that run, all of which pass, and those that do not apply,
 * since they build, name or expect a message or an enum of a schema. The counts tell when one is
 * lost. */
struct suite_file {
    const char *name;
    size_t tests;
    size_t protobuf;
};

static const struct suite_file FILES[] = {
    {"basic", 43, 0},
    {"bindings_ext", 8, 0},
    {"block_ext", 25, 12},
    {"comparisons", 334, 72},
    {"conversions", 109, 0},
    {"dynamic", 17, 209},
    {"encoders_ext", 4, 0},
    {"enums", 0, 85},
    {"fields", 60, 0},
    {"fp_math", 30, 0},
    {"integer_math", 64, 0},
    {"lists", 39, 0},
    {"logic", 30, 0},
    {"macros", 44, 0},
    {"macros2", 46, 0},
    {"math_ext", 199, 0},
    {"namespace", 14, 0},
    {"network_ext", 69, 0},
    {"optionals", 59, 11},
    {"parse", 193, 26},
    {"plumbing", 5, 0},
    {"proto2", 0, 118},
    {"proto2_ext", 0, 18},
    {"proto3", 0, 85},
    {"string", 51, 0},
    {"string_ext", 213, 3},
    {"timestamps", 78, 0},
    {"type_deduction", 26, 21},
    {"unknowns", 0, 0},
    {"wrappers", 0, 36},
};

/* One test at work. */
struct runner {
    struct arena *arena;
    struct cel_slots *slots;
    const struct conformance_case *test;
    bool checked;
    bool generic;
    struct buf problem; /* why it fails; empty: it passes */
};

/* --- the environment that a test declares --- */

/* Messages whose plain value stands in a test beside them, as the type of that value. */
static const struct {
    const char *name;
    const char *plain;
} MESSAGES[] = {
    {"google.protobuf.BoolValue", "wrapper(bool)"},
    {"google.protobuf.BytesValue", "wrapper(bytes)"},
    {"google.protobuf.DoubleValue", "wrapper(double)"},
    {"google.protobuf.FloatValue", "wrapper(double)"},
    {"google.protobuf.Int32Value", "wrapper(int)"},
    {"google.protobuf.Int64Value", "wrapper(int)"},
    {"google.protobuf.ListValue", "list(dyn)"},
    {"google.protobuf.StringValue", "wrapper(string)"},
    {"google.protobuf.Struct", "map(string, dyn)"},
    {"google.protobuf.UInt32Value", "wrapper(uint)"},
    {"google.protobuf.UInt64Value", "wrapper(uint)"},
    {"google.protobuf.Value", "dyn"},
};

static struct span plain_type(struct span text)
{
    for (size_t i = 0; i < sizeof MESSAGES / sizeof *MESSAGES; i++) {
        if (span_equals(span_view(MESSAGES[i].name), text)) {
            return span_view(MESSAGES[i].plain);
        }
    }
    return text;
}

/* "param(T)" is written T here. */
static const struct cel_type *read_type(struct runner *runner, struct span declared)
{
    struct span text = plain_type(declared);
    const struct span param = SPAN("param(");
    struct buf plain = {0};
    for (size_t i = 0; i < text.len;) {
        if (span_starts_with(span_of(text.ptr + i, text.len - i), param)) {
            buf_append_char(&plain, text.ptr[i + param.len]);
            i += param.len + 2;
        } else {
            buf_append_char(&plain, text.ptr[i++]);
        }
    }
    struct span copy = arena_copy(runner->arena, buf_view(&plain));
    buf_deinit(&plain);
    const struct cel_type *type = cel_type_parse(runner->arena, copy);
    return type ? type : cel_type_simple(CEL_TYPE_DYN);
}

static void declare_function(struct runner *runner, struct cel_env *env, struct span name,
                             const struct value *overload)
{
    const struct value *params = case_member(overload, "params");
    const struct value *instance = case_member(overload, "instance");
    const struct cel_type **types =
        arena_array(runner->arena, params->list.count, sizeof *types);
    for (size_t i = 0; i < params->list.count; i++) {
        types[i] = read_type(runner, params->list.items[i].text);
    }
    struct cel_function function = {
        .name = name,
        .result = read_type(runner, case_text(overload, "result")),
        .parameters = types,
        .parameter_count = params->list.count,
        .receiver = instance && instance->boolean,
    };
    cel_env_add_function(env, &function);
}

static size_t binding_named(const struct conformance_case *test, struct span name)
{
    size_t i = 0;
    while (i < test->binding_count && !span_equals(test->bindings[i].name, name)) {
        i++;
    }
    return i;
}

static void declare_name(struct runner *runner, struct cel_env *env,
                         const struct value *declaration)
{
    struct span name = case_text(declaration, "name");
    const struct value *overloads = case_member(declaration, "overloads");
    for (size_t i = 0; overloads && i < overloads->list.count; i++) {
        declare_function(runner, env, name, &overloads->list.items[i]);
    }
    if (!overloads) {
        cel_env_add_variable(env, name, read_type(runner, case_text(declaration, "type")),
                             (uint32_t)binding_named(runner->test, name));
    }
}

static bool is_declared(const struct conformance_case *test, struct span name)
{
    for (size_t i = 0; test->type_env && i < test->type_env->list.count; i++) {
        if (span_equals(case_text(&test->type_env->list.items[i], "name"), name)) {
            return true;
        }
    }
    return false;
}

static struct cel_env *make_env(struct runner *runner)
{
    struct cel_env *env = cel_env_new(runner->arena, runner->slots);
    cel_env_set_container(env, runner->test->container);
    cel_env_set_macros(env, runner->test->macros);
    cel_env_set_limits(env, UINT32_MAX, UINT32_MAX);
    cel_env_set_generic(env, runner->generic);
    for (size_t i = 0; runner->test->type_env && i < runner->test->type_env->list.count; i++) {
        declare_name(runner, env, &runner->test->type_env->list.items[i]);
    }
    for (size_t i = 0; i < runner->test->binding_count; i++) {
        if (!is_declared(runner->test, runner->test->bindings[i].name)) {
            cel_env_add_variable(env, runner->test->bindings[i].name,
                                 cel_type_simple(CEL_TYPE_DYN), (uint32_t)i);
        }
    }
    return env;
}

/* --- running --- */

static struct value load_binding(void *context, uint32_t slot, struct arena *arena)
{
    const struct runner *runner = context;
    uint32_t root = cel_slots_get(runner->slots, slot).root;
    (void)arena;
    return root < runner->test->binding_count
               ? runner->test->bindings[root].value
               : value_failure(VALUE_ERROR_OTHER, SPAN("a variable without a value"));
}

static struct value call_nothing(void *context, uint32_t host_call, const struct value *arguments,
                                 size_t count, struct arena *arena)
{
    (void)context;
    (void)host_call;
    (void)arguments;
    (void)count;
    (void)arena;
    return value_failure(VALUE_ERROR_OTHER, SPAN("a function without a body"));
}

/* A condition is never what the compiler says it cannot be. */
static bool truth_holds(const struct cel_program *program, const struct value *result)
{
    struct cel_truth truth = cel_program_truth(program);
    return result->kind != VALUE_BOOL ||
           (result->boolean ? truth.may_be_true : truth.may_be_false);
}

static void describe(struct buf *out, const struct value *value)
{
    if (value->kind == VALUE_ERROR) {
        buf_printf(out, "error: %.*s", SPAN_ARG(value->text));
        return;
    }
    buf_printf(out, "%s ", value_kind_name(value->kind));
    struct json_writer writer = json_writer_to(out);
    value_write_json(value, &writer);
}

/* Another way to the same value. */
static void compare(struct runner *runner, const char *way, const struct value *value,
                    const struct value *result)
{
    struct buf wanted = {0};
    struct buf found = {0};
    describe(&wanted, result);
    describe(&found, value);
    if (!span_equals(buf_view(&wanted), buf_view(&found))) {
        buf_printf(&runner->problem, "%s %.*s, run %.*s; ", way, SPAN_ARG(buf_view(&found)),
                   SPAN_ARG(buf_view(&wanted)));
    }
    buf_deinit(&wanted);
    buf_deinit(&found);
}

/* An explanation must show what the program itself gives. */
static void check_trace(struct runner *runner, const struct cel_program *program,
                        struct cel_frame *frame, const struct value *result)
{
    struct cel_tracer *tracer = cel_tracer_new(program, NULL, runner->arena);
    struct cel_trace trace = cel_tracer_run(tracer, frame, runner->arena);
    compare(runner, "traced", &trace.value, result);
    if (trace.count == 0) {
        buf_printf(&runner->problem, "nothing was traced; ");
    }
}

static struct value run_program(struct runner *runner, const struct cel_program *program)
{
    struct cel_host host = {.context = runner, .load = load_binding, .call = call_nothing};
    struct cel_frame *frame = cel_frame_new(runner->slots, 0);
    cel_frame_begin(frame, &host, runner->arena);
    struct value result = cel_run(program, frame);
    check_trace(runner, program, frame, &result);
    cel_frame_free(&frame);
    return result;
}

static void check_result(struct runner *runner, const struct value *result)
{
    const struct conformance_case *test = runner->test;
    bool failed = result->kind == VALUE_ERROR;
    bool right = test->expects_error
                     ? failed
                     : !failed && case_value_matches(&test->expected, result);
    if (right) {
        return;
    }
    buf_printf(&runner->problem, "got ");
    describe(&runner->problem, result);
    buf_printf(&runner->problem, ", expected ");
    if (test->expects_error) {
        buf_printf(&runner->problem, "an error");
    } else {
        describe(&runner->problem, &test->expected);
    }
}

static void check_type(struct runner *runner, const struct cel_program *program)
{
    const struct cel_type *wanted = read_type(runner, runner->test->type);
    struct span expected = cel_type_format(runner->arena, wanted);
    struct span actual = cel_type_format(runner->arena, cel_program_type(program));
    if (!span_equals(expected, actual)) {
        buf_printf(&runner->problem, "type %.*s, expected %.*s; ", SPAN_ARG(actual),
                   SPAN_ARG(expected));
    }
}

static void check_refusal(struct runner *runner, const struct cel_issues *issues)
{
    if (!runner->test->expects_error) {
        buf_printf(&runner->problem, "does not compile: %.*s",
                   SPAN_ARG(issues->items[0].message));
    }
}

static enum status compile(const struct runner *runner, const struct cel_env *env,
                           struct cel_issues *issues, struct cel_program **out)
{
    return runner->checked
               ? cel_compile(env, runner->test->expression, runner->arena, issues, out)
               : cel_compile_unchecked(env, runner->test->expression, runner->arena, issues, out);
}

/* Two programs that have everything in common: what the second reads, the first has computed. */
static void check_shared(struct runner *runner, const struct cel_env *env,
                         const struct value *result)
{
    struct cel_host host = {.context = runner, .load = load_binding, .call = call_nothing};
    struct cel_issues issues = cel_issues_in(runner->arena);
    struct cel_program *programs[2];
    if (compile(runner, env, &issues, &programs[0]) != STATUS_OK ||
        compile(runner, env, &issues, &programs[1]) != STATUS_OK) {
        buf_printf(&runner->problem, "does not compile again; ");
        return;
    }
    cel_programs_share(runner->slots, programs, 2);
    struct cel_frame *frame = cel_frame_new(runner->slots, 0);
    cel_frame_begin(frame, &host, runner->arena);
    for (size_t i = 0; i < 2; i++) {
        struct value shared = cel_run(programs[i], frame);
        compare(runner, "shared", &shared, result);
    }
    cel_frame_free(&frame);
}

static void run_case(struct runner *runner)
{
    const struct conformance_case *test = runner->test;
    struct cel_env *env = make_env(runner);
    struct cel_issues issues = cel_issues_in(runner->arena);
    struct cel_program *program;
    enum status status = compile(runner, env, &issues, &program);
    if (status != STATUS_OK) {
        check_refusal(runner, &issues);
        return;
    }
    if (test->type.len && runner->checked) {
        check_type(runner, program);
    }
    if (!test->check_only) {
        struct value result = run_program(runner, program);
        check_result(runner, &result);
        if (!truth_holds(program, &result)) {
            buf_printf(&runner->problem, "the compiler takes this for impossible");
        }
        check_shared(runner, env, &result);
    }
}

/* Whether the test passes. */
static bool run_line(const char *file, struct runner *runner, bool verbose)
{
    const struct conformance_case *test = runner->test;
    run_case(runner);
    bool passes = runner->problem.len == 0;
    if (!passes && verbose) {
        printf("  %s/%.*s (%s%s): %.*s\n    %.*s\n", file, SPAN_ARG(test->name),
               runner->checked ? "checked" : "unchecked", runner->generic ? ", generic" : "",
               SPAN_ARG(test->expression), SPAN_ARG(buf_view(&runner->problem)));
    }
    buf_deinit(&runner->problem);
    return passes;
}

/* --- files --- */

/* In how many ways a test may run, and what is said of each. */
enum way { WAY_CHECKED, WAY_CHECKED_GENERIC, WAY_UNCHECKED, WAY_UNCHECKED_GENERIC, WAY_COUNT };

struct counts {
    size_t protobuf;
    size_t tests;
    size_t runs[WAY_COUNT];
    size_t passes[WAY_COUNT];
};

/* Checked where the test allows it; and where there is a result, without the checker too: a program
 * does not need it to be right. */
static bool allows(const struct conformance_case *test, enum way way)
{
    bool checked = way == WAY_CHECKED || way == WAY_CHECKED_GENERIC;
    return checked ? !test->unchecked : !test->check_only;
}

static void run_ways(const char *file, const struct conformance_case *test, struct arena *arena,
                     bool verbose, struct counts *counts)
{
    counts->tests++;
    for (enum way way = 0; way < WAY_COUNT; way++) {
        struct runner runner = {.arena = arena, .slots = cel_slots_new(arena), .test = test};
        runner.checked = way == WAY_CHECKED || way == WAY_CHECKED_GENERIC;
        runner.generic = way == WAY_CHECKED_GENERIC || way == WAY_UNCHECKED_GENERIC;
        if (allows(test, way)) {
            counts->runs[way]++;
            counts->passes[way] += run_line(file, &runner, verbose);
        }
    }
}

static struct counts run_file(FILE *stream, const char *name, bool verbose)
{
    struct counts counts = {0};
    char *line = NULL;
    size_t capacity = 0;
    ssize_t len;
    struct arena *arena = arena_new(0);
    while ((len = getline(&line, &capacity, stream)) > 0) {
        struct conformance_case test;
        arena_reset(arena);
        if (case_read(span_of(line, (size_t)len), arena, &test)) {
            run_ways(name, &test, arena, verbose, &counts);
        } else {
            counts.protobuf++;
        }
    }
    arena_free(&arena);
    free(line);
    return counts;
}

static void add_counts(struct counts *sum, const struct counts *counts)
{
    sum->tests += counts->tests;
    sum->protobuf += counts->protobuf;
    for (enum way way = 0; way < WAY_COUNT; way++) {
        sum->runs[way] += counts->runs[way];
        sum->passes[way] += counts->passes[way];
    }
}

static void print_counts(const char *name, const struct counts *counts, bool good)
{
    static const char *const names[] = {"checked", "generic", "unchecked", "generic"};
    printf("%-16s %4zu tests; pass", name, counts->tests);
    for (enum way way = 0; way < WAY_COUNT; way++) {
        printf(" %4zu of %4zu %s,", counts->passes[way], counts->runs[way], names[way]);
    }
    printf(" %3zu need a schema%s\n", counts->protobuf, good ? "" : "  FAILED: run with -v");
}

/* Whether every test is there and passes. */
static bool check_file(const char *directory, const struct suite_file *file, bool verbose,
                       struct counts *sum)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.jsonl", directory, file->name);
    FILE *stream = fopen(path, "r");
    if (!stream) {
        printf("%-16s cannot be read\n", file->name);
        return false;
    }
    struct counts counts = run_file(stream, file->name, verbose);
    fclose(stream);
    bool good = counts.tests == file->tests && counts.protobuf == file->protobuf &&
                memcmp(counts.passes, counts.runs, sizeof counts.runs) == 0;
    print_counts(file->name, &counts, good);
    add_counts(sum, &counts);
    return good;
}

int main(int argc, char **argv)
{
    bool verbose = argc == 3 && strcmp(argv[1], "-v") == 0;
    bool good = true;
    struct counts sum = {0};
    if (argc != 2 && !verbose) {
        fprintf(stderr, "usage: run_cel [-v] DIRECTORY\n");
        return 2;
    }
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        good &= check_file(argv[argc - 1], &FILES[i], verbose, &sum);
    }
    print_counts("all", &sum, good);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
