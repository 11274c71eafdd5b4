// A lab at work: progress and pictures as they come, then the result and its controls.
// props: { card, tool, state, heading, notes, fraction, text, pictures, figures, knobs }
import { useEffect, useRef, useState } from "react"
import { toast } from "sonner"
import { Dices, Play } from "lucide-react"
import { Button } from "@/components/ui/button"

const LOST = "The connection to the tutor is lost. Please reload the page."

// What a screen reader is told: that a lab begins and how it ends, and none of the steps between.
const TOLD = { running: "The lab is running.", done: "The lab is done." }

const first = (knobs) => Object.fromEntries(knobs.map((knob) => [knob.name, knob.value ?? ""]))

function typed(knob, value) {
  if (value === "" || value === null) return null
  if (["slider", "scale", "number"].includes(knob.kind)) return Number(value)
  return knob.kind === "select" && /^\d+$/.test(value) ? Number(value) : value
}

function Knob({ knob, id, value, change }) {
  const shared = {
    id,
    value,
    "aria-describedby": `${id}-help`,
    onChange: (event) => change(event.target.value)
  }
  return (
    <div className={`lab-knob lab-${knob.kind}`}>
      <label htmlFor={id}>
        {knob.label}
        {knob.kind === "slider" ? <output>{value}</output> : null}
        {knob.kind === "scale" ? <output>{value === "" ? "the usual" : value}</output> : null}
      </label>
      {knob.kind === "select" ? (
        <select {...shared}>
          {knob.choices.map(([name, label]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>
      ) : knob.kind === "slider" ? (
        <input {...shared} type="range" min={knob.min} max={knob.max} step={knob.step} />
      ) : knob.kind === "scale" ? (
        <input
          {...shared}
          type="range"
          min={0}
          max={knob.stops.length - 1}
          value={Math.max(0, knob.stops.indexOf(value))}
          aria-valuetext={value === "" ? "the usual" : String(value)}
          onChange={(event) => change(knob.stops[Number(event.target.value)])}
        />
      ) : knob.kind === "number" ? (
        <input
          {...shared}
          type="number"
          min={knob.min}
          max={knob.max}
          step={knob.whole ? 1 : "any"}
          placeholder="the usual"
        />
      ) : (
        <textarea {...shared} rows={Math.min(4, 1 + Math.floor(String(value).length / 60))} />
      )}
      <small id={`${id}-help`} hidden>
        {knob.help}
      </small>
    </div>
  )
}

export default function Lab() {
  const here = useRef(null)
  const [values, setValues] = useState(() => first(props.knobs))
  const [large, setLarge] = useState(false)
  const [told, setTold] = useState("")
  const running = props.state === "running"
  const { pictures, figures, knobs } = props

  // A button far above may have started it: then it is out of sight.
  useEffect(() => {
    const top = here.current.getBoundingClientRect().top
    if (running && top > window.innerHeight / 2) {
      here.current.scrollIntoView({ block: "start", behavior: "smooth" })
    }
  }, [])
  useEffect(() => setTold(TOLD[props.state] ?? props.text), [props.state])
  useEffect(() => setValues(first(props.knobs)), [JSON.stringify(props.knobs)])

  const run = async (changes = {}) => {
    const chosen = { ...values, ...changes }
    const given = Object.fromEntries(
      knobs.map((knob) => [knob.name, typed(knob, chosen[knob.name])])
    )
    // What stands at its default all along need not be said.
    for (const knob of knobs) {
      if (knob.default && String(given[knob.name] ?? "") === String(knob.value ?? "")) {
        delete given[knob.name]
      }
    }
    try {
      const { response } = await callAction({
        name: "run_again",
        payload: { card: props.card, tool: props.tool, arguments: given }
      })
      if (response?.problem) toast.error(response.problem)
    } catch {
      toast.error(LOST)
    }
  }

  const again = () => run({ seed: Math.floor(Math.random() * 1e6) })
  const knob = (item) => (
    <Knob
      key={item.name}
      knob={item}
      id={`${props.card}-${item.name}`}
      value={values[item.name] ?? ""}
      change={(value) => setValues({ ...values, [item.name]: value })}
    />
  )
  const open = knobs.filter((item) => !item.folded)
  const folded = knobs.filter((item) => item.folded)

  return (
    <section ref={here} className={`lab lab-is-${props.state}`} aria-label={`Lab: ${props.heading}`}>
      {props.heading ? <p className="lab-heading">{props.heading}</p> : null}
      {props.notes?.map((note) => (
        <p key={note} className="lab-note">
          {note}
        </p>
      ))}
      <p className="sr-only" role="status">
        {told}
      </p>
      {running ? (
        <div className="lab-progress">
          <progress max="1" value={props.fraction} aria-label="Progress" />
          <span>{props.text}…</span>
        </div>
      ) : null}
      {pictures?.length ? (
        <div className={large ? "lab-pictures lab-large" : "lab-pictures"}>
          {pictures.map((picture) => (
            <button
              key={picture.name}
              type="button"
              aria-pressed={large}
              aria-label={`Enlarged: ${picture.alt}`}
              onClick={() => setLarge(!large)}
            >
              <img src={picture.url} alt={picture.alt} />
            </button>
          ))}
        </div>
      ) : null}
      {running ? null : (
        <p className={props.state === "error" ? "lab-caption lab-error" : "lab-caption"}>
          {props.text}
        </p>
      )}
      {props.state === "done" && figures?.length ? (
        <details>
          <summary>The figures</summary>
          <table>
            <tbody>
              {figures.map(([name, value]) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td>{value}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      ) : null}
      {running ? null : (
        <form
          onSubmit={(event) => {
            event.preventDefault()
            run()
          }}
        >
          <div className="lab-knobs">{open.map(knob)}</div>
          {folded.length ? (
            <details>
              <summary>More settings</summary>
              <div className="lab-knobs">{folded.map(knob)}</div>
            </details>
          ) : null}
          <div className="lab-buttons">
            <Button type="submit" size="sm">
              <Play />
              Run
            </Button>
            <Button type="button" variant="outline" size="sm" onClick={again}>
              <Dices />
              Again, another seed
            </Button>
          </div>
        </form>
      )}
    </section>
  )
}
