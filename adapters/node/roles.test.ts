import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { bytesToHex } from "@noble/hashes/utils.js";
import { describe, expect, test } from "vitest";
import { anchorLine, DirectoryFolder, toLine, WitnessFolder } from "../directory/index.ts";
import { read, send, TestHome, TestNetwork, texts } from "./testing.ts";

/** What the schema of the configuration takes for an address; on this network it is a name like any other. */
function addressed(transport: { readonly addresses: readonly string[] } | undefined): string {
  return transport?.addresses[0] ?? "";
}

describe("a node that serves a directory", () => {
  test("publishes what others register, cosigned by another node, and people find one another by it", async () => {
    const network = new TestNetwork();
    const [w, d] = [await TestHome.make(network, "w"), await TestHome.make(network, "d")];
    const witness = WitnessFolder.create(join(w.home.path, "witness"));
    const { member } = witness;
    witness.close();
    const plan = { name: "town", threshold: 1, epochMs: 60_000, cost: { memoryKiB: 8, passes: 1 } };
    const folder = await DirectoryFolder.create(join(d.home.path, "town"), { ...plan, witnesses: [member] });
    const anchor = toLine(anchorLine, folder.anchor);
    await folder.close();

    writeFileSync(w.home.config, `[roles]\nwitness = "witness"\nwitness_logs = ["${anchor}"]\n`);
    const witnessing = await w.open();
    const witnessAddress = addressed(w.node?.network);
    writeFileSync(
      d.home.config,
      `[roles]\ndirectory = "town"\n[roles.directory_witnesses]\n${bytesToHex(member.key).slice(0, 8)} = "${witnessAddress}"\n`,
    );
    const serving = await d.open();
    // Whose address others have in their configuration keeps it.
    expect((await serving.call("status", {})).network?.identityUntil).toBeNull();
    expect((await serving.call("status", {})).roles).toEqual(["directory"]);
    expect((await witnessing.call("status", {})).roles).toEqual(["witness"]);
    expect(() => WitnessFolder.open(join(w.home.path, "witness"))).toThrow("was handed to a node");

    const follow = `[[directories.followed]]\nanchor = "${anchor}"\ndirectory = "${addressed(d.node?.network)}"\n`;
    const [alice, bob] = [await TestHome.make(network, "alice", follow), await TestHome.make(network, "bob", follow)];
    const [a, b] = [await alice.open(), await bob.open()];
    await network.until(async () => ((await a.call("status", {})).directories[0]?.epoch ?? 0) > 0);
    expect(await b.call("label.register", { label: "bob@town" })).toEqual({ directories: 1 });
    await expect(b.call("label.register", { label: "no label!" })).rejects.toMatchObject({ code: "service/label" });
    const isRegistered = async (): Promise<boolean> =>
      (await b.call("status", {})).notices.some(({ topic }) => topic === "label.registered");
    await network.until(isRegistered);

    let outcome: unknown;
    const added = a.call("contact.add", { name: "bobby", label: "bob@town" }).then((done) => void (outcome = done));
    await network.until(() => outcome !== undefined);
    await added;
    expect(outcome).toMatchObject({ outcome: "added", contact: { name: "bobby", trust: "directory" } });
    let refused: unknown;
    a.call("contact.add", { name: "carol", label: "carol@town" }).catch((why: unknown) => (refused = why));
    await network.until(() => refused !== undefined);
    expect(refused).toMatchObject({ code: "service/label-absent" });

    await b.call("contact.add", { name: "alice", card: (await a.call("identity", {})).card });
    await send(a, "bobby", "found you");
    await network.until(async () => texts(await read(b)).length > 0);
    expect(texts(await read(b))).toEqual(["alice: found you"]);

    const { transfers } = await b.call("label.release", { label: "bob@town", to: "alice" });
    expect(transfers).toEqual([expect.stringMatching(/^CHHAYATRANSFER1:[A-Z2-7]+$/u)]);
    await expect(a.call("label.claim", { label: "bob@town", transfer: "CHHAYATRANSFER1:A" })).rejects.toMatchObject({
      code: "service/transfer",
    });
    await a.call("label.claim", { label: "bob@town", transfer: transfers[0] ?? "" });
    await network.until(async () =>
      (await a.call("status", {})).notices.some(({ topic }) => topic === "label.registered"),
    );
    // Another node, or this one after it was made anew, does not get the folder: it would not know what was signed.
    await serving.close();
    const other = await TestHome.make(
      network,
      "other",
      `[roles]\nwitness = "${join(w.home.path, "witness")}"\nwitness_logs = ["${anchor}"]\n`,
    );
    await witnessing.close();
    await expect(other.open()).rejects.toThrow("was handed to another node");
    await (await w.open()).close();
  });

  test.each([
    ["[roles]\nwitness = 'none'\nwitness_logs = ['x']", "there is no witness in"],
    ["[roles]\ndirectory = 'none'", "there is no log anchor in"],
    ["[[directories.followed]]\nanchor = 'none'\ndirectory = 'ADDRESS'", "there is no log anchor in"],
    ["[[directories.followed]]\nanchor = 'CHHAYALOG1:ABC'\ndirectory = 'ADDRESS'", "does not hold a log anchor"],
  ])("%s is refused at the start, and nothing stays locked", async (config, message) => {
    const network = new TestNetwork();
    const address = "/ip4/192.0.2.1/tcp/1/p2p/12D3KooWGC6TvWhfapngX6wvJHMYvKpDMXPb3ZnCZ6dMoaMtimQ5";
    const home = await TestHome.make(network, "h", config.replace("ADDRESS", address));
    await expect(home.open()).rejects.toThrow(message);
    writeFileSync(home.home.config, "");
    await (await home.open()).close();
  });
});
