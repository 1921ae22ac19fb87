/* connect_flight.h: what is on its way to Kafka: the pages of each part, in the order in which they
 * were read. A part is done up to a page when that page and all before it are acknowledged. No
 * thread, no clock, no Kafka: whoever sends tells what became of it. */
#ifndef APP_CONNECT_FLIGHT_H
#define APP_CONNECT_FLIGHT_H

#include "base/buf.h"

/* What became of the records of a page: read = sent + quarantined + skipped. */
struct flight_counts {
    uint64_t read;
    uint64_t sent;
    uint64_t quarantined;
    uint64_t skipped; /* blank lines, and what holds no event */
};

enum flight_kind { FLIGHT_PAGE, FLIGHT_PART };
/* First in what a message's token points to. */
struct flight_token {
    enum flight_kind kind;
};

struct flight_part;

/* One batch of a source. */
struct flight_page {
    struct flight_token token;
    struct flight_part *part;
    size_t waiting;   /* messages without a report */
    size_t bytes;
    bool open;        /* more messages may come */
    bool ended;       /* the part ends with it */
    struct buf position;
    struct flight_counts counts;
    struct flight_page *next;
};

/* One part of one source; lives until flight_forget. */
struct flight_part {
    struct flight_token token;
    size_t feed;            /* the source's number */
    struct buf name;        /* of the part: "shardId-000000000003" */
    struct buf key;         /* of its checkpoint: "orders/shardId-000000000003" */
    bool skipped;           /* a batch was not taken: the source must read it again */
    struct flight_page *first;
    struct flight_page *last;
    struct buf begun;       /* the position of the newest page */
    struct buf done;        /* the position up to which all is acknowledged; empty: none yet */
    bool done_ended;
    bool fresh;             /* `done` is not in a checkpoint yet */
    bool writing;           /* a checkpoint is on its way */
    struct buf written;     /* its position */
    bool written_ended;
    uint64_t due_ns;        /* when the next checkpoint may be written */
    struct flight_part *next;
};

/* Zero-initialised is empty. */
struct flight {
    struct flight_part *parts;
    size_t pages;
    size_t messages; /* without a report */
    size_t bytes;
    struct flight_counts counts; /* of pages that are acknowledged */
};

/* Forgets every part and page; late reports must not come any more. */
void flight_deinit(struct flight *flight);

/* The part of that key; made when it is new. */
struct flight_part *flight_part(struct flight *flight, size_t feed, struct span name,
                                struct span key);
/* A part without pages and checkpoints on their way is forgotten. */
void flight_forget(struct flight *flight, struct flight_part *part);

/* Begins the part's next page; `bytes` is what it is counted with. */
struct flight_page *flight_begin(struct flight *flight, struct flight_part *part,
                                 struct span position, bool ended, size_t bytes);
/* One message of the page is on its way. */
void flight_sent(struct flight *flight, struct flight_page *page);
/* One has its report. The page may be gone after. */
void flight_delivered(struct flight *flight, struct flight_page *page);
/* No more will be sent of it. The page may be gone after. */
void flight_close(struct flight *flight, struct flight_page *page);

/* The checkpoint that is to be written for the part is begun: its position is part->written. False
 * when there is none, or one is on its way. */
bool flight_write(struct flight_part *part);
/* It is durable. */
void flight_written(struct flight_part *part);

#endif
