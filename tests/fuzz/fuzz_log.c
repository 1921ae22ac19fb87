/* Records of the log and of alerts: what is read and written again is read again, the same. */
#include "fuzz.h"

#include "base/check.h"
#include "model/alert.h"
#include "model/signal_json.h"

static void use_signal(const struct signal *signal, struct arena *arena)
{
    struct buf first = {0};
    struct buf again = {0};
    struct json_error error;
    struct signal read;
    struct json_writer writer = json_writer_to(&first);
    signal_write_json(signal, &writer);
    check(signal_read_json(buf_view(&first), arena, &error, &read) == STATUS_OK);
    writer = json_writer_to(&again);
    signal_write_json(&read, &writer);
    check(span_equals(buf_view(&first), buf_view(&again)));
    check(signal_is_for_all(signal) || signal_partition(signal, 7) == signal_partition(&read, 7));
    buf_deinit(&first);
    buf_deinit(&again);
}

static void use_alert(const struct alert *alert, struct arena *arena)
{
    struct buf first = {0};
    struct buf again = {0};
    struct json_error error;
    struct alert read;
    struct json_writer writer = json_writer_to(&first);
    alert_write_json(alert, &writer);
    check(alert_read_json(buf_view(&first), arena, &error, &read) == STATUS_OK);
    writer = json_writer_to(&again);
    alert_write_json(&read, &writer);
    check(span_equals(buf_view(&first), buf_view(&again)));
    buf_deinit(&first);
    buf_deinit(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct span text = span_of((const char *)data, size);
    struct json_error error = {0};
    struct signal signal;
    struct alert alert;
    if (signal_read_json(text, arena, &error, &signal) == STATUS_OK) {
        use_signal(&signal, arena);
    } else {
        check(error.reason && error.offset <= size);
    }
    if (alert_read_json(text, arena, &error, &alert) == STATUS_OK) {
        use_alert(&alert, arena);
    } else {
        check(error.reason && error.offset <= size);
    }
    arena_free(&arena);
    return 0;
}
