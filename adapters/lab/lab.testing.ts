import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";

/** Every namespace of a lab has this prefix and the process's id, so that labs do not meet. */
const PREFIX = `chy${process.pid}`;
const BACKBONE = "net";

const KNOCK = `
  const socket = require("node:net").connect(9, process.argv[1]);
  socket.on("error", ({ code }) => process.exit(code === "ECONNREFUSED" ? 0 : 1));
  setTimeout(() => process.exit(1), 1_000);
`;

/**
 * Hosts in network namespaces of this machine: some on an internet that exists only here, some behind routers that
 * translate addresses, as laptops at home are. Needs root, `ip` and `nft`; no packet leaves the machine.
 */
export class Lab {
  readonly #spaces: string[] = [];
  readonly #processes: ChildProcess[] = [];
  #links = 0;

  /** Whether this machine lets the process make namespaces and translate addresses. */
  static get possible(): boolean {
    if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
    const rules = "add table ip t; add chain ip t c { type nat hook postrouting priority 100; }";
    return spawnSync("ip", ["netns", "list"]).status === 0 && spawnSync("unshare", ["-n", "nft", rules]).status === 0;
  }

  constructor() {
    this.#space(BACKBONE);
    this.#in(BACKBONE, "ip link add br0 type bridge");
    this.#in(BACKBONE, "ip link set br0 up");
  }

  /** A host that everybody reaches, at 44.0.0.`number`. */
  host(name: string, number: number): string {
    const address = `44.0.0.${number}`;
    this.#space(name);
    this.#plug(name, "eth0", `${address}/24`);
    return address;
  }

  /**
   * A host behind a router of its own, which is 44.0.0.`number` outside and 192.168.`number`.1 inside. It gives every
   * peer another port (RFC 4787, section 4.1: address and port-dependent mapping): only a relay helps.
   */
  hostBehindNat(name: string, number: number): void {
    const router = `${name}nat`;
    this.host(router, number);
    this.#space(name);
    this.#cable(name, "eth0", router, "eth1");
    this.#address(router, "eth1", `192.168.${number}.1/24`);
    this.#address(name, "eth0", `192.168.${number}.2/24`);
    this.#in(name, `ip route add default via 192.168.${number}.1`);
    this.#in(router, "sysctl -qw net.ipv4.ip_forward=1");
    this.#rules(router, [
      "add table ip nat",
      "add chain ip nat post { type nat hook postrouting priority 100; }",
      'add rule ip nat post oifname "eth0" masquerade random,fully-random',
      "add table ip filter",
      "add chain ip filter forward { type filter hook forward priority 0; policy drop; }",
      'add rule ip filter forward iifname "eth1" accept',
      "add rule ip filter forward ct state established,related accept",
    ]);
  }

  /** Whether `from` gets any answer from an address, be it that nobody listens there. */
  reaches(from: string, address: string): boolean {
    const [first = "", ...rest] = this.on(from, [process.execPath, "--eval", KNOCK, address]);
    return spawnSync(first, rest).status === 0;
  }

  /** The words that run a command on a host. */
  on(name: string, command: readonly string[]): string[] {
    return ["ip", "netns", "exec", space(name), ...command];
  }

  run(name: string, command: readonly string[], environment: NodeJS.ProcessEnv): ChildProcess {
    const [first = "", ...rest] = this.on(name, command);
    const child = spawn(first, rest, { env: environment, stdio: ["ignore", "pipe", "pipe"] });
    this.#processes.push(child);
    return child;
  }

  /** Whatever happened: no process and no namespace is left. */
  end(): void {
    for (const child of this.#processes) child.kill("SIGKILL");
    for (const name of this.#spaces.reverse()) spawnSync("ip", ["netns", "delete", space(name)]);
  }

  #space(name: string): void {
    execFileSync("ip", ["netns", "add", space(name)]);
    this.#spaces.push(name);
    this.#in(name, "ip link set lo up");
  }

  /** Onto the bridge. */
  #plug(name: string, device: string, address: string): void {
    const port = this.#cable(name, device, BACKBONE, `p${this.#links}`);
    this.#in(BACKBONE, `ip link set ${port} master br0`);
    this.#address(name, device, address);
  }

  #cable(a: string, deviceA: string, b: string, deviceB: string): string {
    this.#links++;
    this.#in(a, `ip link add name ${deviceA} type veth peer name ${deviceB} netns ${space(b)}`);
    this.#in(a, `ip link set ${deviceA} up`);
    this.#in(b, `ip link set ${deviceB} up`);
    return deviceB;
  }

  #address(name: string, device: string, address: string): void {
    this.#in(name, `ip address add ${address} dev ${device}`);
  }

  #rules(name: string, lines: readonly string[]): void {
    execFileSync("ip", ["netns", "exec", space(name), "nft", "-f", "-"], { input: lines.join("\n") });
  }

  #in(name: string, command: string): void {
    execFileSync("ip", ["netns", "exec", space(name), ...command.split(" ")]);
  }
}

function space(name: string): string {
  return `${PREFIX}-${name}`;
}
