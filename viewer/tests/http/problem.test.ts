import { expect, test } from "vitest";
import { ProblemError, problemFromBody, problemOf } from "../../src/http/problem";

test("a problem document keeps what it says", () => {
  const body = { title: "Bad file", detail: "No header.", file: "a.h5", found: 12, remedy: null };
  expect(problemFromBody(422, "Unprocessable", body)).toEqual({
    title: "Bad file",
    status: 422,
    detail: "No header.",
    file: "a.h5",
    found: "12",
  });
});

test("an answer without a document still has a title", () => {
  expect(problemFromBody(502, "Bad Gateway", "<html>")).toEqual({ title: "Bad Gateway", status: 502 });
  expect(problemFromBody(500, "", undefined).title).toBe("The server answered 500");
});

test("a server that is away is told from a mistake of ours", () => {
  expect(problemOf(new TypeError("Failed to fetch")).title).toBe("The server cannot be reached");
  expect(problemOf(new TypeError("x is undefined")).title).toBe("Something went wrong in the viewer");
});

test("the problem of an error comes back", () => {
  const problem = { title: "Gone", status: 410 };
  expect(problemOf(new ProblemError(problem))).toBe(problem);
});
