/* event_form.h: how one event lies in a store: packed, without what its shape does not keep, and in
 * a narrow form as long as every event of the store fits it. Inside this folder only. */
#ifndef ENGINE_CORRELATE_EVENT_FORM_H
#define ENGINE_CORRELATE_EVENT_FORM_H

#include "engine/correlate/events.h"

/* Bits of a form. */
enum {
    EVENT_WIDE = 1,   /* some offset, source or number of the store is large */
    EVENT_UNITED = 2, /* entries may stand for several events */
};
enum { EVENT_FORMS = 4 };

/* Bytes an event takes, below 128. */
size_t event_size(const struct events_shape *shape, uint8_t form);
/* The event needs no EVENT_WIDE. */
bool event_is_narrow(const struct events_shape *shape, const struct operator_event *event);
/* As event_size bytes, of no alignment, and back; what is not kept is zero, or one event. */
void event_write(const struct events_shape *shape, uint8_t form,
                 const struct operator_event *event, unsigned char *out);
struct operator_event event_read(const struct events_shape *shape, uint8_t form,
                                 const unsigned char *bytes);
/* Members of it alone. */
uint32_t event_read_count(uint8_t form, const unsigned char *bytes);
uint32_t event_read_input(const struct events_shape *shape, uint8_t form,
                          const unsigned char *bytes);
struct digest event_read_value(const struct events_shape *shape, uint8_t form,
                               const unsigned char *bytes);
struct decimal event_read_number(const struct events_shape *shape, uint8_t form,
                                 const unsigned char *bytes);

/* About what the numbers of so many events, one behind the other, come to. */
double event_sum(const struct events_shape *shape, uint8_t form, const unsigned char *bytes,
                 size_t count);

/* An event of this form in a state, and back: of any version; `failed` when a member is wrong by
 * itself. */
void event_save(const struct events_shape *shape, uint8_t form,
                const struct operator_event *event, struct buf *out);
struct operator_event event_load(const struct events_shape *shape, uint8_t form,
                                 struct unpacker *from);

#endif
