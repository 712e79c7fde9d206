import { bearer, noLimits } from "../../../services/gateway/testing/test-tokens.ts";
import { timesFor } from "./dose.ts";
import { clientAddress, repeat, statusOf } from "./requests.ts";
import type { LiveScenario } from "./scenario.ts";

// The gateway tells of each attacker once in five minutes, so every one of these comes from many.

export const wrongCredentials: LiveScenario = {
  about: "bad tokens from many addresses, one of each",
  play: (rig, rule, dose) =>
    repeat(rig, timesFor(rule, dose), (at) =>
      statusOf(
        rig.gateway.fetch("/api/projects", {
          headers: { authorization: "Bearer drill.drill.drill", "x-forwarded-for": clientAddress(at) },
        }),
      ),
    ),
};

export const forgedRequests: LiveScenario = {
  about: "requests of a foreign page with the session cookies of many people",
  play: (rig, rule, dose) =>
    repeat(rig, timesFor(rule, dose), async (at) => {
      const token = (await bearer("operator", `drill-${at}`)).replace("Bearer ", "");
      return await statusOf(
        // Not by the rig's own way, which would add an administrator's header.
        fetch(`${rig.gateway.url}/api/projects`, {
          method: "POST",
          headers: {
            cookie: `__Host-golive=${token}`,
            origin: "https://foreign.example",
            "content-type": "application/json",
          },
          body: "{}",
        }),
      );
    }),
};

export const floods: LiveScenario = {
  about: "people who each send one request more than their limit allows",
  env: { RATE_LIMITS: JSON.stringify({ ...JSON.parse(noLimits), read: { points: 1, seconds: 60 } }) },
  play: (rig, rule, dose) =>
    repeat(rig, timesFor(rule, dose), async (at) => {
      const headers = { authorization: await bearer("viewer", `drill-${at}`) };
      for (let request = 0; request < 2; request++) await statusOf(rig.gateway.fetch("/api/projects", { headers }));
    }),
};
