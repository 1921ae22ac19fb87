/* creation_time.h: when a change happened, as its record says it. Inside this layer only. */
#ifndef MODEL_CREATION_TIME_H
#define MODEL_CREATION_TIME_H

#include "model/dynamodb.h"

/* ApproximateCreationDateTime and ApproximateCreationDateTimePrecision as they stand. */
struct creation_time {
    struct span text;      /* a JSON number */
    struct span precision; /* "MILLISECOND", "MICROSECOND", or empty */
    const char *place;
};

/* Microseconds since the epoch; what lies below one is cut off. Returns NULL, or what is wrong.
 * The unit: of the Streams API seconds; through Kinesis what the precision says, else told by the
 * magnitude, which keeps all three apart until the year 5138. */
const char *creation_time_read(const struct creation_time *time, enum record_format format,
                               int64_t *out);

#endif
