/* Measures the predicates of conditions: ns an evaluation, beside straight C over the same decoded
 * values.
 *
 *   bench_cel [MILLIONS]
 *   bench_cel --data       the expressions and the events as JSON, for bench/cel
 *
 * "warm": the slots of the event are loaded already, as for the second policy that reads them.
 * "cold": a new event each time, its slots loaded from the host. "load": us to parse, check and
 * plan. "true": how many of the events. Medians of 5 passes of CPU time; programs and C alternate,
 * so that a busy machine changes both. */
#include "cel/program.h"
#include "cel/library/regex.h"
#include "model/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { EVENTS = 256, PASSES = 5, MEMBERS = 7, COMPILES = 100 };

/* One event, decoded. */
struct event {
    struct value table;
    struct value op;
    struct value old_price;
    struct value new_price;
    struct value status;
    struct value arn;
    struct value tags;
};

enum { ROOT_TABLE, ROOT_OP, ROOT_OLD, ROOT_NEW };

static double thread_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* --- the same in straight C --- */

static bool is_table(const struct event *event)
{
    return event->table.kind == VALUE_STRING && span_equals(event->table.text, SPAN("products"));
}

static bool is_modify_of_table(const struct event *event)
{
    return event->op.kind == VALUE_STRING && span_equals(event->op.text, SPAN("MODIFY")) &&
           is_table(event);
}

static bool is_below(const struct event *event)
{
    static const struct decimal nine_tenths = {.low = 9, .exponent = -1};
    struct decimal limit;
    return event->new_price.kind == VALUE_DECIMAL && event->old_price.kind == VALUE_DECIMAL &&
           decimal_multiply(event->old_price.decimal, nine_tenths, &limit) == STATUS_OK &&
           decimal_compare(event->new_price.decimal, limit) < 0;
}

static bool is_guarded_below(const struct event *event)
{
    return is_modify_of_table(event) && event->new_price.kind != VALUE_ERROR &&
           event->old_price.kind != VALUE_ERROR && is_below(event);
}

static bool is_above(const struct event *event)
{
    static const struct decimal limit = {.low = 500};
    return event->new_price.kind == VALUE_DECIMAL &&
           decimal_compare(event->new_price.decimal, limit) > 0;
}

static bool is_one_of(const struct event *event)
{
    struct span status = event->status.text;
    return event->status.kind == VALUE_STRING &&
           (span_equals(status, SPAN("ACTIVE")) || span_equals(status, SPAN("HIDDEN")) ||
            span_equals(status, SPAN("SOLD_OUT")));
}

static bool is_foreign(const struct event *event)
{
    return event->arn.kind == VALUE_STRING &&
           !span_starts_with(event->arn.text, SPAN("arn:aws:iam::123456789012:"));
}

static const struct regex *arn_pattern;
static struct cel_scratch arn_scratch;

static bool is_arn(const struct event *event)
{
    return regex_search(arn_pattern, event->arn.text, &arn_scratch).boolean;
}

static bool has_tag(const struct event *event)
{
    for (size_t i = 0; i < event->tags.list.count; i++) {
        const struct value *tag = &event->tags.list.items[i];
        if (tag->kind == VALUE_STRING && span_equals(tag->text, SPAN("sale"))) {
            return true;
        }
    }
    return false;
}

#define ARN_PATTERN "^arn:aws:iam::[0-9]{12}:(user|role)/[a-z-]+$"

static const struct {
    const char *expression;
    bool (*straight)(const struct event *event);
} PREDICATES[] = {
    {"table == 'products'", is_table},
    {"op == 'MODIFY' && table == 'products'", is_modify_of_table},
    {"new.price < old.price * 0.9", is_below},
    {"op == 'MODIFY' && table == 'products' && has(new.price) && has(old.price) && "
     "new.price < old.price * 0.9",
     is_guarded_below},
    {"new.price > 500", is_above},
    {"new.status in ['ACTIVE', 'HIDDEN', 'SOLD_OUT']", is_one_of},
    {"!new.arn.startsWith('arn:aws:iam::123456789012:')", is_foreign},
    {"new.arn.matches('" ARN_PATTERN "')", is_arn},
    {"new.tags.exists(t, t == 'sale')", has_tag},
};

enum { PREDICATE_COUNT = sizeof PREDICATES / sizeof *PREDICATES };

/* --- events and their host --- */

struct bench {
    struct arena *arena;
    struct arena *event_arena;
    struct cel_slots *slots;
    struct cel_env *env;
    struct cel_frame *frame;
    struct event events[EVENTS];
    const struct event *event;
    size_t offsets[64]; /* by slot: where the value stands in struct event */
};

static struct value text_value(struct arena *arena, const char *text)
{
    return value_string(arena_copy(arena, span_view(text)));
}

static struct value price_value(unsigned cents)
{
    struct decimal number;
    if (decimal_divide(decimal_from_uint(cents), decimal_from_uint(100), &number) != STATUS_OK) {
        exit(3);
    }
    return value_decimal(number);
}

/* A number below `bound`, always the same ones. */
static unsigned draw(uint64_t *state, unsigned bound)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*state >> 33) % bound;
}

static void fill_event(struct arena *arena, uint64_t *state, struct event *event)
{
    static const char *const statuses[] = {"ACTIVE", "DRAFT", "HIDDEN", "SOLD_OUT", "DELETED"};
    struct value *tags = arena_array(arena, 4, sizeof *tags);
    unsigned price = draw(state, 100000) + 100;
    for (size_t i = 0; i < 4; i++) {
        tags[i] = text_value(arena, draw(state, 8) ? "garden" : "sale");
    }
    *event = (struct event){
        .table = text_value(arena, draw(state, 2) ? "products" : "ledger"),
        .op = text_value(arena, draw(state, 3) ? "MODIFY" : "INSERT"),
        .old_price = price_value(price),
        .new_price = price_value(price * (80 + draw(state, 30)) / 100),
        .status = text_value(arena, statuses[draw(state, 5)]),
        .arn = text_value(arena, draw(state, 2) ? "arn:aws:iam::123456789012:role/price-writer"
                                            : "arn:aws:iam::999999999999:user/somebody"),
        .tags = {.kind = VALUE_LIST, .list = {tags, 4}},
    };
}

static const struct {
    uint32_t root;
    const char *member;
    size_t offset;
} PATHS[MEMBERS] = {
    {ROOT_TABLE, "", offsetof(struct event, table)},
    {ROOT_OP, "", offsetof(struct event, op)},
    {ROOT_OLD, "price", offsetof(struct event, old_price)},
    {ROOT_NEW, "price", offsetof(struct event, new_price)},
    {ROOT_NEW, "status", offsetof(struct event, status)},
    {ROOT_NEW, "arn", offsetof(struct event, arn)},
    {ROOT_NEW, "tags", offsetof(struct event, tags)},
};

static size_t offset_of(struct cel_slot path)
{
    size_t i = 0;
    while (PATHS[i].root != path.root || !span_equals(span_view(PATHS[i].member), path.member)) {
        i++;
    }
    return PATHS[i].offset;
}

static const struct value *member_of(const struct event *event, size_t path)
{
    return (const struct value *)((const char *)event + PATHS[path].offset);
}

static struct value load(void *context, uint32_t slot, struct arena *arena)
{
    const struct bench *bench = context;
    (void)arena;
    return *(const struct value *)((const char *)bench->event + bench->offsets[slot]);
}

static void prepare(struct bench *bench)
{
    bench->arena = arena_new(0);
    bench->event_arena = arena_new(0);
    bench->slots = cel_slots_new(bench->arena);
    bench->env = cel_env_new(bench->arena, bench->slots);
    cel_env_add_variable(bench->env, SPAN("table"), cel_type_simple(CEL_TYPE_STRING), ROOT_TABLE);
    cel_env_add_variable(bench->env, SPAN("op"), cel_type_simple(CEL_TYPE_STRING), ROOT_OP);
    cel_env_add_record(bench->env, SPAN("old"), ROOT_OLD);
    cel_env_add_record(bench->env, SPAN("new"), ROOT_NEW);
    uint64_t state = 1;
    for (size_t i = 0; i < EVENTS; i++) {
        fill_event(bench->arena, &state, &bench->events[i]);
    }
    struct span problem;
    static uint64_t steps_left = UINT64_MAX;
    arn_pattern = regex_compile(SPAN(ARN_PATTERN), bench->arena, &problem);
    arn_scratch = (struct cel_scratch){.arena = bench->arena,
                                       .regex_room = regex_room_new(),
                                       .steps_left = &steps_left};
}

static struct cel_program *compile(struct bench *bench, const char *text)
{
    struct cel_issues issues = cel_issues_in(bench->arena);
    struct cel_program *program;
    if (cel_compile(bench->env, span_view(text), bench->arena, &issues, &program) != STATUS_OK) {
        fprintf(stderr, "%s: %.*s\n", text, SPAN_ARG(issues.items[0].message));
        exit(2);
    }
    for (size_t i = 0; i < cel_slots_count(bench->slots); i++) {
        bench->offsets[i] = offset_of(cel_slots_get(bench->slots, (uint32_t)i));
    }
    return program;
}

/* --- the same for others --- */

static void write_event(const struct event *event, struct json_writer *writer)
{
    static const char *const roots[] = {"table", "op", "old", "new"};
    json_open_object(writer);
    for (size_t i = 0; i < MEMBERS; i++) {
        bool record = PATHS[i].member[0] != '\0';
        bool first = i == 0 || PATHS[i - 1].root != PATHS[i].root;
        bool last = i + 1 == MEMBERS || PATHS[i + 1].root != PATHS[i].root;
        if (first) {
            json_key(writer, roots[PATHS[i].root]);
        }
        if (record && first) {
            json_open_object(writer);
        }
        if (record) {
            json_key(writer, PATHS[i].member);
        }
        value_write_json(member_of(event, i), writer);
        if (record && last) {
            json_close_object(writer);
        }
    }
    json_close_object(writer);
}

static void write_data(const struct bench *bench)
{
    struct buf text = {0};
    struct json_writer writer = json_writer_to(&text);
    json_open_object(&writer);
    json_key(&writer, "expressions");
    json_open_array(&writer);
    for (size_t i = 0; i < PREDICATE_COUNT; i++) {
        json_write_string(&writer, span_view(PREDICATES[i].expression));
    }
    json_close_array(&writer);
    json_key(&writer, "events");
    json_open_array(&writer);
    for (size_t i = 0; i < EVENTS; i++) {
        write_event(&bench->events[i], &writer);
    }
    json_close_array(&writer);
    json_close_object(&writer);
    printf("%.*s\n", SPAN_ARG(buf_view(&text)));
    buf_deinit(&text);
}

/* --- measuring: each gives ns an evaluation and adds what was true --- */

static double time_straight(const struct bench *bench, bool (*straight)(const struct event *),
                            size_t rounds, size_t *truths)
{
    double start = thread_ns();
    for (size_t i = 0; i < rounds; i++) {
        for (size_t k = 0; k < EVENTS; k++) {
            *truths += straight(&bench->events[k]);
        }
    }
    return (thread_ns() - start) / (double)(rounds * EVENTS);
}

static double time_cold(struct bench *bench, const struct cel_program *program, size_t rounds,
                        size_t *truths)
{
    struct cel_host host = {.context = bench, .load = load};
    double start = thread_ns();
    for (size_t i = 0; i < rounds; i++) {
        for (size_t k = 0; k < EVENTS; k++) {
            bench->event = &bench->events[k];
            cel_frame_begin(bench->frame, &host, bench->event_arena);
            *truths += cel_run(program, bench->frame).boolean;
        }
    }
    return (thread_ns() - start) / (double)(rounds * EVENTS);
}

/* 64 runs an event: what loading costs is nearly gone. */
static double time_warm(struct bench *bench, const struct cel_program *program, size_t rounds,
                        size_t *truths)
{
    enum { RUNS = 64 };
    struct cel_host host = {.context = bench, .load = load};
    double start = thread_ns();
    for (size_t i = 0; i < rounds * EVENTS / RUNS; i++) {
        bench->event = &bench->events[i % EVENTS];
        cel_frame_begin(bench->frame, &host, bench->event_arena);
        for (size_t k = 0; k < RUNS; k++) {
            *truths += cel_run(program, bench->frame).boolean;
        }
    }
    return (thread_ns() - start) / (double)(rounds * EVENTS);
}

/* us to parse, check and plan one text. */
static double time_compile(const struct bench *bench, const char *text)
{
    double start = thread_ns();
    for (size_t i = 0; i < COMPILES; i++) {
        struct arena *arena = arena_new(0);
        struct cel_issues issues = cel_issues_in(arena);
        struct cel_program *program;
        if (cel_compile(bench->env, span_view(text), arena, &issues, &program) != STATUS_OK) {
            exit(2);
        }
        arena_free(&arena);
    }
    return (thread_ns() - start) / COMPILES / 1e3;
}

static int compare_doubles(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

static double median(double values[PASSES])
{
    qsort(values, PASSES, sizeof *values, compare_doubles);
    return values[PASSES / 2];
}

static bool measure(struct bench *bench, size_t row, size_t rounds)
{
    struct cel_program *program = compile(bench, PREDICATES[row].expression);
    double straight[PASSES];
    double warm[PASSES];
    double cold[PASSES];
    double load_us[PASSES];
    size_t straight_truths = 0;
    size_t warm_truths = 0;
    size_t cold_truths = 0;
    for (size_t i = 0; i < PASSES; i++) {
        straight[i] = time_straight(bench, PREDICATES[row].straight, rounds, &straight_truths);
        warm[i] = time_warm(bench, program, rounds, &warm_truths);
        cold[i] = time_cold(bench, program, rounds, &cold_truths);
        load_us[i] = time_compile(bench, PREDICATES[row].expression);
    }
    double bare = median(straight);
    printf("%6.1f %6.1f %6.1f %6.1fx %6.1f %5zu  %s\n", bare, median(warm), median(cold),
           median(warm) / (bare > 0.1 ? bare : 0.1), median(load_us),
           cold_truths / (rounds * PASSES), PREDICATES[row].expression);
    return straight_truths == cold_truths;
}

static bool measure_all(struct bench *bench, size_t rounds)
{
    bool agree = true;
    printf("     C   warm   cold  warm/C   load  true  (ns an evaluation, load in us)\n");
    for (size_t i = 0; i < PREDICATE_COUNT; i++) {
        agree &= measure(bench, i, rounds);
    }
    printf("memory taken from the event's arena: %zu bytes\n", arena_used(bench->event_arena));
    return agree;
}

int main(int argc, char **argv)
{
    static struct bench bench;
    bool data_only = argc > 1 && strcmp(argv[1], "--data") == 0;
    size_t millions = argc > 1 ? strtoul(argv[1], NULL, 10) : 4;
    bool agree = true;
    prepare(&bench);
    if (data_only) {
        write_data(&bench);
    }
    bench.frame = cel_frame_new(bench.slots, 0);
    if (!data_only) {
        agree = measure_all(&bench, millions * 1000000 / EVENTS / PASSES);
    }
    cel_frame_free(&bench.frame);
    regex_room_free(&arn_scratch.regex_room);
    arena_free(&bench.event_arena);
    arena_free(&bench.arena);
    return agree ? 0 : 1;
}
