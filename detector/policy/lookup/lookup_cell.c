/* lookup_cell.c: from the text of a cell to a value: one parser a column type. */
#include "policy/lookup/lookup_reader.h"

#include "base/clock.h"
#include "model/address.h"

typedef bool (*parser)(struct span text, struct value *out);

static bool parse_string(struct span text, struct value *out)
{
    *out = value_string(text);
    return true;
}

static bool parse_decimal(struct span text, struct value *out)
{
    struct decimal number;
    if (decimal_parse(text, &number) != STATUS_OK) {
        return false;
    }
    *out = value_decimal(number);
    return true;
}

static bool parse_int(struct span text, struct value *out)
{
    struct decimal number;
    int64_t integer = 0;
    if (decimal_parse(text, &number) != STATUS_OK ||
        decimal_to_int(number, &integer) != STATUS_OK) {
        return false;
    }
    *out = value_int(integer);
    return true;
}

static bool parse_bool(struct span text, struct value *out)
{
    bool truth = span_equals(text, SPAN("true"));
    *out = value_bool(truth);
    return truth || span_equals(text, SPAN("false"));
}

static bool parse_timestamp(struct span text, struct value *out)
{
    int64_t time_us = 0;
    if (!clock_parse(text, &time_us)) {
        return false;
    }
    *out = value_timestamp_us(time_us);
    return true;
}

/* A single address is a network of one. */
static bool parse_cidr(struct span text, struct value *out)
{
    struct value_address network;
    if (!address_parse_network(text, &network) && !address_parse(text, &network)) {
        return false;
    }
    network.is_network = true;
    *out = (struct value){.kind = VALUE_ADDRESS, .address = network};
    return true;
}

static const struct {
    parser parse;
    const char *phrase;
    bool takes_text; /* also where the format tells text from numbers and booleans */
    bool takes_number;
    bool takes_bool;
} types[] = {
    [PLAN_COLUMN_STRING] = {parse_string, "text", true, false, false},
    [PLAN_COLUMN_DECIMAL] = {parse_decimal, "a decimal (38 digits at most)", true, true, false},
    [PLAN_COLUMN_INT] = {parse_int, "a whole number of 64 bits", true, true, false},
    [PLAN_COLUMN_BOOL] = {parse_bool, "true or false", false, false, true},
    [PLAN_COLUMN_TIMESTAMP] = {parse_timestamp, "a time like 2026-03-01T10:00:00Z", true, false,
                               false},
    [PLAN_COLUMN_CIDR] = {parse_cidr, "a network like 10.0.0.0/8", true, false, false},
};

bool lookup_cell_convert(const struct lookup_cell *cell, enum plan_column_type type,
                         struct value *out)
{
    bool taken = cell->form == LOOKUP_FORM_ANY ||
                 (cell->form == LOOKUP_FORM_TEXT && types[type].takes_text) ||
                 (cell->form == LOOKUP_FORM_NUMBER && types[type].takes_number) ||
                 (cell->form == LOOKUP_FORM_BOOL && types[type].takes_bool);
    return taken && types[type].parse(cell->text, out);
}

const char *lookup_type_phrase(enum plan_column_type type)
{
    return types[type].phrase;
}
