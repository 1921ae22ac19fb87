#include "engine/evaluate/group.h"

#include "base/hmac.h"
#include "engine/evaluate/mask.h"
#include "engine/evaluate/text.h"
#include "model/json.h"

#include <stdlib.h>

enum { HASH_HEX_LENGTH = 32 };

/* One expression of group_by: its value, what may be shown of it, and how many groups it makes. */
struct key {
    struct value truth;
    struct value shown;
    size_t fan; /* elements of a list; 1 for anything else */
    bool is_list;
};

static struct value unwrapped(struct value value)
{
    while (value.kind == VALUE_OPTIONAL) {
        value = value.optional ? *value.optional : value_null();
    }
    return value;
}

static bool is_list(const struct value *value)
{
    return value->kind == VALUE_LIST || value->kind == VALUE_SET;
}

static struct key key_of(const struct cel_program *program, struct host *truth, struct host *shown)
{
    struct key key = {.truth = unwrapped(cel_run(program, truth->frame))};
    if (key.truth.kind == VALUE_ERROR && key.truth.error == VALUE_ERROR_ABSENT) {
        key.truth = value_null();
    }
    key.shown = truth == shown ? key.truth : unwrapped(cel_run(program, shown->frame));
    if (key.shown.kind == VALUE_ERROR) {
        key.shown = value_string(SPAN("***"));
    }
    key.is_list = is_list(&key.truth);
    key.fan = key.is_list ? key.truth.list.count : 1;
    return key;
}

/* The element of a key that one group takes. */
static const struct value *element_of(const struct key *key, bool shown, size_t number)
{
    const struct value *value = shown ? &key->shown : &key->truth;
    bool same_shape = key->is_list && is_list(value) && value->list.count == key->fan;
    return same_shape ? &value->list.items[number] : value;
}

/* Which element of each key belongs to group `number` of the product. */
static size_t element_number(const struct key *keys, size_t key, size_t number)
{
    for (size_t i = 0; i < key; i++) {
        number /= keys[i].fan;
    }
    return number % keys[key].fan;
}

/* The hash that tells groups apart which look the same. Keyed, because few values are possible
 * behind a mask; without a mask_key the policy's state id at least keeps tables of hashes from
 * being reused. */
static void append_hash(struct buf *text, const struct host *host,
                        const struct plan_policy *policy, struct span true_text)
{
    unsigned char hash[HMAC_BYTES];
    bool masked = policy->mask_count > 0 && host->plan->mask_key.len > 0;
    struct span key = masked ? host->plan->mask_key
                             : span_of((const char *)policy->state_id.bytes, DIGEST_BYTES);
    hmac_sha256(key, true_text, hash);
    buf_append_char(text, '#');
    for (size_t i = 0; i < HASH_HEX_LENGTH / 2; i++) {
        buf_printf(text, "%02x", (unsigned)hash[i]);
    }
}

/* The key as it is kept and shown. */
static struct span finish_key(const struct plan_policy *policy, const struct host *host,
                              struct span true_text, struct span shown_text)
{
    bool hidden = !span_equals(true_text, shown_text);
    if (!hidden && shown_text.len <= SIGNAL_GROUP_KEY_BYTES_MAX) {
        return arena_copy(host->arena, shown_text);
    }
    size_t room = SIGNAL_GROUP_KEY_BYTES_MAX - HASH_HEX_LENGTH - 1;
    struct buf text = {0};
    buf_append(&text, span_of(shown_text.ptr, text_cut_length(shown_text, room)));
    append_hash(&text, host, policy, true_text);
    struct span key = arena_copy(host->arena, buf_view(&text));
    buf_deinit(&text);
    return key;
}

static void write_group(const struct key *keys, size_t count, size_t number, bool shown,
                        struct buf *out)
{
    struct json_writer writer = json_writer_to(out);
    json_open_array(&writer);
    for (size_t i = 0; i < count; i++) {
        value_write_json(element_of(&keys[i], shown, element_number(keys, i, number)), &writer);
    }
    json_close_array(&writer);
}

static bool has_absent_element(const struct key *keys, size_t count, size_t number)
{
    for (size_t i = 0; i < count; i++) {
        if (element_of(&keys[i], false, element_number(keys, i, number))->kind == VALUE_NULL) {
            return true;
        }
    }
    return false;
}

static void add_group(const struct plan_policy *policy, struct host *host, const struct key *keys,
                      size_t number, struct group_list *list)
{
    struct buf texts[2] = {{0}, {0}};
    write_group(keys, policy->group_by_count, number, false, &texts[0]);
    write_group(keys, policy->group_by_count, number, true, &texts[1]);
    list->keys[list->count++] =
        finish_key(policy, host, buf_view(&texts[0]), buf_view(&texts[1]));
    buf_deinit(&texts[0]);
    buf_deinit(&texts[1]);
}

/* How many groups the keys make together: 0 when one of them has no value. */
static size_t product(const struct key *keys, size_t count)
{
    size_t groups = 1;
    for (size_t i = 0; i < count; i++) {
        size_t fan = keys[i].truth.kind == VALUE_NULL ? 0 : keys[i].fan;
        if (__builtin_mul_overflow(groups, fan, &groups)) {
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

static struct group_list groups_by_keys(const struct plan_policy *policy, struct host *truth,
                                        struct host *shown, struct arena *arena)
{
    struct key *keys = arena_array(arena, policy->group_by_count, sizeof *keys);
    for (size_t i = 0; i < policy->group_by_count; i++) {
        keys[i] = key_of(policy->group_by[i], truth, shown);
        if (keys[i].truth.kind == VALUE_ERROR) {
            return (struct group_list){.error = keys[i].truth, .failed = policy->group_by[i]};
        }
    }
    size_t groups = product(keys, policy->group_by_count);
    size_t taken = groups < GROUP_COUNT_MAX ? groups : GROUP_COUNT_MAX;
    struct group_list list = {
        .keys = arena_array(arena, taken, sizeof *list.keys),
        .absent = groups == 0,
        .cut = groups - taken,
    };
    for (size_t i = 0; i < taken; i++) {
        if (has_absent_element(keys, policy->group_by_count, i)) {
            list.absent++;
        } else {
            add_group(policy, truth, keys, i, &list);
        }
    }
    sort_unique(&list);
    return list;
}

/* The item key with its masks; the text itself when there are none. */
static struct span shown_item_key(const struct plan_policy *policy, struct host *host,
                                  struct span item_key)
{
    struct json_error error;
    struct value keys;
    if (policy->mask_count == 0) {
        return item_key;
    }
    if (json_read(item_key, JSON_NUMBERS_DECIMAL, host->arena, &error, &keys) != STATUS_OK) {
        return SPAN("\"***\"");
    }
    struct masking masking = {policy, host->plan->mask_key, host->arena};
    struct value masked = mask_image(&masking, PLAN_ROOT_KEYS, keys);
    struct buf text = {0};
    struct json_writer writer = json_writer_to(&text);
    value_write_json(&masked, &writer);
    struct span shown = arena_copy(host->arena, buf_view(&text));
    buf_deinit(&text);
    return shown;
}

static struct span item_group_text(struct span table, struct span item_key, struct arena *arena)
{
    struct buf text = {0};
    struct json_writer writer = json_writer_to(&text);
    json_open_array(&writer);
    json_string(&writer, table);
    json_raw(&writer, item_key);
    json_close_array(&writer);
    struct span copy = arena_copy(arena, buf_view(&text));
    buf_deinit(&text);
    return copy;
}

static struct group_list group_of_item(const struct plan_policy *policy, struct host *host,
                                       struct arena *arena)
{
    const struct change *change = host->input->change;
    struct span item_key = change_item_key(change, arena);
    struct span true_text = item_group_text(change->table, item_key, arena);
    struct span shown_text =
        item_group_text(change->table, shown_item_key(policy, host, item_key), arena);
    struct group_list list = {.keys = arena_array(arena, 1, sizeof *list.keys), .count = 1};
    list.keys[0] = finish_key(policy, host, true_text, shown_text);
    return list;
}

struct group_list group_list_of(const struct plan_policy *policy, struct host *truth,
                                struct host *shown, struct arena *arena)
{
    if (policy->group_by_count == 0 && !policy->group_by_given) {
        return group_of_item(policy, truth, arena);
    }
    return groups_by_keys(policy, truth, shown, arena);
}
