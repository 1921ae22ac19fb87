#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

/* 2026-01-01T00:00:00Z */
static const int64_t start_ms = INT64_C(1767225600000);

static int64_t stopped_clock(void *context)
{
    (void)context;
    return start_ms * 1000;
}

struct clock fixture_clock(void)
{
    return (struct clock){.now_us = stopped_clock};
}

static void load_plan(struct fixture *fixture, const char *policies)
{
    char path[] = "/tmp/engine-policies-XXXXXX.yaml";
    int file = mkstemps(path, 5);
    assert_true(file >= 0);
    assert_int_equal(write(file, policies, strlen(policies)), (ssize_t)strlen(policies));
    close(file);
    const struct span paths[] = {span_view(path)};
    const struct plan_options options = {
        .mask_key = SPAN("key"), .runbook_base = SPAN("https://r/")};
    struct diag_list diags = diag_list_in(fixture->arena);
    enum status status = plan_load(paths, 1, &options, &diags, &fixture->plan);
    unlink(path);
    for (size_t i = 0; i < diags.count && status != STATUS_OK; i++) {
        struct buf text = {0};
        diag_render(&diags.items[i], false, &text);
        print_error("%s\n", text.ptr);
        buf_deinit(&text);
    }
    assert_int_equal(status, STATUS_OK);
}

void fixture_init(struct fixture *fixture, const char *policies, const struct lookup_rows *rows,
                  size_t threads)
{
    memset(fixture, 0, sizeof *fixture);
    fixture->arena = arena_new(0);
    fixture->table = "t";
    load_plan(fixture, policies);
    fixture->lookups = lookup_set_from_rows(fixture->plan, rows);
    const struct engine_options options = {.threads = threads, .clock = fixture_clock()};
    fixture->engine = engine_new(&options, fixture->plan, fixture->lookups);
    fixture->source = (struct engine_source){
        .name = SPAN("test"), .format = RECORD_FORMAT_AUTO, .watermark_us = INT64_MIN};
}

void fixture_deinit(struct fixture *fixture)
{
    engine_free(&fixture->engine);
    lookup_set_unref(&fixture->lookups);
    plan_unref(&fixture->plan);
    arena_free(&fixture->arena);
}

void fixture_add_bytes(struct fixture *fixture, struct span bytes)
{
    assert_true(fixture->count < SOURCE_BATCH_RECORDS_MAX);
    fixture->offset++;
    fixture->records[fixture->count++] = (struct source_record){
        .bytes = bytes, .offset = fixture->offset, .line = fixture->offset};
}

void fixture_add(struct fixture *fixture, const char *id, const char *before, const char *after,
                 int64_t time_ms)
{
    const char *op = before && after ? "MODIFY" : before ? "REMOVE" : "INSERT";
    struct span record = arena_printf(
        fixture->arena,
        "{\"awsRegion\":\"eu-west-1\",\"eventID\":\"e-%llu\",\"eventName\":\"%s\","
        "\"userIdentity\":null,\"recordFormat\":\"application/json\",\"tableName\":\"%s\","
        "\"dynamodb\":{\"ApproximateCreationDateTime\":%lld,\"Keys\":{\"id\":{\"S\":\"%s\"}}"
        "%s%s%s%s,\"SizeBytes\":1},\"eventSource\":\"aws:dynamodb\"}",
        (unsigned long long)fixture->offset, op, fixture->table, (long long)(start_ms + time_ms),
        id,
        before ? ",\"OldImage\":" : "", before ? before : "", after ? ",\"NewImage\":" : "",
        after ? after : "");
    fixture_add_bytes(fixture, record);
}

void fixture_run(struct fixture *fixture)
{
    const struct source_batch batch = {
        .records = fixture->records, .count = fixture->count, .position = SPAN("here")};
    engine_run(fixture->engine, &fixture->source, &batch, &fixture->batch);
    fixture->source.watermark_us = fixture->batch.watermark_us;
    fixture->count = 0;
}

struct span fixture_alert_json(const struct fixture *fixture, size_t index)
{
    struct buf text = {0};
    struct json_writer writer = json_writer_to(&text);
    assert_true(index < fixture->batch.alert_count);
    alert_write_json(&fixture->batch.alerts[index], &writer);
    struct span json = arena_copy(fixture->arena, buf_view(&text));
    buf_deinit(&text);
    return json;
}

uint64_t fixture_count(const struct fixture *fixture, const char *policy, const char *counter)
{
    for (size_t i = 0; i < fixture->batch.count_count; i++) {
        const struct store_policy_count *row = &fixture->batch.counts[i];
        if (span_equals(row->policy_id, span_view(policy)) &&
            span_equals(row->counter, span_view(counter))) {
            return row->count;
        }
    }
    return 0;
}
