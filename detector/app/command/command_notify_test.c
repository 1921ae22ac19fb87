/* command_notify_test.c: `deltaward notify test`: does an alert arrive where a route leads? */
#include "app/complain.h"
#include "app/notify/resend.h"
#include "app/start.h"
#include "base/clock.h"

#include <unistd.h>

static const struct option_example examples[] = {
    {"deltaward notify test --config deltaward.yaml",
     "a test alert to every sink; says what each answered"},
    {"deltaward notify test pricing-oncall --severity critical",
     "to the sinks of one route, past subscribers that filter by severity"},
    {NULL, NULL},
};

static const char *const severities[] = {"critical", "high", "medium", "low", "informational",
                                         NULL};

static const struct option options[] = {
    {.name = "severity", .type = OPTION_CHOICE, .choices = severities, .placeholder = "WORD",
     .fallback = "informational", .text = "what the test alert says of itself"},
};

static struct span write_body(struct span route, struct arena *arena)
{
    struct buf body = {0};
    struct buf title = {0};
    struct json_writer writer = json_writer_to(&body);
    buf_printf(&title, "TEST of Deltaward%s%.*s: nothing happened", route.len ? ", route " : "",
               SPAN_ARG(route));
    json_open_object(&writer);
    json_key(&writer, "policy");
    json_write_raw(&writer, SPAN("{\"id\":\"deltaward-test\",\"name\":\"Test\"}"));
    json_key(&writer, "title");
    json_write_string(&writer, buf_view(&title));
    json_key(&writer, "description");
    json_write_string(&writer, SPAN("Somebody ran `deltaward notify test`."));
    static const char *const texts[] = {"table", "region", "account"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        json_key(&writer, texts[i]);
        json_write_string(&writer, i == 0 ? SPAN("deltaward-test") : SPAN(""));
    }
    json_key(&writer, "op");
    json_write_string(&writer, SPAN("MODIFY"));
    json_key(&writer, "keys");
    json_write_raw(&writer, SPAN("{}"));
    json_key(&writer, "changes");
    json_write_raw(&writer, SPAN("[]"));
    json_key(&writer, "context");
    json_write_raw(&writer, SPAN("{}"));
    json_key(&writer, "steps");
    json_write_raw(&writer, SPAN("[\"Close it: it is a test\"]"));
    json_key(&writer, "tags");
    json_write_raw(&writer, SPAN("[\"test\"]"));
    json_close_object(&writer);
    struct span text = arena_copy(arena, buf_view(&body));
    buf_deinit(&title);
    buf_deinit(&body);
    return text;
}

/* Another one at every call: no pager takes it for a repeat. */
static struct digest new_finding(int64_t now_us)
{
    struct digest_state state;
    digest_init(&state);
    digest_field_number(&state, (uint64_t)now_us);
    digest_field_number(&state, (uint64_t)getpid());
    return digest_finish(&state);
}

static struct alert test_alert(const struct invocation *invocation, struct span route)
{
    int64_t now_us = clock_now_us(clock_system());
    struct digest finding = new_finding(now_us);
    struct span policy = SPAN("deltaward-test");
    struct span group = SPAN("[\"test\"]");
    return (struct alert){
        .log_sequence = 1,
        .status = ALERT_OPENED,
        .id = alert_id(policy, group, &finding),
        .count = 1,
        .opened_us = now_us,
        .first_us = now_us,
        .last_us = now_us,
        .signal = {
            .policy_id = policy,
            .finding = finding,
            .group_key = group,
            .severity = option_text(invocation->options, "severity"),
            .source = SPAN("deltaward-test"),
            .event_time_us = now_us,
            .detected_us = now_us,
            .body = write_body(route, invocation->arena),
        },
    };
}

/* The sinks of a route; false when there is no such route, which is told. */
static bool find_sinks(const struct invocation *invocation, const struct config *config,
                       struct span route, const struct span **out, size_t *count)
{
    const struct config_value *routes = config_root_value(config, CONFIG_ROUTES);
    struct span *names = arena_array(invocation->arena, routes->count, sizeof *names);
    for (size_t i = 0; i < routes->count; i++) {
        const struct config_value *sinks = &routes->items[i].values[CONFIG_ROUTE_SINKS];
        names[i] = config_text(&routes->items[i], CONFIG_ROUTE_NAME);
        if (span_equals(names[i], route)) {
            *out = sinks->texts;
            *count = sinks->count;
            return true;
        }
    }
    struct span near = diag_nearest(route, names, routes->count);
    struct span hint = near.len ? arena_printf(invocation->arena, "did you mean %.*s?",
                                               SPAN_ARG(near))
                                : SPAN("without a route every sink is tried");
    complain(invocation, hint.ptr, "there is no route '%.*s'", SPAN_ARG(route));
    return false;
}

static void all_sinks(const struct invocation *invocation, const struct config *config,
                      const struct span **out, size_t *count)
{
    const struct config_value *sinks = config_root_value(config, CONFIG_SINKS);
    struct span *names = arena_array(invocation->arena, sinks->count, sizeof *names);
    for (size_t i = 0; i < sinks->count; i++) {
        names[i] = config_text(&sinks->items[i], CONFIG_SINK_NAME);
    }
    *out = names;
    *count = sinks->count;
}

static bool send_to_all(const struct invocation *invocation, const struct config *config,
                        const struct alert *alert, const struct span *sinks, size_t count)
{
    struct resend *resend = resend_new(invocation, config);
    struct buf text = {0};
    bool all = true;
    for (size_t i = 0; i < count; i++) {
        struct resend_outcome outcome = resend_alert(resend, sinks[i], alert);
        all = all && outcome.verdict == SINK_SENT;
        buf_printf(&text, "%.*s: ", SPAN_ARG(sinks[i]));
        resend_outcome_write(&outcome, &text);
        buf_append_char(&text, '\n');
    }
    all = answer(invocation, buf_view(&text)) && all;
    buf_deinit(&text);
    resend_free(&resend);
    return all;
}

static enum command_exit run(const struct invocation *invocation)
{
    struct config config;
    size_t words = 0;
    size_t count = 0;
    const struct span *sinks = NULL;
    const struct span *arguments = option_arguments(invocation->options, &words);
    struct span route = words ? arguments[0] : SPAN("");
    if (start_config(invocation, &config) != COMMAND_OK) {
        return COMMAND_USAGE;
    }
    if (!words) {
        all_sinks(invocation, &config, &sinks, &count);
    } else if (!find_sinks(invocation, &config, route, &sinks, &count)) {
        return COMMAND_USAGE;
    }
    struct alert alert = test_alert(invocation, route);
    return send_to_all(invocation, &config, &alert, sinks, count) ? COMMAND_OK
                                                                  : COMMAND_ENVIRONMENT;
}

const struct command command_notify_test = {
    .face = {
        .name = "notify test",
        .summary = "Sends a test alert to the sinks of a route, and says what they answered.",
        .arguments = "[ROUTE]",
        .argument_max = 1,
        .examples = examples,
        .options = options,
        .option_count = sizeof options / sizeof *options,
    },
    .config = COMMAND_CONFIG_STORE,
    .run = run,
};
