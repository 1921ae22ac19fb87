#include "cel/check/truth.h"

#include "cel/env_internal.h"
#include "cel/program.h"
#include "front.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

/* What one text is warned of, beside unguarded reads. */
struct row {
    const char *text;
    bool always; /* else never */
    uint32_t offset;
    const char *why;  /* a part of the message */
    const char *hint; /* a part of it */
};

static const struct span WORDS[] = {{"INSERT", 6}, {"MODIFY", 6}, {"REMOVE", 6}};

static const struct row WARNED[] = {
    /* values that a variable never has */
    {"op == 'DELETE'", false, 3, "op is INSERT, MODIFY or REMOVE", ""},
    {"'DELETE' == op", false, 9, "op is INSERT, MODIFY or REMOVE", ""},
    {"op == 'modify'", false, 3, "op is INSERT", "op == 'MODIFY'"},
    {"flag && op == \"MODFY\" || flag", false, 11, "op is", "flag && op == 'MODIFY' || flag"},
    {"op != 'DELETE'", true, 3, "op is INSERT, MODIFY or REMOVE", ""},
    {"op in ['INSERT', 'UPDATE']", false, 17, "op is INSERT", ""},
    {"op in ['INSERT', 'remove']", false, 17, "op is INSERT", "op in ['INSERT', 'REMOVE']"},
    {"words.exists(w, w == op && op == 'x')", false, 30, "op is INSERT", ""},
    /* nothing is in what is empty */
    {"op in []", false, 3, "nothing is in what is empty", ""},
    {"whole in {}", false, 6, "nothing is in what is empty", ""},
    {"!(op in [])", false, 5, "nothing is in what is empty", ""},
    /* elements of another type */
    {"op in ['INSERT', 1]", false, 17, "of type string, and this of type int", ""},
    {"new.price in [1, '2']", false, 17, "of type decimal, and this of type string", ""},
    /* ranges */
    {"size(words) < 0", false, 12, "size() is 0 or more", ""},
    {"words.size() == -1", false, 13, "size() is 0 or more", ""},
    {"size(new.price > 1 ? 'a' : op) >= 0", true, 31, "size() is 0 or more", ""},
    {"0 > size(any)", false, 2, "size() is 0 or more", ""},
    {"op.indexOf('x') < -1", false, 16, "indexOf() is -1 or more", ""},
    {"timestamp(op).getMonth() == 12", false, 25, "0 (January) to 11", ""},
    {"timestamp(op).getDayOfWeek('UTC') == 7", false, 34, "0 (Sunday) to 6", ""},
    {"timestamp(op).getHours() > 23", false, 25, "0 to 23", ""},
    {"timestamp(op).getHours() <= 23", true, 25, "0 to 23", ""},
    {"timestamp(op).getDayOfMonth() == 31", false, 30, "0 to 30 (getDate counts from 1)", ""},
    {"ip(op).family() == 7", false, 16, "family() is 4 or 6", ""},
    /* a thing beside itself */
    {"new.price < new.price", false, 10, "both sides are the same", "new.price or old.price"},
    {"new.price != new.price", false, 10, "both sides are the same", "new.price or old.price"},
    {"has(new.x) && new.x == new.x", true, 20, "both sides are the same", "new.x or old.x"},
    {"op == op", true, 3, "both sides are the same", ""},
    {"words[0] > words[0]", false, 9, "both sides are the same", ""},
    /* conditions that exclude each other */
    {"whole == 1 && whole == 2", false, 20, "whole == 1 and whole == 2 exclude", "write ||"},
    {"op == 'INSERT' && op == 'REMOVE'", false, 21, "exclude each other", "write ||"},
    {"op == 'INSERT' && flag && op != 'INSERT'", false, 29, "op != 'INSERT' exclude", ""},
    {"op == 'INSERT' && op in ['MODIFY', 'REMOVE']", false, 21, "op in [...] exclude", ""},
    {"whole in [1, 2] && whole in [3]", false, 25, "exclude", ""},
    {"new.price > 5 && new.price < 3", false, 27, "new.price > 5 and new.price < 3", ""},
    {"5 < new.price && new.price <= 5", false, 27, "new.price > 5 and new.price <= 5", ""},
    {"whole == 7 && whole < 7", false, 20, "exclude", ""},
    {"op > 'm' && op < 'a'", false, 15, "exclude", ""},
    {"flag && !flag", false, 8, "flag and !flag exclude", ""},
    {"has(new.x) && !has(new.x)", false, 14, "exclude", ""},
    {"op.startsWith('a') && !op.startsWith('a')", false, 22, "startsWith(...) and !", ""},
    {"size(words) > 3 && size(words) < 2", false, 31, "size(...) > 3 and size(...) < 2", ""},
    {"flag && (whole == 1 && whole == 2)", false, 29, "exclude", ""},
    {"real > 5.0 && real < 3.0", false, 19, "exclude", ""},
    {"any == 'a' && any == 1", false, 18, "exclude", ""},
    /* conditions that leave nothing out */
    {"op != 'INSERT' || op != 'REMOVE'", true, 21, "always holds", "write &&"},
    {"flag || !flag", true, 8, "one of flag and !flag always holds", "write &&"},
    {"new.price < 5 || new.price >= 5", true, 27, "always holds", ""},
    {"new.price < 5 || new.price > 3", true, 27, "always holds", ""},
};

static const char *const SILENT[] = {
    "op == 'INSERT'",
    "op in ['INSERT', 'MODIFY']",
    "op.startsWith('DEL') || op == words[0]",
    "words.exists(op, op == 'DELETE')", /* not the variable */
    "whole == 1 || whole == 2",
    "whole != 1 && whole != 2",
    "new.price > 3 && new.price < 5",
    "new.price >= 5 && new.price <= 5",
    "new.price > 5 || new.price < 3",
    "new.price in [1, 2.5]",
    "words.size() == 0",
    "op.indexOf('x') == -1",
    "duration(op).getHours() > 23", /* whole hours, without end */
    "any.getHours() > 23",
    "real == real", /* false of a NaN */
    "any == any",
    "real < 3.0 || real >= 3.0",
    "whole == whole + 0",
    "words[0] == words[1]",
    "any == 9007199254740993 && any == 9007199254740992.0", /* equal as doubles */
    "new.price > 0.1 && new.price < 0.1000000000000000000000001",
    "any in [1, 'a']",
    "1 == 1 || size('a') == 1 && 'a' in ['a']",
    "flag ? true : false",
    "words.exists(w, w == 'a') && words.exists(w, w == 'b')",
    "has(new.x) && (has(old.x) || !has(new.y))",
    "coalesce(new.x, 1) == 1 && coalesce(new.x, 2) == 2",
};

/* The warnings of the last text that are not of unguarded reads. */
static size_t warnings(const struct front *front, const struct cel_issue **first)
{
    size_t count = 0;
    for (size_t i = 0; i < front->issues.count; i++) {
        const struct cel_issue *issue = &front->issues.items[i];
        if (issue->warning && issue->kind != CEL_WARNING_UNGUARDED) {
            *first = count++ ? *first : issue;
        }
    }
    return count;
}

static void test_warn_constant__table(void **state)
{
    struct front *front = *state;
    for (size_t i = 0; i < COUNT(WARNED); i++) {
        const struct row *row = &WARNED[i];
        const struct cel_issue *issue = NULL;
        bool accepted = front_check(front, row->text) != NULL;
        if (!accepted || warnings(front, &issue) != 1) {
            fail_msg("%s: %s, %zu warnings", row->text, accepted ? "accepted" : "refused",
                     accepted ? warnings(front, &issue) : 0);
        }
        bool always = issue->kind == CEL_WARNING_ALWAYS_TRUE;
        if (always != row->always || issue->offset != row->offset ||
            !strstr(issue->message.ptr, row->why) || !strstr(issue->hint.ptr, row->hint)) {
            fail_msg("%s: %s at %u: %s (%s)", row->text, cel_warning_name(issue->kind).ptr,
                     issue->offset, issue->message.ptr, issue->hint.ptr);
        }
    }
}

static void test_warn_constant__silent(void **state)
{
    struct front *front = *state;
    for (size_t i = 0; i < COUNT(SILENT); i++) {
        const struct cel_issue *issue = NULL;
        if (!front_check(front, SILENT[i]) || warnings(front, &issue) > 0) {
            fail_msg("%s: %s", SILENT[i],
                     front->issues.count ? front->issues.items[0].message.ptr : "");
        }
    }
}

static void test_program_truth__table(void **state)
{
    static const struct {
        const char *text;
        bool may_be_true;
        bool may_be_false;
    } rows[] = {
        {"true", true, false},
        {"false", false, true},
        {"1 + 1 == 2", true, false},
        {"'abc'.startsWith('b')", false, true},
        {"flag", true, true},
        {"flag || true", true, false},
        {"flag && false", false, true},
        {"op == 'DELETE' || flag", true, true},
        {"op == 'DELETE' && flag", false, true},
        {"!(op == 'DELETE')", true, false},
        {"flag ? op == 'DELETE' : false", false, true},
        {"op != 'DELETE' ? flag : true", true, true},
        {"op == 'DELETE' ? flag : true", true, false},
        {"cel.bind(x, 'DELETE', op == 'DELETE')", false, true},
        {"words.exists(w, op == 'DELETE')", true, true}, /* loops are not followed */
        {"limits[0] == 1", true, true}, /* another installation may have another constant */
        {"type(whole) == int", true, true},
        {"whole == 1 && whole == 2", false, true},
        {"whole != 1 || whole != 2", true, false},
    };
    struct front *front = *state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct cel_issues issues = cel_issues_in(front->arena);
        struct cel_program *program;
        assert_int_equal(cel_compile(front->env, span_view(rows[i].text), front->arena, &issues,
                                     &program), STATUS_OK);
        struct cel_truth truth = cel_program_truth(program);
        if (truth.may_be_true != rows[i].may_be_true ||
            truth.may_be_false != rows[i].may_be_false) {
            fail_msg("%s: true %d, false %d", rows[i].text, truth.may_be_true, truth.may_be_false);
        }
    }
}

/* --- random conditions against all that their three variables can be --- */

struct world {
    int64_t whole;
    struct span op;
    bool flag;
    const struct cel_slots *slots;
};

static struct value load_world(void *context, uint32_t slot, struct arena *arena)
{
    const struct world *world = context;
    (void)arena;
    switch (cel_slots_get(world->slots, slot).root - FRONT_OTHER) {
    case 0: return value_string(world->op);
    case 2: return value_int(world->whole);
    default: return value_bool(world->flag);
    }
}

static uint32_t next(uint64_t *seed, uint32_t below)
{
    *seed = *seed * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)(*seed >> 33) % below;
}

static void append_leaf(struct buf *out, uint64_t *seed)
{
    static const char *const signs[] = {"==", "!=", "<", "<=", ">", ">="};
    static const char *const words[] = {"INSERT", "MODIFY", "REMOVE", "DELETE"};
    const char *sign = signs[next(seed, 6)];
    switch (next(seed, 8)) {
    case 0: buf_printf(out, "%u %s whole", next(seed, 5), sign); break;
    case 1: buf_printf(out, "whole in [%u, %u]", next(seed, 5), next(seed, 5)); break;
    case 2: buf_printf(out, "op %s '%s'", sign, words[next(seed, 4)]); break;
    case 3:
        buf_printf(out, "op in ['%s', '%s']", words[next(seed, 4)], words[next(seed, 4)]);
        break;
    case 4: buf_printf(out, "%sflag", next(seed, 2) ? "!" : ""); break;
    case 5: buf_printf(out, "size(op) %s %d", sign, (int)next(seed, 3) - 1); break;
    case 6: buf_printf(out, "whole %s %s", sign, next(seed, 2) ? "whole" : "3"); break;
    default: buf_printf(out, "whole %s %u", sign, next(seed, 5)); break;
    }
}

static void append_condition(struct buf *out, uint64_t *seed, uint32_t depth)
{
    static const char *const joints[] = {" && ", " || ", " ? flag : "};
    if (depth == 0 || next(seed, 4) == 0) {
        append_leaf(out, seed);
        return;
    }
    buf_append(out, next(seed, 5) == 0 ? SPAN("!(") : SPAN("("));
    uint32_t joint = next(seed, 5) / 2;
    append_condition(out, seed, depth - 1);
    buf_append(out, span_view(joints[joint]));
    append_condition(out, seed, depth - 1);
    buf_append(out, SPAN(")"));
}

/* Runs the program in all worlds; what it gives must be what was held possible. */
static void check_in_all_worlds(struct cel_frame *frame, struct world *world,
                                const struct cel_program *program, const char *text,
                                struct arena *arena)
{
    struct cel_host host = {.context = world, .load = load_world};
    struct cel_truth truth = cel_program_truth(program);
    for (uint32_t i = 0; i < 5 * COUNT(WORDS) * 2; i++) {
        world->whole = i % 5;
        world->op = WORDS[i / 5 % COUNT(WORDS)];
        world->flag = i / (5 * COUNT(WORDS));
        cel_frame_begin(frame, &host, arena);
        struct value value = cel_run(program, frame);
        assert_int_equal(value.kind, VALUE_BOOL);
        if (value.boolean ? !truth.may_be_true : !truth.may_be_false) {
            fail_msg("%s is %d for whole %d, op %s, flag %d", text, value.boolean,
                     (int)world->whole, world->op.ptr, world->flag);
        }
    }
}

static void test_program_truth__random(void **state)
{
    struct front *front = *state;
    const struct cel_slots *slots = cel_env_slots(front->env);
    struct world world = {.slots = slots};
    uint64_t seed = 20260301;
    size_t fixed = 0;
    for (size_t i = 0; i < 20000; i++) {
        struct arena *arena = arena_new(0);
        struct cel_issues issues = cel_issues_in(arena);
        struct cel_program *program;
        struct buf text = {0};
        append_condition(&text, &seed, 3);
        assert_int_equal(cel_compile(front->env, buf_view(&text), arena, &issues, &program),
                         STATUS_OK);
        struct cel_frame *frame = cel_frame_new(slots, 0);
        buf_append_char(&text, '\0');
        check_in_all_worlds(frame, &world, program, text.ptr, arena);
        struct cel_truth truth = cel_program_truth(program);
        fixed += truth.may_be_true != truth.may_be_false;
        cel_frame_free(&frame);
        buf_deinit(&text);
        arena_free(&arena);
    }
    assert_in_range(fixed, 1000, 10000); /* enough of both */
}

static int set_up(void **state)
{
    static struct front front;
    front_init(&front);
    cel_env_set_values(front.env, FRONT_OTHER, &(struct cel_values){.items = WORDS, .count = 3});
    *state = &front;
    return 0;
}

static int tear_down(void **state)
{
    front_deinit(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_warn_constant__table, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_warn_constant__silent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_program_truth__table, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_program_truth__random, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
