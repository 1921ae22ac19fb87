/* syntax.h: what the parser says about mistakes, with a guess at what was meant. */
#ifndef CEL_SYNTAX_H
#define CEL_SYNTAX_H

#include "base/status.h"
#include "cel/parse/lexer.h"

/* Reports a word that does not fit after the previous one. `wanted` names what would. Says nothing
 * when the word itself was reported already. */
void cel_syntax_unexpected(struct cel_issues *issues, struct cel_token previous,
                           struct cel_token token, const char *wanted);
/* Reports what stands after the end of an expression. */
void cel_syntax_trailing(struct cel_issues *issues, struct cel_token previous,
                         struct cel_token token);
/* False, with an issue, for words that other languages reserve ("for", "let", ...). */
bool cel_syntax_check_reserved(struct cel_issues *issues, struct cel_token name);
/* Text must be well-formed UTF-8 of at most `code_points_max`. */
MUST_USE enum status cel_syntax_check_text(struct cel_issues *issues, struct span text,
                                           size_t code_points_max);

#endif
