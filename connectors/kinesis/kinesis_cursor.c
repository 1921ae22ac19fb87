/* kinesis_cursor.c: gets iterators and pages. An iterator can be had again at any time from the
 * position, so that whatever is wrong with one is mended by another. */
#include "kinesis/kinesis_cursor.h"

enum { LIMIT_FAILED_MIN = 100 }; /* fewer records are not asked for after failures */

void kinesis_cursor_init(struct kinesis_cursor *cursor, struct span shard,
                         const struct kinesis_position *position, bool fresh)
{
    *cursor = (struct kinesis_cursor){
        .at = *position, .fresh = fresh, .limit = KINESIS_PAGE_RECORDS_MAX};
    buf_append(&cursor->shard, shard);
}

void kinesis_cursor_deinit(struct kinesis_cursor *cursor)
{
    buf_deinit(&cursor->shard);
    buf_deinit(&cursor->iterator);
}

/* A position that the shard does not take, such as one beyond its end: the oldest record is taken
 * instead, and what the position covers is passed over. */
static enum kinesis_outcome begin(struct kinesis_cursor *cursor, struct kinesis_call *call)
{
    const struct kinesis_begin begin = {
        .shard = buf_view(&cursor->shard),
        .position = &cursor->at,
        .fresh = cursor->fresh,
        .rewind = cursor->rewind,
    };
    enum kinesis_outcome outcome = kinesis_call_iterator(call, &begin, &cursor->iterator);
    if (outcome == KINESIS_FINE) {
        cursor->fresh = false;
    }
    if (outcome != KINESIS_UNSUITABLE) {
        return outcome;
    }
    if (cursor->rewind || cursor->at.place != KINESIS_PLACE_RECORD) {
        return KINESIS_REFUSED;
    }
    cursor->rewind = true;
    return KINESIS_EXPIRED;
}

/* Whether all of the record was read already. */
static bool is_read(const struct kinesis_position *at, const struct kinesis_record *record)
{
    int order = kinesis_sequence_compare(record->sequence, kinesis_position_sequence(at));
    return order < 0 || (order == 0 && !at->within);
}

static void pass_over_read(const struct kinesis_position *at, struct kinesis_fetched *fetched)
{
    struct kinesis_page *page = &fetched->page;
    if (at->place != KINESIS_PLACE_RECORD) {
        return;
    }
    while (page->count && is_read(at, page->records)) {
        page->records++;
        page->count--;
    }
    if (page->count && at->within &&
        span_equals(page->records->sequence, kinesis_position_sequence(at))) {
        fetched->first_sub = at->sub + 1;
    }
}

/* Stands behind the page. */
static void advance(struct kinesis_cursor *cursor, const struct kinesis_page *page)
{
    buf_clear(&cursor->iterator);
    buf_append(&cursor->iterator, page->next_iterator);
    if (page->count) {
        kinesis_position_set(&cursor->at, page->records[page->count - 1].sequence);
        cursor->rewind = false;
    }
    if (cursor->limit < KINESIS_PAGE_RECORDS_MAX) {
        cursor->limit = cursor->limit * 2 < KINESIS_PAGE_RECORDS_MAX ? cursor->limit * 2
                                                                     : KINESIS_PAGE_RECORDS_MAX;
    }
}

static enum kinesis_outcome fail(struct kinesis_cursor *cursor, enum kinesis_outcome outcome)
{
    if (outcome == KINESIS_EXPIRED || outcome == KINESIS_UNSUITABLE) {
        buf_clear(&cursor->iterator);
    }
    if (outcome == KINESIS_TOO_LONG) {
        /* a single record is never too long: its 10 MiB are 14 MB of text */
        cursor->limit = cursor->limit > 1 ? cursor->limit / 2 : 1;
    } else if (outcome == KINESIS_FAILED && cursor->limit > LIMIT_FAILED_MIN) {
        cursor->limit /= 2; /* a slow line may not carry a whole page within the time of a call */
    }
    return outcome == KINESIS_UNSUITABLE ? KINESIS_FAILED : outcome;
}

enum kinesis_outcome kinesis_cursor_fetch(struct kinesis_cursor *cursor, struct kinesis_call *call,
                                          struct clock clock, struct kinesis_room room,
                                          struct kinesis_fetched *out)
{
    struct kinesis_fetched fetched = {0};
    enum kinesis_outcome outcome =
        cursor->iterator.len ? KINESIS_FINE : begin(cursor, call);
    if (outcome != KINESIS_FINE) {
        return outcome;
    }
    fetched.fetched_us = clock_now_us(clock);
    outcome = kinesis_call_records(call, buf_view(&cursor->iterator), cursor->limit, room,
                                   &fetched.page);
    if (outcome != KINESIS_FINE) {
        return fail(cursor, outcome);
    }
    pass_over_read(&cursor->at, &fetched);
    fetched.ended = fetched.page.next_iterator.len == 0;
    advance(cursor, &fetched.page);
    *out = fetched;
    return KINESIS_FINE;
}
