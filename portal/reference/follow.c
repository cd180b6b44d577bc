/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "citizen.h"

/* So many statements, and reports without an answer, may somebody have. */
#define STATEMENT_ROOM 1000U
/* As long as somebody is a citizen. */
#define EVER ((time_t)1 << 40)

enum beid_err
citizen_tell(struct visit *visit, const struct message *message)
{
    const struct entry_key key = {message->subject, ARCHIVE_NOTICE,
                                  message->id};
    const char *fields[NOTICE_FIELDS] = {message->title, message->about,
                                         message->value};
    return archive_put(visit->site->archive, &key, fields, NOTICE_FIELDS,
                       visit->now, visit->now + NOTICE_SECONDS);
}

static enum beid_err
count_of(const struct visit *visit, enum archive_kind kind, size_t *count)
{
    const struct entry_key key = {visit->session.subject, kind, ""};
    return archive_count(visit->site->archive, &key, visit->now, count);
}

enum beid_err
citizen_room(const struct visit *visit, enum wish_id wish)
{
    size_t kept = 0;
    size_t waiting = 0;
    enum beid_err err = count_of(visit, ARCHIVE_STATEMENT, &kept);
    if (err == BEID_OK && wish == WISH_REPORT) {
        err = count_of(visit, ARCHIVE_REPORTED, &waiting);
    }
    if (err == BEID_OK && (kept >= STATEMENT_ROOM || waiting >= WAITING_MAX)) {
        err = BEID_ERR_LIMIT;
    }
    return err;
}

/* The report waits for the source of the data, under the statement's id. */
static enum beid_err
report_pass_on(struct visit *visit, const char *const *values, const char *id)
{
    const char *subject = visit->session.subject;
    const struct entry_key key = {"", ARCHIVE_REPORT, id};
    const struct entry_key waits = {subject, ARCHIVE_REPORTED, id};
    const char *fields[] = {subject, values[REPORT_FIELD], values[REPORT_NOW],
                            values[REPORT_RIGHT]};
    enum beid_err err = archive_put(visit->site->archive, &key, fields, 4,
                                    visit->now, visit->now + NOTICE_SECONDS);
    return err == BEID_OK ? archive_put(visit->site->archive, &waits,
                                        &values[REPORT_FIELD], 1, visit->now,
                                        visit->now + NOTICE_SECONDS)
                          : err;
}

enum beid_err
citizen_answered(struct visit *visit, const char *subject, const char *id)
{
    const struct entry_key waits = {subject, ARCHIVE_REPORTED, id};
    struct entry gone;
    enum beid_err err =
        archive_take(visit->site->archive, &waits, visit->now, &gone);
    if (err == BEID_OK) {
        entry_clear(&gone);
    }
    return err == BEID_ERR_NOT_FOUND ? BEID_OK : err;
}

enum beid_err
citizen_follow(struct visit *visit, enum wish_id wish,
               const char *const *values, const char *id)
{
    const char *subject = visit->session.subject;
    struct archive *archive = visit->site->archive;
    const struct entry_key contact = {subject, ARCHIVE_CONTACT, ""};
    const struct entry_key link = {subject, ARCHIVE_EBOX, ""};
    struct message message = {
        .subject = subject, .id = id, .about = "", .value = ""};
    enum beid_err err = BEID_ERR_ARGUMENT;
    switch (wish) {
    case WISH_CONTACT:
        message.title = "notice_contact";
        err = archive_put(archive, &contact, values, WISH_VALUES, visit->now,
                          EVER);
        break;
    case WISH_REPORT:
        message.title = "notice_reported";
        message.about = values[REPORT_FIELD];
        err = report_pass_on(visit, values, id);
        break;
    case WISH_EBOX:
        message.title = "notice_ebox";
        err = archive_put(archive, &link, &id, 1, visit->now, EVER);
        break;
    case WISHES:
        break;
    }
    return err == BEID_OK ? citizen_tell(visit, &message) : err;
}
