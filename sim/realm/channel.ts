import type { Kernel } from "../kernel/index.ts";

type Listener = (event: Event) => void;

/** The class `BroadcastChannel`, whose channels end at the border of the realm: no other thread is heard. */
export function virtualBroadcastChannel(kernel: Kernel): new (name: string) => EventTarget {
  const open = new Map<string, Set<Channel>>();

  class Channel extends EventTarget {
    readonly name: string;
    onmessage: Listener | null = null;
    onmessageerror: Listener | null = null;

    constructor(name: unknown) {
      super();
      this.name = String(name);
      const others = open.get(this.name) ?? new Set();
      open.set(this.name, others.add(this));
      this.addEventListener("message", (event) => this.onmessage?.(event));
    }

    postMessage(message: unknown): void {
      const all = open.get(this.name);
      if (all === undefined || !all.has(this))
        throw new DOMException("BroadcastChannel is closed.", "InvalidStateError");
      for (const other of all) {
        if (other === this) continue;
        const data = structuredClone(message);
        kernel.after(0, () => {
          if (all.has(other)) other.dispatchEvent(Object.assign(new Event("message"), { data }));
        });
      }
    }

    close(): void {
      open.get(this.name)?.delete(this);
    }

    ref(): this {
      return this;
    }

    unref(): this {
      return this;
    }
  }

  Object.defineProperty(Channel, "name", { value: "BroadcastChannel" });
  return Channel;
}
