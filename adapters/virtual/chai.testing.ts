import { chai } from "vitest";

const { Assertion, util } = chai;

type Given = Chai.AssertionStatic["prototype"];

/** An assertion on a rejection, as far as it is made. */
interface Rejection {
  readonly with: { property(name: string, value: unknown): Promise<void> };
}

const isEmpty = Object.getOwnPropertyDescriptor(Assertion.prototype, "empty")?.get;

Object.defineProperties(Assertion.prototype, {
  empty: {
    value(this: Given): void {
      isEmpty?.call(this);
    },
  },
  equalBytes: {
    value(this: Given, expected: Uint8Array): void {
      const actual: unknown = util.flag(this, "object");
      new Assertion(actual).to.be.instanceOf(Uint8Array);
      // Megabytes of numbers take chai seconds.
      new Assertion(Buffer.compare(actual as Uint8Array, expected)).to.equal(0);
    },
  },
  eventually: {
    get(this: Given): { readonly be: { rejected(): Rejection } } {
      const promise = util.flag(this, "object") as Promise<unknown>;
      const property = async (name: string, value: unknown): Promise<void> => {
        const failure = await promise.then(
          () => chai.assert.fail("was not rejected"),
          (error: unknown) => error,
        );
        new Assertion(failure).to.have.property(name, value);
      };
      return { be: { rejected: () => ({ with: { property } }) } };
    },
  },
});

/**
 * What @libp2p/interface-compliance-tests' transport suite imports as `aegir/chai` (an alias in vitest.config.ts): chai,
 * with assertions of bytes, of rejections, and of emptiness with parentheses. aegir itself is a whole build system.
 */
export const expect: Chai.ExpectStatic = chai.expect;
