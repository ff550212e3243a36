import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { refreshLater, TABLE_REFRESH_MS } from "./table-refresh.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** The library's: it refreshes when it is started, and sets the timer for the next time itself. */
function table(isWorthIt: () => boolean) {
  const refreshed = vi.fn();
  const refresh = {
    refreshInterval: 300_000,
    refreshTimeoutId: undefined as NodeJS.Timeout | undefined,
    refreshTable(force?: boolean): void {
      refreshed(force);
      refresh.refreshTimeoutId = setTimeout(refresh.refreshTable, refresh.refreshInterval);
    },
  };
  refreshLater(refresh, 3_000, isWorthIt);
  refresh.refreshTable(true);
  return { refresh, refreshed };
}

test("the table is refreshed once a node knows its neighbours, and then every hour", () => {
  const { refreshed } = table(() => true);
  vi.advanceTimersByTime(2_999);
  expect(refreshed).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(refreshed).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(TABLE_REFRESH_MS);
  expect(refreshed).toHaveBeenCalledTimes(2);
});

test("whoever knows everybody does not ask around, and looks again whether it does", () => {
  let grown = false;
  const { refreshed } = table(() => grown);
  vi.advanceTimersByTime(3_000 + TABLE_REFRESH_MS);
  expect(refreshed).not.toHaveBeenCalled();
  grown = true;
  vi.advanceTimersByTime(TABLE_REFRESH_MS);
  expect(refreshed).toHaveBeenCalledTimes(1);
});

test("a node that stops refreshes nothing more", () => {
  const { refresh, refreshed } = table(() => true);
  clearTimeout(refresh.refreshTimeoutId);
  vi.advanceTimersByTime(2 * TABLE_REFRESH_MS);
  expect(refreshed).not.toHaveBeenCalled();
});
