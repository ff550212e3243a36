const WIDTH = 120;

/** How to write to a stream: coloured only where somebody sees it, and as wide as what they see it on. */
export function terminal(stream: NodeJS.WriteStream): { readonly color: boolean; readonly width: number } {
  return { color: stream.isTTY && process.env["NO_COLOR"] === undefined, width: stream.columns ?? WIDTH };
}
