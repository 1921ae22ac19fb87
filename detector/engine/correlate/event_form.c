/* event_form.c: time, finding, place (source and offset), then what the form and the shape want:
 * count, sequence, value, number, input. */
#include "engine/correlate/event_form.h"

/* A narrow place has 48 bits of offset below 16 of the source's number; a narrow number has 55 bits
 * of coefficient above its sign and 8 of exponent. */
enum {
    PLACE_AT = 24, /* behind time and finding */
    NARROW_PLACE = 8, WIDE_PLACE = 12,
    NARROW_NUMBER = 8, WIDE_NUMBER = 24,
    OFFSET_BITS = 48, SOURCE_BITS = 16, COEFFICIENT_BITS = 55,
};

static bool is_wide(uint8_t form)
{
    return form & EVENT_WIDE;
}

/* -- where members lie */

static size_t count_at(uint8_t form)
{
    return PLACE_AT + (is_wide(form) ? WIDE_PLACE : NARROW_PLACE);
}

static size_t sequence_at(uint8_t form)
{
    return count_at(form) + (form & EVENT_UNITED ? sizeof(uint32_t) : 0);
}

static size_t value_at(const struct events_shape *shape, uint8_t form)
{
    return sequence_at(form) + (shape->no_sequence ? 0 : sizeof(uint64_t));
}

static size_t number_at(const struct events_shape *shape, uint8_t form)
{
    return value_at(shape, form) + (shape->values ? DIGEST_BYTES : 0);
}

static size_t input_at(const struct events_shape *shape, uint8_t form)
{
    size_t number = is_wide(form) ? WIDE_NUMBER : NARROW_NUMBER;
    return number_at(shape, form) + (shape->numbers ? number : 0);
}

size_t event_size(const struct events_shape *shape, uint8_t form)
{
    return input_at(shape, form) + shape->inputs;
}

/* -- numbers */

static bool number_is_narrow(struct decimal number)
{
    return number.high == 0 && number.low >> COEFFICIENT_BITS == 0 && !number.rounded &&
           number.exponent == (int8_t)number.exponent;
}

static uint64_t narrowed(struct decimal number)
{
    return number.low << 9 | (uint64_t)number.negative << 8 | (uint8_t)number.exponent;
}

static struct decimal widened(uint64_t narrow)
{
    return (struct decimal){
        .low = narrow >> 9, .negative = narrow >> 8 & 1, .exponent = (int8_t)(narrow & 0xFF)};
}

bool event_is_narrow(const struct events_shape *shape, const struct operator_event *event)
{
    return event->offset >> OFFSET_BITS == 0 && event->source >> SOURCE_BITS == 0 &&
           (!shape->numbers || number_is_narrow(event->number));
}

/* -- writing */

static void write_place(uint8_t form, const struct operator_event *event, unsigned char *out)
{
    if (is_wide(form)) {
        memcpy(out, &event->offset, sizeof event->offset);
        memcpy(out + sizeof event->offset, &event->source, sizeof event->source);
    } else {
        uint64_t place = (uint64_t)event->source << OFFSET_BITS | event->offset;
        memcpy(out, &place, sizeof place);
    }
}

static void write_number(uint8_t form, const struct decimal *number, unsigned char *out)
{
    _Static_assert(sizeof *number == WIDE_NUMBER, "a decimal has no more members");
    uint64_t narrow = narrowed(*number);
    memcpy(out, is_wide(form) ? (const void *)number : &narrow,
           is_wide(form) ? WIDE_NUMBER : NARROW_NUMBER);
}

void event_write(const struct events_shape *shape, uint8_t form,
                 const struct operator_event *event, unsigned char *out)
{
    memcpy(out, &event->time_us, sizeof event->time_us);
    memcpy(out + sizeof event->time_us, event->finding.bytes, DIGEST_BYTES);
    write_place(form, event, out + PLACE_AT);
    if (form & EVENT_UNITED) {
        memcpy(out + count_at(form), &event->count, sizeof event->count);
    }
    if (!shape->no_sequence) {
        memcpy(out + sequence_at(form), &event->sequence, sizeof event->sequence);
    }
    if (shape->values) {
        memcpy(out + value_at(shape, form), event->value.bytes, DIGEST_BYTES);
    }
    if (shape->numbers) {
        write_number(form, &event->number, out + number_at(shape, form));
    }
    if (shape->inputs) {
        out[input_at(shape, form)] = (unsigned char)event->input;
    }
}

/* -- reading */

static void read_place(uint8_t form, const unsigned char *bytes, struct operator_event *out)
{
    uint64_t place;
    memcpy(&place, bytes, sizeof place);
    if (is_wide(form)) {
        out->offset = place;
        memcpy(&out->source, bytes + sizeof place, sizeof out->source);
    } else {
        out->offset = place & ((UINT64_C(1) << OFFSET_BITS) - 1);
        out->source = (uint32_t)(place >> OFFSET_BITS);
    }
}

uint32_t event_read_count(uint8_t form, const unsigned char *bytes)
{
    uint32_t count = 1;
    if (form & EVENT_UNITED) {
        memcpy(&count, bytes + count_at(form), sizeof count);
    }
    return count;
}

uint32_t event_read_input(const struct events_shape *shape, uint8_t form,
                          const unsigned char *bytes)
{
    return shape->inputs ? bytes[input_at(shape, form)] : 0;
}

struct digest event_read_value(const struct events_shape *shape, uint8_t form,
                               const unsigned char *bytes)
{
    struct digest value = {0};
    if (shape->values) {
        memcpy(value.bytes, bytes + value_at(shape, form), DIGEST_BYTES);
    }
    return value;
}

struct decimal event_read_number(const struct events_shape *shape, uint8_t form,
                                 const unsigned char *bytes)
{
    struct decimal number = {0};
    uint64_t narrow;
    if (shape->numbers && is_wide(form)) {
        memcpy(&number, bytes + number_at(shape, form), sizeof number);
    } else if (shape->numbers) {
        memcpy(&narrow, bytes + number_at(shape, form), sizeof narrow);
        number = widened(narrow);
    }
    return number;
}

double event_sum(const struct events_shape *shape, uint8_t form, const unsigned char *bytes,
                 size_t count)
{
    size_t size = event_size(shape, form);
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += decimal_to_double(event_read_number(shape, form, bytes + i * size));
    }
    return sum;
}

struct operator_event event_read(const struct events_shape *shape, uint8_t form,
                                 const unsigned char *bytes)
{
    struct operator_event event = {
        .count = event_read_count(form, bytes),
        .input = event_read_input(shape, form, bytes),
        .value = event_read_value(shape, form, bytes),
        .number = event_read_number(shape, form, bytes),
    };
    memcpy(&event.time_us, bytes, sizeof event.time_us);
    memcpy(event.finding.bytes, bytes + sizeof event.time_us, DIGEST_BYTES);
    read_place(form, bytes + PLACE_AT, &event);
    if (!shape->no_sequence) {
        memcpy(&event.sequence, bytes + sequence_at(form), sizeof event.sequence);
    }
    return event;
}

/* -- saving and loading */

void event_save(const struct events_shape *shape, uint8_t form,
                const struct operator_event *event, struct buf *out)
{
    pack_i64(out, event->time_us);
    pack_digest(out, &event->finding);
    pack_u32(out, event->source);
    pack_u64(out, event->offset);
    if (form & EVENT_UNITED) {
        pack_u32(out, event->count);
    }
    if (!shape->no_sequence) {
        pack_u64(out, event->sequence);
    }
    if (shape->values) {
        pack_digest(out, &event->value);
    }
    if (shape->numbers) {
        pack_decimal(out, event->number);
    }
    if (shape->inputs) {
        pack_u8(out, (uint8_t)event->input);
    }
}

static void load_values(const struct events_shape *shape, struct unpacker *from,
                               struct operator_event *out)
{
    if (shape->values) {
        out->value = unpack_digest(from);
    }
    if (shape->numbers) {
        out->number = unpack_decimal(from);
    }
}

/* Before version 3: all had a sequence and a count. */
static struct operator_event load_old(const struct events_shape *shape, struct unpacker *from)
{
    struct operator_event event = {.time_us = unpack_i64(from)};
    event.sequence = unpack_u64(from);
    event.offset = unpack_u64(from);
    event.finding = unpack_digest(from);
    event.source = unpack_u32(from);
    event.count = unpack_u32(from);
    load_values(shape, from, &event);
    return event;
}

struct operator_event event_load(const struct events_shape *shape, uint8_t form,
                                 struct unpacker *from)
{
    if (from->version < 3) {
        return load_old(shape, from);
    }
    struct operator_event event = {.time_us = unpack_i64(from)};
    event.finding = unpack_digest(from);
    event.source = unpack_u32(from);
    event.offset = unpack_u64(from);
    event.count = form & EVENT_UNITED ? unpack_u32(from) : 1;
    event.sequence = shape->no_sequence ? 0 : unpack_u64(from);
    load_values(shape, from, &event);
    event.input = shape->inputs ? unpack_u8(from) : 0;
    return event;
}
