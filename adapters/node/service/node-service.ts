import {
  type CallName,
  type Calls,
  checkParams,
  type Service,
  type StreamName,
  type Streams,
} from "../../control/index.ts";
import { exportBackup } from "../backup.ts";
import { examine } from "../doctor/index.ts";
import type { ChhayaNode } from "../node.ts";
import { claim, register, release } from "./labels.ts";
import { messages, seen, send } from "./messages.ts";
import { addContact, contactItem, decide, remove, verify } from "./people.ts";
import { identity, status } from "./status.ts";

type CallHandlers = {
  readonly [M in CallName]: (node: ChhayaNode, params: Calls[M]["params"]) => Promise<Calls[M]["result"]>;
};
type StreamHandlers = {
  readonly [M in StreamName]: (
    node: ChhayaNode,
    params: Streams[M]["params"],
    signal: AbortSignal,
  ) => AsyncIterable<Streams[M]["item"]>;
};

const calls: CallHandlers = {
  identity: (node) => identity(node),
  status: (node) => status(node),
  "contact.add": addContact,
  "contact.verify": verify,
  "contact.decide": decide,
  "contact.remove": remove,
  "label.register": register,
  "label.release": release,
  "label.claim": claim,
  seen,
  export: exportBackup,
};

const streams: StreamHandlers = {
  async *contacts(node) {
    const { engine } = await node.session();
    for (const contact of [...engine.contacts()].sort((a, b) => a.name.localeCompare(b.name)))
      yield contactItem(contact);
  },
  send,
  messages,
  doctor: (node) => examine(node),
};

/** What a node does for its user's commands. */
export class NodeService implements Service {
  readonly #node: ChhayaNode;

  constructor(node: ChhayaNode) {
    this.#node = node;
  }

  async call<M extends CallName>(method: M, params: Calls[M]["params"]): Promise<Calls[M]["result"]> {
    this.#node.demandRunning();
    return calls[method](this.#node, checkParams(method, params));
  }

  async *stream<M extends StreamName>(
    method: M,
    params: Streams[M]["params"],
    signal: AbortSignal,
  ): AsyncIterable<Streams[M]["item"]> {
    this.#node.demandRunning();
    yield* streams[method](this.#node, checkParams(method, params), signal);
  }

  /** Stops the node. */
  close(): Promise<void> {
    return this.#node.stop();
  }
}
