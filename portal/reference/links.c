/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "links.h"

#include <beid/log.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

/* How often the thread looks while there are connections. */
#define LOOK_NS 250000000L
#define SECOND_NS 1000000000L

struct link {
    struct link *next;
    struct link **here; /* what points to it */
    int fd;
    enum link_state state;
    int64_t deadline; /* of the monotonic clock in seconds; 0: none */
};

struct links {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    bool ending;
    unsigned seconds;
    unsigned idle;
    struct link *first;
    unsigned counts[LINK_STATES];
};

static struct timespec
moment(void)
{
    struct timespec now = {.tv_sec = 0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now;
}

/* Both directions: the thread of the connection sees an end, and closes it. */
static void
cut_off(struct link *link)
{
    if (link->state != LINK_IDLE) {
        BEID_LOG_INFO("a client took too long");
    }
    (void)shutdown(link->fd, SHUT_RDWR);
    link->deadline = 0;
}

/* The lock is held, so that no socket here has been closed yet. */
static void
look(struct links *links)
{
    time_t now = moment().tv_sec;
    for (struct link *at = links->first; at != NULL; at = at->next) {
        if (at->deadline != 0 && at->deadline <= now) {
            cut_off(at);
        }
    }
}

static void *
watch(void *user)
{
    struct links *links = user;
    (void)pthread_mutex_lock(&links->lock);
    while (!links->ending) {
        if (links->first == NULL) {
            (void)pthread_cond_wait(&links->changed, &links->lock);
        } else {
            struct timespec until = moment();
            until.tv_nsec += LOOK_NS;
            if (until.tv_nsec >= SECOND_NS) {
                until.tv_nsec -= SECOND_NS;
                until.tv_sec++;
            }
            (void)pthread_cond_timedwait(&links->changed, &links->lock, &until);
            look(links);
        }
    }
    (void)pthread_mutex_unlock(&links->lock);
    return NULL;
}

static bool
condition_init(pthread_cond_t *condition)
{
    pthread_condattr_t how;
    if (pthread_condattr_init(&how) != 0) {
        return false;
    }
    bool good = pthread_condattr_setclock(&how, CLOCK_MONOTONIC) == 0
                && pthread_cond_init(condition, &how) == 0;
    (void)pthread_condattr_destroy(&how);
    return good;
}

enum beid_err
links_new(unsigned seconds, unsigned idle, struct links **out)
{
    struct links *made = calloc(1, sizeof *made);
    *out = NULL;
    if (made == NULL) {
        return BEID_ERR_MEMORY;
    }
    made->seconds = seconds;
    made->idle = idle;
    if (pthread_mutex_init(&made->lock, NULL) != 0) {
        free(made);
        return BEID_ERR_MEMORY;
    }
    if (!condition_init(&made->changed)) {
        (void)pthread_mutex_destroy(&made->lock);
        free(made);
        return BEID_ERR_MEMORY;
    }
    if (pthread_create(&made->thread, NULL, watch, made) != 0) {
        made->ending = true;
        links_free(&made);
        return BEID_ERR_MEMORY;
    }
    *out = made;
    return BEID_OK;
}

void
links_stop(struct links *links)
{
    if (links != NULL) {
        (void)pthread_mutex_lock(&links->lock);
        links->ending = true;
        (void)pthread_cond_signal(&links->changed);
        (void)pthread_mutex_unlock(&links->lock);
        (void)pthread_join(links->thread, NULL);
    }
}

void
links_free(struct links **links)
{
    if (*links != NULL) {
        (void)pthread_cond_destroy(&(*links)->changed);
        (void)pthread_mutex_destroy(&(*links)->lock);
        free(*links);
        *links = NULL;
    }
}

/* The lock is held. */
static void
enter(struct links *links, struct link *link, enum link_state state)
{
    link->state = state;
    links->counts[state]++;
    link->deadline =
        state == LINK_WORKING
            ? 0
            : moment().tv_sec + 1
                  + (state == LINK_IDLE ? links->idle : links->seconds);
}

struct link *
links_open(struct links *links, int fd)
{
    struct link *link = calloc(1, sizeof *link);
    if (link == NULL) {
        return NULL;
    }
    (void)pthread_mutex_lock(&links->lock);
    link->fd = fd;
    link->next = links->first;
    link->here = &links->first;
    if (link->next != NULL) {
        link->next->here = &link->next;
    }
    links->first = link;
    enter(links, link, LINK_NEW);
    if (link->next == NULL) {
        (void)pthread_cond_signal(&links->changed);
    }
    (void)pthread_mutex_unlock(&links->lock);
    return link;
}

void
links_close(struct links *links, struct link *link)
{
    (void)pthread_mutex_lock(&links->lock);
    *link->here = link->next;
    if (link->next != NULL) {
        link->next->here = link->here;
    }
    links->counts[link->state]--;
    (void)pthread_mutex_unlock(&links->lock);
    free(link);
}

void
links_change(struct links *links, struct link *link, enum link_state state)
{
    (void)pthread_mutex_lock(&links->lock);
    links->counts[link->state]--;
    enter(links, link, state);
    (void)pthread_mutex_unlock(&links->lock);
}

unsigned
links_count(struct links *links, enum link_state state)
{
    (void)pthread_mutex_lock(&links->lock);
    unsigned count = links->counts[state];
    (void)pthread_mutex_unlock(&links->lock);
    return count;
}
