import type { Address, Transport } from "../../core/node/index.ts";

/** Where a command works without a network: nothing leaves, nothing comes, and what is asked for is not found. */
export class OfflineTransport implements Transport {
  readonly addresses: readonly Address[];

  /** Those that the node is known to be reached at: it has not moved, it is only off. */
  constructor(addresses: readonly Address[]) {
    this.addresses = addresses;
  }

  onRelocated(): void {}
  send(): void {}
  onReceive(): void {}
  putRecord(): void {}
  publish(): void {}
  onGossip(): void {}
  onQuestion(): void {}

  getRecord(_address: Uint8Array, done: (value: Uint8Array | undefined) => void): void {
    setImmediate(done, undefined);
  }

  ask(_to: Address, _bytes: Uint8Array, done: (answer: Uint8Array | undefined) => void): void {
    setImmediate(done, undefined);
  }
}
