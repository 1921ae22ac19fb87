/* lag_notice.c: the signal of a late shard. It is dated by the source's own time, so that it is
 * resolved by that time and folds alike whenever the log is read. */
#include "app/run/lag_notice.h"

#include "base/json_writer.h"

#include <inttypes.h>

static const int64_t horizon_us = INT64_C(600) * 1000000;
static const int64_t episode_us = INT64_C(3600) * 1000000;

static struct digest digest_of(struct span source, struct span part, int64_t time_us)
{
    struct digest_state state;
    digest_init(&state);
    digest_field(&state, SPAN(LAG_NOTICE_POLICY));
    digest_field(&state, source);
    digest_field(&state, part);
    digest_field_number(&state, (uint64_t)time_us);
    return digest_finish(&state);
}

/* "7 min", "3 h": what a person reads first. */
static struct span duration_text(int64_t ms, struct arena *arena)
{
    int64_t seconds = ms / 1000;
    if (seconds < 120) {
        return arena_printf(arena, "%" PRId64 " s", seconds);
    }
    return seconds < 7200 ? arena_printf(arena, "%" PRId64 " min", seconds / 60)
                          : arena_printf(arena, "%" PRId64 " h", seconds / 3600);
}

static void write_text(struct json_writer *writer, const char *key, struct span text)
{
    json_key(writer, key);
    json_write_string(writer, text);
}

static void write_texts(struct json_writer *writer, const struct lag_notice *notice,
                        struct arena *arena)
{
    struct span behind = duration_text(notice->behind_ms, arena);
    write_text(writer, "title",
               arena_printf(arena, "Detection is late: shard %.*s of %.*s is read %.*s behind",
                            SPAN_ARG(notice->part), SPAN_ARG(notice->source), SPAN_ARG(behind)));
    write_text(writer, "problem",
               arena_printf(arena,
                            "changes of this shard are judged that much after they were made; "
                            "lag_limit is %.*s",
                            SPAN_ARG(duration_text(notice->limit_ms, arena))));
    write_text(writer, "table", SPAN(""));
    write_text(writer, "region", SPAN(""));
    write_text(writer, "account", notice->account);
    write_text(writer, "op", SPAN(""));
}

static void write_keys(struct json_writer *writer, const struct lag_notice *notice)
{
    json_key(writer, "keys");
    json_open_object(writer);
    write_text(writer, "source", notice->source);
    write_text(writer, "shard", notice->part);
    json_close_object(writer);
}

static void write_steps(struct json_writer *writer)
{
    static const char *const steps[] = {
        "Look at the log for source_retrying, source_refused and source_key_refused",
        ("If it is none of these: connect.threads and detect.threads, other consumers of the "
         "stream, more shards"),
        "Raise the stream's retention meanwhile: records that expire are lost",
    };
    json_key(writer, "steps");
    json_open_array(writer);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        json_write_string(writer, span_view(steps[i]));
    }
    json_close_array(writer);
}

static struct span body_of(const struct lag_notice *notice, struct arena *arena)
{
    struct buf text = {0};
    struct json_writer writer = json_writer_to(&text);
    json_open_object(&writer);
    write_texts(&writer, notice, arena);
    write_keys(&writer, notice);
    write_steps(&writer);
    json_key(&writer, "policy");
    json_write_raw(&writer, SPAN("{\"id\":\"" LAG_NOTICE_POLICY "\","
                                 "\"name\":\"Shard read too late\"}"));
    json_key(&writer, "context");
    json_open_object(&writer);
    json_key(&writer, "behind_seconds");
    json_write_int(&writer, notice->behind_ms / 1000);
    json_close_object(&writer);
    json_key(&writer, "changes");
    json_write_raw(&writer, SPAN("[]"));
    json_close_object(&writer);
    struct span copy = arena_copy(arena, buf_view(&text));
    buf_deinit(&text);
    return copy;
}

/* As other groups are: a JSON array of what the findings have in common. */
static struct span group_of(const struct lag_notice *notice, struct arena *arena)
{
    struct buf text = {0};
    struct json_writer writer = json_writer_to(&text);
    json_open_array(&writer);
    json_write_string(&writer, notice->source);
    json_write_string(&writer, notice->part);
    json_close_array(&writer);
    struct span copy = arena_copy(arena, buf_view(&text));
    buf_deinit(&text);
    return copy;
}

struct signal lag_notice_signal(const struct lag_notice *notice, struct arena *arena)
{
    int64_t time_us = notice->watermark_us == INT64_MIN ? notice->now_us : notice->watermark_us;
    struct digest kind = digest_of(SPAN(""), SPAN(""), 0);
    return (struct signal){
        .kind = SIGNAL_NOT_EVALUABLE,
        .policy_id = SPAN(LAG_NOTICE_POLICY),
        .policy_version = kind,
        .state_id = kind,
        .finding = digest_of(notice->source, notice->part, notice->now_us),
        .group_key = group_of(notice, arena),
        .severity = SPAN("high"),
        .source = notice->source,
        .event_time_us = time_us,
        .detected_us = notice->now_us,
        .horizon_us = horizon_us,
        .episode_us = episode_us,
        .summary = true,
        .body = body_of(notice, arena),
    };
}
