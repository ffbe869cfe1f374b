/* A load generator that costs the machine little: one thread, epoll, keep-alive connections, and
 * sendfile from the page cache. It runs a plan, a list of HTTP/1.1 requests that idle connections
 * take in order, and prints what came back. The plan and report formats are in plan.c. */
#ifndef LOADER_H
#define LOADER_H

#include <stddef.h>
#include <sys/types.h>

/* Of longer answers only the length is counted. */
#define KEEP_MAX (4u << 20)

struct request {
  char *head; /* request line and headers, as they go on the wire */
  size_t head_length;
  int file; /* the body's first piece: a range of this file, -1 for none */
  off_t offset;
  size_t length;
  char *tail; /* the body's second piece, in memory */
  size_t tail_length;

  int status; /* 0: the connection ended before an answer */
  long start_us, end_us;
  char *kept;
  size_t kept_length, kept_room, received;
};

struct plan {
  int *files;
  size_t file_count, request_count, next, finished;
  struct request *requests;
};

struct pace { /* bytes = 0 means as fast as the socket takes them */
  size_t bytes;
  long every_us, ramp_us;
};

enum framing { IN_HEAD, BY_LENGTH, BY_CHUNKS, UNTIL_CLOSE };

struct connection {
  int fd, reused, close_after, waits_for_room;
  struct request *request;
  size_t sent;
  long due_us; /* paced only: when the next bytes go out */
  enum framing framing;
  size_t head_end, body_length, scanned;
};

struct plan read_plan(const char *path);
void print_report(const struct plan *plan, long elapsed_us, long cpu_us);

/* Each answers 1 when the request is over, 0 to go on, -1 when the connection failed. */
int receive_response(struct connection *connection);
int send_request(struct connection *connection, size_t budget);
void forget_response(struct connection *connection);

void fail(const char *what);
#endif
