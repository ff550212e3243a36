/** Why a node does not do what a command asks; stable, for programs. The message is for people. */
export type ServiceCode =
  /** The request itself: unknown method, wrong parameters, too many at once. */
  | "control/malformed"
  | "control/busy"
  /** The two programs speak different versions of the protocol. */
  | "control/version"
  /** The node ended, or the connection to it. */
  | "control/closed"
  /** A bug; the node's log says more. */
  | "control/failed"
  | "service/contact-unknown"
  | "service/name-taken"
  | "service/card"
  | "service/label"
  | "service/label-absent"
  | "service/label-unresolved"
  | "service/no-directory"
  | "service/offline"
  | "service/outbox-full"
  | "service/too-long"
  | "service/key-changed"
  | "service/refused"
  | "service/transfer"
  | "service/file";

export class ServiceError extends Error {
  override readonly name = "ServiceError";
  readonly code: ServiceCode;

  constructor(code: ServiceCode, message: string) {
    super(message);
    this.code = code;
  }
}
