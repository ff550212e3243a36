import { cleanup } from "node-datachannel";

let nodes = 0;

/**
 * The native side of WebRTC has threads of its own, for all nodes of a process, which outlive the nodes: at the end of
 * the process they abort it, or keep it from ending. Call this before a node starts that may use WebRTC, and what it
 * returns once the node has stopped: the last one ends the threads.
 */
export function holdWebRTC(): () => void {
  let held = true;
  nodes++;
  return () => {
    if (!held) return;
    held = false;
    nodes--;
    if (nodes === 0) cleanup();
  };
}
