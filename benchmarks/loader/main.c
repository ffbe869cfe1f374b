/* loader <host> <port> <connections> <plan> [<pace bytes> <pace ms> <ramp ms>] */
#define _GNU_SOURCE
#include "loader.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static struct sockaddr_in server;
static struct plan plan;
static struct pace pace;
static long origin_us;
static int poller;

void fail(const char *what) {
  fprintf(stderr, "loader: %s: %s\n", what, errno ? strerror(errno) : "malformed");
  exit(1);
}

static long now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000L + now.tv_nsec / 1000 - origin_us;
}

/* Listening for room is on only while a socket is full: an idle writable socket would spin. */
static void watch(struct connection *connection, int operation, int room) {
  struct epoll_event event = {.events = EPOLLIN | (room ? EPOLLOUT : 0), .data.ptr = connection};
  if (epoll_ctl(poller, operation, connection->fd, &event) != 0) fail("epoll");
  connection->waits_for_room = room;
}

static void open_connection(struct connection *connection) {
  int on = 1;
  connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connection->fd < 0) fail("socket");
  if (connect(connection->fd, (struct sockaddr *)&server, sizeof server) != 0) fail("connect");
  setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  fcntl(connection->fd, F_SETFL, O_NONBLOCK);
  connection->reused = 0;
  watch(connection, EPOLL_CTL_ADD, 0);
}

static void close_connection(struct connection *connection) {
  if (connection->fd >= 0) close(connection->fd);
  connection->fd = -1;
}

int send_request(struct connection *connection, size_t budget) {
  struct request *request = connection->request;
  const size_t body = request->head_length, tail = body + request->length;
  const size_t end = tail + request->tail_length;
  while (connection->sent < end && budget > 0) {
    ssize_t wrote;
    size_t at = connection->sent;
    if (at < body) {
      wrote = send(connection->fd, request->head + at, body - at,
                   MSG_NOSIGNAL | (end > body && pace.bytes == 0 ? MSG_MORE : 0));
    } else if (at < tail) {
      off_t offset = request->offset + (off_t)(at - body);
      size_t length = tail - at < budget ? tail - at : budget;
      wrote = sendfile(connection->fd, request->file, &offset, length);
      if (wrote == 0) fail("a body file is shorter than the plan says");
    } else {
      size_t length = end - at < budget ? end - at : budget;
      wrote = send(connection->fd, request->tail + (at - tail), length, MSG_NOSIGNAL);
    }
    if (wrote < 0) return errno == EAGAIN || errno == EINTR ? 0 : -1;
    connection->sent += (size_t)wrote;
    if (at >= body) budget -= (size_t)wrote < budget ? (size_t)wrote : budget;
  }
  return connection->sent == end;
}

static void take_request(struct connection *connection);

static void finish(struct connection *connection) {
  struct request *request = connection->request;
  request->end_us = now_us();
  /* An answer before the whole body went out leaves the connection out of step. */
  if (connection->close_after ||
      connection->sent < request->head_length + request->length + request->tail_length)
    close_connection(connection);
  connection->request = NULL;
  connection->reused = 1;
  plan.finished++;
  take_request(connection);
}

static void begin(struct connection *connection) {
  connection->sent = 0;
  forget_response(connection);
  if (connection->fd < 0) open_connection(connection);
}

/* The server may close a kept-alive connection just as it is used again: that is one retry. */
static void lost(struct connection *connection) {
  struct request *request = connection->request;
  int retry = connection->reused && request->received == 0;
  close_connection(connection);
  if (retry) {
    begin(connection);
    return;
  }
  if (connection->framing != UNTIL_CLOSE) request->status = 0;
  finish(connection);
}

static void push(struct connection *connection) {
  int sent = send_request(connection, pace.bytes > 0 ? pace.bytes : (size_t)-1);
  if (pace.bytes > 0) {
    connection->due_us += pace.every_us;
    return; /* a failed write shows itself as an answer or an end when read */
  }
  if (sent < 0) {
    /* A server that refuses early answers first and then resets: read before giving up. */
    if (receive_response(connection) == 1) finish(connection);
    else lost(connection);
  } else if (connection->waits_for_room != (sent == 0)) {
    watch(connection, EPOLL_CTL_MOD, sent == 0);
  }
}

static void take_request(struct connection *connection) {
  if (plan.next == plan.request_count) {
    close_connection(connection);
    return;
  }
  connection->request = &plan.requests[plan.next++];
  connection->request->start_us = now_us();
  connection->due_us = connection->request->start_us;
  begin(connection);
  if (pace.bytes == 0) push(connection);
}

static void react(struct connection *connection, unsigned events) {
  int over = 0;
  if (connection->request == NULL || connection->fd < 0) return;
  if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) over = receive_response(connection);
  if (over > 0) finish(connection);
  else if (over < 0) lost(connection);
  else if (events & EPOLLOUT) push(connection);
}

/* Paced connections start spread over the ramp, as slow clients do, not in one burst. */
static void run_paced(struct connection *connections, size_t count, size_t *started) {
  long now = now_us();
  while (*started < count && now >= (long)*started * pace.ramp_us / (long)count)
    take_request(&connections[(*started)++]);
  for (size_t i = 0; i < *started; i++) {
    struct connection *connection = &connections[i];
    if (connection->request != NULL && now >= connection->due_us) push(connection);
  }
}

int main(int argc, char **argv) {
  struct epoll_event events[256];
  struct rusage used;
  if (argc != 5 && argc != 8) fail("usage");
  size_t count = strtoul(argv[3], NULL, 10), started = 0;
  struct connection *connections = calloc(count, sizeof *connections);
  server.sin_family = AF_INET;
  server.sin_port = htons((unsigned short)atoi(argv[2]));
  if (connections == NULL || inet_pton(AF_INET, argv[1], &server.sin_addr) != 1) fail("address");
  if (argc == 8)
    pace = (struct pace){strtoul(argv[5], NULL, 10), atol(argv[6]) * 1000, atol(argv[7]) * 1000};
  signal(SIGPIPE, SIG_IGN); /* sendfile has no MSG_NOSIGNAL */
  plan = read_plan(argv[4]);
  poller = epoll_create1(EPOLL_CLOEXEC);
  origin_us = now_us();
  for (size_t i = 0; i < count; i++) connections[i].fd = -1;
  if (pace.bytes == 0)
    while (started < count) take_request(&connections[started++]);
  while (plan.finished < plan.request_count) {
    int ready = epoll_wait(poller, events, 256, pace.bytes > 0 ? 5 : 1000);
    for (int i = 0; i < ready; i++) react(events[i].data.ptr, events[i].events);
    if (pace.bytes > 0) run_paced(connections, count, &started);
  }
  long elapsed = now_us();
  getrusage(RUSAGE_SELF, &used);
  print_report(&plan, elapsed, (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000L +
                                   used.ru_utime.tv_usec + used.ru_stime.tv_usec);
  return 0;
}
