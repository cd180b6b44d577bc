/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "page.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define READ_STEP 2048U
#define PATH_SIZE 1024U
#define KEY_SIZE 48U
#define PARTS_DEEP 4U

enum beid_err
file_load(const char *folder, const char *name, struct beid_buf *out)
{
    char path[PATH_SIZE];
    uint8_t step[READ_STEP];
    beid_buf_init(out, FILE_MAX);
    int len = folder == NULL
                  ? snprintf(path, sizeof path, "%s", name)
                  : snprintf(path, sizeof path, "%s/%s", folder, name);
    if (len < 0 || (size_t)len >= sizeof path) {
        return BEID_ERR_LIMIT;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return BEID_ERR_IO;
    }
    ssize_t got = 0;
    do {
        got = read(fd, step, sizeof step);
        if (got > 0) {
            beid_buf_put(out, beid_span_of(step, (size_t)got));
        }
    } while (got > 0 || (got < 0 && errno == EINTR));
    (void)close(fd);
    enum beid_err err = got < 0 ? BEID_ERR_IO : beid_buf_status(out);
    if (err != BEID_OK) {
        beid_buf_clear(out);
    }
    return err;
}

const char *
texts_find(const struct texts *texts, const char *key)
{
    for (size_t i = 0; i < texts->count; i++) {
        if (strcmp(texts->items[i].key, key) == 0) {
            return texts->items[i].value;
        }
    }
    return NULL;
}

/* One line, cut in place. */
static enum beid_err
line_parse(char *line, struct texts *out)
{
    if (line[0] == '\0' || line[0] == '#') {
        return BEID_OK;
    }
    char *mark = strstr(line, " = ");
    if (mark == NULL || mark == line || out->count == TEXTS_MAX) {
        return BEID_ERR_FORMAT;
    }
    *mark = '\0';
    if (texts_find(out, line) != NULL) {
        return BEID_ERR_FORMAT;
    }
    out->items[out->count++] = (struct text){line, mark + 3};
    return BEID_OK;
}

enum beid_err
texts_load(const char *folder, const char *name, struct texts *out)
{
    out->count = 0;
    enum beid_err err = file_load(folder, name, &out->file);
    if (err != BEID_OK) {
        return err;
    }
    if (beid_buf_cstr(&out->file) == NULL) {
        err = BEID_ERR_FORMAT;
    }
    char *rest = (char *)out->file.ptr;
    char *line = NULL;
    while (err == BEID_OK && (line = strsep(&rest, "\n")) != NULL) {
        err = line_parse(line, out);
    }
    if (err != BEID_OK) {
        texts_clear(out);
    }
    return err;
}

void
texts_clear(struct texts *texts)
{
    beid_buf_clear(&texts->file);
    texts->count = 0;
}

void
date_text(time_t at, char out[DATE_SIZE])
{
    struct tm parts;
    out[0] = '\0';
    if (at != 0 && localtime_r(&at, &parts) != NULL) {
        (void)strftime(out, DATE_SIZE, "%d/%m/%Y %H:%M", &parts);
    }
}

/* Where the rendering is; the rows of a list go over the same block. */
struct place {
    struct beid_span from;
    struct beid_span outer[PARTS_DEEP]; /* what is left around this part */
    size_t depth;
    const struct list *list; /* that is being repeated, or NULL */
    size_t row;
    struct beid_span block; /* of the list, and all that follows */
};

static const char *
value_of(const struct text *text)
{
    return text->value == NULL ? "" : text->value;
}

static const char *
filling_find(const struct filling *filling, const struct place *place,
             const char *key)
{
    const struct list *list = place->list;
    for (size_t i = 0; list != NULL && i < list->columns; i++) {
        const struct text *at = &list->rows[place->row * list->columns + i];
        if (strcmp(at->key, key) == 0) {
            return value_of(at);
        }
    }
    for (const struct text *at = filling->values; at->key != NULL; at++) {
        if (strcmp(at->key, key) == 0) {
            return value_of(at);
        }
    }
    return texts_find(filling->texts, key);
}

static void
put_escaped(struct beid_buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&':
            beid_buf_put_str(out, "&amp;");
            break;
        case '<':
            beid_buf_put_str(out, "&lt;");
            break;
        case '>':
            beid_buf_put_str(out, "&gt;");
            break;
        case '"':
            beid_buf_put_str(out, "&quot;");
            break;
        case '\'':
            beid_buf_put_str(out, "&#39;");
            break;
        default:
            beid_buf_put_u8(out, (uint8_t)*text);
        }
    }
}

/* Where needle starts in from, or from.len. */
static size_t
offset_of(struct beid_span from, const char *needle)
{
    const uint8_t *at =
        from.len == 0 ? NULL
                      : memmem(from.ptr, from.len, needle, strlen(needle));
    return at == NULL ? from.len : (size_t)(at - from.ptr);
}

/* Cuts "{{", a key and "}}" off the template. */
static enum beid_err
mark_take(struct beid_span *from, char key[KEY_SIZE])
{
    struct beid_span open;
    struct beid_span inside;
    struct beid_span close;
    if (beid_span_take(from, 2, &open) != BEID_OK
        || beid_span_take(from, offset_of(*from, "}}"), &inside) != BEID_OK
        || beid_span_take(from, 2, &close) != BEID_OK || inside.len == 0
        || inside.len >= KEY_SIZE) {
        return BEID_ERR_FORMAT;
    }
    memcpy(key, inside.ptr, inside.len);
    key[inside.len] = '\0';
    return BEID_OK;
}

/* Passes over a section that is not shown, its end mark included. */
static enum beid_err
section_skip(struct beid_span *from, const char *key)
{
    char end[KEY_SIZE + 5];
    struct beid_span gone;
    (void)snprintf(end, sizeof end, "{{/%s}}", key);
    size_t at = offset_of(*from, end);
    if (beid_span_take(from, at, &gone) != BEID_OK
        || beid_span_take(from, strlen(end), &gone) != BEID_OK) {
        return BEID_ERR_FORMAT;
    }
    return BEID_OK;
}

/* Goes on with a part; the rest of this template waits in outer. */
static enum beid_err
part_enter(const char *key, struct place *place, const struct filling *filling)
{
    const struct part *part = filling->parts;
    while (part->key != NULL && strcmp(part->key, key) != 0) {
        part++;
    }
    if (part->key == NULL || place->depth == PARTS_DEEP
        || place->list != NULL) {
        return BEID_ERR_FORMAT;
    }
    place->outer[place->depth++] = place->from;
    place->from = part->template;
    return BEID_OK;
}

/* Back to what is around this part; a list ends where it began. */
static enum beid_err
part_leave(struct place *place)
{
    if (place->list != NULL) {
        return BEID_ERR_FORMAT;
    }
    place->from = place->outer[--place->depth];
    return BEID_OK;
}

/* The first row of a list, or nothing of it when it is empty. */
static enum beid_err
list_begin(const char *key, struct place *place, const struct filling *filling)
{
    const struct list *list = filling->lists;
    while (list != NULL && list->key != NULL && strcmp(list->key, key) != 0) {
        list++;
    }
    if (list == NULL || list->key == NULL || place->list != NULL) {
        return BEID_ERR_FORMAT;
    }
    if (list->count == 0) {
        return section_skip(&place->from, key);
    }
    place->list = list;
    place->row = 0;
    place->block = place->from;
    return BEID_OK;
}

/* Of a section that was shown, or of a row: then the next one comes. */
static void
block_end(const char *key, struct place *place)
{
    const struct list *list = place->list;
    if (list == NULL || strcmp(list->key, key) != 0) {
        return;
    }
    place->row++;
    if (place->row < list->count) {
        place->from = place->block;
    } else {
        place->list = NULL;
    }
}

/* One mark that is text, a section or a list; from is behind it already. */
static enum beid_err
mark_fill(const char *key, struct place *place, const struct filling *filling,
          struct beid_buf *out)
{
    if (key[0] == '/') {
        block_end(key + 1, place);
        return BEID_OK;
    }
    if (key[0] == '*') {
        return list_begin(key + 1, place, filling);
    }
    bool section = key[0] == '#' || key[0] == '^';
    const char *value = filling_find(filling, place, section ? key + 1 : key);
    if (value == NULL) {
        return BEID_ERR_FORMAT;
    }
    if (!section) {
        put_escaped(out, value);
        return BEID_OK;
    }
    bool shown = (value[0] != '\0') == (key[0] == '#');
    return shown ? BEID_OK : section_skip(&place->from, key + 1);
}

/* Literal text up to the next mark, and that mark. */
static enum beid_err
step_render(struct place *place, const struct filling *filling,
            struct beid_buf *out)
{
    char key[KEY_SIZE];
    struct beid_span literal;
    struct beid_span *from = &place->from;
    enum beid_err err = beid_span_take(from, offset_of(*from, "{{"), &literal);
    if (err != BEID_OK) {
        return err;
    }
    beid_buf_put(out, literal);
    if (from->len == 0) {
        return BEID_OK;
    }
    err = mark_take(from, key);
    if (err != BEID_OK) {
        return err;
    }
    return key[0] == '>' ? part_enter(key + 1, place, filling)
                         : mark_fill(key, place, filling, out);
}

enum beid_err
page_render(struct beid_span template, const struct filling *filling,
            struct beid_buf *out)
{
    struct place place = {.from = template};
    while (place.from.len > 0 || place.depth > 0) {
        enum beid_err err = place.from.len > 0
                                ? step_render(&place, filling, out)
                                : part_leave(&place);
        if (err != BEID_OK) {
            return err;
        }
    }
    return place.list == NULL ? beid_buf_status(out) : BEID_ERR_FORMAT;
}
