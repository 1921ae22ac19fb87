/* connect_flight.c: lists, as there are few pages at a time. */
#include "app/connect/connect_flight.h"

#include "base/check.h"

#include <stdlib.h>

static void *zeroed(size_t size)
{
    void *bytes = calloc(1, size);
    if (!bytes) {
        check_memory_exhausted(size);
    }
    return bytes;
}

static void set(struct buf *buf, struct span text)
{
    buf_clear(buf);
    buf_append(buf, text);
}

static void free_page(struct flight_page *page)
{
    buf_deinit(&page->position);
    free(page);
}

static void free_part(struct flight_part *part)
{
    while (part->first) {
        struct flight_page *page = part->first;
        part->first = page->next;
        free_page(page);
    }
    buf_deinit(&part->name);
    buf_deinit(&part->key);
    buf_deinit(&part->begun);
    buf_deinit(&part->done);
    buf_deinit(&part->written);
    free(part);
}

void flight_deinit(struct flight *flight)
{
    while (flight->parts) {
        struct flight_part *part = flight->parts;
        flight->parts = part->next;
        free_part(part);
    }
    *flight = (struct flight){0};
}

struct flight_part *flight_part(struct flight *flight, size_t feed, struct span name,
                                struct span key)
{
    for (struct flight_part *part = flight->parts; part; part = part->next) {
        if (span_equals(buf_view(&part->key), key)) {
            return part;
        }
    }
    struct flight_part *part = zeroed(sizeof *part);
    part->token.kind = FLIGHT_PART;
    part->feed = feed;
    set(&part->name, name);
    set(&part->key, key);
    part->next = flight->parts;
    flight->parts = part;
    return part;
}

void flight_forget(struct flight *flight, struct flight_part *part)
{
    if (part->first || part->writing || part->fresh) {
        return;
    }
    struct flight_part **at = &flight->parts;
    while (*at != part) {
        at = &(*at)->next;
    }
    *at = part->next;
    free_part(part);
}

struct flight_page *flight_begin(struct flight *flight, struct flight_part *part,
                                 struct span position, bool ended, size_t bytes)
{
    struct flight_page *page = zeroed(sizeof *page);
    page->token.kind = FLIGHT_PAGE;
    page->part = part;
    page->open = true;
    page->ended = ended;
    page->bytes = bytes;
    set(&page->position, position);
    set(&part->begun, position);
    if (part->last) {
        part->last->next = page;
    } else {
        part->first = page;
    }
    part->last = page;
    flight->pages++;
    flight->bytes += bytes;
    return page;
}

void flight_sent(struct flight *flight, struct flight_page *page)
{
    page->waiting++;
    flight->messages++;
}

static void add_counts(struct flight_counts *sum, const struct flight_counts *more)
{
    sum->read += more->read;
    sum->sent += more->sent;
    sum->quarantined += more->quarantined;
    sum->skipped += more->skipped;
}

/* Pages that are acknowledged leave in order. */
static void advance(struct flight *flight, struct flight_part *part)
{
    while (part->first && !part->first->open && part->first->waiting == 0) {
        struct flight_page *page = part->first;
        part->first = page->next;
        part->last = part->first ? part->last : NULL;
        set(&part->done, buf_view(&page->position));
        part->done_ended = page->ended;
        part->fresh = true;
        flight->pages--;
        flight->bytes -= page->bytes;
        add_counts(&flight->counts, &page->counts);
        free_page(page);
    }
}

void flight_delivered(struct flight *flight, struct flight_page *page)
{
    check(page->waiting > 0 && flight->messages > 0);
    page->waiting--;
    flight->messages--;
    advance(flight, page->part);
}

void flight_close(struct flight *flight, struct flight_page *page)
{
    page->open = false;
    advance(flight, page->part);
}

bool flight_write(struct flight_part *part)
{
    if (!part->fresh || part->writing) {
        return false;
    }
    set(&part->written, buf_view(&part->done));
    part->written_ended = part->done_ended;
    part->fresh = false;
    part->writing = true;
    return true;
}

void flight_written(struct flight_part *part)
{
    check(part->writing);
    part->writing = false;
}
