/* measure.c: runs what test_bounds.py gives it on standard input, each in a measurement of its own
 * for valgrind's callgrind: see there. usage: measure compile|evaluate
 *
 * Input, again and again: the size of a text in bytes, a newline, the text, a newline. Output for
 * each: "refused MESSAGE", or "ok" and what came out. */
#include "events.h"

#include "base/check.h"
#include "cel/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <valgrind/callgrind.h>

enum { ROOT_NEW = 1, ROOT_WHEN = 2, MESSAGE_SHOWN = 120 };

struct world {
    const struct cel_slots *slots;
    struct value item;
};

static struct value load(void *context, uint32_t slot, struct arena *arena)
{
    const struct world *world = context;
    struct cel_slot path = cel_slots_get(world->slots, slot);
    (void)arena;
    if (path.root == ROOT_WHEN) {
        return (struct value){.kind = VALUE_TIMESTAMP, .time = {1700000000, 5}};
    }
    const struct value *found =
        path.member.len ? value_map_get(&world->item, path.member) : &world->item;
    return found ? *found : value_failure(VALUE_ERROR_ABSENT, SPAN("no such attribute"));
}

/* As policies have it: the bounds that hold where no other are set. */
static struct cel_env *environment(struct arena *arena, struct cel_slots *slots)
{
    struct cel_env *env = cel_env_new(arena, slots);
    cel_env_add_record(env, SPAN("new"), ROOT_NEW);
    cel_env_add_variable(env, SPAN("when"), cel_type_simple(CEL_TYPE_TIMESTAMP), ROOT_WHEN);
    return env;
}

static void begin_measurement(void)
{
    CALLGRIND_START_INSTRUMENTATION;
    CALLGRIND_ZERO_STATS;
}

static void end_measurement(void)
{
    CALLGRIND_DUMP_STATS;
    CALLGRIND_STOP_INSTRUMENTATION;
}

static void print_refusal(const struct cel_issues *issues)
{
    struct span message = issues->items[0].message;
    message.len = message.len < MESSAGE_SHOWN ? message.len : MESSAGE_SHOWN;
    for (size_t i = 0; i < issues->count && issues->items[i].warning; i++) {
        message = issues->items[i + 1].message;
    }
    printf("refused ");
    for (size_t i = 0; i < message.len && i < MESSAGE_SHOWN; i++) {
        putchar(message.ptr[i] >= ' ' ? message.ptr[i] : '?');
    }
    putchar('\n');
}

static void evaluate(const struct cel_program *program, struct world *world)
{
    struct cel_host host = {.context = world, .load = load};
    struct arena *arena = arena_new(0);
    struct cel_frame *frame = cel_frame_new(world->slots, 0);
    size_t count;
    const uint32_t *slots = cel_program_slots(program, &count);
    cel_frame_begin(frame, &host, arena);
    for (size_t i = 0; i < count; i++) {
        cel_frame_slot(frame, slots[i]); /* reading the record is not evaluating */
    }
    begin_measurement();
    struct value value = cel_run(program, frame);
    end_measurement();
    printf("ok %s %.*s\n", value_kind_name(value.kind),
           value.kind == VALUE_ERROR ? (int)value.text.len : 0, value.text.ptr);
    cel_frame_free(&frame);
    arena_free(&arena);
}

static void measure(struct span text, const struct value *item, bool evaluates)
{
    struct arena *arena = arena_new(0);
    struct cel_slots *slots = cel_slots_new(arena);
    struct cel_env *env = environment(arena, slots);
    struct cel_issues issues = cel_issues_in(arena);
    struct world world = {slots, *item};
    struct cel_program *program;
    if (!evaluates) {
        begin_measurement();
    }
    enum status status = cel_compile(env, text, arena, &issues, &program);
    if (!evaluates) {
        end_measurement();
    }
    if (status != STATUS_OK) {
        print_refusal(&issues);
    } else if (evaluates) {
        evaluate(program, &world);
    } else {
        printf("ok\n");
    }
    arena_free(&arena);
}

int main(int argc, char **argv)
{
    size_t size;
    bool evaluates = argc == 2 && strcmp(argv[1], "evaluate") == 0;
    if (!evaluates && (argc != 2 || strcmp(argv[1], "compile") != 0)) {
        fprintf(stderr, "usage: measure compile|evaluate\n");
        return 2;
    }
    struct arena *arena = arena_new(0);
    struct value item = hostile_item(arena);
    while (scanf("%zu", &size) == 1 && getchar() == '\n') {
        char *text = malloc(size ? size : 1);
        check(text && fread(text, 1, size, stdin) == size && getchar() == '\n');
        measure(span_of(text, size), &item, evaluates);
        free(text);
    }
    arena_free(&arena);
    return 0;
}
