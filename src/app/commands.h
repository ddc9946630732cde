/** @file
 *  The commands, a function and a file each. They print results on stdout. */
#ifndef RWW_APP_COMMANDS_H
#define RWW_APP_COMMANDS_H

#include "app/options.h"

RWW_MUST_CHECK rww_status rww_command_run(const rww_options *options);
RWW_MUST_CHECK rww_status rww_command_init(const rww_options *options);
RWW_MUST_CHECK rww_status rww_command_check(const rww_options *options);
RWW_MUST_CHECK rww_status rww_command_hash(const rww_options *options);
RWW_MUST_CHECK rww_status rww_command_plan(const rww_options *options);
RWW_MUST_CHECK rww_status rww_command_status(const rww_options *options);
RWW_MUST_CHECK rww_status rww_command_best(const rww_options *options);
RWW_MUST_CHECK rww_status rww_command_diff(const rww_options *options);
RWW_MUST_CHECK rww_status rww_command_verify(const rww_options *options);
RWW_MUST_CHECK rww_status rww_command_merge(const rww_options *options);

#endif
