/* connect_tell.c: what all other files say of how the work goes. */
#include "app/connect/connect.h"

#include "app/event.h"

void connect_tell_problem(const struct connect *connect, struct span what,
                          const struct kafka_problem *problem)
{
    const struct log_field fields[] = {
        log_text("what", what),
        log_text("problem", kafka_problem_text(problem)),
        log_text("hint", kafka_problem_hint(problem->trouble)),
    };
    event_tell(connect->log, EVENT_KAFKA_FAILED, fields, sizeof fields / sizeof *fields);
}

bool connect_feed_is_readable(const struct connect_feed *feed)
{
    return feed->watch.source && !feed->ended;
}

void connect_beat(struct connect *connect)
{
    health_beat(connect->beat);
    for (size_t i = 0; i < connect->feed_count; i++) {
        if (connect_feed_is_readable(&connect->feeds[i])) {
            source_watch_look(&connect->feeds[i].watch);
        }
    }
}
