/* regex.c: translates, compiles with PCRE2's JIT, and matches within a bound of steps. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "cel/library/regex.h"

#include "base/check.h"
#include "cel/library/regex_shape.h"

#include <pcre2.h>
#include <stdlib.h>

enum {
    JIT_STACK_BYTES_MIN = 32 * 1024,
    JIT_STACK_BYTES_MAX = 512 * 1024,
    /* Of the evaluation, for each match that is found: a search costs about so many. */
    MATCH_STEPS = 10,
    /* A pattern that may go many ways is first tried with few, then with more. */
    WAYS_FIRST = 256,
    WAYS_GROWTH = 12,
    WAYS_LAST = WAYS_FIRST * WAYS_GROWTH * WAYS_GROWTH,
    /* Steps of 40 instructions, measured (tests/bounds). */
    STEPS_PER_BYTE = 2,
    BYTES_PER_STEP = 3, /* looked at for where a match may begin */
    WRITTEN_PER_STEP = 32, /* bytes of the pattern, for each byte of the text */
    WAYS_PER_FOUR_STEPS = 3,
    COPIES_PER_STEP = 4,
};

struct regex {
    pcre2_code *code;
    struct regex_shape shape;
    bool anchored;                    /* it can begin at the start of the text alone */
    const unsigned char *first_bytes; /* bits of the bytes it can begin with; NULL: any */
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

static void add_byte(unsigned char *bits, unsigned byte)
{
    bits[byte / 8] |= (unsigned char)(1u << byte % 8);
}

/* What PCRE2 found out about where matches begin. It does not tell whether a first letter stands
 * for both cases, so that it does here. */
static void find_starts(struct regex *regex, struct arena *arena)
{
    uint32_t options = 0;
    uint32_t type = 0;
    uint32_t first = 0;
    (void)pcre2_pattern_info(regex->code, PCRE2_INFO_ALLOPTIONS, &options);
    (void)pcre2_pattern_info(regex->code, PCRE2_INFO_FIRSTBITMAP, &regex->first_bytes);
    (void)pcre2_pattern_info(regex->code, PCRE2_INFO_FIRSTCODETYPE, &type);
    (void)pcre2_pattern_info(regex->code, PCRE2_INFO_FIRSTCODEUNIT, &first);
    regex->anchored = (options & PCRE2_ANCHORED) != 0;
    if (!regex->first_bytes && type == 1 && first < 0x80) {
        unsigned char *bits = arena_alloc(arena, 256 / 8);
        bool letter = (first | 0x20) >= 'a' && (first | 0x20) <= 'z';
        add_byte(bits, first);
        add_byte(bits, letter ? first ^ 0x20 : first);
        regex->first_bytes = bits;
    }
}

/* Bounds on time hold for compiled code only: without the compiler there are no patterns. */
static const struct regex *finished(pcre2_code *code, struct span pattern, struct arena *arena,
                                    struct span *problem)
{
    if (pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) != 0) {
        pcre2_code_free(code);
        *problem = SPAN("PCRE2 cannot compile patterns to machine code here");
        return NULL;
    }
    struct regex *regex = arena_alloc(arena, sizeof *regex);
    regex->code = code;
    regex->shape = regex_shape_of(pattern);
    find_starts(regex, arena);
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
    return code ? finished(code, pattern, arena, problem) : NULL;
}

/* --- searching --- */

/* A pattern, a text, and what searching needs. */
struct attempt {
    const struct regex *regex;
    struct span text;
    struct regex_room *room;
    pcre2_match_data *data;
    uint64_t *steps_left;
};

static struct value too_long(void)
{
    return value_failure(VALUE_ERROR_LIMIT,
                         SPAN("the text is longer than the 4096 bytes that patterns take"));
}

static struct value too_slow(void)
{
    return value_failure(VALUE_ERROR_LIMIT, SPAN("the pattern takes too long on this text"));
}

/* Straight to the machine code, which every pattern has; it takes UTF-8 as well-formed. The limit
 * on ways holds for each start in the text. */
static int match_from(const struct attempt *attempt, size_t from, size_t ways)
{
    pcre2_set_match_limit(attempt->room->context, (uint32_t)ways);
    return pcre2_jit_match(attempt->regex->code, (PCRE2_SPTR)attempt->text.ptr, attempt->text.len,
                           from, 0, attempt->data, attempt->room->context);
}

/* Where in the text, from there on, the pattern may begin to match. */
static size_t count_starts(const struct attempt *attempt, size_t from)
{
    const unsigned char *first = attempt->regex->first_bytes;
    size_t count = 1;
    if (attempt->regex->anchored || !first) {
        return attempt->regex->anchored ? 1 : attempt->text.len - from + 1;
    }
    for (size_t i = from; i < attempt->text.len; i++) {
        unsigned char byte = (unsigned char)attempt->text.ptr[i];
        count += first[byte / 8] >> byte % 8 & 1;
    }
    return count;
}

/* A text that is walked once: paid when it is known how far. The budget is overdrawn by one text of
 * 4 KiB at most. */
static int match_linear(const struct attempt *attempt, size_t from)
{
    const struct regex_shape *shape = &attempt->regex->shape;
    if (*attempt->steps_left == 0) {
        return PCRE2_ERROR_MATCHLIMIT;
    }
    int result = match_from(attempt, from, WAYS_LAST);
    size_t end = result >= 0 ? pcre2_get_ovector_pointer(attempt->data)[1] : attempt->text.len;
    size_t walked = end > from ? end - from : 0;
    size_t steps = STEPS_PER_BYTE + shape->written / WRITTEN_PER_STEP;
    return steps_take(attempt->steps_left, 1 + walked * steps) ? result : PCRE2_ERROR_MATCHLIMIT;
}

/* With few ways at first, then with more; each time is paid beforehand, as if it used them all. */
static int match_branching(const struct attempt *attempt, size_t from)
{
    const struct regex_shape *shape = &attempt->regex->shape;
    if (!steps_take(attempt->steps_left, (attempt->text.len - from) / BYTES_PER_STEP)) {
        return PCRE2_ERROR_MATCHLIMIT;
    }
    size_t starts = count_starts(attempt, from);
    size_t most = shape->branches * (attempt->text.len - from);
    size_t copies = shape->copies < most ? shape->copies : most;
    size_t once = starts * (1 + (copies + shape->written) / COPIES_PER_STEP);
    int result = PCRE2_ERROR_MATCHLIMIT;
    for (size_t ways = WAYS_FIRST; ways <= WAYS_LAST; ways *= WAYS_GROWTH) {
        size_t steps = once + (ways + starts) * 4 / WAYS_PER_FOUR_STEPS;
        if (!steps_take(attempt->steps_left, steps)) {
            break;
        }
        result = match_from(attempt, from, ways / starts + 1);
        if (result >= 0 || result == PCRE2_ERROR_NOMATCH) {
            break;
        }
    }
    return result;
}

/* One search from there on, within the budget: PCRE2's answer. */
static int match_within(const struct attempt *attempt, size_t from)
{
    return attempt->regex->shape.linear ? match_linear(attempt, from)
                                        : match_branching(attempt, from);
}

static struct value search(const struct regex *regex, struct span text, struct regex_room *room,
                           uint64_t *steps_left)
{
    const struct attempt attempt = {regex, text.ptr ? text : span_of("", 0), room, room->data,
                                    steps_left};
    int result = match_within(&attempt, 0);
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
    /* Frames keep a room; folding at load has none and makes one. */
    if (scratch->regex_room) {
        return search(regex, text, scratch->regex_room, scratch->steps_left);
    }
    struct regex_room *room = regex_room_new();
    struct value result = search(regex, text, room, scratch->steps_left);
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

static struct value walk_matches(struct walk *walk, regex_match_fn each, void *context,
                                 struct cel_scratch *scratch)
{
    const struct attempt attempt = {walk->regex, walk->text, walk->room, walk->room->captures,
                                    scratch->steps_left};
    while (walk->position <= walk->text.len) {
        int result = match_within(&attempt, walk->position);
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
