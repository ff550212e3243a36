import type { Stream } from "@libp2p/interface";

/** One end of a stream, as far as a reader or an exchange needs it. */
export class FakeStream {
  status: "open" | "closed" | "aborted" = "open";
  readStatus: "readable" | "paused" = "readable";
  readonly written: Uint8Array[] = [];
  readonly #listeners = new Map<string, ((event: { data: Uint8Array }) => void)[]>();

  addEventListener(type: string, listener: (event: { data: Uint8Array }) => void): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }

  emit(type: "message" | "end" | "close", data: Uint8Array = new Uint8Array(0)): void {
    for (const listener of this.#listeners.get(type) ?? []) listener({ data });
  }

  send(data: Uint8Array): boolean {
    if (this.status !== "open") throw new Error("closed");
    this.written.push(data);
    return true;
  }

  close(): Promise<void> {
    this.status = "closed";
    return Promise.resolve();
  }

  pause(): void {
    this.readStatus = "paused";
  }

  resume(): void {
    this.readStatus = "readable";
  }

  abort(): void {
    this.status = "aborted";
    this.emit("close");
  }

  get stream(): Stream {
    return this as unknown as Stream;
  }
}
