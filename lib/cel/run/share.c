/* share.c: a table from keys to entries. A key holds the entries of the children, so that equal
 * trees are found bottom-up without comparing trees. How often an entry is computed is counted over
 * the places that compute it: a part of what is shared itself has that one place only. */
#include "cel/run/share.h"

#include "cel/run/frame.h"
#include "cel/run/share_key.h"

enum {
    ENTRIES_CAPACITY_MIN = 64,
    WEIGHT_COMPARISON = 5, /* what is not above it, a comparison or two, is computed again */
};
#define NO_MEMO UINT32_MAX
#define NO_SCOPE UINT32_MAX

struct entry {
    struct span key;
    uint32_t uses;
    uint32_t weight; /* 0 where it reads a variable of a loop around it: its value changes */
    uint32_t memo;
};

/* Entries in order of their numbers, and an open-addressing index over them: 0 is free, else number
 * plus 1. Its capacity is a power of two, twice that of the entries. */
struct share {
    struct arena *arena;
    struct entry *entries;
    size_t count;
    size_t capacity;
    uint32_t *index;
    size_t mask;
};

/* --- the table --- */

static size_t place_of(const struct share *share, struct span key)
{
    size_t place = span_hash(key) & share->mask;
    while (share->index[place] &&
           !span_equals(share->entries[share->index[place] - 1].key, key)) {
        place = (place + 1) & share->mask;
    }
    return place;
}

static void grow(struct share *share)
{
    struct entry *entries = arena_array(share->arena, share->capacity * 2, sizeof *entries);
    memcpy(entries, share->entries, share->count * sizeof *entries);
    share->entries = entries;
    share->capacity *= 2;
    share->mask = share->capacity * 2 - 1;
    share->index = arena_array(share->arena, share->mask + 1, sizeof *share->index);
    for (size_t i = 0; i < share->count; i++) {
        share->index[place_of(share, entries[i].key)] = (uint32_t)i + 1;
    }
}

/* The entry of this key; *fresh tells whether it is new. */
static uint32_t intern(struct share *share, struct span key, bool *fresh)
{
    if (share->count == share->capacity) {
        grow(share);
    }
    size_t place = place_of(share, key);
    *fresh = share->index[place] == 0;
    if (*fresh) {
        share->entries[share->count] =
            (struct entry){.key = arena_copy(share->arena, key), .memo = NO_MEMO};
        share->index[place] = (uint32_t)++share->count;
    }
    return share->index[place] - 1;
}

struct share *share_new(struct arena *arena)
{
    struct share *share = arena_alloc(arena, sizeof *share);
    share->arena = arena;
    share->capacity = ENTRIES_CAPACITY_MIN;
    share->entries = arena_array(arena, share->capacity, sizeof *share->entries);
    share->mask = share->capacity * 2 - 1;
    share->index = arena_array(arena, share->mask + 1, sizeof *share->index);
    return share;
}

/* --- what a node costs by itself, in comparisons or so --- */

static uint32_t weight_of_call(const struct cel_node *node)
{
    static const struct {
        const char *name;
        uint32_t weight;
    } rows[] = {
        {"_+_", 5},        {"_-_", 5},      {"_*_", 5},      {"_/_", 5},     {"_%_", 5},
        {"_==_", 1},       {"_!=_", 1},     {"_<_", 1},      {"_<=_", 1},    {"_>_", 1},
        {"_>=_", 1},       {"_&&_", 1},     {"_||_", 1},     {"!_", 1},      {"_?_:_", 1},
        {"@in", 2},        {"size", 1},     {"startsWith", 1}, {"endsWith", 1}, {"contains", 1},
        {"hasValue", 1},   {"orValue", 1},  {"value", 1},    {"type", 1},    {"dyn", 0},
        {"@not_strictly_false", 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (span_equals(node->name, span_view(rows[i].name))) {
            return rows[i].weight;
        }
    }
    return 6;
}

static uint32_t weight_of(const struct cel_node *node)
{
    switch (node->kind) {
    case CEL_NODE_CONSTANT: return 0;
    case CEL_NODE_IDENT:
    case CEL_NODE_SELECT: return 1;
    case CEL_NODE_INDEX: return 2;
    case CEL_NODE_CALL: return weight_of_call(node);
    case CEL_NODE_LIST:
    case CEL_NODE_MAP:
    case CEL_NODE_STRUCT: return 4;
    case CEL_NODE_COMPREHENSION:
        return cel_comprehension_is_bind(node->comprehension) ? 1 : 8;
    }
    return 0;
}

/* --- counting --- */

struct counter {
    struct share *share;
    const struct cel_env *env;
    struct span scopes[FRAME_LOCALS_MAX]; /* names of loop variables, innermost last */
    uint32_t scope_count;
    uint32_t loops; /* around the node at hand, bindings not counted */
    struct buf key;
};

/* What is known of a node once its children are known. */
struct known {
    uint32_t entry;
    uint32_t outermost; /* of the loop variables it reads; NO_SCOPE: it reads none */
    uint32_t weight;
};

struct children {
    struct known *items;
    size_t count;
};

static struct known count_node(struct counter *counter, struct cel_node *node);

static void add_child(struct counter *counter, struct children *children, struct cel_node *node)
{
    children->items[children->count++] = count_node(counter, node);
}

static void push(struct counter *counter, struct span name)
{
    if (counter->scope_count < FRAME_LOCALS_MAX) { /* beyond, nothing was built */
        counter->scopes[counter->scope_count++] = name;
    }
}

/* As build_loop opens scopes: the result sees the accumulator alone. */
static void add_fold(struct counter *counter, struct children *children,
                     const struct cel_comprehension *fold)
{
    uint32_t scope_count = counter->scope_count;
    uint32_t loop = !cel_comprehension_is_bind(fold);
    add_child(counter, children, fold->range);
    add_child(counter, children, fold->initial);
    push(counter, fold->accumulator);
    uint32_t with_accumulator = counter->scope_count;
    push(counter, fold->variable);
    push(counter, fold->second_variable);
    counter->loops += loop;
    add_child(counter, children, fold->condition);
    add_child(counter, children, fold->step);
    counter->loops -= loop;
    counter->scope_count = with_accumulator;
    add_child(counter, children, fold->result);
    counter->scope_count = scope_count;
}

static struct children count_children(struct counter *counter, const struct cel_node *node)
{
    enum { PARTS_OF_FOLD = 5 };
    struct children children = {0};
    children.items = arena_array(counter->share->arena, node->argument_count + 1 + PARTS_OF_FOLD,
                                 sizeof *children.items);
    if (node->target) {
        add_child(counter, &children, node->target);
    }
    for (size_t i = 0; i < node->argument_count; i++) {
        add_child(counter, &children, node->arguments[i]);
    }
    if (node->comprehension) {
        add_fold(counter, &children, node->comprehension);
    }
    return children;
}

static uint32_t scope_of(const struct counter *counter, const struct cel_node *node)
{
    if (node->kind == CEL_NODE_IDENT && node->resolved.len == 0) {
        for (uint32_t i = counter->scope_count; i-- > 0;) {
            if (span_equals(counter->scopes[i], node->name)) {
                return i;
            }
        }
    }
    return NO_SCOPE;
}

static uint32_t sum(uint32_t a, uint32_t b)
{
    return a + b < a ? UINT32_MAX : a + b;
}

static struct span key_of(struct counter *counter, const struct cel_node *node,
                          const struct children *children)
{
    buf_clear(&counter->key);
    share_key_node(&counter->key, counter->env, node);
    share_key_number(&counter->key, children->count);
    for (size_t i = 0; i < children->count; i++) {
        share_key_number(&counter->key, children->items[i].entry);
    }
    return buf_view(&counter->key);
}

/* Asked for new entries only: what is met again is shared, and then computes its children no more
 * than the first time, or too cheap for its children to be shared. */
static void use_children(const struct counter *counter, const struct children *children,
                         bool repeated)
{
    for (size_t i = 0; i < children->count; i++) {
        struct entry *entry = &counter->share->entries[children->items[i].entry];
        entry->uses = sum(entry->uses, repeated ? 2 : 1);
    }
}

static struct known count_node(struct counter *counter, struct cel_node *node)
{
    struct children children = count_children(counter, node);
    struct known known = {.outermost = scope_of(counter, node), .weight = weight_of(node)};
    for (size_t i = 0; i < children.count; i++) {
        const struct known *child = &children.items[i];
        bool inside = child->outermost < counter->scope_count; /* of a loop around this node */
        if (inside && child->outermost < known.outermost) {
            known.outermost = child->outermost;
        }
        known.weight = sum(known.weight, child->weight);
    }
    bool fresh;
    bool closed = known.outermost == NO_SCOPE;
    known.entry = intern(counter->share, key_of(counter, node, &children), &fresh);
    counter->share->entries[known.entry].weight = closed ? known.weight : 0;
    node->shared = known.entry + 1;
    if (fresh) {
        use_children(counter, &children, !closed && counter->loops > 0);
    }
    return known;
}

void share_count(struct share *share, const struct cel_env *env, struct cel_node *tree)
{
    struct counter counter = {.share = share, .env = env};
    struct known known = count_node(&counter, tree);
    share->entries[known.entry].uses = sum(share->entries[known.entry].uses, 1);
    buf_deinit(&counter.key);
}

uint32_t share_number(struct share *share, uint32_t first)
{
    uint32_t given = 0;
    for (size_t i = 0; i < share->count; i++) {
        struct entry *entry = &share->entries[i];
        if (entry->uses > 1 && entry->weight > WEIGHT_COMPARISON) {
            entry->memo = first + given++;
        }
    }
    return given;
}

bool share_memo(const struct share *share, const struct cel_node *node, uint32_t *memo)
{
    if (node->shared == 0 || share->entries[node->shared - 1].memo == NO_MEMO) {
        return false;
    }
    *memo = share->entries[node->shared - 1].memo;
    return true;
}

static bool any_of_fold(const struct share *share, const struct cel_comprehension *fold)
{
    return share_any(share, fold->range) || share_any(share, fold->initial) ||
           share_any(share, fold->condition) || share_any(share, fold->step) ||
           share_any(share, fold->result);
}

bool share_any(const struct share *share, const struct cel_node *tree)
{
    uint32_t memo;
    bool any = share_memo(share, tree, &memo) || (tree->target && share_any(share, tree->target));
    for (size_t i = 0; !any && i < tree->argument_count; i++) {
        any = share_any(share, tree->arguments[i]);
    }
    return any || (tree->comprehension && any_of_fold(share, tree->comprehension));
}
