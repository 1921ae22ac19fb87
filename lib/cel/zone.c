#include "cel/time.h"

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
static bool offset_in(struct zone_bytes data, int64_t seconds, int32_t *offset_seconds)
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
    if (!read_header(second, &header) || HEADER_BYTES + block_bytes(&header, 8) > second.len) {
        return false;
    }
    const unsigned char *block = second.bytes + HEADER_BYTES;
    const unsigned char *types = block + 9 * (size_t)header.transition_count;
    uint32_t type = type_at(&header, block, seconds);
    if (type >= header.type_count) {
        return false;
    }
    *offset_seconds = (int32_t)big32(types + type * TYPE_BYTES);
    return true;
}

bool zone_offset(struct span zone, int64_t seconds, int32_t *offset_seconds)
{
    unsigned char bytes[ZONE_FILE_MAX];
    struct zone_bytes data = {.bytes = bytes};
    if (fixed_offset(zone, offset_seconds)) {
        return true;
    }
    return is_zone_name(zone) && read_zone_file(zone, bytes, &data.len) &&
           offset_in(data, seconds, offset_seconds);
}
