// Under each reply: makes its citations and quote cards open their places beside
// the chat, copies the reply as plain text, and runs a lab that shows what it speaks of.
// props: { places, reply, showMe: { label, tool, arguments } or null }.
import { useEffect, useRef, useState } from "react"
import { useSetRecoilState } from "recoil"
import { sideViewState } from "@chainlit/react-client"
import { toast } from "sonner"
import { Check, Copy, FlaskConical } from "lucide-react"
import { Button } from "@/components/ui/button"

const LOST = "The connection to the tutor is lost. Please reload the page."
const NOT_COPIED = "This reply could not be copied."

// Over plain http a browser gives its clipboard to pages of its own machine alone;
// to any other it copies what is selected in a field.
async function putOnClipboard(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text)
  const focused = document.activeElement
  const field = document.createElement("textarea")
  field.className = "sr-only"
  field.readOnly = true
  field.value = text
  document.body.append(field)
  field.focus({ preventScroll: true })
  field.select()
  const copied = document.execCommand("copy")
  field.remove()
  focused?.focus({ preventScroll: true })
  if (!copied) throw new Error(NOT_COPIED)
}

export default function Citations() {
  const here = useRef(null)
  const showBeside = useSetRecoilState(sideViewState)
  const [copied, setCopied] = useState(false)

  const open = async (number) => {
    const place = props.places[number - 1]
    if (!place) return
    try {
      const { response } = await callAction({ name: "open_place", payload: place })
      if (!response || response.problem) toast.error(response?.problem || LOST)
      else showBeside({ title: response.title, elements: response.elements })
    } catch {
      toast.error(LOST)
    }
  }

  useEffect(() => {
    const message = here.current?.closest(".message-content")
    if (!message) return
    const onClick = (event) => {
      const direct = event.target.closest('a[href^="#place-"]')
      if (!direct && (event.target.closest("a, button") || String(window.getSelection()))) return
      const card = event.target.closest("blockquote")
      const link = direct || card?.querySelector('a[href^="#place-"]')
      if (!link) return
      event.preventDefault()
      open(Number(link.getAttribute("href").slice("#place-".length)))
    }
    message.addEventListener("click", onClick)
    return () => message.removeEventListener("click", onClick)
  }, [])

  const copy = async () => {
    let response
    try {
      response = (await callAction({ name: "copy_reply", payload: { reply: props.reply } })).response
    } catch {
      toast.error(LOST)
      return
    }
    if (!response?.text) {
      toast.error(response?.problem || LOST)
      return
    }
    try {
      await putOnClipboard(response.text)
      setCopied(true)
      setTimeout(() => setCopied(false), 2000)
    } catch {
      toast.error(NOT_COPIED)
    }
  }

  const showMe = async () => {
    try {
      const { response } = await callAction({ name: "show_me", payload: props.showMe })
      if (response?.problem) toast.error(response.problem)
    } catch {
      toast.error(LOST)
    }
  }

  return (
    <div ref={here} className="reply-tools">
      <Button variant="ghost" size="sm" onClick={copy} aria-label="Copy this reply">
        {copied ? <Check /> : <Copy />}
        {copied ? "Copied" : "Copy"}
      </Button>
      {props.showMe ? (
        <Button variant="outline" size="sm" className="show-me" onClick={showMe}>
          <FlaskConical />
          Show me: {props.showMe.label}
        </Button>
      ) : null}
    </div>
  )
}
