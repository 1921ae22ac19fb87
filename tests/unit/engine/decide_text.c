#include "decide_text.h"

#include "base/json_writer.h"
#include "model/state_list.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static void read_option(const char *word, struct signal *signal, long *watermark)
{
    long number = 0;
    if (sscanf(word, "w=%ld", &number) == 1) {
        *watermark = number;
    } else if (sscanf(word, "fan=%ld", &number) == 1) {
        signal->fan_index = (uint32_t)number;
    } else if (sscanf(word, "state=%ld", &number) == 1) {
        signal->state_id.bytes[0] = (unsigned char)number;
    } else if (sscanf(word, "o=%ld", &number) == 1) {
        signal->offset = (uint64_t)number;
    } else if (sscanf(word, "horizon=%ld", &number) == 1) {
        signal->horizon_us = number * SECOND;
    } else if (strncmp(word, "s=", 2) == 0) {
        signal->source = span_view(word + 2);
    } else if (sscanf(word, "r=%ld", &number) == 1) {
        signal->revision.bytes[0] = (unsigned char)number;
    } else if (sscanf(word, "of=%ld", &number) == 1) {
        signal->partitions = (uint32_t)number;
    } else if (strcmp(word, "idle") == 0) {
        signal->idle = true;
    } else if (strcmp(word, "pairs") == 0) {
        signal->correlation = SPAN("{\"type\":\"event_count\",\"timespan_us\":60000000,"
                                   "\"lateness_us\":0,\"condition\":{\"gte\":2}}");
    } else if (strcmp(word, "bucket") == 0) {
        signal->correlation = SPAN("{\"type\":\"event_count\",\"window\":\"tumbling\","
                                   "\"timespan_us\":60000000,\"lateness_us\":0,"
                                   "\"condition\":{\"eq\":2}}");
    } else if (strcmp(word, "each") == 0) {
        signal->episode_us = 0;
    } else if (strcmp(word, "summary") == 0) {
        signal->summary = true;
    } else {
        fail_msg("unknown option %s", word);
    }
}

/* The body of a list of states, up to the first word that is none; gives how many words it took. */
static size_t read_states(const struct decide_text *text, char **words, struct signal *signal)
{
    struct digest states[10] = {0};
    struct buf body = {0};
    struct json_writer writer = json_writer_to(&body);
    size_t count = 0;
    while (words[1 + count] && words[1 + count][0] >= '0' && words[1 + count][0] <= '9') {
        states[count].bytes[0] = (unsigned char)strtol(words[1 + count], NULL, 10);
        count++;
    }
    state_list_write((struct state_list){states, state_list_sort(states, count)}, &writer);
    signal->body = arena_copy(text->arena, buf_view(&body));
    buf_deinit(&body);
    signal->kind = SIGNAL_STATES;
    signal->source = SPAN("");
    return 1 + count;
}

static void fold_states(struct decide_text *text, char **words, struct signal *signal)
{
    long ignored = 0;
    for (size_t i = read_states(text, words, signal); words[i]; i++) {
        read_option(words[i], signal, &ignored);
    }
    (void)decider_fold(text->decider, signal, text->arena, &text->alerts);
}

static void read_line(struct decide_text *text, char *line)
{
    char *words[16] = {NULL};
    size_t count = 0;
    char *rest = NULL;
    for (char *word = strtok_r(line, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        words[count++] = word;
    }
    struct signal signal = {
        .sequence = ++text->sequence,
        .policy_id = SPAN("p"),
        .severity = SPAN("high"),
        .source = SPAN("a"),
        .horizon_us = INT64_C(600) * SECOND,
        .episode_us = (int64_t)EPISODE_S * SECOND,
        .body = SPAN("{}"),
    };
    if (strcmp(words[0], "states") == 0) {
        fold_states(text, words, &signal);
        return;
    }
    bool is_tick = strcmp(words[0], "tick") == 0;
    long time = strtol(is_tick ? words[1] : words[0], NULL, 10);
    long watermark = INT32_MIN;
    if (is_tick) {
        signal.kind = SIGNAL_TICK;
    } else {
        signal.group_key = span_view(words[1]);
        long finding = strtol(words[2], NULL, 10);
        memcpy(signal.finding.bytes, &finding, sizeof finding);
    }
    for (size_t i = is_tick ? 2 : 3; i < count; i++) {
        read_option(words[i], &signal, &watermark);
    }
    long *newest = &text->newest[signal.source.ptr[0] - 'a'];
    *newest = time > *newest ? time : *newest;
    signal.event_time_us = time * SECOND;
    signal.watermark_us = (watermark == INT32_MIN ? *newest : watermark) * SECOND;
    (void)decider_fold(text->decider, &signal, text->arena, &text->alerts);
}

void decide_text_fold(struct decide_text *text, const char *log)
{
    char *copy = strdup(log);
    char *rest = NULL;
    for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        /* the texts of signals outlive their alerts */
        read_line(text, (char *)(uintptr_t)arena_copy(text->arena, span_view(line)).ptr);
    }
    free(copy);
}

void decide_text_write(const struct alert_list *alerts, struct buf *out)
{
    for (size_t i = 0; i < alerts->count; i++) {
        const struct alert *alert = &alerts->items[i];
        buf_printf(out, "%.*s %.*s %" PRIu64 " %" PRId64 "..%" PRId64 " v%" PRIu64 ".%" PRIu32 "\n",
                   SPAN_ARG(alert_status_name(alert->status)), SPAN_ARG(alert->signal.group_key),
                   alert->count, alert->first_us / SECOND, alert->last_us / SECOND,
                   alert->log_sequence, alert->ordinal);
    }
}

struct decide_text decide_text_new(enum decide_input input)
{
    struct decide_text text = {.decider = decider_new(input), .arena = arena_new(0)};
    for (size_t i = 0; i < 26; i++) {
        text.newest[i] = INT32_MIN;
    }
    return text;
}

void decide_text_free(struct decide_text *text)
{
    decider_free(&text->decider);
    arena_free(&text->arena);
}

void decide_text_check(const char *name, enum decide_input input, const char *log,
                       const char *alerts)
{
    struct decide_text text = decide_text_new(input);
    struct buf written = {0};
    buf_append(&written, SPAN(""));
    decide_text_fold(&text, log);
    decide_text_write(&text.alerts, &written);
    if (strcmp(written.ptr, alerts) != 0) {
        print_error("in \"%s\"\n", name);
    }
    assert_string_equal(written.ptr, alerts);
    buf_deinit(&written);
    decide_text_free(&text);
}
