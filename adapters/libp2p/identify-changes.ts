import { type IdentifyPush, identifyPush, type IdentifyPushComponents } from "@libp2p/identify";

/**
 * Tells connected peers what changed of what this node says about itself. The library tells everybody all of it again
 * with each entry in its own book, and there is one right after each start: what identify has said already.
 */
export function identifyChanges(): (components: IdentifyPushComponents) => IdentifyPush {
  return (components) => {
    const { addressManager, events, registrar } = components;
    const service = identifyPush()(components);
    const push = service.push.bind(service);
    const words = (): string => [...addressManager.getAddresses(), ...registrar.getProtocols()].join("\n");
    /** Since somebody was there to be told; whoever comes later, identify tells. */
    let told: string | undefined;
    events.addEventListener("connection:open", () => (told ??= words()));
    service.push = async () => {
      if (told === undefined) return;
      const now = words();
      if (now === told) return;
      told = now;
      await push();
    };
    return service;
  };
}
