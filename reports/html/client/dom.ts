/**
 * The few parts of the DOM that the report's page uses. Declared here because the DOM library would put its
 * globals in scope of every file in the program, and those are errors in `core`.
 */
export interface PageElement {
  textContent: string | null;
  value: string;
  checked: boolean;
  disabled: boolean;
  hidden: boolean;
  tabIndex: number;
  scrollTop: number;
  readonly firstElementChild: PageElement | null;
  readonly clientWidth: number;
  readonly clientHeight: number;
  append(...children: (PageElement | string)[]): void;
  replaceChildren(...children: PageElement[]): void;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
  addEventListener(type: string, listener: (event: PageEvent) => void): void;
  getBoundingClientRect(): { readonly left: number; readonly bottom: number };
  focus(): void;
}

export interface PageEvent {
  readonly key?: string;
  readonly clientX?: number;
  readonly clientY?: number;
  preventDefault(): void;
}

export interface PageDocument {
  createElement(tag: string): PageElement;
  createElementNS(namespace: string, tag: string): PageElement;
  getElementById(id: string): PageElement | null;
}

export interface PageWindow {
  readonly innerWidth: number;
  readonly location: { hash: string };
  readonly navigator: { readonly clipboard?: { writeText(text: string): Promise<void> } };
  readonly history: { replaceState(data: null, unused: string, url: string): void };
  addEventListener(type: string, listener: () => void): void;
  getSelection(): { selectAllChildren(element: PageElement): void } | null;
}

type Child = PageElement | string | undefined;
type Attributes = Readonly<Record<string, string | number | undefined>>;

/** Makes elements whose text is always text: strings become text nodes, never markup. */
export interface Builder {
  html(tag: string, attributes: Attributes, ...children: Child[]): PageElement;
  svg(tag: string, attributes: Attributes, ...children: Child[]): PageElement;
}

/** Embedded in the page as source: it must refer to nothing outside itself. */
export function builder(document: PageDocument): Builder {
  function fill(element: PageElement, attributes: Attributes, children: Child[]): PageElement {
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== undefined) element.setAttribute(name, String(value));
    }
    for (const child of children) if (child !== undefined) element.append(child);
    return element;
  }
  return {
    html: (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children),
    svg: (tag, attributes, ...children) =>
      fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children),
  };
}
