/** As much of a DOM as the page's script uses, for tests: no layout, no parsing, text is text. */
export class FakeElement {
  readonly tag: string;
  readonly attributes: Map<string, string> = new Map();
  children: (FakeElement | string)[] = [];
  readonly listeners: Map<string, (event: object) => void> = new Map();
  value = "";
  checked = false;
  disabled = false;
  hidden = false;
  tabIndex = 0;
  scrollTop = 0;
  readonly clientWidth = 1200;
  readonly clientHeight = 600;
  focused = false;

  constructor(tag: string) {
    this.tag = tag;
  }
  get firstElementChild(): FakeElement | null {
    return this.children.find((child) => child instanceof FakeElement) ?? null;
  }
  get textContent(): string {
    return this.children.map((child) => (typeof child === "string" ? child : child.textContent)).join("");
  }
  set textContent(text: string) {
    this.children = [text];
  }
  append(...children: (FakeElement | string)[]): void {
    this.children.push(...children);
  }
  replaceChildren(...children: FakeElement[]): void {
    this.children = children;
  }
  setAttribute(name: string, value: string): void {
    this.attributes.set(name, value);
  }
  removeAttribute(name: string): void {
    this.attributes.delete(name);
  }
  addEventListener(type: string, listener: (event: object) => void): void {
    this.listeners.set(type, listener);
  }
  getBoundingClientRect(): object {
    return { left: 0, bottom: 0 };
  }
  focus(): void {
    this.focused = true;
  }

  fire(type: string, event: object = {}): void {
    this.listeners.get(type)?.({ preventDefault: () => {}, ...event });
  }
  /** Every element at or below this one with that class or tag. */
  all(name: string): FakeElement[] {
    const own = this.tag === name || (this.attributes.get("class") ?? "").split(" ").includes(name) ? [this] : [];
    return [...own, ...this.children.flatMap((child) => (typeof child === "string" ? [] : child.all(name)))];
  }
  one(name: string): FakeElement {
    const found = this.all(name)[0];
    if (!found) throw new Error(`no ${name} in ${this.tag}`);
    return found;
  }
}

export interface OpenedPage {
  readonly app: FakeElement;
  readonly location: { hash: string };
  readonly copied: string[];
}

/** Runs the script of a report in a fake document. */
export function openPage(html: string, hash: string = ""): OpenedPage {
  const [, json = ""] = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html) ?? [];
  const [, script = ""] = /<script>\n(.*?)\n<\/script>/s.exec(html) ?? [];
  const app = new FakeElement("div");
  const data = new FakeElement("script");
  data.textContent = json;
  const create = (tag: string): FakeElement => new FakeElement(tag);
  const location = { hash };
  const copied: string[] = [];
  const clipboard = { writeText: (text: string) => Promise.resolve(void copied.push(text)) };
  const fakeDocument = {
    createElement: create,
    createElementNS: (_namespace: string, tag: string) => create(tag),
    getElementById: (id: string) => (id === "app" ? app : id === "data" ? data : null),
  };
  const fakeWindow = {
    innerWidth: 1200,
    location,
    navigator: { clipboard },
    history: { replaceState: (_data: null, _unused: string, url: string) => (location.hash = url) },
    addEventListener: () => {},
    getSelection: () => null,
  };
  new Function("document", "window", script)(fakeDocument, fakeWindow);
  return { app, location, copied };
}
