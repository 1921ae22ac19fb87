/* kinesis_probe.c: the Kinesis source as a command, for Python suites to drive.
 *
 *   kinesis_probe --stream S --folder F [--endpoint URL] [--region R] [--start START]
 *                 [--start-ms N] [--threads N] [--lag-limit-ms N] [--idle-ms N] [--pace MS]
 *
 * In the folder F: appends a JSON line a record to records, a line a notice to notices, and keeps
 * positions ("part TAB position" a line), which it reads at the start; records are durable before
 * their position. Where there is a file owned (a part a line), only those parts are owned. Writes
 * parts (how each stands) every 100 ms. Ends once the source said that all stood at its end and
 * nothing came for --idle-ms; else at SIGTERM. --pace: all waits of the pace become that long. */
#include "aws/aws_client.h"
#include "base/check.h"
#include "base/json_writer.h"
#include "kinesis/kinesis_source.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PARTS_MAX = 1000, WAIT_MS = 50, SHOWN_BYTES = 4096 };

struct place {
    struct span part;
    struct span position;
};

struct probe {
    struct kinesis_source_options options;
    struct aws_options aws;
    struct kinesis_pace pace;
    struct span folder;
    int64_t idle_ms;
    struct arena *arena; /* for good: positions are small */
    struct place places[PARTS_MAX];
    size_t place_count;
    bool idle; /* every part stood at its end */
    int records;
    int notices;
    struct buf text;
};

static volatile sig_atomic_t stopped;

static void stop(int signal_number)
{
    (void)signal_number;
    stopped = 1;
}

static struct span path_of(struct probe *probe, const char *name)
{
    return arena_printf(probe->arena, "%.*s/%s", SPAN_ARG(probe->folder), name);
}

static void write_all(int descriptor, struct span text)
{
    while (text.len) {
        ssize_t written = write(descriptor, text.ptr, text.len);
        check(written > 0);
        text = span_of(text.ptr + written, text.len - (size_t)written);
    }
}

static bool read_file(const char *path, struct buf *out)
{
    int descriptor = open(path, O_RDONLY);
    char block[65536];
    ssize_t got;
    buf_clear(out);
    while (descriptor >= 0 && (got = read(descriptor, block, sizeof block)) > 0) {
        buf_append(out, span_of(block, (size_t)got));
    }
    if (descriptor >= 0) {
        close(descriptor);
    }
    return descriptor >= 0;
}

static struct place *place_of(struct probe *probe, struct span part)
{
    for (size_t i = 0; i < probe->place_count; i++) {
        if (span_equals(probe->places[i].part, part)) {
            return &probe->places[i];
        }
    }
    return NULL;
}

static struct place *add_place(struct probe *probe, struct span part)
{
    check(probe->place_count < PARTS_MAX);
    struct place *place = &probe->places[probe->place_count++];
    *place = (struct place){.part = arena_copy(probe->arena, part)};
    return place;
}

static void load_places(struct probe *probe)
{
    struct buf text = {0};
    read_file(path_of(probe, "positions").ptr, &text);
    for (size_t at = 0; at < text.len;) {
        const char *tab = memchr(text.ptr + at, '\t', text.len - at);
        const char *end = memchr(text.ptr + at, '\n', text.len - at);
        check(tab && end && tab < end);
        struct place *place =
            add_place(probe, span_of(text.ptr + at, (size_t)(tab - text.ptr) - at));
        place->position = arena_copy(probe->arena, span_of(tab + 1, (size_t)(end - tab - 1)));
        at = (size_t)(end - text.ptr) + 1;
    }
    buf_deinit(&text);
}

/* Writes a file anew, so that a kill leaves the old or the new one. */
static void replace_file(struct probe *probe, const char *name, bool durably)
{
    char from[4096];
    char to[4096];
    snprintf(from, sizeof from, "%.*s/%s.new", SPAN_ARG(probe->folder), name);
    snprintf(to, sizeof to, "%.*s/%s", SPAN_ARG(probe->folder), name);
    int descriptor = open(from, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    check(descriptor >= 0);
    write_all(descriptor, buf_view(&probe->text));
    check(!durably || fdatasync(descriptor) == 0);
    close(descriptor);
    check(rename(from, to) == 0);
}

static void save_places(struct probe *probe)
{
    buf_clear(&probe->text);
    for (size_t i = 0; i < probe->place_count; i++) {
        if (probe->places[i].position.len) {
            buf_printf(&probe->text, "%.*s\t%.*s\n", SPAN_ARG(probe->places[i].part),
                       SPAN_ARG(probe->places[i].position));
        }
    }
    replace_file(probe, "positions", true);
}

static enum status recall(void *context, struct span part, struct arena *arena, struct span *out)
{
    const struct place *place = place_of(context, part);
    if (!place || place->position.len == 0) {
        return STATUS_NOT_FOUND;
    }
    *out = arena_copy(arena, place->position);
    return STATUS_OK;
}

static bool owns(void *context, struct span part)
{
    struct probe *probe = context;
    struct buf text = {0};
    bool owned = true;
    char path[4096];
    snprintf(path, sizeof path, "%.*s/owned", SPAN_ARG(probe->folder));
    if (read_file(path, &text)) {
        owned = memmem(text.ptr ? text.ptr : "", text.len, part.ptr, part.len) != NULL;
    }
    buf_deinit(&text);
    return owned;
}

static void write_member(struct json_writer *writer, const char *key, struct span text)
{
    json_key(writer, key);
    json_write_string(writer, text);
}

static void write_number(struct json_writer *writer, const char *key, int64_t number)
{
    json_key(writer, key);
    json_write_int(writer, number);
}

static void write_record(struct buf *out, struct span part, const struct source_record *record)
{
    struct json_writer writer = json_writer_to(out);
    size_t shown = record->bytes.len < SHOWN_BYTES ? record->bytes.len : SHOWN_BYTES;
    json_open_object(&writer);
    write_member(&writer, "part", part);
    write_member(&writer, "sequence", record->sequence);
    write_number(&writer, "offset", (int64_t)record->offset);
    write_number(&writer, "arrival_us", record->arrival_us);
    write_number(&writer, "bytes", (int64_t)record->bytes.len);
    write_member(&writer, "data", span_of(record->bytes.ptr, shown));
    json_close_object(&writer);
    buf_append_char(out, '\n');
}

static void take_batch(struct probe *probe, struct source *source,
                       const struct source_batch *batch)
{
    buf_clear(&probe->text);
    for (size_t i = 0; i < batch->count; i++) {
        write_record(&probe->text, batch->part, &batch->records[i]);
    }
    if (batch->count) {
        write_all(probe->records, buf_view(&probe->text));
        check(fdatasync(probe->records) == 0);
    }
    struct place *place = place_of(probe, batch->part);
    place = place ? place : add_place(probe, batch->part);
    bool moved = !span_equals(place->position, batch->position);
    if (moved) {
        place->position = arena_copy(probe->arena, batch->position);
        save_places(probe);
    }
    probe->idle = batch->idle_us != 0;
    source->ops->settle(source, batch->part, batch->position);
}

static const char *notice_name(enum source_notice_kind kind)
{
    static const char *const names[] = {
        [SOURCE_NOTICE_PART_STARTED] = "started", [SOURCE_NOTICE_PART_ENDED] = "ended",
        [SOURCE_NOTICE_PART_LOST] = "lost",       [SOURCE_NOTICE_REPLACED] = "replaced",
        [SOURCE_NOTICE_RETRYING] = "retrying",    [SOURCE_NOTICE_REFUSED] = "refused",
        [SOURCE_NOTICE_KEY_REFUSED] = "key_refused", [SOURCE_NOTICE_RECOVERED] = "recovered",
        [SOURCE_NOTICE_LATE] = "late",            [SOURCE_NOTICE_ON_TIME] = "on_time",
        [SOURCE_NOTICE_UNCOVERED] = "uncovered",  [SOURCE_NOTICE_COVERED] = "covered",
        [SOURCE_NOTICE_HELD_BACK] = "held_back",
    };
    return names[kind];
}

static void take_notices(struct probe *probe, struct source *source)
{
    struct source_notice notice;
    while (source->ops->notice(source, &notice)) {
        buf_clear(&probe->text);
        struct json_writer writer = json_writer_to(&probe->text);
        json_open_object(&writer);
        write_member(&writer, "kind", span_view(notice_name(notice.kind)));
        write_member(&writer, "part", notice.part);
        write_member(&writer, "text", notice.text);
        write_number(&writer, "number", notice.number);
        json_close_object(&writer);
        buf_append_char(&probe->text, '\n');
        write_all(probe->notices, buf_view(&probe->text));
    }
}

static void write_parts(struct probe *probe, struct source *source)
{
    struct source_part parts[64];
    size_t count = source->ops->parts(source, parts, 64);
    buf_clear(&probe->text);
    struct json_writer writer = json_writer_to(&probe->text);
    json_open_object(&writer);
    write_member(&writer, "trouble", source->ops->trouble(source));
    json_key(&writer, "parts");
    json_open_object(&writer);
    for (size_t i = 0; i < count; i++) {
        json_key_span(&writer, parts[i].part);
        json_open_object(&writer);
        write_number(&writer, "behind_ms", parts[i].behind_ms);
        write_number(&writer, "record_age_ms", parts[i].record_age_ms);
        write_number(&writer, "records", (int64_t)parts[i].records);
        write_number(&writer, "throttled", (int64_t)parts[i].throttled);
        write_number(&writer, "retried", (int64_t)parts[i].retried);
        json_close_object(&writer);
    }
    json_close_object(&writer);
    json_close_object(&writer);
    replace_file(probe, "parts", false);
}

static int run(struct probe *probe, struct source *source)
{
    uint64_t busy_ns = clock_monotonic_ns();
    uint64_t written_ns = 0;
    while (!stopped) {
        struct source_batch batch;
        enum status status = source->ops->read(source, WAIT_MS, &batch);
        uint64_t now_ns = clock_monotonic_ns();
        check(status == STATUS_OK || status == STATUS_AGAIN);
        if (status == STATUS_OK) {
            busy_ns = batch.count || batch.part_ended ? now_ns : busy_ns;
            take_batch(probe, source, &batch);
        }
        take_notices(probe, source);
        if (now_ns - written_ns > 100000000U) {
            written_ns = now_ns;
            write_parts(probe, source);
        }
        if (probe->idle_ms && probe->idle &&
            now_ns - busy_ns > (uint64_t)probe->idle_ms * 1000000U) {
            return 0;
        }
    }
    return 0;
}

static void set_pace(struct probe *probe, int64_t wait_ms)
{
    probe->pace = (struct kinesis_pace){
        .call_ms = wait_ms,
        .idle_ms = wait_ms,
        .bytes_per_second = INT64_C(1) << 40,
        .throttled_ms = wait_ms,
        .throttled_max_ms = wait_ms * 8,
        .failed_ms = wait_ms,
        .failed_max_ms = wait_ms * 8,
        .refused_ms = wait_ms,
        .list_ms = wait_ms * 8,
        .list_again_ms = wait_ms,
    };
    probe->options.pace = &probe->pace;
}

static bool take_option(struct probe *probe, const char *name, const char *value)
{
    struct kinesis_source_options *options = &probe->options;
    struct span text = span_view(value);
    if (strcmp(name, "stream") == 0) {
        options->stream = text;
    } else if (strcmp(name, "folder") == 0) {
        probe->folder = text;
    } else if (strcmp(name, "endpoint") == 0) {
        probe->aws.endpoint_url = text;
    } else if (strcmp(name, "region") == 0) {
        probe->aws.region = text;
    } else if (strcmp(name, "start") == 0) {
        options->start = span_equals(text, SPAN("latest"))         ? KINESIS_START_LATEST
                         : span_equals(text, SPAN("at_timestamp")) ? KINESIS_START_AT_TIMESTAMP
                                                                   : KINESIS_START_TRIM_HORIZON;
    } else if (strcmp(name, "start-ms") == 0) {
        options->start_ms = strtoll(value, NULL, 10);
    } else if (strcmp(name, "threads") == 0) {
        options->threads = strtoul(value, NULL, 10);
    } else if (strcmp(name, "lag-limit-ms") == 0) {
        options->lag_limit_ms = strtoll(value, NULL, 10);
    } else if (strcmp(name, "idle-ms") == 0) {
        probe->idle_ms = strtoll(value, NULL, 10);
    } else if (strcmp(name, "pace") == 0) {
        set_pace(probe, strtoll(value, NULL, 10));
    } else {
        return false;
    }
    return true;
}

static int append_to(struct probe *probe, const char *name)
{
    int descriptor = open(path_of(probe, name).ptr, O_WRONLY | O_CREAT | O_APPEND, 0644);
    check(descriptor >= 0);
    return descriptor;
}

int main(int argc, char **argv)
{
    static struct probe probe;
    struct span problem = {0};
    struct aws_client *client = NULL;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strncmp(argv[i], "--", 2) != 0 || !take_option(&probe, argv[i] + 2, argv[i + 1])) {
            fprintf(stderr, "kinesis_probe: %s is no option\n", argv[i]);
            return 2;
        }
    }
    probe.arena = arena_new(0);
    if (aws_client_new(&probe.aws, probe.arena, &problem, &client) != STATUS_OK) {
        fprintf(stderr, "kinesis_probe: %.*s\n", SPAN_ARG(problem));
        return 3;
    }
    probe.options.name = SPAN("probe");
    probe.options.client = client;
    probe.options.clock = clock_system();
    probe.records = append_to(&probe, "records");
    probe.notices = append_to(&probe, "notices");
    load_places(&probe);
    signal(SIGTERM, stop);
    struct source *source = kinesis_source_new(&probe.options);
    const struct source_memory memory = {.context = &probe, .position = recall, .owns = owns};
    check(source->ops->open(source, &memory) == STATUS_OK);
    int code = run(&probe, source);
    source->ops->free(source);
    aws_client_free(&client);
    buf_deinit(&probe.text);
    arena_free(&probe.arena);
    return code;
}
