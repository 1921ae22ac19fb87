/* event.c: the table of events, and problems of policies as events. */
#include "app/event.h"

static const struct log_event events[EVENT_COUNT] = {
    [EVENT_ALERTS_MISSED] = {.level = LOG_ERROR, .name = "alerts_missed",
                             .text = "the topic of alerts was cut before the sink had them; this "
                                     "stretch of offsets is gone for it"},
    [EVENT_ALERTS_TOPIC_ANEW] = {.level = LOG_WARNING, .name = "alerts_topic_anew",
                                 .text = "the topic of alerts is another one than before; it is "
                                         "read from its beginning"},
    [EVENT_ALERTS_UNREADABLE] = {.level = LOG_ERROR, .name = "alerts_unreadable",
                                 .text = "the topic of alerts cannot be read; the group is joined "
                                         "anew"},
    [EVENT_ALERT_REFUSED] = {.level = LOG_ERROR, .name = "alert_refused",
                             .text = "the sink refused this alert for good; it is kept as "
                                     "undelivered, and `deltaward alerts redeliver` sends it "
                                     "again"},
    [EVENT_ALERT_UNREADABLE] = {.level = LOG_ERROR, .name = "alert_unreadable",
                                .text = "a record of the topic of alerts is no alert; it is kept "
                                        "as undelivered"},
    [EVENT_ALERT_UNROUTED] = {.level = LOG_WARNING, .name = "alert_unrouted",
                              .text = "no route takes this alert; it is stored only"},
    [EVENT_COMMIT_FAILED] = {.level = LOG_WARNING, .name = "commit_failed",
                             .text = "the group did not take a position; it is tried again"},
    [EVENT_CONNECT_ENDED] = {.level = LOG_INFO, .name = "connect_ended",
                             .text = "stopped carrying records; read = sent + quarantined + "
                                     "skipped"},
    [EVENT_CONNECT_STARTED] = {.level = LOG_INFO, .name = "connect_started",
                               .text = "carrying records into Kafka"},
    [EVENT_CONNECT_UNDRAINED] = {.level = LOG_WARNING, .name = "connect_undrained",
                                 .text = "Kafka did not acknowledge all in time; those records are "
                                         "carried once more"},
    [EVENT_DELIVERY_FAILED] = {.level = LOG_ERROR, .name = "delivery_failed",
                               .text = "a message was not taken; what depends on it is done again"},
    [EVENT_ENVIRONMENT_UNKNOWN] = {.level = LOG_WARNING, .name = "environment_unknown",
                                   .text = "this environment variable is not read; is it "
                                           "misspelt?"},
    [EVENT_GROUP_REJOINED] = {.level = LOG_WARNING, .name = "group_rejoined",
                              .text = "this member leaves its consumer group and joins it anew, "
                                      "so that all partitions are dealt out again"},
    [EVENT_HELD_WITHOUT_SOURCE] = {.level = LOG_WARNING, .name = "held_without_source",
                                   .text = "matches of a source that is not configured any more "
                                           "are held back (grace), and nothing asks them again"},
    [EVENT_HTTP_LISTENING] = {.level = LOG_INFO, .name = "http_listening",
                              .text = "health and metrics are served"},
    [EVENT_HTTP_UNAVAILABLE] = {.level = LOG_WARNING, .name = "http_unavailable",
                                .text = "health and metrics are not served: the usual address is "
                                        "taken; http.listen names another one"},
    [EVENT_ITERATOR_AGE_EXCEEDED] = {.level = LOG_WARNING, .name = "iterator_age_exceeded",
                                     .text = "a shard is read further behind its end than "
                                             "lag_limit: detection is late by that"},
    [EVENT_ITERATOR_AGE_RECOVERED] = {.level = LOG_INFO, .name = "iterator_age_recovered",
                                      .text = "a shard that was late is within half of lag_limit "
                                              "again"},
    [EVENT_KAFKA_AWAY] = {.level = LOG_WARNING, .name = "kafka_away",
                          .text = "no broker of Kafka can be reached; tried again until one can"},
    [EVENT_KAFKA_BACK] = {.level = LOG_INFO, .name = "kafka_back",
                          .text = "a broker of Kafka answers again"},
    [EVENT_KAFKA_FAILED] = {.level = LOG_ERROR, .name = "kafka_failed",
                            .text = "Kafka refused something"},
    [EVENT_KAFKA_FENCED] = {.level = LOG_WARNING, .name = "kafka_fenced",
                            .text = "the group took this member for another of its name, as it "
                                    "may after an outage; it joins anew. Again and again: two "
                                    "processes have one detect.instance"},
    [EVENT_KAFKA_LINE] = {.level = LOG_DEBUG, .name = "kafka_line",
                          .text = "a line of the Kafka client"},
    [EVENT_KAFKA_LOST] = {.level = LOG_ERROR, .name = "kafka_lost",
                          .text = "a client of Kafka is of no use any more; the next start "
                                  "resumes"},
    [EVENT_KAFKA_REFUSED] = {.level = LOG_ERROR, .name = "kafka_refused",
                             .text = "Kafka refuses who we say we are, or what we ask for"},
    [EVENT_KAFKA_WAITING] = {.level = LOG_WARNING, .name = "kafka_waiting",
                             .text = "waiting for a broker of Kafka"},
    [EVENT_KAFKA_WARNING] = {.level = LOG_WARNING, .name = "kafka_warning",
                             .text = "a line of the Kafka client"},
    [EVENT_LOOKUPS_RELOADED] = {.level = LOG_INFO, .name = "lookups_reloaded",
                                .text = "lookups read again"},
    [EVENT_LOOKUP_ROWS_REFUSED] = {.level = LOG_WARNING, .name = "lookup_rows_refused",
                                   .text = "rows of the topic of a lookup break a rule and are "
                                           "left out"},
    [EVENT_LOOKUP_TOO_LARGE] = {.level = LOG_ERROR, .name = "lookup_too_large",
                                .text = "the topic of a lookup holds more than a lookup takes; "
                                        "what is beyond is left out"},
    [EVENT_LOOKUP_TOPIC_READ] = {.level = LOG_INFO, .name = "lookup_topic_read",
                                 .text = "the topic of a lookup is read to its end and followed"},
    [EVENT_NOTIFY_STARTED] = {.level = LOG_INFO, .name = "notify_started",
                              .text = "started"},
    [EVENT_PARTITION_AGAIN] = {.level = LOG_WARNING, .name = "partition_again",
                               .text = "a partition is read again from its committed position"},
    [EVENT_PARTITION_FIRST] = {.level = LOG_INFO, .name = "partition_first",
                               .text = "a partition is read from its beginning"},
    [EVENT_PARTITION_LEFT] = {.level = LOG_INFO, .name = "partition_left",
                              .text = "a partition goes to another member; what was read of it is "
                                      "committed"},
    [EVENT_PARTITION_LOST] = {.level = LOG_WARNING, .name = "partition_lost",
                              .text = "a partition was taken away; what was not committed is read "
                                      "again by its new owner"},
    [EVENT_PARTITION_RESUMED] = {.level = LOG_INFO, .name = "partition_resumed",
                                 .text = "a partition is read from its committed position"},
    [EVENT_PARTITION_REWOUND] = {.level = LOG_WARNING, .name = "partition_rewound",
                                 .text = "the position of a partition is not one that was "
                                         "committed here; it is read from there as another source"},
    [EVENT_PARTITIONS_OWNED] = {.level = LOG_INFO, .name = "partitions_owned",
                                .text = "every partition has an owner again"},
    [EVENT_PARTITIONS_UNOWNED] = {.level = LOG_ERROR, .name = "partitions_unowned",
                                  .text = "the group is settled, and nobody reads these "
                                          "partitions: they have no owner, or (unaware) are ours "
                                          "without our being told; a member joins anew"},
    [EVENT_POLICIES_RELOADED] = {.level = LOG_INFO, .name = "policies_reloaded",
                                 .text = "policies read again and in force"},
    [EVENT_POLICIES_UNCHANGED] = {.level = LOG_INFO, .name = "policies_unchanged",
                                  .text = "policies read again: nothing changed"},
    [EVENT_POLICY_PROBLEM] = {.level = LOG_WARNING, .name = "policy_problem",
                              .text = "a policy or lookup has a problem"},
    [EVENT_RECORDS_LOST] = {.level = LOG_ERROR, .name = "records_lost",
                            .text = "records were deleted before they were read"},
    [EVENT_RECORD_QUARANTINED] = {.level = LOG_WARNING, .name = "record_quarantined",
                                  .text = "a record cannot be read; it is kept in the store"},
    [EVENT_RECORD_SET_ASIDE] = {.level = LOG_WARNING, .name = "record_set_aside",
                                .text = "a record cannot be read; it is kept in the topic "
                                        "quarantine"},
    [EVENT_RELOAD_FAILED] = {.level = LOG_ERROR, .name = "reload_failed",
                             .text = "the new policies are refused; the old ones stay in force"},
    [EVENT_RELOAD_WAITING] = {.level = LOG_INFO, .name = "reload_waiting",
                              .text = "the new policies wait until the topics of their lookups "
                                      "are read"},
    [EVENT_RUN_STARTED] = {.level = LOG_INFO, .name = "run_started", .text = "started"},
    [EVENT_SHARDS_COVERED] = {.level = LOG_INFO, .name = "shards_covered",
                              .text = "every hash key has exactly one shard again"},
    [EVENT_SHARDS_UNCOVERED] = {.level = LOG_ERROR, .name = "shards_uncovered",
                                .text = "some hash keys have no shard that is read next, or "
                                        "several: records may be missed or read twice"},
    [EVENT_SHARD_ENDED] = {.level = LOG_INFO, .name = "shard_ended",
                           .text = "a shard was read to its end; its children may begin"},
    [EVENT_SHARD_LOST] = {.level = LOG_ERROR, .name = "shard_lost",
                          .text = "records of a shard expired before they were read"},
    [EVENT_SHARD_STARTED] = {.level = LOG_INFO, .name = "shard_started",
                             .text = "a shard is read from here"},
    [EVENT_SINK_BEHIND] = {.level = LOG_WARNING, .name = "sink_behind",
                           .text = "stopped before the sink had every alert; the next start goes "
                                   "on where it stopped"},
    [EVENT_SINK_BLOCKED] = {.level = LOG_ERROR, .name = "sink_blocked",
                            .text = "the sink takes no alerts until somebody acts; it is tried "
                                    "again, nothing is lost"},
    [EVENT_SINK_CLOSED] = {.level = LOG_WARNING, .name = "sink_closed",
                           .text = "the sink's reader is gone; undelivered alerts are sent at the "
                                   "next start"},
    [EVENT_SINK_FAILED] = {.level = LOG_ERROR, .name = "sink_failed",
                           .text = "the sink failed; what it lacks is sent at the next start"},
    [EVENT_SINK_RECOVERED] = {.level = LOG_INFO, .name = "sink_recovered",
                              .text = "the sink takes alerts again"},
    [EVENT_SINK_REPLAYED] = {.level = LOG_INFO, .name = "sink_replayed",
                             .text = "alerts sent that the sink had not got at the last end"},
    [EVENT_SINK_ROTATED] = {.level = LOG_WARNING, .name = "sink_rotated",
                            .text = "the sink's file is not as it was left"},
    [EVENT_SINK_WAITING] = {.level = LOG_WARNING, .name = "sink_waiting",
                            .text = "the sink takes no alerts for now; it is tried again, nothing "
                                    "is lost"},
    [EVENT_SOURCE_ENDED] = {.level = LOG_DEBUG, .name = "source_ended",
                            .text = "the source is at its end"},
    [EVENT_SOURCE_FAILED] = {.level = LOG_ERROR, .name = "source_failed",
                             .text = "the source cannot be read"},
    [EVENT_SOURCE_KEY_REFUSED] = {.level = LOG_ERROR, .name = "source_key_refused",
                                  .text = "the key that the records are encrypted with cannot be "
                                          "used; they wait, none is passed over"},
    [EVENT_SOURCE_NOTICES_LOST] = {.level = LOG_WARNING, .name = "source_notices_lost",
                                   .text = "a source had more to tell than there is room for"},
    [EVENT_SOURCE_RECOVERED] = {.level = LOG_INFO, .name = "source_recovered",
                                .text = "the source can be read again"},
    [EVENT_SOURCE_REFUSED] = {.level = LOG_ERROR, .name = "source_refused",
                              .text = "the source refuses to be read; tried again every half a "
                                      "minute"},
    [EVENT_SOURCE_REPLACED] = {.level = LOG_WARNING, .name = "source_replaced",
                               .text = "the source is another one than before; it is read from its "
                                       "beginning"},
    [EVENT_SOURCE_RETRYING] = {.level = LOG_WARNING, .name = "source_retrying",
                               .text = "the source cannot be reached just now; tried again until "
                                       "it can"},
    [EVENT_SOURCE_ROTATED] = {.level = LOG_INFO, .name = "source_rotated",
                              .text = "the source went on with a new file"},
    [EVENT_STAGE_STARTED] = {.level = LOG_INFO, .name = "stage_started",
                             .text = "a stage of detection started"},
    [EVENT_STATE_DROPPED] = {.level = LOG_WARNING, .name = "state_dropped",
                             .text = "a policy was removed, or edited in what it watches: what it "
                                     "remembered of so many groups ends; an edited one begins "
                                     "anew"},
    [EVENT_STATE_RECOVERED] = {.level = LOG_INFO, .name = "state_recovered",
                               .text = "a partition of signals is decided from its newest "
                                       "snapshot on"},
    [EVENT_STATE_REFUSED] = {.level = LOG_ERROR, .name = "state_refused",
                             .text = "a partition of signals cannot be decided without losing or "
                                     "changing alerts"},
    [EVENT_STOPPING] = {.level = LOG_INFO, .name = "stopping",
                        .text = "stopping after this batch; a second signal stops at once"},
    [EVENT_STORE_FAILED] = {.level = LOG_ERROR, .name = "store_failed",
                            .text = "the store cannot be written; nothing unwritten was reported, "
                                    "the next start resumes"},
    [EVENT_TOPIC_ANEW] = {.level = LOG_WARNING, .name = "topic_anew",
                          .text = "the topic is another one than before; it is read from its "
                                  "beginning"},
    [EVENT_TOPIC_UNREADABLE] = {.level = LOG_ERROR, .name = "topic_unreadable",
                                .text = "a topic cannot be read"},
    [EVENT_UNDELIVERED_FAILED] = {.level = LOG_ERROR, .name = "undelivered_failed",
                                  .text = "a refused alert cannot be written down; it is tried "
                                          "again, and the sink waits"},
    [EVENT_WATCH_POLLING] = {.level = LOG_WARNING, .name = "watch_polling",
                             .text = "the system gives no notice of changed files; they are looked "
                                     "at every 2 s"},
};

void event_tell(struct log *log, enum event event, const struct log_field *fields, size_t count)
{
    struct log_event row = events[event];
    row.number = (unsigned)event;
    log_write(log, &row, fields, count);
}

void event_write_markdown(struct buf *out)
{
    buf_printf(out,
               "# Log events\n\n"
               "<!-- made by tools/docs; do not edit -->\n\n"
               "The log goes to stderr, one line an event: text on a terminal, else JSON\n"
               "(`log.format`). Each object has `time`, `level`, `event` (the name below, stable:\n"
               "search for it), `message`, `name` where the configuration gives one, and members\n"
               "of the event. Lines carry names and numbers, never the values of a change.\n\n"
               "At most %d lines of one event are written in %d s; the next one says in\n"
               "`held_back` how many were not.\n\n"
               "| event | level | message |\n|---|---|---|\n",
               LOG_BURST, LOG_PERIOD_SECONDS);
    for (size_t i = 0; i < EVENT_COUNT; i++) {
        buf_printf(out, "| `%s` | %s | %s |\n", events[i].name, log_level_names[events[i].level],
                   events[i].text);
    }
}

void event_tell_diags(struct log *log, const struct diag_list *diags)
{
    for (size_t i = 0; i < diags->count; i++) {
        const struct diag *diag = &diags->items[i];
        const struct log_field fields[] = {
            log_text("severity", diag->level == DIAG_ERROR ? SPAN("error") : SPAN("warning")),
            log_text("file", diag->place.file),
            log_number("line", diag->place.line),
            log_number("column", diag->place.column),
            log_text("problem", diag->message),
            log_text("hint", diag->hint),
        };
        event_tell(log, EVENT_POLICY_PROBLEM, fields, sizeof fields / sizeof *fields);
    }
}
