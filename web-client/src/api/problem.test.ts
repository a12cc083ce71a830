/** What went wrong with a request. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createIntl } from "react-intl";
import { describe, expect, it } from "vitest";
import { Problem, toProblem } from "./problem";
import { problemText } from "./problem-text";

const english = readFileSync(join(import.meta.dirname, "../i18n/common/en.json"), "utf8");
const intl = createIntl({ locale: "en", messages: JSON.parse(english) });

const answer = (status: number, body: string, type = "application/problem+json") =>
  new Response(body, { status, headers: { "content-type": type } });

describe("a problem", () => {
  it("is what the server says it is", async () => {
    const body = { code: "slot_taken", title: "", resource: { kind: "room", id: "1", name: "A" } };
    const problem = await Problem.of(answer(409, JSON.stringify(body)));
    expect([problem.status, problem.code, problem.resource?.name]).toEqual([
      409,
      "slot_taken",
      "A",
    ]);
    expect(problemText(intl, problem)).toContain("A is already booked");
  });

  it("from a proxy without a word of ours is that the server is away", async () => {
    expect((await Problem.of(answer(502, "<html>", "text/html"))).code).toBe("unavailable");
    expect((await Problem.of(answer(418, "{", "application/json"))).code).toBe("unknown");
  });

  it("without a network is that there is none", () => {
    expect(toProblem(new TypeError("Failed to fetch")).code).toBe("offline");
  });

  it("with a code of a newer server still has words", () => {
    const newer = new Problem({ status: 409, code: "brand_new", title: "" });
    expect(problemText(intl, newer)).toContain("Something went wrong");
  });
});
