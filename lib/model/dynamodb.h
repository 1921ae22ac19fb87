/* dynamodb.h: reads DynamoDB change records: one pass, no tree, top-level attributes indexed. */
#ifndef MODEL_DYNAMODB_H
#define MODEL_DYNAMODB_H

#include "model/change.h"

enum record_format {
    RECORD_FORMAT_AUTO,             /* told per record */
    RECORD_FORMAT_DYNAMODB_KINESIS, /* creation time in milliseconds or microseconds */
    RECORD_FORMAT_DYNAMODB_STREAMS, /* creation time in seconds */
    RECORD_FORMAT_CLOUDTRAIL,       /* API calls, see api_call.h */
};

/* "auto", "dynamodb-kinesis", "dynamodb-streams", "cloudtrail"; false for another name. */
bool record_format_parse(struct span name, enum record_format *out);

/* Reads one record. The change's spans are views of `record` (or of `arena`, where escapes had to
 * be resolved), so both must outlive it. The whole text is checked as json_read does, attribute
 * values of every depth included; what is accepted here can always be decoded. An attribute value
 * and its type tag count as one level of depth, so DynamoDB's 32 levels fit. Equal elements of a
 * set, which DynamoDB never sends, are not looked for. The table comes from tableName, else from
 * eventSourceARN.
 * STATUS_INVALID, STATUS_LIMIT: *error says why and where. One thread per arena.
 * Source of the formats: AWS documentation of Kinesis Data Streams for DynamoDB and of DynamoDB
 * Streams' GetRecords. */
MUST_USE enum status dynamodb_decode(struct span record, enum record_format format,
                                     struct arena *arena, struct json_error *error,
                                     struct change *out);

#endif
