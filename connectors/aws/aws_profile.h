/* aws_profile.h: reads the shared files of AWS tools (~/.aws/config, ~/.aws/credentials): sections
 * of "key = value" lines, where a key without a value may have indented keys below it. Source: AWS
 * SDKs and Tools Reference Guide, "Shared config and credentials files". Inside this layer only. */
#ifndef AWS_AWS_PROFILE_H
#define AWS_AWS_PROFILE_H

#include "aws/aws_environment.h"
#include "base/arena.h"
#include "base/status.h"

enum { AWS_PROFILE_BYTES_MAX = 1 << 20, AWS_PROFILE_SETTINGS_MAX = 8192 };

enum aws_profile_file { AWS_FILE_CONFIG, AWS_FILE_CREDENTIALS };

enum aws_section_kind {
    AWS_SECTION_PROFILE,
    AWS_SECTION_SERVICES, /* [services NAME]: endpoints by service */
    AWS_SECTION_OTHER,    /* passed over: sso-session and what is yet to come */
};

/* One line. key of an indented one: "outer.inner". */
struct aws_setting {
    enum aws_profile_file file;
    enum aws_section_kind kind;
    struct span section;
    struct span key; /* lower case */
    struct span value;
    struct aws_setting *next;
};

/* Both files together; texts live in the arena. */
struct aws_profiles {
    struct arena *arena;
    struct aws_setting *first;
    struct aws_setting **last;
    size_t count;
    struct aws_setting *sections; /* one for each heading, with an empty key */
};

/* Nothing yet. */
void aws_profiles_init(struct aws_profiles *profiles, struct arena *arena);
/* Adds a file's text. STATUS_INVALID, STATUS_LIMIT: *line and *reason (static text) say where and
 * why; what stood before is kept. Values never stand in a reason. */
MUST_USE enum status aws_profiles_read(struct aws_profiles *profiles, struct span text,
                                       enum aws_profile_file file, uint32_t *line,
                                       const char **reason);
/* Adds both files as AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE and HOME name them; one that does
 * not exist is empty. STATUS_INVALID, STATUS_IO: *problem, in the arena, says what is wrong. */
MUST_USE enum status aws_profiles_load(struct aws_profiles *profiles,
                                       const struct aws_environment *environment,
                                       struct span *problem);

/* Whether a heading names this profile. */
bool aws_profiles_has(const struct aws_profiles *profiles, struct span profile);
/* The value that stands last in a file; empty when there is none. */
struct span aws_profiles_get_from(const struct aws_profiles *profiles, enum aws_profile_file file,
                                  struct span profile, const char *key);
/* The same in either file; the credentials file wins. */
struct span aws_profiles_get(const struct aws_profiles *profiles, struct span profile,
                             const char *key);
/* From [services NAME]; key "kinesis.endpoint_url". */
struct span aws_profiles_get_service(const struct aws_profiles *profiles, struct span name,
                                     struct span key);

#endif
