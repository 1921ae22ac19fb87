/* program.h: an expression ready to run. Immutable; any number of threads may run one, each with a
 * frame of its own. */
#ifndef CEL_PROGRAM_H
#define CEL_PROGRAM_H

#include "cel/check/truth.h"

struct cel_program;

/* text -> tree -> checked -> program. The program lives in the environment's arena or `arena`.
 * STATUS_INVALID: *issues says all that is wrong (it may also hold warnings on success). */
MUST_USE enum status cel_compile(const struct cel_env *env, struct span text, struct arena *arena,
                                 struct cel_issues *issues, struct cel_program **out);
/* The same without the checker, as a host that only has a tree would run it (conformance). */
MUST_USE enum status cel_compile_unchecked(const struct cel_env *env, struct span text,
                                           struct arena *arena, struct cel_issues *issues,
                                           struct cel_program **out);
/* From now on, what several of these programs compute alike (or one of them again and again), and
 * costs more than a comparison, is computed at most once an event and frame; errors too. Budgets of
 * steps are charged as if each computed it. The programs were compiled with `slots`, their
 * environments still live, and none of them runs meanwhile. */
void cel_programs_share(struct cel_slots *slots, struct cel_program *const *programs, size_t count);
/* The type that the checker found; dyn when unchecked. */
const struct cel_type *cel_program_type(const struct cel_program *program);
/* Whether a condition may be true, and whether it may be false, as far as that can be told from the
 * text; constants of the host count as what may be either. */
struct cel_truth cel_program_truth(const struct cel_program *program);
/* The static cost in units. */
uint32_t cel_program_cost(const struct cel_program *program);
/* The slots that the program may read, for hosts that want to know (attributes_changed, plans). */
const uint32_t *cel_program_slots(const struct cel_program *program, size_t *count);
/* The checked tree: for hosts that lift equalities into an index, and for explanations. */
const struct cel_node *cel_program_tree(const struct cel_program *program);
/* What it was compiled from, without what stands around it in a file. */
struct span cel_program_text(const struct cel_program *program);

/* What the host answers while a program runs. Failures are values of VALUE_ERROR. */
struct cel_host {
    void *context;
    /* The value of a slot; asked at most once a frame and slot, then remembered. */
    struct value (*load)(void *context, uint32_t slot, struct arena *arena);
    /* A function of the host, by its host_call number. */
    struct value (*call)(void *context, uint32_t host_call, const struct value *arguments,
                         size_t count, struct arena *arena);
};

/* Where programs run for one event: slots loaded so far, and memory for what they make. */
struct cel_frame;
/* steps_max: units of work in loops and string scans before VALUE_ERROR_LIMIT; 0: default 100,000.
 * `slots` must outlive the frame; programs compiled later can run from the next event on. */
struct cel_frame *cel_frame_new(const struct cel_slots *slots, uint32_t steps_max);
void cel_frame_free(struct cel_frame **frame);
/* Forgets all slots and starts with a new event. The host must outlive its use. O(1). */
void cel_frame_begin(struct cel_frame *frame, const struct cel_host *host, struct arena *arena);

/* What a host wants to be told of a run: a number that it notes while it answers. Whoever reads
 * what was computed with the answer notes it again, shared or not. */
void cel_frame_note(struct cel_frame *frame, uint32_t note);
/* The last number noted since the event began or a note was taken; 0: none. */
uint32_t cel_frame_take_note(struct cel_frame *frame);

/* Runs a program: a value, or VALUE_ERROR. It lives in the frame's arena or in what the host gave.
 */
struct value cel_run(const struct cel_program *program, struct cel_frame *frame);
/* Whether a decimal was rounded to 38 digits, or computed from such, since the event began or this
 * was last asked; of what is shared, every reader is told. */
bool cel_frame_take_rounded(struct cel_frame *frame);
/* One slot's value, loaded if need be. */
struct value cel_frame_slot(struct cel_frame *frame, uint32_t slot);

#endif
