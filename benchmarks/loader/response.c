/* Finds where an HTTP/1.1 answer ends: no body, Content-Length, chunks, or the connection's end. */
#define _GNU_SOURCE
#include "loader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

static char arrived[256 * 1024];

static void keep(struct request *request, const char *bytes, size_t length) {
  request->received += length;
  if (length > KEEP_MAX - request->kept_length) length = KEEP_MAX - request->kept_length;
  if (request->kept_length + length + 1 > request->kept_room) {
    request->kept_room = 2 * (request->kept_length + length + 1);
    request->kept = realloc(request->kept, request->kept_room);
    if (request->kept == NULL) fail("memory");
  }
  memcpy(request->kept + request->kept_length, bytes, length);
  request->kept_length += length;
  request->kept[request->kept_length] = 0;
}

/* The value of a header in kept[0..head_end), which is terminated by an empty line. */
static const char *header(const struct connection *connection, const char *name) {
  const char *line = connection->request->kept, *end = line + connection->head_end;
  size_t length = strlen(name);
  while ((line = memchr(line, '\n', end - line)) != NULL && ++line < end)
    if (strncasecmp(line, name, length) == 0 && line[length] == ':')
      return line + length + 1 + strspn(line + length + 1, " ");
  return NULL;
}

/* 1 once the whole head is here and the body's framing is known. */
static int parse_head(struct connection *connection) {
  struct request *request = connection->request;
  char *end = request->kept_length == 0 ? NULL : strstr(request->kept, "\r\n\r\n");
  const char *value;
  if (end == NULL) return 0;
  connection->head_end = end + 4 - request->kept;
  connection->scanned = connection->head_end;
  request->status = request->kept_length > 12 ? atoi(request->kept + 9) : 0;
  value = header(connection, "connection");
  connection->close_after = value != NULL && strncasecmp(value, "close", 5) == 0;
  connection->framing = BY_LENGTH;
  connection->body_length = 0;
  if (request->status == 204 || request->status == 304 || memcmp(request->head, "HEAD ", 5) == 0)
    return 1;
  if ((value = header(connection, "transfer-encoding")) != NULL &&
      strncasecmp(value, "chunked", 7) == 0) {
    connection->framing = BY_CHUNKS;
  } else if ((value = header(connection, "content-length")) != NULL) {
    connection->body_length = strtoull(value, NULL, 10);
  } else {
    connection->framing = UNTIL_CLOSE;
  }
  return 1;
}

/* Walks whole chunks; `scanned` stays at the first that is not all here. */
static int chunks_ended(struct connection *connection) {
  const struct request *request = connection->request;
  if (request->received > request->kept_length) fail("a chunked answer is longer than is kept");
  for (;;) {
    const char *size = request->kept + connection->scanned;
    const char *line_end = strstr(size, "\r\n");
    if (line_end == NULL) return 0;
    size_t length = strtoull(size, NULL, 16);
    size_t after = (size_t)(line_end - request->kept) + 2 + length + 2;
    if (after > request->kept_length) return 0;
    if (length == 0) return 1;
    connection->scanned = after;
  }
}

void forget_response(struct connection *connection) {
  struct request *request = connection->request;
  connection->framing = IN_HEAD;
  request->status = 0;
  request->kept_length = 0;
  request->received = 0;
}

int receive_response(struct connection *connection) {
  struct request *request = connection->request;
  for (;;) {
    ssize_t got = recv(connection->fd, arrived, sizeof arrived, 0);
    if (got < 0) return errno == EAGAIN || errno == EINTR ? 0 : -1;
    if (got == 0) {
      connection->close_after = 1;
      return connection->framing == UNTIL_CLOSE ? 1 : -1;
    }
    keep(request, arrived, (size_t)got);
    if (connection->framing == IN_HEAD && !parse_head(connection)) continue;
    if (connection->framing == BY_LENGTH &&
        request->received >= connection->head_end + connection->body_length) return 1;
    if (connection->framing == BY_CHUNKS && chunks_ended(connection)) return 1;
  }
}
