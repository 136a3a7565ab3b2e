/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_names.c - the tables of names.  Values: [MC-BUP] 2.2.1.2, [MS-ERREF], Windows' BITS error constants. */
#include "core/bits_names.h"

#include <glib.h>

static const char *name_in(const char *const *names, size_t n, unsigned value)
{
	return value < n ? names[value] : NULL;
}

#define NAME_IN(table, value) name_in(table, G_N_ELEMENTS(table), (unsigned)(value))

static const char *const packets[] = {
	[BITS_PACKET_NONE] = NULL,
	[BITS_PACKET_PING] = "Ping",
	[BITS_PACKET_CREATE_SESSION] = "Create-Session",
	[BITS_PACKET_FRAGMENT] = "Fragment",
	[BITS_PACKET_CLOSE_SESSION] = "Close-Session",
	[BITS_PACKET_CANCEL_SESSION] = "Cancel-Session",
	[BITS_PACKET_ACK] = "Ack",
	[BITS_PACKET_UNKNOWN] = "Unknown",
	[BITS_PACKET_IMITATION] = "Imitation",
	[BITS_PACKET_NOTIFICATION] = "Notification",
	[BITS_PACKET_GET_REPLY] = "Get-Reply",
};

const char *bits_packet_name(enum bits_packet p)
{
	return NAME_IN(packets, p);
}

enum bits_packet bits_packet_parse(struct bits_str value)
{
	for (unsigned i = BITS_PACKET_PING; i <= BITS_PACKET_ACK; i++)
		if (bits_str_eq_nocase(value, bits_str_of(packets[i])))
			return (enum bits_packet)i;
	return BITS_PACKET_UNKNOWN;
}

const char *bits_dialect_name(enum bits_dialect d)
{
	static const char *const names[] = { NULL, "bits", "override", "post", "imitation" };

	return NAME_IN(names, d);
}

const char *bits_outcome_name(enum bits_outcome o)
{
	static const char *const names[] = {
		[BITS_OUTCOME_PENDING] = "pending",     [BITS_OUTCOME_CREATED] = "created",
		[BITS_OUTCOME_MORE] = "more",           [BITS_OUTCOME_LAST] = "last",
		[BITS_OUTCOME_RESYNC] = "resync",       [BITS_OUTCOME_CLOSED] = "closed",
		[BITS_OUTCOME_CANCELLED] = "cancelled", [BITS_OUTCOME_PONG] = "pong",
		[BITS_OUTCOME_REFUSED] = "refused",     [BITS_OUTCOME_CHALLENGED] = "challenged",
		[BITS_OUTCOME_DISOWNED] = "disowned",   [BITS_OUTCOME_UNANSWERED] = "unanswered",
	};

	return NAME_IN(names, o);
}

const char *bits_state_name(enum bits_state s)
{
	static const char *const names[] = { "none",     "init",      "receive", "wait-close",
		                             "complete", "cancelled", "lost",    "unseen" };

	return NAME_IN(names, s);
}

const char *bits_ending_name(enum bits_ending e)
{
	static const char *const names[] = { "open", "closed", "cancelled", "refused", "lost" };

	return NAME_IN(names, e);
}

const char *bits_file_state_name(enum bits_file_state s)
{
	static const char *const names[] = { "none", "partial", "unconfirmed", "complete" };

	return NAME_IN(names, s);
}

const char *bits_close_name(enum bits_close c)
{
	static const char *const names[] = {
		[BITS_CLOSE_OPEN] = NULL,
		[BITS_CLOSE_CLIENT_FIN] = "client-fin",
		[BITS_CLOSE_SERVER_FIN] = "server-fin",
		[BITS_CLOSE_CLIENT_RST] = "client-rst",
		[BITS_CLOSE_SERVER_RST] = "server-rst",
		[BITS_CLOSE_CAPTURE_END] = "capture-end",
		[BITS_CLOSE_EVICTED] = "evicted",
	};

	return NAME_IN(names, c);
}

/* ---- HRESULTs -------------------------------------------------------------------------------------------------- */

struct code_name {
	uint32_t    code;
	const char *name;
};

/* Sorted by code within each block; looked through in order, since an error is a rare thing. */
static const struct code_name hresults[] = {
	{ 0x00000000, "S_OK" },
	{ 0x80004005, "E_FAIL" },
	{ 0x80070005, "E_ACCESSDENIED" },
	{ 0x8007000E, "E_OUTOFMEMORY" },
	{ 0x80070057, "E_INVALIDARG" },
	{ 0x80070070, "ERROR_DISK_FULL" },
	/* [MC-BUP] prints this for a full disk and for a notification time-out: 112 as if it were hexadecimal */
	{ 0x80070112, "ERROR_DISK_FULL (as MC-BUP prints it)" },
	{ 0x80200001, "BG_E_NOT_FOUND" },
	{ 0x80200002, "BG_E_INVALID_STATE" },
	{ 0x80200003, "BG_E_EMPTY" },
	{ 0x80200004, "BG_E_FILE_NOT_AVAILABLE" },
	{ 0x80200005, "BG_E_PROTOCOL_NOT_AVAILABLE" },
	{ 0x00200006, "BG_S_ERROR_CONTEXT_NONE" },
	{ 0x80200007, "BG_E_ERROR_CONTEXT_UNKNOWN" },
	{ 0x80200008, "BG_E_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER" },
	{ 0x80200009, "BG_E_ERROR_CONTEXT_LOCAL_FILE" },
	{ 0x8020000A, "BG_E_ERROR_CONTEXT_REMOTE_FILE" },
	{ 0x8020000B, "BG_E_ERROR_CONTEXT_GENERAL_TRANSPORT" },
	{ 0x8020000C, "BG_E_ERROR_CONTEXT_QUEUE_MANAGER_NOTIFICATION" },
	{ 0x8020000D, "BG_E_DESTINATION_LOCKED" },
	{ 0x8020000E, "BG_E_VOLUME_CHANGED" },
	{ 0x8020000F, "BG_E_ERROR_INFORMATION_UNAVAILABLE" },
	{ 0x80200010, "BG_E_NETWORK_DISCONNECTED" },
	{ 0x80200011, "BG_E_MISSING_FILE_SIZE" },
	{ 0x80200012, "BG_E_INSUFFICIENT_HTTP_SUPPORT" },
	{ 0x80200013, "BG_E_INSUFFICIENT_RANGE_SUPPORT" },
	{ 0x80200014, "BG_E_REMOTE_NOT_SUPPORTED" },
	{ 0x80200015, "BG_E_NEW_OWNER_DIFF_MAPPING" },
	{ 0x80200016, "BG_E_NEW_OWNER_NO_FILE_ACCESS" },
	{ 0x00200017, "BG_S_PARTIAL_COMPLETE" },
	{ 0x80200018, "BG_E_PROXY_LIST_TOO_LARGE" },
	{ 0x80200019, "BG_E_PROXY_BYPASS_LIST_TOO_LARGE" },
	{ 0x0020001A, "BG_S_UNABLE_TO_DELETE_FILES" },
	{ 0x8020001B, "BG_E_INVALID_SERVER_RESPONSE" },
	{ 0x8020001C, "BG_E_TOO_MANY_FILES" },
	{ 0x8020001D, "BG_E_LOCAL_FILE_CHANGED" },
	{ 0x8020001E, "BG_E_ERROR_CONTEXT_REMOTE_APPLICATION" },
	{ 0x8020001F, "BG_E_SESSION_NOT_FOUND" },
	{ 0x80200020, "BG_E_TOO_LARGE" },
	{ 0x80200021, "BG_E_STRING_TOO_LONG" },
	{ 0x80200022, "BG_E_CLIENT_SERVER_PROTOCOL_MISMATCH" },
	{ 0x80200023, "BG_E_SERVER_EXECUTE_ENABLE" },
	{ 0x80200024, "BG_E_NO_PROGRESS" },
	{ 0x80200025, "BG_E_USERNAME_TOO_LARGE" },
	{ 0x80200026, "BG_E_PASSWORD_TOO_LARGE" },
	{ 0x80200027, "BG_E_INVALID_AUTH_TARGET" },
	{ 0x80200028, "BG_E_INVALID_AUTH_SCHEME" },
	{ 0x80200029, "BG_E_FILE_NOT_FOUND" },
	{ 0x0020002A, "BG_S_PROXY_CHANGED" },
	{ 0x8020002B, "BG_E_INVALID_RANGE" },
	{ 0x8020002C, "BG_E_OVERLAPPING_RANGES" },
	{ 0x8020002D, "BG_E_CONNECT_FAILURE" },
	{ 0x8020002E, "BG_E_CONNECTION_CLOSED" },
	{ 0x8020003E, "BG_E_BLOCKED_BY_POLICY" },
	{ 0x8020003F, "BG_E_INVALID_PROXY_INFO" },
	{ 0x80200040, "BG_E_INVALID_CREDENTIALS" },
	{ 0x80200041, "BG_E_INVALID_HASH_ALGORITHM" },
	{ 0x80200042, "BG_E_RECORD_DELETED" },
	{ 0x80200043, "BG_E_COMMIT_IN_PROGRESS" },
	{ 0x80200044, "BG_E_DISCOVERY_IN_PROGRESS" },
	{ 0x80200045, "BG_E_UPNP_ERROR" },
	{ 0x80200046, "BG_E_TEST_OPTION_BLOCKED_DOWNLOAD" },
	{ 0x80200047, "BG_E_PEERCACHING_DISABLED" },
	{ 0x80200048, "BG_E_BUSYCACHERECORD" },
	{ 0x80200049, "BG_E_TOO_MANY_JOBS_PER_USER" },
	{ 0x80200050, "BG_E_TOO_MANY_JOBS_PER_MACHINE" },
	{ 0x80200051, "BG_E_TOO_MANY_FILES_IN_JOB" },
	{ 0x80200052, "BG_E_TOO_MANY_RANGES_IN_FILE" },
	{ 0x80200053, "BG_E_VALIDATION_FAILED" },
	{ 0x80200054, "BG_E_MAXDOWNLOAD_TIMEOUT" },
	{ 0x00200055, "BG_S_OVERRIDDEN_BY_POLICY" },
	{ 0x80200056, "BG_E_TOKEN_REQUIRED" },
	{ 0x80200057, "BG_E_UNKNOWN_PROPERTY_ID" },
	{ 0x80200058, "BG_E_READ_ONLY_PROPERTY" },
	{ 0x80200059, "BG_E_BLOCKED_BY_COST_TRANSFER_POLICY" },
	{ 0x80200060, "BG_E_PROPERTY_SUPPORTED_FOR_DOWNLOAD_JOBS_ONLY" },
	{ 0x80200061, "BG_E_READ_ONLY_PROPERTY_AFTER_ADDFILE" },
	{ 0x80200062, "BG_E_READ_ONLY_PROPERTY_AFTER_RESUME" },
	{ 0x80200063, "BG_E_MAX_DOWNLOAD_SIZE_INVALID_VALUE" },
	{ 0x80200064, "BG_E_MAX_DOWNLOAD_SIZE_LIMIT_REACHED" },
	{ 0x80200065, "BG_E_STANDBY_MODE" },
	{ 0x80200066, "BG_E_USE_STORED_CREDENTIALS_NOT_SUPPORTED" },
	{ 0x80200067, "BG_E_BLOCKED_BY_BATTERY_POLICY" },
	{ 0x80200068, "BG_E_BLOCKED_BY_BATTERY_SAVER" },
	{ 0x80200069, "BG_E_WATCHDOG_TIMEOUT" },
	{ 0x8020006A, "BG_E_APP_PACKAGE_NOT_FOUND" },
	{ 0x8020006B, "BG_E_APP_PACKAGE_SCENARIO_NOT_SUPPORTED" },
	{ 0x8020006C, "BG_E_DATABASE_CORRUPT" },
	{ 0x8020006D, "BG_E_RANDOM_ACCESS_NOT_SUPPORTED" },
	{ 0x8020006E, "BG_E_BLOCKED_BY_BACKGROUND_ACCESS_POLICY" },
	{ 0x8020006F, "BG_E_BLOCKED_BY_GAME_MODE" },
	{ 0x80200070, "BG_E_BLOCKED_BY_SYSTEM_POLICY" },
	{ 0x80200071, "BG_E_NOT_SUPPORTED_WITH_CUSTOM_HTTP_METHOD" },
	{ 0x80200072, "BG_E_UNSUPPORTED_JOB_CONFIGURATION" },
	{ 0x80200073, "BG_E_REMOTE_FILE_CHANGED" },
	{ 0x80200074, "BG_E_SERVER_CERT_VALIDATION_INTERFACE_REQUIRED" },
	{ 0x80200075, "BG_E_READ_ONLY_WHEN_JOB_ACTIVE" },
	{ 0x80200076, "BG_E_ERROR_CONTEXT_SERVER_CERTIFICATE_CALLBACK" },
	/* the HTTP statuses that Windows has constants for: 0x80190000 + status */
	{ 0x80190064, "BG_E_HTTP_ERROR_100" },
	{ 0x80190065, "BG_E_HTTP_ERROR_101" },
	{ 0x801900C8, "BG_E_HTTP_ERROR_200" },
	{ 0x801900C9, "BG_E_HTTP_ERROR_201" },
	{ 0x801900CA, "BG_E_HTTP_ERROR_202" },
	{ 0x801900CB, "BG_E_HTTP_ERROR_203" },
	{ 0x801900CC, "BG_E_HTTP_ERROR_204" },
	{ 0x801900CD, "BG_E_HTTP_ERROR_205" },
	{ 0x801900CE, "BG_E_HTTP_ERROR_206" },
	{ 0x8019012C, "BG_E_HTTP_ERROR_300" },
	{ 0x8019012D, "BG_E_HTTP_ERROR_301" },
	{ 0x8019012E, "BG_E_HTTP_ERROR_302" },
	{ 0x8019012F, "BG_E_HTTP_ERROR_303" },
	{ 0x80190130, "BG_E_HTTP_ERROR_304" },
	{ 0x80190131, "BG_E_HTTP_ERROR_305" },
	{ 0x80190133, "BG_E_HTTP_ERROR_307" },
	{ 0x80190190, "BG_E_HTTP_ERROR_400" },
	{ 0x80190191, "BG_E_HTTP_ERROR_401" },
	{ 0x80190192, "BG_E_HTTP_ERROR_402" },
	{ 0x80190193, "BG_E_HTTP_ERROR_403" },
	{ 0x80190194, "BG_E_HTTP_ERROR_404" },
	{ 0x80190195, "BG_E_HTTP_ERROR_405" },
	{ 0x80190196, "BG_E_HTTP_ERROR_406" },
	{ 0x80190197, "BG_E_HTTP_ERROR_407" },
	{ 0x80190198, "BG_E_HTTP_ERROR_408" },
	{ 0x80190199, "BG_E_HTTP_ERROR_409" },
	{ 0x8019019A, "BG_E_HTTP_ERROR_410" },
	{ 0x8019019B, "BG_E_HTTP_ERROR_411" },
	{ 0x8019019C, "BG_E_HTTP_ERROR_412" },
	{ 0x8019019D, "BG_E_HTTP_ERROR_413" },
	{ 0x8019019E, "BG_E_HTTP_ERROR_414" },
	{ 0x8019019F, "BG_E_HTTP_ERROR_415" },
	{ 0x801901A0, "BG_E_HTTP_ERROR_416" },
	{ 0x801901A1, "BG_E_HTTP_ERROR_417" },
	{ 0x801901C1, "BG_E_HTTP_ERROR_449" },
	{ 0x801901F4, "BG_E_HTTP_ERROR_500" },
	{ 0x801901F5, "BG_E_HTTP_ERROR_501" },
	{ 0x801901F6, "BG_E_HTTP_ERROR_502" },
	{ 0x801901F7, "BG_E_HTTP_ERROR_503" },
	{ 0x801901F8, "BG_E_HTTP_ERROR_504" },
	{ 0x801901F9, "BG_E_HTTP_ERROR_505" },
};

const char *bits_hresult_name(uint32_t code)
{
	for (size_t i = 0; i < G_N_ELEMENTS(hresults); i++)
		if (hresults[i].code == code)
			return hresults[i].name;
	return NULL;
}

const char *bits_error_context_name(uint32_t context)
{
	static const char *const names[] = {
		"BG_ERROR_CONTEXT_NONE",
		"BG_ERROR_CONTEXT_UNKNOWN",
		"BG_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER",
		"BG_ERROR_CONTEXT_QUEUE_MANAGER_NOTIFICATION",
		"BG_ERROR_CONTEXT_LOCAL_FILE",
		"BG_ERROR_CONTEXT_REMOTE_FILE",
		"BG_ERROR_CONTEXT_GENERAL_TRANSPORT",
		"BG_ERROR_CONTEXT_REMOTE_APPLICATION",
		"BG_ERROR_CONTEXT_SERVER_CERTIFICATE_CALLBACK",
	};

	return NAME_IN(names, context);
}
