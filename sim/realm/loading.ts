import { isBuiltin, registerHooks } from "node:module";
import { type Guard, isUnknownModule } from "./gates.ts";

/**
 * Nothing but Node's own modules is imported in a run: a file would have to be found and read, by a loader that may wait
 * for the real event loop, and its module begins its life in the middle of a world. The hook runs before `import()`
 * returns, so the stack holds who asked. Returns how to lift it.
 */
export function refuseLoading(guard: Guard): () => void {
  const hooks = registerHooks({
    resolve: function resolve(specifier, context, next) {
      if (!isBuiltin(specifier) || isUnknownModule(specifier)) guard.refuse(`import of ${specifier}`, resolve);
      return next(specifier, context);
    },
  });
  return () => hooks.deregister();
}
