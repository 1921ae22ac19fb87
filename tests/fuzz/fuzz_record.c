/* The record decoder: whatever is accepted can be decoded, and has an identity. */
#include "fuzz.h"

#include "base/check.h"
#include "model/dynamodb.h"

static void use_image(const struct image *image, struct arena *arena)
{
    for (uint32_t i = 0; i < image->count; i++) {
        const struct attribute *attribute = &image->attributes[i];
        attribute_value(attribute, arena);
        check(image_find(image, attribute->name) == attribute);
        check(attribute_equals(attribute, attribute, arena));
    }
}

static void use_change(const struct change *change, struct arena *arena)
{
    use_image(&change->keys, arena);
    use_image(&change->old_image, arena);
    use_image(&change->new_image, arena);
    check(change_item_key(change, arena).len > 0);
    struct digest first = change_id(change, arena);
    struct digest again = change_id(change, arena);
    check(digest_equals(&first, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct span text = span_of((const char *)data, size);
    struct json_error error = {0};
    struct change change;
    struct value value;
    enum status status = dynamodb_decode(text, RECORD_FORMAT_AUTO, arena, &error, &change);
    if (status == STATUS_OK) {
        use_change(&change, arena);
    } else {
        check(error.reason && error.offset <= size);
    }
    enum status plain = json_read(text, JSON_NUMBERS_CEL, arena, &error, &value);
    check(status != STATUS_OK || plain != STATUS_INVALID);
    arena_free(&arena);
    return 0;
}
