/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "links.h"

#include "sys/clock.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#define STRANGERS_MAX 64U /* connections of other users at a time */

void
http_links_add(struct http_links *links, struct http_link *link)
{
    links->strangers += link->caller_allowed ? 0 : 1;
    if (link->caller_allowed || links->strangers <= STRANGERS_MAX) {
        link->deadline_ms = beid_clock_ms() + HTTP_HEADER_MS;
    }
    link->next = links->first;
    link->back = &links->first;
    if (link->next != NULL) {
        link->next->back = &link->next;
    }
    links->first = link;
}

void
http_links_remove(struct http_links *links, struct http_link *link)
{
    if (link == NULL || link->back == NULL) {
        return;
    }
    links->strangers -= link->caller_allowed ? 0 : 1;
    *link->back = link->next;
    if (link->next != NULL) {
        link->next->back = link->back;
    }
}

int64_t
http_links_deadline(const struct http_links *links)
{
    int64_t first = BEID_NEVER;
    const struct http_link *link = links->first;
    for (; link != NULL; link = link->next) {
        first = link->deadline_ms < first ? link->deadline_ms : first;
    }
    return first;
}

void
http_links_tick(struct http_links *links, int64_t now_ms)
{
    struct http_link *link = links->first;
    for (; link != NULL; link = link->next) {
        if (now_ms >= link->deadline_ms) {
            /* The library reads the end of the stream and cleans up. */
            (void)shutdown(link->fd, SHUT_RDWR);
            link->deadline_ms = BEID_NEVER;
        }
    }
}

bool
http_pending_add(struct http_pending *pending, struct http_exchange *exchange)
{
    struct epoll_event watch = {.events = EPOLLRDHUP,
                                .data.fd = exchange->link->fd};
    pending->list[pending->count] = exchange;
    pending->count++;
    return epoll_ctl(pending->epoll, EPOLL_CTL_ADD, exchange->link->fd, &watch)
           == 0;
}

void
http_pending_forget(struct http_pending *pending,
                    const struct http_exchange *exchange)
{
    for (size_t i = 0; i < pending->count; i++) {
        if (pending->list[i] == exchange) {
            pending->count--;
            pending->list[i] = pending->list[pending->count];
            (void)epoll_ctl(pending->epoll, EPOLL_CTL_DEL, exchange->link->fd,
                            NULL);
            return;
        }
    }
}

struct http_exchange *
http_pending_find(const struct http_pending *pending, int fd)
{
    for (size_t i = 0; i < pending->count; i++) {
        if (pending->list[i]->link->fd == fd) {
            return pending->list[i];
        }
    }
    return NULL;
}
