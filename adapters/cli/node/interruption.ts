/** Aborts at the first Ctrl-C or SIGTERM; a second one ends the program as usual. */
export function interruption(): AbortSignal {
  const abort = new AbortController();
  const stop = (): void => abort.abort();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  return abort.signal;
}
