import { expect, test } from "vitest";
import { listens } from "./readiness.ts";

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:094B 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 41122 1
   1: 0100007F:A2F4 0100007F:094C 01 00000000:00000000 00:00000000 00000000     0        0 41123 1
   2: 00000000000000000000000000000000:280A 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 4 1
`;

test.each([
  [2379, true], // 0x094B, listening
  [41_716, false], // 0xA2F4, a connection
  [10_250, true], // 0x280A, on IPv6
  [6443, false],
])("somebody listens on %i: %s", (port, yes) => {
  expect(listens(table, port)).toBe(yes);
});
