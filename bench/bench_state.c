/* Measures what a partition's memory of correlations takes, in time and in bytes, beside the bare
 * minimum: a table of 16-byte slots in which one number is raised.
 *
 *   bench_state CASE KEYS UPDATES [plain|fold]
 *
 * First each of KEYS keys comes once, then UPDATES events of random ones. CASE:
 *   bare       the table of slots
 *   count      event_count; all events stay within the timespan
 *   slide      event_count; the timespan holds as many events as there are keys: for each that
 *              comes one goes
 *   new_terms  100 keys are the values of one group
 *   series     what the detector of baselines makes of a bucket's value, and nothing else
 *   running    baseline, event_count in buckets of a minute, in which a key comes about 10 times:
 *              most events come into a bucket that is open
 *   baseline   in which it comes about once: for each event a bucket is opened, and one judged
 *   joins      event_count that holds with each event: all but the first of a key join its episode
 * Before the updates the keys of baselines have 24 buckets such as come then: all are judged.
 * An update is what one signal does to the memory of its group: found, event taken in, condition
 * looked at, what is due later told. plain: nothing is fetched ahead. fold: all that a decider does
 * with a signal: its watermark, a repeat told by its finding id (a million are remembered), the
 * update, episodes, alerts. Signals are made by the batch, outside of what is timed, and the
 * watermark goes on with each batch, of a fold with each signal. Prints: ns a new key, ns an
 * update, bytes a key before the updates, bytes an event of the updates (both of resident memory),
 * and bytes a key as the bound on memory counts them. */
#include "engine/baseline/series.h"
#include "engine/decide/decide.h"
#include "seconds.h"

#include "base/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BATCH = 4096, KEY_SIZE = 24, RULE_SIZE = 200, VALUES_A_GROUP = 100, BUCKETS_BEFORE = 24 };
static const int64_t BUCKET_US = 60000000;

#define BASELINE_RULE \
    "{\"type\":\"baseline\",\"timespan_us\":%" PRId64 ",\"lateness_us\":0," \
    "\"metric\":\"event_count\"}"

struct bench_case {
    const char *name;
    const char *rule;  /* NULL: the table of slots. %: the timespan */
    int64_t timespan_us; /* 0: as long as all keys take to come once */
    int64_t step_us;   /* between events; 0: so that all keys come once in a timespan */
    int a_bucket;      /* of baselines: how often a key comes in one; 0: none */
};

static const struct bench_case cases[] = {
    {"bare", NULL, 1, 1, 0},
    {"count", "{\"type\":\"event_count\",\"timespan_us\":%" PRId64 ",\"lateness_us\":0,"
              "\"condition\":{\"gte\":1000000}}", INT64_C(360000000000), 10, 0},
    {"slide", "{\"type\":\"event_count\",\"timespan_us\":%" PRId64 ",\"lateness_us\":0,"
              "\"condition\":{\"gte\":1000000}}", 0, 10, 0},
    {"new_terms", "{\"type\":\"new_terms\",\"timespan_us\":%" PRId64 ",\"lateness_us\":0,"
                  "\"learning_us\":0,\"condition\":{}}", INT64_C(360000000000), 10, 0},
    {"series", NULL, BUCKET_US, 0, 1},
    {"running", BASELINE_RULE, BUCKET_US, 0, 10},
    {"baseline", BASELINE_RULE, BUCKET_US, 0, 1},
    {"joins", "{\"type\":\"event_count\",\"timespan_us\":%" PRId64 ",\"lateness_us\":0,"
              "\"condition\":{\"gte\":1}}", INT64_C(360000000000), 10, 0},
};

struct slot {
    uint64_t hash; /* 0: empty */
    uint64_t count;
};

/* What a baseline knows of a key. */
struct known {
    struct series series;
    struct season season;
};

struct bench {
    struct correlations *correlations; /* NULL: bare, series, or a fold */
    struct decider *decider;           /* of a fold */
    struct known *known;               /* of series */
    struct slot *slots;
    size_t slot_mask;
    bool values;
    bool ahead;
    char rule[RULE_SIZE];
    double step_us;
    double time_us;
    struct arena *arena;
    uint64_t sequence;
    uint64_t random;
    size_t found; /* so that nothing is left out by the compiler */
    size_t fired;
    struct signal batch[BATCH];
    char keys[BATCH][KEY_SIZE];
    uint64_t numbers[BATCH];
    char hashes[BATCH][DIGEST_HEX_LENGTH + 2];
};

static double seconds_thread(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static size_t resident_bytes(void)
{
    size_t pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    check(file && fscanf(file, "%*u %zu", &pages) == 1);
    fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* splitmix64 */
static uint64_t mixed(uint64_t number)
{
    number = (number ^ number >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    number = (number ^ number >> 27) * UINT64_C(0x94D049BB133111EB);
    return number ^ number >> 31;
}

static uint64_t next_random(struct bench *bench)
{
    return mixed(bench->random += UINT64_C(0x9E3779B97F4A7C15));
}

static void write_hex(char *out, uint64_t number)
{
    for (int i = 0; i < 16; i++) {
        out[i] = "0123456789abcdef"[number >> 4 * i & 15];
    }
}

/* The event at a place of the batch. */
static void make_signal(struct bench *bench, size_t place, uint64_t number)
{
    struct signal *signal = &bench->batch[place];
    uint64_t group = bench->values ? number / VALUES_A_GROUP : number;
    bench->numbers[place] = number;
    bench->time_us += bench->step_us;
    int length = snprintf(bench->keys[place], KEY_SIZE, "[\"user-%" PRIu64 "\"]", group);
    *signal = (struct signal){
        .sequence = ++bench->sequence,
        .offset = bench->sequence,
        .event_time_us = (int64_t)bench->time_us,
        .watermark_us = (int64_t)bench->time_us,
        .horizon_us = INT64_C(3600000000),
        .episode_us = INT64_C(360000000000),
        .policy_id = SPAN("bench-policy"),
        .severity = SPAN("high"),
        .source = SPAN("changes/0#bench"),
        .body = SPAN("{}"),
        .group_key = span_of(bench->keys[place], (size_t)length),
        .correlation = span_view(bench->rule),
    };
    uint64_t finding[2] = {mixed(bench->sequence), mixed(~bench->sequence)};
    memcpy(signal->finding.bytes, finding, sizeof finding);
    if (bench->values) {
        char *text = bench->hashes[place];
        text[0] = text[DIGEST_HEX_LENGTH + 1] = '"';
        write_hex(text + 1, mixed(number));
        write_hex(text + 17, mixed(~number));
        signal->value = span_of(text, sizeof bench->hashes[place]);
    }
}

static void raise_slot(struct bench *bench, const struct signal *signal)
{
    uint64_t hash = span_hash(signal->group_key) | 1;
    size_t place = (hash >> 1) & bench->slot_mask;
    while (bench->slots[place].hash && bench->slots[place].hash != hash) {
        place = (place + 1) & bench->slot_mask;
    }
    bench->slots[place].hash = hash;
    bench->found += ++bench->slots[place].count > 1;
}

/* A bucket's value, from 0 to 7. */
static void judge(struct bench *bench, size_t place)
{
    struct known *known = &bench->known[bench->numbers[place]];
    double value = (double)(bench->batch[place].finding.bytes[0] & 7);
    struct series_score score = series_score(&known->series, &known->season, value,
                                             bench->batch[place].event_time_us);
    if (series_alerts(&known->series, score.score)) {
        series_mark_alert(&known->series, score.score);
        bench->fired++;
    }
    series_learn(&known->series, &known->season, &score);
    bench->found++;
}

static void apply_signal(struct bench *bench, size_t place, size_t count)
{
    struct operator_firing firing;
    uint64_t evicted = 0;
    if (bench->ahead && place + CORRELATE_AHEAD < count) {
        correlations_foresee(bench->correlations, &bench->batch[place + CORRELATE_AHEAD]);
    }
    enum correlate_answer answer = correlations_apply(
        bench->correlations, &bench->batch[place], 0, INT64_MIN, &evicted, &firing);
    check(evicted == 0 && (answer == CORRELATE_KEPT || answer == CORRELATE_FIRED));
    bench->found += answer == CORRELATE_KEPT;
}

static void fold(struct bench *bench, size_t count)
{
    struct alert_list alerts = {0};
    for (size_t i = 0; i < count; i++) {
        if (i + DECIDE_AHEAD < count) {
            decider_foresee(bench->decider, &bench->batch[i + DECIDE_AHEAD]);
        }
        enum decide_outcome outcome =
            decider_fold(bench->decider, &bench->batch[i], bench->arena, &alerts);
        check(outcome == DECIDE_KEPT || outcome == DECIDE_JOINED || outcome == DECIDE_OPENED);
        bench->found += outcome != DECIDE_OPENED;
    }
    arena_reset(bench->arena);
}

static void apply(struct bench *bench, size_t count)
{
    struct correlate_finding due;
    if (bench->decider) {
        fold(bench, count);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (bench->correlations) {
            apply_signal(bench, i, count);
        } else if (bench->known) {
            judge(bench, i);
        } else {
            raise_slot(bench, &bench->batch[i]);
        }
    }
    int64_t watermark_us = bench->batch[count - 1].event_time_us;
    while (bench->correlations &&
           correlations_next(bench->correlations, watermark_us, bench->arena, &due)) {
        bench->fired++;
    }
    arena_reset(bench->arena);
}

/* ns an event: each key once, or random ones. */
static double run(struct bench *bench, size_t keys, size_t count, bool random)
{
    double seconds = 0;
    for (size_t done = 0; done < count;) {
        size_t size = count - done < BATCH ? count - done : BATCH;
        for (size_t i = 0; i < size; i++) {
            make_signal(bench, i, random ? next_random(bench) % keys : done + i);
        }
        double begin = seconds_thread();
        apply(bench, size);
        seconds += seconds_thread() - begin;
        done += size;
    }
    return seconds * 1e9 / (double)count;
}

static const struct bench_case *find_case(const char *name)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (strcmp(cases[i].name, name) == 0) {
            return &cases[i];
        }
    }
    fprintf(stderr, "bench_state: no such case: %s\n", name);
    exit(2);
}

static void *zeroed(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (!memory) {
        check_memory_exhausted(count * size);
    }
    return memory;
}

static void set_up(struct bench *bench, const struct bench_case *chosen, size_t keys)
{
    bench->values = strcmp(chosen->name, "new_terms") == 0;
    bench->arena = arena_new(0);
    bench->step_us = chosen->step_us ? (double)chosen->step_us
                                     : (double)chosen->timespan_us / (double)keys;
    int64_t timespan_us = chosen->timespan_us ? chosen->timespan_us
                                              : chosen->step_us * (int64_t)keys;
    if (chosen->rule) {
        if (!bench->decider) {
            bench->correlations = correlations_new(SIZE_MAX);
        }
        int length = snprintf(bench->rule, RULE_SIZE, chosen->rule, timespan_us);
        check(length > 0 && length < RULE_SIZE);
        return;
    }
    if (chosen->a_bucket) {
        bench->known = zeroed(keys, sizeof *bench->known);
        return;
    }
    size_t slots = 1;
    while (slots < 2 * keys) {
        slots *= 2;
    }
    bench->slots = zeroed(slots, sizeof *bench->slots);
    bench->slot_mask = slots - 1;
}

/* So that each key has buckets behind it, of as many events as are to come. */
static void go_on(struct bench *bench, const struct bench_case *chosen, size_t keys)
{
    size_t a_bucket = (size_t)chosen->a_bucket * keys;
    if (a_bucket > 0) {
        bench->step_us = (double)BUCKET_US / (double)a_bucket;
        run(bench, keys, BUCKETS_BEFORE * a_bucket, true);
    }
}

static void free_known(struct bench *bench, size_t keys)
{
    for (size_t i = 0; bench->known && i < keys; i++) {
        season_release(&bench->known[i].season);
    }
    free(bench->known);
}

int main(int argc, char **argv)
{
    if (argc != 4 && argc != 5) {
        fprintf(stderr, "usage: bench_state CASE KEYS UPDATES [plain|fold]\n");
        return 2;
    }
    static struct bench bench;
    size_t keys = strtoul(argv[2], NULL, 10);
    size_t updates = strtoul(argv[3], NULL, 10);
    size_t begin = resident_bytes();
    bool folded = argc == 5 && strcmp(argv[4], "fold") == 0;
    bench.decider = folded ? decider_new(DECIDE_ONCE) : NULL;
    const struct bench_case *chosen = find_case(argv[1]);
    set_up(&bench, chosen, keys);
    bench.ahead = argc == 4 && bench.correlations;
    double fill = run(&bench, keys, keys, false);
    go_on(&bench, chosen, keys);
    size_t filled = resident_bytes();
    size_t counted_bytes = bench.decider        ? decider_group_bytes(bench.decider)
                           : bench.correlations ? correlations_bytes(bench.correlations)
                                                : 0;
    double update = run(&bench, keys, updates, true);
    check(bench.found > 0);
    printf("%.1f %.1f %.1f %.1f %.1f\n", fill, update,
           ((double)filled - (double)begin) / (double)keys,
           ((double)resident_bytes() - (double)filled) / (double)updates,
           (double)counted_bytes / (double)keys);
    correlations_free(&bench.correlations);
    decider_free(&bench.decider);
    arena_free(&bench.arena);
    free(bench.slots);
    free_known(&bench, keys);
    return 0;
}
