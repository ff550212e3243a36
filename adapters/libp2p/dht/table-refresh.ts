import { assert } from "../../../core/safety/index.ts";

/**
 * How often buckets of the table are refreshed by lookups: what Kademlia proposes (section 2.3). The library does it
 * every five minutes, which in a small network costs an idle node a hundred requests each time.
 */
export const TABLE_REFRESH_MS = 3_600_000;

/** Of the library's, which begins with a refresh when it is started. */
export interface TableRefresh {
  refreshInterval: number;
  refreshTimeoutId: NodeJS.Timeout | undefined;
  refreshTable(force?: boolean): void;
}

/**
 * The first refresh waits `firstMs`, until the node has looked for its neighbours, as Kademlia has it (section 2.3).
 * Where that has found all that there are, there is nothing left to find.
 */
export function refreshLater(refresh: TableRefresh, firstMs: number, isWorthIt: () => boolean): void {
  assert(refresh.refreshInterval > 0, "the table is refreshed from time to time");
  const refreshTable = refresh.refreshTable.bind(refresh);
  const after = (ms: number): void => {
    refresh.refreshTimeoutId = setTimeout(() => refresh.refreshTable(), ms).unref();
  };
  refresh.refreshInterval = TABLE_REFRESH_MS;
  let isFirst = true;
  refresh.refreshTable = (force) => {
    if (isFirst) after(firstMs);
    else if (isWorthIt()) refreshTable(force);
    else after(TABLE_REFRESH_MS);
    isFirst = false;
  };
}
