/* zone.c: fixed offsets, and named zones from the system's compiled files. */
#include "cel/library/zone.h"

#include "cel/library/time.h"

#include <stdio.h>

/* --- fixed offsets: "UTC", "Z", "+11:00", "-02:30", "02:00" --- */

static bool two_digits(const char *at, int max, int *out)
{
    if (at[0] < '0' || at[0] > '9' || at[1] < '0' || at[1] > '9') {
        return false;
    }
    *out = (at[0] - '0') * 10 + (at[1] - '0');
    return *out <= max;
}

static bool fixed_offset(struct span zone, int32_t *offset_seconds)
{
    int sign = 1;
    int hours;
    int minutes;
    if (span_equals(zone, SPAN("UTC")) || span_equals(zone, SPAN("Z")) || zone.len == 0) {
        *offset_seconds = 0;
        return true;
    }
    if (zone.ptr[0] == '+' || zone.ptr[0] == '-') {
        sign = zone.ptr[0] == '-' ? -1 : 1;
        zone = span_of(zone.ptr + 1, zone.len - 1);
    }
    if (zone.len != 5 || zone.ptr[2] != ':' || !two_digits(zone.ptr, 23, &hours) ||
        !two_digits(zone.ptr + 3, 59, &minutes)) {
        return false;
    }
    *offset_seconds = sign * (hours * 3600 + minutes * 60);
    return true;
}

/* --- names: compiled files of the zone database (TZif, RFC 8536) --- */

enum { ZONE_NAME_MAX = 64, ZONE_FILE_MAX = 65536, HEADER_BYTES = 44, TYPE_BYTES = 6 };

/* Counts of the header, in the order of the file. */
struct zone_header {
    char version;
    uint32_t ut_local_count;
    uint32_t standard_count;
    uint32_t leap_count;
    uint32_t transition_count;
    uint32_t type_count;
    uint32_t char_count;
};

struct zone_bytes {
    unsigned char *bytes;
    size_t len;
};

/* Transitions as they stand in the file, and the rule for the time after the last. */
struct zone {
    struct zone_header header;
    const unsigned char *block; /* of 64-bit times; NULL without transitions */
    bool has_rule;
    struct zone_rule rule;
};

static uint32_t big32(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static int64_t big64(const unsigned char *at)
{
    return (int64_t)((uint64_t)big32(at) << 32 | big32(at + 4));
}

/* Letters, digits, and what zone names have besides; no "..", no leading slash. */
static bool is_zone_name(struct span zone)
{
    if (zone.len == 0 || zone.len > ZONE_NAME_MAX || zone.ptr[0] == '/') {
        return false;
    }
    for (size_t i = 0; i < zone.len; i++) {
        char c = zone.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && c != '_' && c != '/' && c != '-' && c != '+') {
            return false;
        }
    }
    return true;
}

static bool read_zone_file(struct span zone, unsigned char bytes[ZONE_FILE_MAX], size_t *len)
{
    char path[sizeof "/usr/share/zoneinfo/" + ZONE_NAME_MAX];
    snprintf(path, sizeof path, "/usr/share/zoneinfo/%.*s", SPAN_ARG(zone));
    FILE *file = fopen(path, "rb");
    if (!file) {
        return false;
    }
    *len = fread(bytes, 1, ZONE_FILE_MAX, file);
    bool whole = !ferror(file) && feof(file);
    fclose(file);
    return whole;
}

/* RFC 8536, section 3.1. Counts are bounded by the size of a file, so that sums of them cannot
 * overflow. */
static bool read_header(struct zone_bytes data, struct zone_header *header)
{
    if (data.len < HEADER_BYTES || memcmp(data.bytes, "TZif", 4) != 0) {
        return false;
    }
    header->version = (char)data.bytes[4];
    header->ut_local_count = big32(data.bytes + 20);
    header->standard_count = big32(data.bytes + 24);
    header->leap_count = big32(data.bytes + 28);
    header->transition_count = big32(data.bytes + 32);
    header->type_count = big32(data.bytes + 36);
    header->char_count = big32(data.bytes + 40);
    return header->type_count > 0 && header->transition_count < ZONE_FILE_MAX &&
           header->type_count < ZONE_FILE_MAX && header->char_count < ZONE_FILE_MAX &&
           header->leap_count < ZONE_FILE_MAX && header->standard_count < ZONE_FILE_MAX &&
           header->ut_local_count < ZONE_FILE_MAX;
}

/* Section 3.2: times with their types, type records, names, leap seconds, and two lists of
 * flags. */
static size_t block_bytes(const struct zone_header *header, size_t time_bytes)
{
    return header->transition_count * (time_bytes + 1) + header->type_count * TYPE_BYTES +
           header->char_count + header->leap_count * (time_bytes + 4) + header->standard_count +
           header->ut_local_count;
}

/* The type in force at this instant: of the last transition before it, else the first type. */
static uint32_t type_at(const struct zone_header *header, const unsigned char *block,
                        int64_t seconds)
{
    uint32_t low = 0;
    uint32_t high = header->transition_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (big64(block + 8 * (size_t)middle) <= seconds) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low == 0 ? 0 : block[8 * (size_t)header->transition_count + low - 1];
}

/* Skips the block of 32-bit times, which every file has first, to the one of 64 bits. */
static bool read_blocks(struct zone_bytes data, struct zone *zone)
{
    struct zone_header header;
    if (!read_header(data, &header) || header.version < '2') {
        return false;
    }
    size_t skipped = HEADER_BYTES + block_bytes(&header, 4);
    if (skipped > data.len) {
        return false;
    }
    struct zone_bytes second = {data.bytes + skipped, data.len - skipped};
    if (!read_header(second, &zone->header) ||
        HEADER_BYTES + block_bytes(&zone->header, 8) > second.len) {
        return false;
    }
    size_t end = HEADER_BYTES + block_bytes(&zone->header, 8);
    zone->block = second.bytes + HEADER_BYTES;
    zone->has_rule = zone_rule_parse(
        span_of((const char *)second.bytes + end, second.len - end), &zone->rule);
    return true;
}

static const struct zone *zone_fixed(int32_t offset_seconds, struct arena *arena)
{
    struct zone *zone = arena_alloc(arena, sizeof *zone);
    zone->has_rule = true;
    zone->rule.standard_seconds = offset_seconds;
    return zone;
}

const struct zone *zone_load(struct span name, struct arena *arena)
{
    unsigned char bytes[ZONE_FILE_MAX];
    struct zone_bytes data = {.bytes = bytes};
    int32_t offset_seconds;
    if (fixed_offset(name, &offset_seconds)) {
        return zone_fixed(offset_seconds, arena);
    }
    if (!is_zone_name(name) || !read_zone_file(name, bytes, &data.len)) {
        return NULL;
    }
    struct zone *zone = arena_alloc(arena, sizeof *zone);
    data.bytes = (unsigned char *)(uintptr_t)arena_copy(
                     arena, span_of((const char *)bytes, data.len)).ptr;
    return read_blocks(data, zone) ? zone : NULL;
}

/* A fixed offset has no transitions and a rule without changes: it ends up here too. */
static bool after_last_transition(const struct zone *zone, int64_t seconds)
{
    uint32_t count = zone->header.transition_count;
    return count == 0 || big64(zone->block + 8 * (size_t)(count - 1)) <= seconds;
}

int32_t zone_offset(const struct zone *zone, int64_t seconds)
{
    if (zone->has_rule && after_last_transition(zone, seconds)) {
        return zone_rule_offset(&zone->rule, seconds);
    }
    const unsigned char *types = zone->block + 9 * (size_t)zone->header.transition_count;
    uint32_t type = type_at(&zone->header, zone->block, seconds);
    return type < zone->header.type_count ? (int32_t)big32(types + type * TYPE_BYTES) : 0;
}
