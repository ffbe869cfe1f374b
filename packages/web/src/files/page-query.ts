import type { Place } from "../places/place.ts";
import type { ItemOrder } from "./item-order.ts";

/** One page of what a place shows. */
export interface PageQuery {
  place: Place;
  by: ItemOrder;
  limit: number;
  cursor: string | undefined;
  signal: AbortSignal;
}
