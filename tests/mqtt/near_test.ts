import assert from "node:assert/strict";
import { isNear } from "../../lib/mqtt/near.ts";

Deno.test("isNear() is true for this machine and the local network only", () => {
  const near = [
    ...["localhost", "127.0.0.1", "::1", "10.1.2.3", "172.16.0.1", "172.31.255.1", "192.168.1.20"],
    ...["169.254.3.4", "fd12:3456::1", "fe80::1%eth0", "broker", "house.local", "pi.fritz.box"],
  ];
  for (const host of near) assert.equal(isNear(host), true, host);
  const far = [
    ...["broker.example.com", "11.0.0.1", "172.32.0.1", "172.15.0.1", "192.169.1.1", "8.8.8.8"],
    ...["2001:db8::1", "fec0::1", "local.example.com", "10.example.com"],
  ];
  for (const host of far) assert.equal(isNear(host), false, host);
});
