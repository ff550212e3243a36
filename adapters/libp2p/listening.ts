import { createSocket } from "node:dgram";
import { once } from "node:events";

const ANY_PORT = /^\/ip(?<family>[46])\/(?<host>[^/]+)\/udp\/0\/webrtc-direct$/;

/**
 * What is listened at: where WebRTC is to choose a port, one that is free for UDP. The library would take one that is
 * free for TCP.
 */
export async function withFreePorts(listen: readonly string[]): Promise<string[]> {
  return Promise.all(
    listen.map(async (address) => {
      const { family, host } = ANY_PORT.exec(address)?.groups ?? {};
      if (host === undefined) return address;
      return address.replace("/udp/0/", `/udp/${await freePort(family === "6" ? "udp6" : "udp4", host)}/`);
    }),
  );
}

async function freePort(type: "udp4" | "udp6", host: string): Promise<number> {
  const socket = createSocket(type);
  socket.bind(0, host);
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  await once(socket, "close");
  return port;
}
