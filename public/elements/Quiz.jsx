// A quiz: the gap of each sentence is filled by pressing a word; its place can be opened.
// props: { questions: [{ question, choices, answer, source, place, quote }] }
import { useState } from "react"
import { useSetRecoilState } from "recoil"
import { sideViewState } from "@chainlit/react-client"
import { toast } from "sonner"
import { Button } from "@/components/ui/button"

const LOST = "The connection to the tutor is lost. Please reload the page."

function Question({ item, chosen, choose, open }) {
  const right = chosen === item.answer
  const [before, ...after] = item.question.split("_____")
  return (
    <li>
      <p>
        {before}
        <span className={chosen ? "quiz-gap quiz-filled" : "quiz-gap"}>
          {chosen ? item.answer : "?"}
        </span>
        {after.join(chosen ? item.answer : "…")}
      </p>
      <div className="quiz-choices">
        {item.choices.map((choice) => (
          <Button
            key={choice}
            variant="outline"
            size="sm"
            disabled={Boolean(chosen)}
            data-right={Boolean(chosen) && choice === item.answer}
            data-wrong={chosen === choice && !right}
            onClick={() => choose(choice)}
          >
            {choice}
          </Button>
        ))}
      </div>
      {chosen ? (
        <p className="quiz-verdict" role="status">
          {right ? "Right. " : `It is “${item.answer}”. `}
          <button type="button" onClick={open}>
            {item.source}
          </button>
        </p>
      ) : null}
    </li>
  )
}

export default function Quiz() {
  const [answers, setAnswers] = useState({})
  const showBeside = useSetRecoilState(sideViewState)
  const { questions } = props
  const done = Object.keys(answers).length
  const right = questions.filter((item, number) => answers[number] === item.answer).length

  const open = async ({ source, place, quote }) => {
    try {
      const { response } = await callAction({
        name: "open_place",
        payload: { source, place, quote }
      })
      if (!response || response.problem) toast.error(response?.problem || LOST)
      else showBeside({ title: response.title, elements: response.elements })
    } catch {
      toast.error(LOST)
    }
  }

  return (
    <section className="quiz">
      <ol>
        {questions.map((item, number) => (
          <Question
            key={number}
            item={item}
            chosen={answers[number]}
            choose={(choice) => setAnswers({ ...answers, [number]: choice })}
            open={() => open(item)}
          />
        ))}
      </ol>
      {done === questions.length ? (
        <p role="status">
          <strong>
            {right} of {questions.length} right.
          </strong>
        </p>
      ) : null}
    </section>
  )
}
