/* regex.c: translates, compiles with PCRE2's JIT, and matches within a bound of steps. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "cel/library/regex.h"

#include "base/check.h"

#include <pcre2.h>
#include <stdlib.h>

enum {
    JIT_STACK_BYTES_MIN = 32 * 1024,
    JIT_STACK_BYTES_MAX = 512 * 1024,
    /* At least this much work is allowed in all: short texts may take more steps a byte. A limit
     * that only grows with the text stops harmless patterns on short ones. */
    MATCH_STEPS_SHORT = 2000000,
    MATCH_STEPS_PER_BYTE = 8,
    /* Of the evaluation, for each match that is found: a search costs about so many. */
    MATCH_STEPS = 10,
};

struct regex {
    pcre2_code *code;
};

struct regex_room {
    pcre2_match_context *context;
    pcre2_match_data *data;     /* of the whole match */
    pcre2_match_data *captures; /* of the groups too */
    pcre2_jit_stack *stack;
};

struct regex_room *regex_room_new(void)
{
    struct regex_room *room = calloc(1, sizeof *room);
    if (room) {
        room->context = pcre2_match_context_create(NULL);
        room->data = pcre2_match_data_create(1, NULL);
        room->captures = pcre2_match_data_create(REGEX_GROUPS_SEEN, NULL);
        room->stack = pcre2_jit_stack_create(JIT_STACK_BYTES_MIN, JIT_STACK_BYTES_MAX, NULL);
    }
    if (!room || !room->context || !room->data || !room->captures || !room->stack) {
        check_memory_exhausted(JIT_STACK_BYTES_MAX);
    }
    pcre2_jit_stack_assign(room->context, NULL, room->stack);
    return room;
}

void regex_room_free(struct regex_room **room)
{
    if (*room) {
        pcre2_jit_stack_free((*room)->stack);
        pcre2_match_data_free((*room)->captures);
        pcre2_match_data_free((*room)->data);
        pcre2_match_context_free((*room)->context);
        free(*room);
        *room = NULL;
    }
}

/* --- compiling --- */

static pcre2_code *compile_code(struct span translated, struct arena *arena, struct span *problem)
{
    const uint32_t options =
        PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C | PCRE2_NO_UTF_CHECK;
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    int error;
    size_t offset;
    if (!context) {
        check_memory_exhausted(translated.len);
    }
    pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)translated.ptr, translated.len, options, &error,
                                     &offset, context);
    pcre2_compile_context_free(context);
    if (!code) {
        PCRE2_UCHAR message[160];
        pcre2_get_error_message(error, message, sizeof message);
        *problem = arena_printf(arena, "%s", (const char *)message);
    }
    return code;
}

static void release_code(void *code)
{
    pcre2_code_free(code);
}

/* Bounds on time hold for compiled code only: without the compiler there are no patterns. */
static const struct regex *finished(pcre2_code *code, struct arena *arena, struct span *problem)
{
    if (pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) != 0) {
        pcre2_code_free(code);
        *problem = SPAN("PCRE2 cannot compile patterns to machine code here");
        return NULL;
    }
    struct regex *regex = arena_alloc(arena, sizeof *regex);
    regex->code = code;
    arena_defer(arena, release_code, code);
    return regex;
}

const struct regex *regex_compile(struct span pattern, struct arena *arena, struct span *problem)
{
    struct buf translated = {0};
    if (pattern.len > REGEX_PATTERN_BYTES_MAX) {
        *problem = SPAN("the pattern is longer than 1024 bytes");
        return NULL;
    }
    buf_reserve(&translated, pattern.len + 1);
    const char *refusal = regex_translate(pattern, &translated);
    pcre2_code *code = NULL;
    if (refusal) {
        *problem = arena_printf(arena, "%s", refusal);
    } else {
        code = compile_code(buf_view(&translated), arena, problem);
    }
    buf_deinit(&translated);
    return code ? finished(code, arena, problem) : NULL;
}

/* --- searching --- */

/* The limit holds for each start in the text, and there are as many starts as bytes. */
static uint32_t match_limit(size_t len)
{
    size_t length = len ? len : 1;
    size_t by_length = MATCH_STEPS_PER_BYTE * length;
    size_t floor = MATCH_STEPS_SHORT / length;
    return (uint32_t)(by_length > floor ? by_length : floor);
}

static struct value too_long(void)
{
    return value_failure(VALUE_ERROR_LIMIT,
                         SPAN("the text is longer than the 4096 bytes that patterns take"));
}

static struct value too_slow(void)
{
    return value_failure(VALUE_ERROR_LIMIT, SPAN("the pattern takes too long on this text"));
}

static struct value search(const struct regex *regex, struct span text, struct regex_room *room)
{
    pcre2_set_match_limit(room->context, match_limit(text.len));
    /* straight to the machine code, which every pattern has; it takes UTF-8 as well-formed */
    int result = pcre2_jit_match(regex->code, (PCRE2_SPTR)(text.ptr ? text.ptr : ""), text.len, 0,
                                 0, room->data, room->context);
    if (result >= 0 || result == PCRE2_ERROR_NOMATCH) {
        return value_bool(result >= 0);
    }
    return too_slow();
}

struct value regex_search(const struct regex *regex, struct span text, struct cel_scratch *scratch)
{
    if (text.len > REGEX_SUBJECT_BYTES_MAX) {
        return too_long();
    }
    if (!steps_take(scratch->steps_left, text.len / CEL_BYTES_PER_STEP)) {
        return failure_limit();
    }
    /* Frames keep a room; folding at load has none and makes one. */
    if (scratch->regex_room) {
        return search(regex, text, scratch->regex_room);
    }
    struct regex_room *room = regex_room_new();
    struct value result = search(regex, text, room);
    regex_room_free(&room);
    return result;
}

/* --- finding --- */

size_t regex_group_count(const struct regex *regex)
{
    uint32_t count = 0;
    (void)pcre2_pattern_info(regex->code, PCRE2_INFO_CAPTURECOUNT, &count);
    return count;
}

/* Where a walk through the matches of a text has come to. */
struct walk {
    const struct regex *regex;
    struct span text;
    struct regex_room *room;
    size_t position;
    size_t last_end; /* of the latest match; SIZE_MAX: none yet */
};

static struct regex_match match_of(const struct walk *walk)
{
    struct regex_match match = {0};
    const size_t *bounds = pcre2_get_ovector_pointer(walk->room->captures);
    size_t count = regex_group_count(walk->regex) + 1;
    for (size_t i = 0; i < count && i < REGEX_GROUPS_SEEN; i++) {
        if (bounds[2 * i] != PCRE2_UNSET) {
            match.groups[i] =
                span_of(walk->text.ptr + bounds[2 * i], bounds[2 * i + 1] - bounds[2 * i]);
        }
    }
    return match;
}

static size_t character_length(struct span text, size_t at)
{
    size_t end = at + 1;
    while (end < text.len && ((unsigned char)text.ptr[end] & 0xC0) == 0x80) {
        end++;
    }
    return end - at;
}

/* One search from the position on: PCRE2's answer. */
static int find_next(const struct walk *walk)
{
    return pcre2_jit_match(walk->regex->code, (PCRE2_SPTR)walk->text.ptr, walk->text.len,
                           walk->position, 0, walk->room->captures, walk->room->context);
}

static struct value walk_matches(struct walk *walk, regex_match_fn each, void *context,
                                 struct cel_scratch *scratch)
{
    pcre2_set_match_limit(walk->room->context, match_limit(walk->text.len));
    while (walk->position <= walk->text.len) {
        int result = find_next(walk);
        if (result == PCRE2_ERROR_NOMATCH) {
            break;
        }
        if (result < 0) {
            return too_slow();
        }
        struct regex_match match = match_of(walk);
        size_t start = (size_t)(match.groups[0].ptr - walk->text.ptr);
        size_t end = start + match.groups[0].len;
        size_t steps = MATCH_STEPS + (end - walk->position) / CEL_BYTES_PER_STEP;
        if (!steps_take(scratch->steps_left, steps)) {
            return failure_limit();
        }
        bool at_once = end == walk->position; /* empty, and nothing was passed over */
        bool counts = !at_once || start != walk->last_end;
        walk->position = at_once ? end + character_length(walk->text, end) : end;
        walk->last_end = end;
        if (counts && !each(context, &match)) {
            break;
        }
    }
    return value_bool(true);
}

struct value regex_each_match(const struct regex *regex, struct span text, regex_match_fn each,
                              void *context, struct cel_scratch *scratch)
{
    if (text.len > REGEX_SUBJECT_BYTES_MAX) {
        return too_long();
    }
    if (!steps_take(scratch->steps_left, text.len / CEL_BYTES_PER_STEP)) {
        return failure_limit();
    }
    struct walk walk = {.regex = regex,
                        .text = text.ptr ? text : span_of("", 0),
                        .room = scratch->regex_room ? scratch->regex_room : regex_room_new(),
                        .last_end = SIZE_MAX};
    struct value result = walk_matches(&walk, each, context, scratch);
    if (!scratch->regex_room) {
        regex_room_free(&walk.room);
    }
    return result;
}
