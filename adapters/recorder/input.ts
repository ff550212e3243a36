import { array, boolean, bytes, type Codec, mapped, optional, struct } from "../../core/codec/index.ts";
import type { Command, Input } from "../../core/node/index.ts";
import { BLS_PUBLIC_BYTES } from "../../core/suite/index.ts";
import { data, ITEMS_MAX, number, string, tagged } from "./values.ts";

type Labelled = Omit<Extract<Command, { readonly kind: "add-labelled" }>, "kind">;

const addLabelled: Codec<Labelled> = mapped(
  struct({ name: string, label: string, token: optional(number) }),
  ({ token, ...named }): Labelled => (token === undefined ? named : { ...named, token }),
  ({ label, name, token }: Labelled) => ({ name, label, token }),
);

export const commandCodec: Codec<Command> = tagged<Command>({
  "add-contact": [0, struct({ name: string, card: data })],
  send: [1, struct({ contact: string, body: data, token: number })],
  confirm: [2, struct({ id: string })],
  "mark-verified": [3, struct({ contact: string })],
  "resolve-key-change": [4, struct({ contact: string, adopt: boolean })],
  "remove-contact": [5, struct({ contact: string })],
  "look-up": [6, struct({ label: string, token: number })],
  "add-labelled": [7, addLabelled],
  "register-label": [8, struct({ label: string })],
  "release-label": [9, struct({ label: string, to: data })],
  "claim-label": [10, struct({ label: string, transfer: data })],
  "adopt-rotation": [
    11,
    struct({
      rotation: data,
      witnesses: array(struct({ address: string, key: bytes(BLS_PUBLIC_BYTES) }), ITEMS_MAX),
    }),
  ],
});

export const inputCodec: Codec<Input> = tagged<Input>({
  receive: [0, struct({ from: string, bytes: data })],
  record: [1, struct({ request: number, value: optional(data) })],
  gossip: [2, struct({ from: string, bytes: data })],
  question: [3, struct({ from: string, id: number, bytes: data })],
  answer: [4, struct({ request: number, bytes: optional(data) })],
  stored: [5, struct({ sequence: number })],
  wake: [6, struct({})],
  relocated: [7, struct({ addresses: array(string, ITEMS_MAX) })],
  command: [8, struct({ command: commandCodec })],
});
