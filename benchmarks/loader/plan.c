/* Plan: `<files> <requests>\n`, one path a line, then for each request
 * `<file> <offset> <length> <head length> <tail length>\n` and the bytes of head and tail.
 * Report: `<requests> <elapsed us> <cpu us>\n`, then for each request in the plan's order
 * `<status> <start us> <end us> <received> <kept>\n` and the kept bytes of the raw answer. */
#include "loader.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *read_bytes(FILE *in, size_t length) {
  char *bytes = malloc(length + 1);
  if (bytes == NULL || fread(bytes, 1, length, in) != length) fail("plan");
  bytes[length] = 0;
  return bytes;
}

static void read_request(FILE *in, const struct plan *plan, struct request *request) {
  int file;
  long long offset;
  memset(request, 0, sizeof *request);
  if (fscanf(in, "%d %lld %zu %zu %zu", &file, &offset, &request->length, &request->head_length,
             &request->tail_length) != 5 || getc(in) != '\n') fail("plan");
  if (file >= (int)plan->file_count) fail("plan");
  request->file = file < 0 ? -1 : plan->files[file];
  request->offset = offset;
  request->head = read_bytes(in, request->head_length);
  request->tail = read_bytes(in, request->tail_length);
}

struct plan read_plan(const char *path) {
  struct plan plan = {0};
  char name[4096];
  FILE *in = fopen(path, "r");
  if (in == NULL) fail(path);
  if (fscanf(in, "%zu %zu", &plan.file_count, &plan.request_count) != 2 || getc(in) != '\n')
    fail("plan");
  plan.files = calloc(plan.file_count + 1, sizeof *plan.files);
  for (size_t i = 0; i < plan.file_count; i++) {
    if (fgets(name, sizeof name, in) == NULL) fail("plan");
    name[strcspn(name, "\n")] = 0;
    plan.files[i] = open(name, O_RDONLY);
    if (plan.files[i] < 0) fail(name);
  }
  plan.requests = calloc(plan.request_count + 1, sizeof *plan.requests);
  for (size_t i = 0; i < plan.request_count; i++) read_request(in, &plan, &plan.requests[i]);
  fclose(in);
  return plan;
}

void print_report(const struct plan *plan, long elapsed_us, long cpu_us) {
  printf("%zu %ld %ld\n", plan->request_count, elapsed_us, cpu_us);
  for (size_t i = 0; i < plan->request_count; i++) {
    const struct request *request = &plan->requests[i];
    printf("%d %ld %ld %zu %zu\n", request->status, request->start_us, request->end_us,
           request->received, request->kept_length);
    fwrite(request->kept, 1, request->kept_length, stdout);
  }
  if (fflush(stdout) != 0) fail("stdout");
}
