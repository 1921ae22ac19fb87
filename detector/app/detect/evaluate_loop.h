/* evaluate_loop.h: what the parts of the evaluate stage share; private to the files evaluate_*.c.
 * One thread uses all of it, the workers' evaluation apart. */
#ifndef APP_EVALUATE_LOOP_H
#define APP_EVALUATE_LOOP_H

#include "app/detect/stage.h"
#include "app/detect/evaluate_inbox.h"
#include "app/detect/evaluate_part.h"
#include "app/detect/lookup_topics.h"
#include "app/policies/reload.h"
#include "engine/evaluate_stage.h"

struct evaluate_batch;

enum { EVALUATE_STATES_PARTITION = (1 << 20) - 1 }; /* in tokens; of no partition */

/* How far the states of the policies in force are told. */
struct evaluate_states {
    uint32_t epoch;  /* of the messages sent last */
    uint32_t untold; /* partitions of the log that they have not reached */
    bool sent;
    bool told;
};

struct evaluate_loop {
    struct detect *detect;
    struct arena *arena; /* as long as the loop */
    struct stage client; /* of Kafka */
    struct kafka_admin *admin;
    struct worker_pool *pool;

    struct policy_set set;        /* in force */
    struct evaluate_stage *stage; /* with it */
    struct reload *reload;
    struct lookup_topics *lookup_topics; /* rows that lie in Kafka */
    struct policy_set fresh;      /* waits until nothing is on its way (rule 9) */
    bool has_fresh;
    struct evaluate_states states;
    bool rows_changed;            /* of topics; lookups are about to be made anew */
    uint64_t reload_ns;           /* when files are looked at next (monotonic) */

    struct evaluate_part **parts; /* by number; NULL: never ours */
    size_t part_count;
    struct kafka_part *commits;   /* room for one of each */
    uint64_t turn;                /* counts polls */
    struct evaluate_inbox inbox;
    struct evaluate_batch *batch; /* the one being evaluated */
    uint64_t commit_ns;           /* when the next commit is due (monotonic) */
    uint64_t id_ns;               /* when the topic's id and partitions are asked for next */
    uint64_t look_ns;             /* when partitions that may stand still are looked at; 0: none */
    uint64_t trouble_ns;          /* when a topic could not be read last; 0: it can */
    uint64_t measure_ns;          /* when the lag is told next */

    struct buf text;              /* one message */
    struct buf key;
    size_t quarantine_bytes_max;  /* of a record that is kept; lowered when the topic refuses */
};

/* The partition of that number, made when it is new. */
struct evaluate_part *evaluate_loop_part(struct evaluate_loop *loop, int32_t number);

/* evaluate_send.c: what goes to Kafka. A full queue is waited for. False: a client broke. */
bool evaluate_send_tick(struct evaluate_loop *loop, struct evaluate_part *part);
bool evaluate_send_signal(struct evaluate_loop *loop, const struct signal *signal, uint64_t token);
bool evaluate_send_quarantine(struct evaluate_loop *loop, const struct kafka_record *record,
                              const struct evaluate_part *part, struct span reason,
                              uint64_t token);
/* All ticks that are due. */
bool evaluate_send_ticks(struct evaluate_loop *loop);
/* The owner of the producer. */
void evaluate_send_delivered(void *context, const struct kafka_delivery *delivery);

/* evaluate_states.c: the states of correlations that the policies in force have. True: each
 * partition of the log was told. False: the messages are on their way, sent by this if need be. */
bool evaluate_states_are_told(struct evaluate_loop *loop);
/* What became of one of them. */
void evaluate_states_deliver(struct evaluate_loop *loop, struct frontier_token token,
                             bool confirmed);
/* Other policies are in force. */
void evaluate_states_renew(struct evaluate_loop *loop);

/* evaluate_group.c: partitions that come and go, commits. */
struct kafka_consumer_owner evaluate_group_owner(struct evaluate_loop *loop);
/* Sends a commit of all that may be committed. */
void evaluate_group_commit(struct evaluate_loop *loop);
/* Waits until nothing of these partitions is on its way, committing as it goes. */
void evaluate_group_drain(struct evaluate_loop *loop, const struct kafka_part *parts, size_t count,
                          int wait_ms);
/* Begins assignments that failed anew (rule 2). */
void evaluate_group_mend(struct evaluate_loop *loop);
/* Begins to evaluate a partition; its start is to be told. */
void evaluate_group_take(struct evaluate_loop *loop, struct evaluate_part *part,
                         const struct assignment_start *start);
/* Lets go of all partitions. */
void evaluate_group_drop(struct evaluate_loop *loop);

/* evaluate_reload.c: a changed policy set. */
void evaluate_reload_look(struct evaluate_loop *loop);
/* Puts it in force once nothing is on its way. */
void evaluate_reload_swap(struct evaluate_loop *loop);

/* evaluate_batch.c: a micro-batch of what lies in the inbox. */
struct evaluate_batch *evaluate_batch_new(void);
void evaluate_batch_free(struct evaluate_batch **batch);
/* Evaluates and sends. False: a client broke. */
bool evaluate_batch_run(struct evaluate_loop *loop);
/* Tells the metrics what the stage counted of each policy. */
void evaluate_batch_count(struct evaluate_loop *loop);

/* evaluate_held.c: matches that are held back. Asks what is due again, and sends. False: a client
 * broke. */
bool evaluate_held_release(struct evaluate_loop *loop);
/* Tells the metrics what is held. */
void evaluate_held_measure(const struct evaluate_loop *loop);

/* evaluate_measure.c: tells the lag now and then. */
void evaluate_measure(struct evaluate_loop *loop);

/* evaluate_trouble.c: what the consumer cannot go on with. */
void evaluate_trouble_meet(struct evaluate_loop *loop, const struct kafka_problem *problem);
/* Moves what stands at a wrong place, and looks now and then whether the topic is still the same
 * one. */
void evaluate_trouble_watch(struct evaluate_loop *loop);
/* Records came. */
void evaluate_trouble_pass(struct evaluate_loop *loop);

#endif
