import { useState, type SubmitEvent } from "react";
import { toFailure, type Failure } from "../transfers/failure.ts";

/** A form whose answer comes from the server: one question at a time, and what went wrong. */
export function useSubmit(send: (fields: FormData) => Promise<Failure | null | void>) {
  const [isBusy, setIsBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);

  async function attempt(fields: FormData): Promise<Failure | null> {
    try {
      return (await send(fields)) ?? null;
    } catch (error) {
      return toFailure(error);
    }
  }
  async function submit(event: SubmitEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    if (isBusy) return;
    const form = event.currentTarget;
    setIsBusy(true);
    const found = await attempt(new FormData(form));
    setIsBusy(false);
    setFailure(found);
    if (found !== null) form.querySelector<HTMLInputElement>("input:not([hidden])")?.focus();
  }
  return {
    isBusy,
    failure,
    setFailure,
    onSubmit: (event: SubmitEvent<HTMLFormElement>) => void submit(event),
  };
}

export function readField(fields: FormData, name: string): string {
  const value = fields.get(name);
  return typeof value === "string" ? value : "";
}
