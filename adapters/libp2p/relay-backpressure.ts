import type { Stream } from "@libp2p/interface";

/** What one direction of a circuit may hold; beyond it the sender is not read until half has been passed on. */
export const CIRCUIT_BACKLOG_BYTES_MAX = 262_144;

/**
 * Pauses `from` while more of what came from it waits than it may, until `to` was given half of it. The library joins the
 * two streams of a circuit by queues without bound: whoever sends faster than the other end takes would fill the relay's
 * memory. (A QUIC stream cannot be paused; it is reset once its own buffer of 4 MiB is full.)
 */
export function hold(from: Stream, to: Stream): void {
  let backlog = 0;
  let held = false;
  const send = to.send.bind(to);
  from.addEventListener("message", ({ data }) => {
    backlog += data.byteLength;
    if (held || backlog <= CIRCUIT_BACKLOG_BYTES_MAX) return;
    held = true;
    from.pause();
  });
  to.send = (data) => {
    backlog = Math.max(backlog - data.byteLength, 0);
    if (held && backlog <= CIRCUIT_BACKLOG_BYTES_MAX / 2) {
      held = false;
      if (from.readStatus === "paused") from.resume();
    }
    return send(data);
  };
}
