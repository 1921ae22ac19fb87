/* held_queue.c: matches stand in the order of their numbers, with gaps where one was removed, and a
 * heap over them says which is due first. */
#include "engine/held_queue.h"

#include "base/check.h"

#include <stdlib.h>
#include <string.h>

enum { CAPACITY_MIN = 16 };

/* Its texts lie behind it. */
struct item {
    struct held_match match;
    size_t place; /* in `items` */
    size_t bytes;
};

struct held_queue {
    struct item **items; /* by number; NULL: removed */
    size_t first;        /* no item lies before it */
    size_t end;
    struct item **heap;  /* items[0] is due first */
    size_t count;
    size_t capacity;     /* of both */
    size_t bytes;
    uint64_t last;
    int64_t latest_us;   /* due, of all since nothing was held */
};

static void *resize(void *memory, size_t count, size_t size)
{
    void *resized = realloc(memory, count * size);
    if (!resized) {
        check_memory_exhausted(count * size);
    }
    return resized;
}

struct held_queue *held_queue_new(void)
{
    struct held_queue *queue = calloc(1, sizeof *queue);
    if (!queue) {
        check_memory_exhausted(sizeof *queue);
    }
    return queue;
}

void held_queue_free(struct held_queue **queue)
{
    struct held_queue *ended = *queue;
    if (!ended) {
        return;
    }
    for (size_t i = 0; i < ended->count; i++) {
        free(ended->heap[i]);
    }
    free(ended->items);
    free(ended->heap);
    free(ended);
    *queue = NULL;
}

/* -- the heap */

static bool is_before(const struct item *a, const struct item *b)
{
    return a->match.due_us != b->match.due_us ? a->match.due_us < b->match.due_us
                                              : a->match.number < b->match.number;
}

static void swap(struct held_queue *queue, size_t a, size_t b)
{
    struct item *item = queue->heap[a];
    queue->heap[a] = queue->heap[b];
    queue->heap[b] = item;
}

static void rise(struct held_queue *queue, size_t at)
{
    while (at > 0 && is_before(queue->heap[at], queue->heap[(at - 1) / 2])) {
        swap(queue, at, (at - 1) / 2);
        at = (at - 1) / 2;
    }
}

static void sink(struct held_queue *queue)
{
    size_t at = 0;
    for (;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < queue->count; child++) {
            least = is_before(queue->heap[child], queue->heap[least]) ? child : least;
        }
        if (least == at) {
            return;
        }
        swap(queue, at, least);
        at = least;
    }
}

/* -- the order of numbers */

/* Takes the gaps out; behind it there is room for one more. */
static void make_room(struct held_queue *queue)
{
    size_t kept = 0;
    if (queue->end < queue->capacity) {
        return;
    }
    for (size_t i = queue->first; i < queue->end; i++) {
        if (queue->items[i]) {
            queue->items[kept] = queue->items[i];
            queue->items[kept]->place = kept;
            kept++;
        }
    }
    queue->first = 0;
    queue->end = kept;
    if (2 * kept >= queue->capacity) {
        queue->capacity = queue->capacity ? 2 * queue->capacity : CAPACITY_MIN;
        queue->items = resize(queue->items, queue->capacity, sizeof(struct item *));
        queue->heap = resize(queue->heap, queue->capacity, sizeof(struct item *));
    }
}

static struct span copy_into(char **at, struct span text)
{
    struct span copy = span_of(*at, text.len);
    if (text.len) {
        memcpy(*at, text.ptr, text.len);
    }
    *at += text.len;
    return copy;
}

static struct item *item_of(const struct held_match *match)
{
    size_t texts = match->policy_id.len + match->account.len + match->bytes.len;
    struct item *item = resize(NULL, 1, sizeof *item + texts);
    char *at = (char *)(item + 1);
    item->match = *match;
    item->match.policy_id = copy_into(&at, match->policy_id);
    item->match.account = copy_into(&at, match->account);
    item->match.bytes = copy_into(&at, match->bytes);
    item->bytes = sizeof *item + texts;
    return item;
}

void held_queue_add(struct held_queue *queue, const struct held_match *match)
{
    struct item *item = item_of(match);
    if (item->match.number == 0) {
        item->match.number = queue->last + 1;
    }
    check(item->match.number > queue->last);
    queue->last = item->match.number;
    if (queue->count == 0 || item->match.due_us > queue->latest_us) {
        queue->latest_us = item->match.due_us;
    }
    make_room(queue);
    item->place = queue->end;
    queue->items[queue->end++] = item;
    queue->bytes += item->bytes;
    queue->heap[queue->count++] = item;
    rise(queue, queue->count - 1);
}

bool held_queue_is_full(const struct held_queue *queue, size_t bytes)
{
    return queue->count > 0 &&
           (queue->count >= HELD_COUNT_MAX || queue->bytes + bytes > HELD_BYTES_MAX);
}

size_t held_queue_count(const struct held_queue *queue)
{
    return queue->count;
}

uint64_t held_queue_last(const struct held_queue *queue)
{
    return queue->last;
}

const struct held_match *held_queue_oldest(struct held_queue *queue)
{
    while (queue->first < queue->end && !queue->items[queue->first]) {
        queue->first++;
    }
    return queue->first < queue->end ? &queue->items[queue->first]->match : NULL;
}

const struct held_match *held_queue_next_due(const struct held_queue *queue)
{
    return queue->count ? &queue->heap[0]->match : NULL;
}

int64_t held_queue_latest_due(const struct held_queue *queue)
{
    check(queue->count > 0);
    return queue->latest_us;
}

void held_queue_remove_next(struct held_queue *queue)
{
    check(queue->count > 0);
    struct item *item = queue->heap[0];
    queue->heap[0] = queue->heap[--queue->count];
    sink(queue);
    queue->items[item->place] = NULL;
    queue->bytes -= item->bytes;
    free(item);
}

size_t held_queue_after(const struct held_queue *queue, uint64_t number, struct held_match *out)
{
    size_t from = queue->end; /* what was added last is asked for: it lies at the end */
    size_t count = 0;
    for (size_t i = queue->end; i > queue->first; i--) {
        const struct item *item = queue->items[i - 1];
        if (item && item->match.number <= number) {
            break;
        }
        from = i - 1;
    }
    for (size_t i = from; i < queue->end; i++) {
        if (queue->items[i]) {
            out[count++] = queue->items[i]->match;
        }
    }
    return count;
}
