/* trace.c: builds and runs the twin, then writes down what was recorded, row by row in the order of
 * the source. */
#include "cel/explain/trace.h"

#include "base/check.h"
#include "cel/explain/settle.h"
#include "cel/run/program_internal.h"

/* What the twin may take more steps for than the program: constants, computed in each run. */
enum { STEPS_FACTOR = 64 };

struct cel_tracer {
    const struct cel_program *program;
    struct parts parts;
    struct recorder recorder;
    struct cel_program twin;
};

struct cel_tracer *cel_tracer_new(const struct cel_program *program,
                                  const struct cel_trace_secrets *secrets, struct arena *arena)
{
    struct cel_tracer *tracer = arena_alloc(arena, sizeof *tracer);
    struct cel_issues issues = cel_issues_in(arena);
    tracer->program = program;
    tracer->parts = parts_of(program->env, program->tree, arena);
    recorder_init(&tracer->recorder, &tracer->parts, secrets, arena);
    tracer->twin = *program;
    tracer->twin.arena = arena;
    enum status status =
        program_build(&tracer->twin, NULL, &tracer->recorder.watch, &issues);
    check(status == STATUS_OK); /* as it was when the program itself was built */
    return tracer;
}

/* --- rows --- */

struct writer {
    struct arena *arena;
    struct cel_trace_row *rows;
    size_t count;
    bool cut;
};

static void write_parts(struct writer *writer, const struct part *part,
                        struct scope_record *scope, uint32_t depth, bool in_body);

static struct cel_trace_row *add_row(struct writer *writer)
{
    if (writer->count == CEL_TRACE_ROWS_MAX) {
        writer->cut = true;
        return NULL;
    }
    return &writer->rows[writer->count++];
}

/* A path's prefixes with a value, and the inner halves of a chain, say nothing of their own. */
static bool is_silent(const struct part *part, const struct part_record *record)
{
    bool names = part->kind == PART_PATH || part->node->kind == CEL_NODE_IDENT;
    bool chained = part->outer && part->outer->kind == part->kind &&
                   (part->kind == PART_AND || part->kind == PART_OR);
    return chained || (part->prefix && names && record->value.kind != VALUE_ERROR);
}

static void write_elements(struct writer *writer, const struct part *loop,
                           const struct part_record *record, uint32_t depth)
{
    const struct kept *kept = settle_elements(record);
    for (size_t i = 0; i < kept->count; i++) {
        struct scope_record *element = kept->items[i];
        struct cel_trace_row *row = add_row(writer);
        if (!row) {
            return;
        }
        const struct cel_node *place = loop->node;
        *row = (struct cel_trace_row){
            .kind = CEL_TRACE_ELEMENT,
            .depth = depth,
            .offset = place->offset,
            .length = place->length,
            .state = CEL_TRACE_VALUE,
            .value = element->variables[0],
            .second = element->variables[1],
            .names = {element->names[0], element->names[1]},
            .decides = element->decides,
            .concealed = element->concealed,
            .slot = CEL_TRACE_NO_SLOT,
            .index = element->index,
            .count = record->iterations,
        };
        write_parts(writer, loop->inner, element, depth + 1, true);
    }
}

static enum cel_trace_state state_of(const struct part *part, struct scope_record *scope)
{
    const struct part_record *record = record_of(scope, part);
    if (record->reached) {
        return record->value.kind == VALUE_ERROR ? CEL_TRACE_ERROR : CEL_TRACE_VALUE;
    }
    return settle_reached(part, scope) ? CEL_TRACE_VALUE : CEL_TRACE_NOT_REACHED;
}

static bool is_plain_path(const struct cel_node *node)
{
    return (node->kind == CEL_NODE_SELECT && !node->test_only && !node->optional) ||
           node->kind == CEL_NODE_IDENT;
}

/* Sets slot and path of a row for names behind a slot. */
static void find_slot(const struct writer *writer, const struct part *part,
                      struct cel_trace_row *row)
{
    size_t length = 0;
    const struct part *base = part;
    while (is_plain_path(base->node) && base->slot == UINT32_MAX && base->inner) {
        base = base->inner;
        length++;
    }
    row->slot = CEL_TRACE_NO_SLOT;
    if (!is_plain_path(base->node) || base->slot == UINT32_MAX) {
        return;
    }
    struct span *path = arena_array(writer->arena, length, sizeof *path);
    row->slot = base->slot;
    row->path = path;
    row->path_length = length;
    for (size_t i = length; i-- > 0; part = part->inner) {
        path[i] = part->node->name;
    }
}

static void write_part(struct writer *writer, const struct part *part, struct scope_record *scope,
                       uint32_t depth)
{
    const struct part_record *record = record_of(scope, part);
    bool silent = is_silent(part, record);
    if (!silent) {
        struct cel_trace_row *row = add_row(writer);
        if (!row) {
            return;
        }
        *row = (struct cel_trace_row){
            .kind = CEL_TRACE_PART,
            .depth = depth,
            .offset = part->node->begin,
            .length = part->node->end - part->node->begin,
            .state = state_of(part, scope),
            .value = record->reached ? record->value : part->value,
            .decides = record->decides,
            .concealed = record->concealed,
        };
        find_slot(writer, part, row);
        if (row->state == CEL_TRACE_NOT_REACHED) {
            return; /* nor is what stands in it */
        }
    }
    uint32_t inside = silent ? depth : depth + 1;
    write_parts(writer, part->inner, scope, inside, false);
    if (part->kind == PART_LOOP) {
        write_elements(writer, part, record, inside);
    }
}

/* The parts beside each other: those of a loop's body, or those outside of it. */
static void write_parts(struct writer *writer, const struct part *part,
                        struct scope_record *scope, uint32_t depth, bool in_body)
{
    for (; part; part = part->next) {
        if (part->in_body == in_body) {
            write_part(writer, part, scope, depth);
        }
    }
}

static void list_slots(const struct parts *parts, struct arena *arena, struct cel_trace *trace)
{
    uint32_t *slots = arena_array(arena, parts->count, sizeof *slots);
    for (uint32_t i = 0; i < parts->count; i++) {
        const struct part *part = parts->by_node[i];
        if (part->evaluated && part->slot != UINT32_MAX) {
            slots[trace->slot_count++] = part->slot;
        }
    }
    trace->slots = slots;
}

static bool ran_out(const struct value *value)
{
    return value->kind == VALUE_ERROR && value->error == VALUE_ERROR_LIMIT;
}

static bool ran_out_alone(const struct cel_tracer *tracer, struct cel_frame *frame)
{
    struct value value = cel_run(tracer->program, frame);
    return ran_out(&value);
}

static struct value run_recorded(struct cel_tracer *tracer, struct cel_frame *frame,
                                 struct arena *arena, struct scope_record **scope)
{
    *scope = recorder_begin(&tracer->recorder, arena);
    struct value value = cel_run(&tracer->twin, frame);
    recorder_end(&tracer->recorder);
    return value;
}

struct cel_trace cel_tracer_run(struct cel_tracer *tracer, struct cel_frame *frame,
                                struct arena *arena)
{
    struct scope_record *scope;
    struct value value = run_recorded(tracer, frame, arena, &scope);
    if (ran_out(&value) && !ran_out_alone(tracer, frame)) {
        uint64_t steps_max = frame->steps_max;
        frame->steps_max *= STEPS_FACTOR;
        value = run_recorded(tracer, frame, arena, &scope);
        frame->steps_max = steps_max;
    }
    settle(&tracer->parts, scope);
    struct writer writer = {
        .arena = arena,
        .rows = arena_array(arena, CEL_TRACE_ROWS_MAX, sizeof *writer.rows),
    };
    write_part(&writer, tracer->parts.root, scope, 0);
    struct cel_trace trace = {
        .value = value, .rows = writer.rows, .count = writer.count, .cut = writer.cut};
    list_slots(&tracer->parts, arena, &trace);
    return trace;
}
