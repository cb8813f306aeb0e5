// What TypeScript knows of the API by the types that openapi-typescript generates from /v1/schema; checked by
// `tsc --noEmit`.
import type { components, paths } from "./generated/onsite";

type Sold = paths["/v1/orders"]["post"]["responses"]["201"]["content"]["application/vnd.api+json"];
type Refused = paths["/v1/orders"]["post"]["responses"]["409"]["content"]["application/vnd.api+json"];

export const sale: components["schemas"]["OnsiteOrderRequest"] = {
  data: {
    type: "order",
    attributes: { status: "completed", "on-site-tickets": [{ id: "1", quantity: "2" }] },
    relationships: { event: { data: { type: "event", id: "demo" } } },
  },
};

export const nothing: components["schemas"]["OnsiteOrderRequest"] = {
  data: {
    type: "order",
    // @ts-expect-error - an onsite order has tickets
    attributes: { status: "completed" },
    relationships: { event: { data: { type: "event", id: "demo" } } },
  },
};

/** What a sale came to, or why there was none. */
export function told(answer: Sold | Refused): string {
  if ("errors" in answer) return answer.errors.map((error) => `${error.code}: ${error.detail}`).join("\n");
  return `${answer.data.attributes?.identifier} for ${answer.data.attributes?.amount}`;
}
