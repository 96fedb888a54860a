import { expect, test } from "vitest";
import { Newest } from "../../src/server-view/newest";

function withHands() {
  const asked: string[] = [];
  const finish: ((failed?: Error) => void)[] = [];
  const answered: string[] = [];
  const problems: unknown[] = [];
  const unanswered: string[] = [];
  const newest = new Newest<string, string>(
    (question) =>
      new Promise((resolve, reject) => {
        asked.push(question);
        finish.push((failed) => (failed ? reject(failed) : resolve(question.toUpperCase())));
      }),
    (answer) => answered.push(answer),
    (problem, question) => {
      problems.push(problem);
      unanswered.push(question);
    },
  );
  return { newest, asked, finish, answered, problems, unanswered };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

test("of what is asked while something runs only the newest is worked on", async () => {
  const { newest, asked, finish, answered } = withHands();
  for (const question of ["a", "b", "c", "d"]) newest.ask(question);
  expect(asked).toEqual(["a"]);
  finish[0]?.();
  await turn();
  expect(asked).toEqual(["a", "d"]);
  finish[1]?.();
  await turn();
  expect(answered).toEqual(["A", "D"]);
});

test("a failure is told of its question and the next one is worked on", async () => {
  const { newest, finish, answered, problems, unanswered } = withHands();
  newest.ask("a");
  newest.ask("b");
  finish[0]?.(new Error("lost"));
  await turn();
  finish[1]?.();
  await turn();
  expect([problems.length, unanswered, answered]).toEqual([1, ["a"], ["B"]]);
});

test("after stopping nothing is answered", async () => {
  const { newest, asked, finish, answered } = withHands();
  newest.ask("a");
  newest.ask("b");
  newest.stop();
  finish[0]?.();
  await turn();
  expect([asked, answered]).toEqual([["a"], []]);
  newest.ask("c");
  finish[1]?.();
  await turn();
  expect(answered).toEqual(["C"]);
});
