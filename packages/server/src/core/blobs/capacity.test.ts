import { describe, expect, it } from "vitest";
import { createCapacity } from "./capacity.ts";

describe("capacity", () => {
  const create = (free = 1_000) => {
    const disk = { free };
    const capacity = createCapacity({
      freeBytes: () => Promise.resolve(disk.free),
      reserveBytes: 100,
    });
    return { disk, capacity };
  };
  const full = { code: "disk-full" };

  it("is what is free beside the reserve and what others were promised", async () => {
    const { capacity } = create();
    await capacity.assertRoom(900);
    await expect(capacity.assertRoom(901)).rejects.toMatchObject(full);
    capacity.promise("a", 500);
    await capacity.assertRoom(400);
    await expect(capacity.assertRoom(401)).rejects.toMatchObject(full);
    capacity.release("a");
    await capacity.assertRoom(900);
  });

  it("counts one promise an upload, the last", () => {
    const { capacity } = create();
    capacity.promise("a", 500);
    capacity.promise("a", 300);
    capacity.promise("b", 50);
    expect(capacity.promisedBytes).toBe(350);
    capacity.release("a");
    capacity.release("a");
    capacity.release("never");
    expect(capacity.promisedBytes).toBe(50);
  });

  it("has no room for anything once the reserve is touched, and room again when it is not", async () => {
    const { capacity, disk } = create(99);
    await expect(capacity.assertRoom(0)).rejects.toMatchObject(full);
    disk.free = 100;
    const hasRoom = () =>
      capacity.assertRoom(0).then(
        () => true,
        () => false,
      );
    // What the file system said serves for a moment.
    await expect.poll(hasRoom).toBe(true);
  });
});
