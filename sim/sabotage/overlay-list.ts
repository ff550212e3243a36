import type { Sabotage } from "./sabotage.ts";

/** Sabotages of the node on libp2p: what it holds against peers that mean harm. */
export const overlaySabotages: readonly Sabotage[] = [
  {
    name: "misconduct-forgiven",
    summary: "no score is so low that a peer is not listened to any more",
    edits: [
      {
        file: "adapters/libp2p/conduct/offences.ts",
        find: "graylist: -40 }",
        replace: "graylist: -1e12 }",
      },
    ],
  },
  {
    name: "promises-unheeded",
    summary: "neither messages that were offered and never came nor grafts that came too early count against a peer",
    edits: [
      {
        file: "adapters/libp2p/mesh/scoring.ts",
        find: "const BEHAVIOUR_WEIGHT = -20;",
        replace: "const BEHAVIOUR_WEIGHT = -1e-9;",
      },
    ],
  },
  {
    name: "phantoms-followed",
    summary: "a walk through the DHT ends when nobody nearer is named any more, and what was found before is forgotten",
    edits: [
      {
        file: "adapters/libp2p/dht/walk.ts",
        find: "const late = AbortSignal.timeout(options.isSelfQuery === true ? limits.selfWalkMs : limits.walkMs);",
        replace: "const late = AbortSignal.timeout(limits.walkMs + 86_400_000);",
      },
      {
        file: "adapters/libp2p/dht/dht-records.ts",
        find: 'if (found?.record.kind === "signed") this.#found.set(name, found);',
        replace: "",
      },
    ],
  },
  {
    name: "lookups-crowded",
    summary: "a lookup asks any number of peers at one IP address, and the DHT's table holds them",
    edits: [
      {
        file: "adapters/libp2p/dht/diversity.ts",
        find: "if (here.size >= PLACE_PEERS_MAX || around.size >= NETWORK_PEERS_MAX) return false;",
        replace: "",
      },
    ],
  },
  {
    name: "lures-trusted",
    summary: "whom a node dialled has a place on the mesh of its own, though strangers told the node to dial it",
    edits: [
      {
        file: "adapters/libp2p/mesh/router.ts",
        find: 'direction === "outbound" && isNamed(peer.toString()) ?',
        replace: 'direction === "outbound" ?',
      },
    ],
  },
  {
    name: "strangers-fill-all",
    summary: "no room is kept for peers that the node named itself, and silent connections keep others out",
    edits: [
      {
        file: "adapters/libp2p/crowd.ts",
        find: "strangers.length > STRANGERS_MAX ?",
        replace: "strangers.length < 0 ?",
      },
      {
        file: "adapters/libp2p/doorway.ts",
        find: "if (this.#waiting.length <= HANDSHAKES_MAX) return;",
        replace: "if (this.#waiting.length >= 0) return;",
      },
    ],
  },
  {
    name: "silence-endured",
    summary: "a connection whose other end says nothing any more is kept for as long as TCP would",
    edits: [
      {
        file: "adapters/libp2p/attentive-yamux.ts",
        find: 'else connection.abort(new Error("the other end is silent"));',
        replace: "else listen();",
      },
    ],
  },
  {
    name: "lost-relays-unreplaced",
    summary: "who loses a relay looks for no other",
    edits: [
      {
        file: "adapters/libp2p/reservations.ts",
        find: "this.#lose(relay.toString());\n      this.#fill();",
        replace: "this.#lose(relay.toString());",
      },
    ],
  },
  {
    name: "crowds-served-first",
    summary: "what a relay has is for whoever came first, however many come from one network",
    edits: [
      {
        file: "adapters/libp2p/relay-room.ts",
        find: "if (occupants.length < max) return true;",
        replace: "return occupants.length < max;",
      },
    ],
  },
  {
    name: "places-unlimited",
    summary: "one IP address may have any number of a relay's reservations",
    edits: [
      {
        file: "adapters/libp2p/relay-server.ts",
        find: "if (neighbours.length >= RELAY_RESERVATIONS_PER_PLACE_MAX) return false;",
        replace: "",
      },
    ],
  },
];
