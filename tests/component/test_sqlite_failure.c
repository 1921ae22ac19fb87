/* The embedded store when something is wrong: it says what, and never half of a batch stays. */
#include "sqlite/sqlite_store.h"

#include "base/check.h"
#include "sample.h"
#include "temporary.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { NOBODY = 65534, SIGNALS = 500 };

struct world {
    struct temporary temporary;
    struct arena *arena;
    struct span problem;
};

static int world_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    temporary_init(&world->temporary);
    world->arena = arena_new(0);
    *state = world;
    return 0;
}

static int world_down(void **state)
{
    struct world *world = *state;
    temporary_deinit(&world->temporary);
    arena_free(&world->arena);
    free(world);
    return 0;
}

static enum status store_try(struct world *world, enum sqlite_store_mode mode, struct store **out)
{
    return sqlite_store_open(temporary_path(&world->temporary, "deltaward.db"), mode, world->arena,
                             &world->problem, out);
}

static struct store *store_open(struct world *world)
{
    struct store *store = NULL;
    enum status status = store_try(world, SQLITE_STORE_OWN, &store);
    if (status != STATUS_OK) {
        print_error("%.*s\n", SPAN_ARG(world->problem));
    }
    assert_int_equal(status, STATUS_OK);
    return store;
}

static bool contains(struct span text, const char *part)
{
    return text.len > 0 && memmem(text.ptr, text.len, part, strlen(part)) != NULL;
}

static void expect_refused(struct world *world, enum sqlite_store_mode mode, enum status expected,
                           const char *said)
{
    struct store *store = NULL;
    enum status status = store_try(world, mode, &store);
    if (status != expected || !contains(world->problem, said)) {
        print_error("%s: %.*s\n", status_text(status), SPAN_ARG(world->problem));
    }
    assert_int_equal(status, expected);
    assert_true(contains(world->problem, said));
    assert_true(contains(world->problem, "deltaward.db"));
    assert_null(store);
}

/* Changes the file behind the store's back, as another program would. */
static void run_sql(struct world *world, const char *sql)
{
    sqlite3 *db = NULL;
    check(sqlite3_open(temporary_path(&world->temporary, "deltaward.db").ptr, &db) == SQLITE_OK);
    check(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK);
    sqlite3_close(db);
}

static void test_open__own_twice_names_the_process(void **state)
{
    struct world *world = *state;
    char pid[32];
    struct store *store = store_open(world);
    snprintf(pid, sizeof pid, "(process %d)", (int)getpid());
    expect_refused(world, SQLITE_STORE_OWN, STATUS_CONFLICT, pid);
    store->ops->free(store);
    store = store_open(world);
    store->ops->free(store);
}

static void test_open__reader_beside_the_owner(void **state)
{
    struct world *world = *state;
    struct store *reader = NULL;
    struct store *store = store_open(world);
    assert_int_equal(store_try(world, SQLITE_STORE_READ, &reader), STATUS_OK);
    reader->ops->free(reader);
    store->ops->free(store);
}

/* The lock is gone with the process, however it ends; what it had not committed is gone too. */
static void hold_and_die(struct world *world, int ready)
{
    struct store *store = NULL;
    struct sink_cursor cursor = {.alert_sequence = 9};
    bool held = store_try(world, SQLITE_STORE_OWN, &store) == STATUS_OK &&
                store->ops->set_cursor(store, SPAN("out"), &cursor) == STATUS_OK;
    char answer = held ? 'y' : 'n';
    alarm(60); /* should the test be gone before it kills */
    check(write(ready, &answer, 1) == 1);
    pause();
    _exit(1);
}

static void test_rule21__killed_owner_leaves_no_lock_and_no_half(void **state)
{
    struct world *world = *state;
    int ends[2];
    char answer = 0;
    struct sink_cursor cursor;
    check(pipe(ends) == 0);
    pid_t child = fork();
    if (child == 0) {
        hold_and_die(world, ends[1]);
    }
    assert_int_equal(read(ends[0], &answer, 1), 1);
    assert_int_equal(answer, 'y');
    expect_refused(world, SQLITE_STORE_OWN, STATUS_CONFLICT, "in use by another detector");
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    struct store *store = store_open(world);
    assert_int_equal(store->ops->cursor(store, SPAN("out"), world->arena, &cursor),
                     STATUS_NOT_FOUND);
    store->ops->free(store);
    close(ends[0]);
    close(ends[1]);
}

static void test_open__newer_version(void **state)
{
    struct world *world = *state;
    struct store *store = store_open(world);
    store->ops->free(store);
    run_sql(world, "PRAGMA user_version = 99");
    expect_refused(world, SQLITE_STORE_OWN, STATUS_CONFLICT, "newer Deltaward (store version 99");
    expect_refused(world, SQLITE_STORE_READ, STATUS_CONFLICT, "newer Deltaward (store version 99");
}

/* A store of version 1 had no refused alerts: its owner makes the table, others leave it alone. */
static void test_open__older_version(void **state)
{
    struct world *world = *state;
    struct store *store = store_open(world);
    struct sink_cursor cursor = {.alert_sequence = 9};
    struct sink_cursor seen = {0};
    const struct store_refusal refusal = {SPAN("out"), 1, SPAN("why"), 2};
    assert_int_equal(store->ops->set_cursor(store, SPAN("out"), &cursor), STATUS_OK);
    assert_int_equal(store->ops->flush(store), STATUS_OK);
    store->ops->free(store);
    run_sql(world, "DROP TABLE undelivered; DROP TABLE part; DROP TABLE held; "
                   "ALTER TABLE signal DROP COLUMN correlation; "
                   "ALTER TABLE signal DROP COLUMN value; "
                   "ALTER TABLE signal DROP COLUMN input; "
                   "ALTER TABLE signal DROP COLUMN idle; "
                   "ALTER TABLE signal DROP COLUMN inner_event; "
                   "ALTER TABLE alert DROP COLUMN finding; "
                   "ALTER TABLE alert DROP COLUMN correlation; PRAGMA user_version = 1");
    expect_refused(world, SQLITE_STORE_READ, STATUS_CONFLICT, "brings it up to date");
    expect_refused(world, SQLITE_STORE_AMEND, STATUS_CONFLICT, "brings it up to date");
    store = store_open(world);
    assert_int_equal(store->ops->cursor(store, SPAN("out"), world->arena, &seen), STATUS_OK);
    assert_int_equal(seen.alert_sequence, 9);
    assert_int_equal(store->ops->put_refusal(store, &refusal), STATUS_OK);
    assert_int_equal(store->ops->flush(store), STATUS_OK);
    store->ops->free(store);
}

static void test_open__another_programs_database(void **state)
{
    struct world *world = *state;
    run_sql(world, "CREATE TABLE bookmarks (url TEXT)");
    expect_refused(world, SQLITE_STORE_OWN, STATUS_CONFLICT, "another program's database");
    expect_refused(world, SQLITE_STORE_READ, STATUS_CONFLICT, "another program's database");
}

static void test_open__not_a_database(void **state)
{
    struct world *world = *state;
    struct buf text = {0};
    for (int i = 0; i < 200; i++) {
        buf_append(&text, SPAN("just some text\n"));
    }
    temporary_write(&world->temporary, "deltaward.db", buf_view(&text));
    expect_refused(world, SQLITE_STORE_OWN, STATUS_CONFLICT, "not a Deltaward store");
    struct buf after = temporary_read(&world->temporary, "deltaward.db");
    assert_true(span_equals(buf_view(&after), buf_view(&text)));
    buf_deinit(&after);
    buf_deinit(&text);
}

static void test_open__nothing_to_read(void **state)
{
    struct world *world = *state;
    expect_refused(world, SQLITE_STORE_READ, STATUS_NOT_FOUND, "there is no store at");
    temporary_write(&world->temporary, "deltaward.db", SPAN(""));
    expect_refused(world, SQLITE_STORE_READ, STATUS_NOT_FOUND, "holds nothing yet");
}

static void test_open__folder_missing(void **state)
{
    struct world *world = *state;
    assert_int_equal(rmdir(world->temporary.folder), 0);
    expect_refused(world, SQLITE_STORE_OWN, STATUS_IO, "No such file");
    assert_int_equal(mkdir(world->temporary.folder, 0700), 0);
}

/* As a user who may not write; root may do everything, so root stops being root for a while. */
static void test_open__read_only(void **state)
{
    struct world *world = *state;
    struct store *store = store_open(world);
    store->ops->free(store);
    assert_int_equal(chmod(temporary_path(&world->temporary, "deltaward.db").ptr, 0444), 0);
    assert_int_equal(chmod(world->temporary.folder, 0555), 0);
    assert_int_equal(chmod(temporary_path(&world->temporary, "deltaward.db.lock").ptr, 0666), 0);
    if (geteuid() == 0) {
        check(seteuid(NOBODY) == 0);
    }
    expect_refused(world, SQLITE_STORE_OWN, STATUS_NO_SPACE, "Permission denied");
    if (getuid() == 0) {
        check(seteuid(0) == 0);
    }
    assert_int_equal(chmod(world->temporary.folder, 0700), 0);
}

static void test_open__damaged_row_is_told(void **state)
{
    struct world *world = *state;
    struct signal signal = sample_signal(1);
    struct store_batch batch = sample_batch("p");
    batch.signals = &signal;
    batch.signal_count = 1;
    struct store *store = store_open(world);
    assert_int_equal(store->ops->commit(store, &batch), STATUS_OK);
    store->ops->free(store);
    run_sql(world, "UPDATE signal SET finding = 'nonsense'");
    store = store_open(world);
    assert_int_equal(store->ops->replay(store, 1, NULL, NULL), STATUS_IO);
    assert_true(contains(store->ops->problem(store), "no Deltaward wrote"));
    store->ops->free(store);
}

/* No file of this process may grow much beyond the journal: a full disk, as SQLite sees it. */
static struct rlimit fill_disk(struct world *world)
{
    struct rlimit before;
    struct stat journal;
    check(getrlimit(RLIMIT_FSIZE, &before) == 0);
    check(stat(temporary_path(&world->temporary, "deltaward.db-wal").ptr, &journal) == 0);
    struct rlimit full = {.rlim_cur = (rlim_t)journal.st_size + 8192, .rlim_max = before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    check(setrlimit(RLIMIT_FSIZE, &full) == 0);
    return before;
}

static enum status count_signal(void *context, const struct signal *signal)
{
    (void)signal;
    ++*(size_t *)context;
    return STATUS_OK;
}

static size_t signals_stored(struct store *store)
{
    size_t count = 0;
    assert_int_equal(store->ops->replay(store, 1, count_signal, &count), STATUS_OK);
    return count;
}

static void expect_position(struct world *world, struct store *store, const char *expected)
{
    struct span position = {0};
    int64_t watermark = 0;
    assert_int_equal(
        store->ops->position(store, SPAN("orders"), world->arena, &position, &watermark),
        STATUS_OK);
    assert_true(span_equals(position, span_view(expected)));
}

/* rule 21 and 22: a batch that does not fit leaves nothing, and the store answers no more. */
static void test_rule22__failed_commit_makes_the_store_unusable(void **state)
{
    struct world *world = *state;
    struct signal signals[SIGNALS];
    for (size_t i = 0; i < SIGNALS; i++) {
        signals[i] = sample_signal(i + 1);
    }
    struct store *store = store_open(world);
    struct store_batch small = sample_batch("before");
    small.signals = signals;
    small.signal_count = 1;
    assert_int_equal(store->ops->commit(store, &small), STATUS_OK);
    struct rlimit before = fill_disk(world);
    struct store_batch large = sample_batch("after");
    large.signals = signals + 1;
    large.signal_count = SIGNALS - 1;
    enum status status = store->ops->commit(store, &large);
    check(setrlimit(RLIMIT_FSIZE, &before) == 0);
    assert_int_equal(status, STATUS_NO_SPACE);
    assert_true(contains(store->ops->problem(store), "disk is full"));
    large.signal_count = 0;
    struct sink_cursor cursor = {0};
    assert_int_equal(store->ops->commit(store, &large), STATUS_NO_SPACE);
    assert_int_equal(store->ops->flush(store), STATUS_NO_SPACE);
    assert_int_equal(store->ops->set_cursor(store, SPAN("out"), &cursor), STATUS_NO_SPACE);
    store->ops->free(store);
    store = store_open(world);
    expect_position(world, store, "before");
    assert_int_equal(signals_stored(store), 1);
    store->ops->free(store);
}

/* The same sequence twice: only a bug makes that; the batch must not be halved by it. */
static void test_rule21__refused_row_takes_the_batch_with_it(void **state)
{
    struct world *world = *state;
    struct signal signals[] = {sample_signal(1), sample_signal(2), sample_signal(1)};
    struct store *store = store_open(world);
    struct store_batch batch = sample_batch("first");
    assert_int_equal(store->ops->commit(store, &batch), STATUS_OK);
    batch.position = SPAN("second");
    batch.signals = signals;
    batch.signal_count = COUNT(signals);
    assert_int_not_equal(store->ops->commit(store, &batch), STATUS_OK);
    store->ops->free(store);
    store = store_open(world);
    expect_position(world, store, "first");
    assert_int_equal(signals_stored(store), 0);
    store->ops->free(store);
}

/* Original bytes, whatever they are. */
static void test_quarantine__keeps_the_bytes(void **state)
{
    struct world *world = *state;
    static const char bytes[] = "\xFF\0\n{\"";
    struct store_quarantined record = {
        .source = SPAN("orders"), .offset = 7, .line = 2, .reason = SPAN("no JSON at byte 0"),
        .bytes = span_of(bytes, sizeof bytes - 1), .detected_us = 11};
    struct store_policy_count counts[] = {{SPAN("p"), SPAN("matched"), 2},
                                          {SPAN("p"), SPAN("matched"), 3}};
    struct store_batch batch = sample_batch("p");
    batch.quarantined = &record;
    batch.quarantined_count = 1;
    batch.counts = counts;
    batch.count_count = COUNT(counts);
    struct store *store = store_open(world);
    assert_int_equal(store->ops->commit(store, &batch), STATUS_OK);
    store->ops->free(store);
    sqlite3 *db = NULL;
    sqlite3_stmt *row = NULL;
    check(sqlite3_open(temporary_path(&world->temporary, "deltaward.db").ptr, &db) == SQLITE_OK);
    check(sqlite3_prepare_v2(db,
                             "SELECT hex(bytes), count, reason, line FROM quarantine, policy_count",
                             -1, &row, NULL) == SQLITE_OK);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    assert_string_equal(sqlite3_column_text(row, 0), "FF000A7B22");
    assert_int_equal(sqlite3_column_int(row, 1), 5);
    assert_string_equal(sqlite3_column_text(row, 2), "no JSON at byte 0");
    assert_int_equal(sqlite3_column_int(row, 3), 2);
    sqlite3_finalize(row);
    sqlite3_close(db);
}

int main(void)
{
#define FAILURE_TEST(name) cmocka_unit_test_setup_teardown(name, world_up, world_down)
    const struct CMUnitTest tests[] = {
        FAILURE_TEST(test_open__own_twice_names_the_process),
        FAILURE_TEST(test_open__reader_beside_the_owner),
        FAILURE_TEST(test_rule21__killed_owner_leaves_no_lock_and_no_half),
        FAILURE_TEST(test_open__newer_version),
        FAILURE_TEST(test_open__older_version),
        FAILURE_TEST(test_open__another_programs_database),
        FAILURE_TEST(test_open__not_a_database),
        FAILURE_TEST(test_open__nothing_to_read),
        FAILURE_TEST(test_open__folder_missing),
        FAILURE_TEST(test_open__read_only),
        FAILURE_TEST(test_open__damaged_row_is_told),
        FAILURE_TEST(test_rule22__failed_commit_makes_the_store_unusable),
        FAILURE_TEST(test_rule21__refused_row_takes_the_batch_with_it),
        FAILURE_TEST(test_quarantine__keeps_the_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
