/* kinesis_position.c: positions as text, and their order. */
#include "kinesis/kinesis_position.h"

#include "base/check.h"
#include "base/digest.h"
#include "port/source.h"

#include <inttypes.h>

/* The words of the text, and what stands behind them. */
static const struct {
    const char *word;
    bool has_time; /* -1 is left out */
} places[] = {
    [KINESIS_PLACE_BEGINNING] = {"trim_horizon", false},
    [KINESIS_PLACE_TIME] = {"at_timestamp", true},
    [KINESIS_PLACE_LATEST] = {"latest", true},
    [KINESIS_PLACE_RECORD] = {"sequence", false},
    [KINESIS_PLACE_END] = {"SHARD_END", true},
};

void kinesis_position_set(struct kinesis_position *position, struct span sequence)
{
    check(sequence.len > 0 && sequence.len <= sizeof position->sequence);
    *position = (struct kinesis_position){
        .place = KINESIS_PLACE_RECORD, .time_ms = -1, .sequence_len = sequence.len};
    memcpy(position->sequence, sequence.ptr, sequence.len);
}

/* The name of a stream is what its ARN ends in. */
static struct span stream_name(struct span arn)
{
    const char *slash = arn.len ? memrchr(arn.ptr, '/', arn.len) : NULL;
    return slash ? span_of(slash + 1, (size_t)(arn.ptr + arn.len - slash - 1)) : arn;
}

struct span kinesis_position_name(struct span stream, struct span shard,
                                  struct span first_sequence, struct arena *arena)
{
    struct digest_state state;
    char hex[DIGEST_HEX_LENGTH + 1];
    digest_init(&state);
    digest_field(&state, stream);
    digest_field(&state, shard);
    digest_field(&state, first_sequence);
    struct digest digest = digest_finish(&state);
    digest_hex(&digest, hex);
    return arena_printf(arena, "%.*s/%.*s/%s", SPAN_ARG(stream_name(stream)), SPAN_ARG(shard),
                        hex);
}

static struct span place_text(const struct kinesis_position *position, struct arena *arena)
{
    const char *word = places[position->place].word;
    if (position->place == KINESIS_PLACE_RECORD) {
        struct span sequence = kinesis_position_sequence(position);
        return position->within ? arena_printf(arena, "%s %.*s sub %" PRIu64, word,
                                               SPAN_ARG(sequence), position->sub)
                                : arena_printf(arena, "%s %.*s", word, SPAN_ARG(sequence));
    }
    if (places[position->place].has_time && position->time_ms >= 0) {
        return arena_printf(arena, "%s %" PRId64, word, position->time_ms);
    }
    return span_view(word);
}

struct span kinesis_position_write(struct span name, const struct kinesis_position *position,
                                   struct arena *arena)
{
    struct span text =
        arena_printf(arena, "%.*s %.*s", SPAN_ARG(name), SPAN_ARG(place_text(position, arena)));
    check(text.len <= SOURCE_POSITION_BYTES_MAX);
    return text;
}

/* Takes the text up to the next blank off `rest`; empty when nothing is left. */
static struct span take_word(struct span *rest)
{
    const char *blank = rest->len ? memchr(rest->ptr, ' ', rest->len) : NULL;
    size_t length = blank ? (size_t)(blank - rest->ptr) : rest->len;
    struct span word = span_of(rest->ptr, length);
    size_t used = length + (blank != NULL);
    *rest = span_of(rest->ptr + used, rest->len - used);
    return word;
}

static bool parse_number(struct span text, uint64_t *out)
{
    uint64_t number = 0;
    if (text.len == 0 || text.len > 18) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
        number = number * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    *out = number;
    return true;
}

static bool parse_record(struct span rest, struct kinesis_position *out)
{
    struct span sequence = take_word(&rest);
    if (!kinesis_sequence_is_valid(sequence)) {
        return false;
    }
    kinesis_position_set(out, sequence);
    out->within = rest.len > 0;
    return !out->within ||
           (span_equals(take_word(&rest), SPAN("sub")) && parse_number(rest, &out->sub));
}

/* Reads what stands behind the name. */
static bool parse_place(struct span text, struct kinesis_position *out)
{
    struct span word = take_word(&text);
    size_t place = 0;
    while (place < sizeof places / sizeof *places &&
           !span_equals(word, span_view(places[place].word))) {
        place++;
    }
    if (place == KINESIS_PLACE_RECORD) {
        return parse_record(text, out);
    }
    uint64_t time_ms = 0;
    bool timed = text.len > 0;
    bool must = place == KINESIS_PLACE_TIME || place == KINESIS_PLACE_LATEST;
    if (place == sizeof places / sizeof *places || (timed && !places[place].has_time) ||
        (timed && !parse_number(text, &time_ms)) || (must && !timed)) {
        return false;
    }
    *out = (struct kinesis_position){.place = (enum kinesis_place)place,
                                     .time_ms = timed ? (int64_t)time_ms : -1};
    return true;
}

enum status kinesis_position_read(struct span text, struct span name,
                                  struct kinesis_position *out)
{
    struct kinesis_position position;
    if (!span_equals(take_word(&text), name) || !parse_place(text, &position)) {
        return STATUS_CONFLICT;
    }
    *out = position;
    return STATUS_OK;
}

/* Places without a record come before all records; the end comes behind them. */
static int place_rank(enum kinesis_place place)
{
    return place == KINESIS_PLACE_END ? 2 : place == KINESIS_PLACE_RECORD;
}

bool kinesis_position_passes(struct span newer, struct span older)
{
    struct kinesis_position new_place;
    struct kinesis_position old_place;
    struct span new_name = take_word(&newer);
    struct span old_name = take_word(&older);
    if (!parse_place(newer, &new_place)) {
        return false;
    }
    if (!span_equals(new_name, old_name) || !parse_place(older, &old_place)) {
        return true;
    }
    int rank = place_rank(new_place.place) - place_rank(old_place.place);
    if (rank != 0 || new_place.place != KINESIS_PLACE_RECORD) {
        return rank >= 0;
    }
    int order = kinesis_sequence_compare(kinesis_position_sequence(&new_place),
                                         kinesis_position_sequence(&old_place));
    if (order != 0) {
        return order > 0;
    }
    return !new_place.within || (old_place.within && new_place.sub >= old_place.sub);
}
