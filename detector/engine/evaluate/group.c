/* group.c: group_by has keys; a key that is a list makes one group an element, several keys make
 * the product of theirs. */
#include "engine/evaluate/group.h"

#include "base/hmac.h"
#include "base/text.h"
#include "engine/evaluate/group_keys.h"
#include "engine/evaluate/mask.h"
#include "model/api_call.h"
#include "model/json.h"

#include <stdlib.h>

enum { HASH_HEX_LENGTH = 32 };

/* One expression of group_by. */
struct group_key {
    bool absent;         /* null, or missing */
    size_t fan;          /* how many groups it makes: elements of a list, 1 for anything else */
    struct piece *pieces; /* one for each of them */
};

/* What one value adds to the text of a group; empty for null. */
struct piece {
    struct span truth;
    struct span shown;
};

static struct value unwrapped(struct value value)
{
    while (value.kind == VALUE_OPTIONAL) {
        value = value.optional ? *value.optional : value_null();
    }
    return value;
}

/* The hash that tells texts apart which look the same. Keyed, because few values are possible
 * behind a mask; without a mask_key the policy's state id at least keeps tables of hashes from
 * being reused. */
static void append_hash(struct buf *text, const struct grouping *grouping, struct span true_text)
{
    unsigned char hash[HMAC_BYTES];
    const struct plan_policy *policy = grouping->policy;
    struct span mask_key = grouping->truth->plan->mask_key;
    bool masked = policy->mask_count > 0 && mask_key.len > 0;
    struct span key =
        masked ? mask_key : span_of((const char *)policy->state_id.bytes, DIGEST_BYTES);
    hmac_sha256(key, true_text, hash);
    buf_append_char(text, '#');
    for (size_t i = 0; i < HASH_HEX_LENGTH / 2; i++) {
        buf_printf(text, "%02x", (unsigned)hash[i]);
    }
}

/* A text within the bound: `shown`, followed by a hash of the true text where it had to be cut or
 * does not say the whole truth. */
static struct span bounded(const struct grouping *grouping, struct span true_text,
                           struct span shown_text)
{
    bool hidden = !span_equals(true_text, shown_text);
    if (!hidden && shown_text.len <= SIGNAL_GROUP_KEY_BYTES_MAX) {
        return arena_copy(grouping->arena, shown_text);
    }
    size_t room = SIGNAL_GROUP_KEY_BYTES_MAX - HASH_HEX_LENGTH - 1;
    struct buf text = {0};
    buf_append(&text, span_of(shown_text.ptr, text_cut_length(shown_text, room)));
    append_hash(&text, grouping, true_text);
    struct span key = arena_copy(grouping->arena, buf_view(&text));
    buf_deinit(&text);
    return key;
}

static struct span json_of(const struct value *value, struct arena *arena)
{
    struct buf text = {0};
    struct json_writer writer = json_writer_to(&text);
    value_write_json(value, &writer);
    struct span copy = arena_copy(arena, buf_view(&text));
    buf_deinit(&text);
    return copy;
}

/* Bounded before it is repeated in many groups. */
static struct piece piece_of(const struct grouping *grouping, const struct value *truth,
                             const struct value *shown)
{
    if (truth->kind == VALUE_NULL) {
        return (struct piece){{0}, {0}};
    }
    struct span true_json = json_of(truth, grouping->arena);
    struct span shown_json = json_of(shown, grouping->arena);
    return (struct piece){
        .truth = bounded(grouping, true_json, true_json),
        .shown = bounded(grouping, shown_json, shown_json),
    };
}

static bool is_list(const struct value *value)
{
    return value->kind == VALUE_LIST || value->kind == VALUE_SET;
}

/* The value of a key as it may be shown; "***" where the masks leave nothing to compute it from. */
static struct value shown_value(const struct grouping *grouping, size_t key, struct value truth)
{
    const struct plan_policy *policy = grouping->policy;
    const struct cel_program *program = policy->group_by[key];
    if (policy->group_hidden && policy->group_hidden[key]) {
        return value_string(SPAN("***"));
    }
    if (grouping->shown == grouping->truth) {
        return truth;
    }
    struct value shown = unwrapped(cel_run(program, grouping->shown->frame));
    return shown.kind == VALUE_ERROR ? value_string(SPAN("***")) : shown;
}

static struct group_key key_of(const struct grouping *grouping, size_t key, struct value truth)
{
    struct value shown = shown_value(grouping, key, truth);
    bool fans = is_list(&truth);
    size_t fan = fans ? truth.list.count : 1;
    size_t used = fan < GROUP_COUNT_MAX ? fan : GROUP_COUNT_MAX;
    /* A mask may turn a list into one text, which then stands for every element. */
    bool same_shape = fans && is_list(&shown) && shown.list.count == fan;
    struct piece *pieces = arena_array(grouping->arena, used, sizeof *pieces);
    for (size_t i = 0; i < used; i++) {
        pieces[i] = piece_of(grouping, fans ? &truth.list.items[i] : &truth,
                             same_shape ? &shown.list.items[i] : &shown);
    }
    return (struct group_key){.absent = truth.kind == VALUE_NULL, .fan = fan, .pieces = pieces};
}

/* The piece of each key that belongs to group `number` of the product. */
static const struct piece *piece_at(const struct group_key *keys, size_t key, size_t number)
{
    for (size_t i = 0; i < key; i++) {
        number /= keys[i].fan;
    }
    return &keys[key].pieces[number % keys[key].fan];
}

/* False when one of its pieces is absent. */
static bool write_group(const struct grouping *grouping, size_t number, struct buf texts[2])
{
    struct json_writer truth = json_writer_to(&texts[0]);
    struct json_writer shown = json_writer_to(&texts[1]);
    json_open_array(&truth);
    json_open_array(&shown);
    for (size_t i = 0; i < grouping->policy->group_by_count; i++) {
        const struct piece *piece = piece_at(grouping->keys, i, number);
        if (piece->truth.len == 0) {
            return false;
        }
        json_write_raw(&truth, piece->truth);
        json_write_raw(&shown, piece->shown);
    }
    json_close_array(&truth);
    json_close_array(&shown);
    return true;
}

bool group_keys_text(const struct grouping *grouping, size_t number, struct span *out)
{
    struct buf texts[2] = {{0}, {0}};
    bool has_all = write_group(grouping, number, texts);
    if (has_all) {
        *out = bounded(grouping, buf_view(&texts[0]), buf_view(&texts[1]));
    }
    buf_deinit(&texts[0]);
    buf_deinit(&texts[1]);
    return has_all;
}

/* How many groups the keys make together: 0 when one of them has no value. */
static size_t product(const struct group_key *keys, size_t count)
{
    size_t groups = 1;
    for (size_t i = 0; i < count; i++) {
        if (__builtin_mul_overflow(groups, keys[i].absent ? 0 : keys[i].fan, &groups)) {
            /* too many either way: it is only held against the bound */
            groups = SIZE_MAX;
        }
    }
    return groups;
}

static int compare_keys(const void *a, const void *b)
{
    return span_compare(*(const struct span *)a, *(const struct span *)b);
}

/* In order and each once, so that a set's order or a repeated element changes nothing. */
static void sort_unique(struct group_list *list)
{
    if (list->count < 2) {
        return;
    }
    qsort(list->keys, list->count, sizeof *list->keys, compare_keys);
    size_t kept = 1;
    for (size_t i = 1; i < list->count; i++) {
        if (!span_equals(list->keys[i], list->keys[kept - 1])) {
            list->keys[kept++] = list->keys[i];
        }
    }
    list->count = kept;
}

struct value group_keys_value(const struct cel_program *program, struct host *truth)
{
    struct value value = unwrapped(cel_run(program, truth->frame));
    bool missing = value.kind == VALUE_ERROR && value.error == VALUE_ERROR_ABSENT;
    return missing ? value_null() : value;
}

struct value group_keys_read(struct grouping *grouping, const struct cel_program **failed)
{
    const struct plan_policy *policy = grouping->policy;
    grouping->keys = arena_array(grouping->arena, policy->group_by_count, sizeof *grouping->keys);
    for (size_t i = 0; i < policy->group_by_count; i++) {
        struct value value = group_keys_value(policy->group_by[i], grouping->truth);
        if (value.kind == VALUE_ERROR) {
            *failed = policy->group_by[i];
            return value;
        }
        grouping->keys[i] = key_of(grouping, i, value);
    }
    return value_null();
}

static struct group_list groups_by_keys(struct grouping *grouping)
{
    const struct plan_policy *policy = grouping->policy;
    struct group_list failure = {.error = group_keys_read(grouping, &failure.failed)};
    if (failure.error.kind == VALUE_ERROR) {
        return failure;
    }
    size_t groups = product(grouping->keys, policy->group_by_count);
    size_t taken = groups < GROUP_COUNT_MAX ? groups : GROUP_COUNT_MAX;
    struct group_list list = {
        .keys = arena_array(grouping->arena, taken, sizeof *list.keys),
        .absent = groups == 0,
        .cut = groups - taken,
    };
    for (size_t i = 0; i < taken; i++) {
        if (group_keys_text(grouping, i, &list.keys[list.count])) {
            list.count++;
        } else {
            list.absent++;
        }
    }
    sort_unique(&list);
    return list;
}

/* The item key with its masks; the text itself when there are none. */
static struct span shown_item_key(const struct grouping *grouping, struct span item_key)
{
    struct json_error error;
    struct value keys;
    if (grouping->policy->mask_count == 0) {
        return item_key;
    }
    if (json_read(item_key, JSON_NUMBERS_DECIMAL, grouping->arena, &error, &keys) != STATUS_OK) {
        return SPAN("\"***\"");
    }
    struct masking masking = {
        grouping->policy, grouping->truth->plan->mask_key, grouping->arena};
    struct value masked = mask_image(&masking, PLAN_ROOT_KEYS, keys);
    return json_of(&masked, grouping->arena);
}

static struct span item_group_text(struct span table, struct span item_key, struct arena *arena)
{
    struct buf text = {0};
    struct json_writer writer = json_writer_to(&text);
    json_open_array(&writer);
    json_write_string(&writer, table);
    json_write_raw(&writer, item_key);
    json_close_array(&writer);
    struct span copy = arena_copy(arena, buf_view(&text));
    buf_deinit(&text);
    return copy;
}

/* Of an API call: what was called, and by whom. */
static struct group_list group_of_call(const struct grouping *grouping)
{
    struct arena *arena = grouping->arena;
    const struct api_call *call = grouping->truth->input->change->call;
    struct buf text = {0};
    struct json_writer writer = json_writer_to(&text);
    json_open_array(&writer);
    json_write_string(&writer, call->service);
    json_write_string(&writer, call->operation);
    json_write_string(&writer, call->actor.principal);
    json_close_array(&writer);
    struct group_list list = {.keys = arena_array(arena, 1, sizeof *list.keys), .count = 1};
    list.keys[0] = bounded(grouping, buf_view(&text), buf_view(&text));
    buf_deinit(&text);
    return list;
}

static struct group_list group_of_item(const struct grouping *grouping)
{
    struct arena *arena = grouping->arena;
    const struct change *change = grouping->truth->input->change;
    struct span item_key = change_item_key(change, arena);
    struct span true_text = item_group_text(change->table, item_key, arena);
    struct span shown_text =
        item_group_text(change->table, shown_item_key(grouping, item_key), arena);
    struct group_list list = {.keys = arena_array(arena, 1, sizeof *list.keys), .count = 1};
    list.keys[0] = bounded(grouping, true_text, shown_text);
    return list;
}

struct group_list group_list_of(const struct plan_policy *policy, struct host *truth,
                                struct host *shown, struct arena *arena)
{
    struct grouping grouping = {.policy = policy, .truth = truth, .shown = shown, .arena = arena};
    if (policy->group_by_count > 0 || policy->group_by_given) {
        return groups_by_keys(&grouping);
    }
    return truth->input->change->call ? group_of_call(&grouping) : group_of_item(&grouping);
}
