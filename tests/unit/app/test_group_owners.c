/* Partitions without an owner: what two looks saw alike counts, and one member acts. */
#include "app/kafka/group_owners.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { PARTITIONS = 4, MEMBERS_MAX = 4, LOOKS_MAX = 16 };

/* Looks, parted by ';': members with their partitions, "a:01 b:23"; "-1" is one of ours that we do
 * not hold; "~" before: the group is dealing out; "+": five minutes have passed. What each look
 * says: '.' unsure, '=' whole, '!' missing, 'R' missing and we are to join anew. */
static const struct {
    char us;
    const char *looks;
    const char *said;
} rows[] = {
    {'a', "a:01 b:23", "="},
    {'a', "a:0123", "="},
    {'b', "a:01 b:2", "."}, /* a hand-over, perhaps */
    {'b', "a:01 b:2; a:01 b:23", ".="},
    {'b', "a:01 b:2; a:01 b:2", ".R"},
    {'a', "a:01 b:2; a:01 b:2", ".!"},
    {'a', "a:0 b:1; a:0 b:1", ".R"}, /* as few as the other: the smaller name */
    {'b', "a:0 b:1; a:0 b:1", ".!"},
    {'b', "a:01 b:2; b:2 a:01", ".R"}, /* brokers list members in any order */
    {'b', "a:01 b:2; a:02 b:1; a:02 b:1", "..R"},
    {'b', "a:01 b:2; ~a:01 b:2; a:01 b:2; a:01 b:2", "...R"},
    {'b', "~a:01 b:2; ~a:01 b:2; ~a:01 b:2", "..."},
    {'b', "a:01 b:2; a:01 b:2; a:01 c:23", ".R="},
    {'b', "a:01 b:2; a:01 b:2 c:; a:01 b:2 c:", "..!"}, /* who has nothing gives up nothing */
    {'c', "a:01 b:2; a:01 b:2 c:; a:01 b:2 c:", "..R"},
    {'a', "a:01 b:2; a:01 b:2; a:01 b:2; a:01 b:2", ".!!R"}, /* the other did not help */
    {'b', "a:01 b:2; a:01 b:2; a:01 b:2; a:01 b:2; a:01 b:2; a:01 b:2", ".R!!!!"},
    {'b', "a:01 b:2; a:01 b:2; a:01 b:2; a:01 b:2; a:01 b:2;+ a:01 b:2", ".R!!!R"},
    {'b', "a:0 b:123 -3; a:0 b:123 -3", ".R"}, /* only we can know it */
    {'a', "a:0 b:123; a:0 b:123", "=="},
    {'b', "a:0 b:123 -3; a:0 b:123", ".="},
    {'b', "a:0 b:123 -3; a:0 b:123 -2; a:0 b:123 -2", "..R"},
    {'c', "a:01 b:2; a:01 b:2; a:01 b:2; a:01 b:2", ".!!!"}, /* the broker does not know us */
    {'c', "; ", ".!"},
};

struct look {
    struct kafka_group_member members[MEMBERS_MAX];
    int32_t partitions[MEMBERS_MAX][PARTITIONS];
    struct kafka_group group;
    bool held[PARTITIONS];
    uint64_t passed_ns;
};

static void read_member(struct look *look, const char **at, char us)
{
    struct kafka_group_member *member = &look->members[look->group.count];
    int32_t *partitions = look->partitions[look->group.count++];
    *member = (struct kafka_group_member){
        .id = span_of(*at, 1), .is_us = **at == us, .partitions = partitions};
    for (*at += 2; **at >= '0' && **at <= '9'; ++*at) {
        partitions[member->count++] = **at - '0';
        look->held[**at - '0'] = member->is_us;
    }
}

/* Reads up to the next ';' and past it. */
static void read_look(struct look *look, const char **at, char us)
{
    *look = (struct look){.group = {.stable = true, .members = look->members}};
    for (; **at && **at != ';';) {
        if (**at >= 'a' && **at <= 'z') {
            read_member(look, at, us);
            continue;
        }
        look->group.stable &= **at != '~';
        look->passed_ns += **at == '+' ? (uint64_t)GROUP_OWNERS_PAUSE_S * 1000000000 : 0;
        if (**at == '-') {
            look->held[*++*at - '0'] = false;
        }
        ++*at;
    }
    *at += **at == ';';
}

static void test_look__two_alike_and_one_acts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct group_owners memory = {0};
        char said[LOOKS_MAX] = "";
        uint64_t now_ns = 1;
        size_t looks = 0;
        for (const char *at = rows[i].looks; *at;) {
            struct look look;
            enum group_owner owners[PARTITIONS];
            read_look(&look, &at, rows[i].us);
            now_ns += look.passed_ns;
            const struct group_owners_verdict verdict = group_owners_look(
                &memory, &look.group, look.held, PARTITIONS, now_ns, owners);
            said[looks++] = verdict.rejoin ? 'R' : ".=!"[verdict.state];
        }
        said[looks] = '\0';
        if (strcmp(said, rows[i].said) != 0) {
            print_error("row %zu: %c: %s\n", i, rows[i].us, rows[i].looks);
        }
        assert_string_equal(said, rows[i].said);
    }
}

static void test_look__owners_by_partition(void **state)
{
    (void)state;
    struct look look;
    struct group_owners memory = {0};
    enum group_owner owners[PARTITIONS];
    const char *text = "a:0 b:13 -3";
    read_look(&look, &text, 'b');
    (void)group_owners_look(&memory, &look.group, look.held, PARTITIONS, 1, owners);
    const enum group_owner expected[PARTITIONS] = {GROUP_OWNER_KNOWN, GROUP_OWNER_KNOWN,
                                                   GROUP_OWNER_NONE, GROUP_OWNER_UNAWARE};
    for (size_t i = 0; i < PARTITIONS; i++) {
        assert_int_equal(owners[i], expected[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_look__two_alike_and_one_acts),
        cmocka_unit_test(test_look__owners_by_partition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
