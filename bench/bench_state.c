/* Measures what a partition's memory of correlations takes, in time and in bytes, beside the bare
 * minimum: a table of 16-byte slots in which one number is raised.
 *
 *   bench_state bare|event_count|new_terms KEYS UPDATES
 *
 * bare, event_count: KEYS groups come once, then UPDATES events of random ones. new_terms: KEYS
 * values, 100 a group, come once, then UPDATES events with random ones that are known. Signals are
 * made by the batch, outside of what is timed. Prints: ns a new key, ns an update, bytes a key once
 * all are there, bytes an event of the updates (both of resident memory), bytes a key as the bound
 * on memory counts them. */
#include "engine/correlate/correlate.h"
#include "seconds.h"

#include "base/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BATCH = 4096, KEY_SIZE = 24, VALUES_A_GROUP = 100, STEP_US = 10 };

static const char counted[] = "{\"type\":\"event_count\",\"timespan_us\":3600000000,"
                              "\"lateness_us\":0,\"condition\":{\"gte\":1000000}}";
static const char first_seen[] = "{\"type\":\"new_terms\",\"timespan_us\":3600000000,"
                                 "\"lateness_us\":0,\"learning_us\":0,\"condition\":{}}";

struct slot {
    uint64_t hash; /* 0: empty */
    uint64_t count;
};

struct bench {
    struct correlations *correlations; /* NULL: bare */
    struct slot *slots;
    size_t slot_mask;
    bool values;
    bool ahead;
    uint64_t sequence;
    uint64_t random;
    size_t found; /* so that nothing is left out by the compiler */
    struct signal batch[BATCH];
    char keys[BATCH][KEY_SIZE];
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
    int length = snprintf(bench->keys[place], KEY_SIZE, "[\"user-%" PRIu64 "\"]", group);
    *signal = (struct signal){
        .sequence = ++bench->sequence,
        .offset = bench->sequence,
        .event_time_us = (int64_t)bench->sequence * STEP_US,
        .group_key = span_of(bench->keys[place], (size_t)length),
        .correlation = bench->values ? span_view(first_seen) : span_view(counted),
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

static void apply(struct bench *bench, size_t count)
{
    struct operator_firing firing;
    uint64_t evicted = 0;
    for (size_t i = 0; i < count; i++) {
        if (bench->correlations) {
            if (bench->ahead && i + CORRELATE_AHEAD < count) {
                correlations_foresee(bench->correlations, &bench->batch[i + CORRELATE_AHEAD]);
            }
            bench->found += correlations_apply(bench->correlations, &bench->batch[i], 0, INT64_MIN,
                                               &evicted, &firing) == CORRELATE_KEPT;
        } else {
            raise_slot(bench, &bench->batch[i]);
        }
    }
    check(evicted == 0);
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

static void set_up(struct bench *bench, const char *what, size_t keys)
{
    bench->values = strcmp(what, "new_terms") == 0;
    if (strcmp(what, "bare") != 0) {
        bench->correlations = correlations_new(SIZE_MAX);
        return;
    }
    size_t slots = 1;
    while (slots < 2 * keys) {
        slots *= 2;
    }
    bench->slots = calloc(slots, sizeof *bench->slots);
    check(bench->slots);
    bench->slot_mask = slots - 1;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: bench_state bare|event_count|new_terms KEYS UPDATES\n");
        return 2;
    }
    static struct bench bench;
    size_t keys = strtoul(argv[2], NULL, 10);
    size_t updates = strtoul(argv[3], NULL, 10);
    size_t begin = resident_bytes();
    set_up(&bench, argv[1], keys);
    double fill = run(&bench, keys, keys, false);
    size_t filled = resident_bytes();
    size_t counted_bytes = bench.correlations ? correlations_bytes(bench.correlations) : 0;
    bench.found = 0;
    bench.ahead = getenv("AHEAD") != NULL;
    double update = run(&bench, keys, updates, true);
    check(bench.found == updates);
    printf("%.1f %.1f %.1f %.1f %.1f\n", fill, update, (double)(filled - begin) / (double)keys,
           (double)(resident_bytes() - filled) / (double)updates,
           (double)counted_bytes / (double)keys);
    correlations_free(&bench.correlations);
    free(bench.slots);
    return 0;
}
